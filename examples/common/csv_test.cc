#include "examples/common/csv.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace examples {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Csv : public ::testing::Test {
 protected:
  absl::StatusOr<CsvTable> Read(const std::string& text) {
    // One file a test: ctest may run tests side by side.
    const std::string path = ::testing::TempDir() + "csv_test_" +
                             ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                             ".csv";
    std::ofstream(path, std::ios::binary) << text;
    absl::StatusOr<CsvTable> table = ReadCsv(path);
    std::filesystem::remove(path);
    return table;
  }

  static std::string MessageOf(const absl::StatusOr<CsvTable>& table) {
    return std::string(table.status().message());
  }
};

TEST_F(Csv, FindsCellsByTheNameOfTheirColumn) {
  const auto table = Read("id,title\n1,Alien\n2,Brazil\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->columns(), ElementsAre("id", "title"));
  ASSERT_EQ(table->size(), 2U);
  EXPECT_EQ(table->cell(1, "title"), "Brazil");
  EXPECT_EQ(table->cell(1, "director"), "");
  EXPECT_TRUE(table->HasColumn("id"));
  EXPECT_FALSE(table->HasColumn("director"));
}

TEST_F(Csv, KeepsCommasQuotesAndLineBreaksInsideQuotes) {
  const auto table = Read("id,title\n1,\"Sex, \"\"Lies\"\"\nand Videotape\"\n2,Brazil\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->cell(0, "title"), "Sex, \"Lies\"\nand Videotape");
  EXPECT_EQ(table->line(0), 2U);
  EXPECT_EQ(table->line(1), 4U);
}

TEST_F(Csv, KeepsEmptyCellsAndALastLineWithoutABreak) {
  const auto table = Read("id,title,director\r\n1,,\r\n2,Brazil,Gilliam");
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->size(), 2U);
  EXPECT_EQ(table->cell(0, "title"), "");
  EXPECT_EQ(table->cell(1, "director"), "Gilliam");
}

TEST_F(Csv, KeepsSpacesAndSkipsBlankLines) {
  const auto table = Read("id,title\n\n1, Alien \n\n2,\tBrazil\n");
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->size(), 2U);
  EXPECT_EQ(table->cell(0, "title"), " Alien ");
  EXPECT_EQ(table->cell(1, "title"), "\tBrazil");
  EXPECT_EQ(table->line(1), 5U);
}

TEST_F(Csv, TakesAByteOrderMarkForWhatItIs) {
  const auto table = Read("\xEF\xBB\xBFid\n7\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->cell(0, "id"), "7");
}

TEST_F(Csv, NamesTheLineThatIsNoUtf8) {
  const auto table = Read("id,title\n1,Alien\n2,Am\xE9lie\n");
  EXPECT_TRUE(absl::IsInvalidArgument(table.status()));
  EXPECT_THAT(MessageOf(table), HasSubstr("line 3 is not encoded in UTF-8"));
  EXPECT_THAT(MessageOf(Read("id,title\n1,cut \xC3")), HasSubstr("line 2"));
}

TEST_F(Csv, NamesTheLineOfARowWithTooManyCells) {
  const auto table = Read("id,title\n1,Alien\n2,First Love, Last Rites\n");
  EXPECT_TRUE(absl::IsInvalidArgument(table.status()));
  EXPECT_THAT(MessageOf(table), HasSubstr("line 3 has 3 cells, the header has 2"));
}

TEST_F(Csv, RefusesAQuoteThatIsNotClosed) {
  const auto table = Read("id,title\n1,\"Alien\n");
  EXPECT_TRUE(absl::IsInvalidArgument(table.status()));
  EXPECT_THAT(MessageOf(table), HasSubstr("close each quote"));
}

TEST_F(Csv, RefusesAQuoteInsideAnUnquotedCell) {
  const auto table = Read("id,title\n1,Ali\"en\n");
  EXPECT_TRUE(absl::IsInvalidArgument(table.status()));
  EXPECT_THAT(MessageOf(table), HasSubstr("line 2"));
}

TEST_F(Csv, RefusesAHeaderWithOneNameTwice) {
  const auto table = Read("id,id\n1,2\n");
  EXPECT_THAT(MessageOf(table), HasSubstr("column 'id' twice"));
}

TEST_F(Csv, NamesTheColumnsThatAreMissing) {
  const auto table = Read("id,title\n1,Alien\n");
  ASSERT_TRUE(table.ok()) << table.status();
  const std::string_view known[] = {"title", "id"};
  EXPECT_TRUE(table->RequireColumns(known).ok());
  const std::string_view wanted[] = {"id", "director", "year"};
  EXPECT_THAT(std::string(table->RequireColumns(wanted).message()),
              HasSubstr("has no column director, year"));
}

TEST_F(Csv, SaysWhatIsWrongWithACell) {
  const auto table = Read("id,title\none,Alien\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(std::string(table->CellError(0, "id", "a number").message()),
              HasSubstr("line 2, column id: 'one' is not a number"));
}

TEST_F(Csv, SaysWhichFileCannotBeRead) {
  const auto table = ReadCsv("/no/such/file.csv");
  EXPECT_TRUE(absl::IsNotFound(table.status()));
  EXPECT_THAT(MessageOf(table), HasSubstr("/no/such/file.csv"));
  EXPECT_TRUE(absl::IsNotFound(ReadCsv(::testing::TempDir()).status())) << "a folder";
}

}  // namespace
}  // namespace examples
