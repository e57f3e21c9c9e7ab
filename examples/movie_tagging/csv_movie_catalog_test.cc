#include "csv_movie_catalog.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pointee;
using ::testing::Property;

constexpr char kHeader[] =
    "id,title,us_gross,worldwide_gross,us_dvd_sales,production_budget,release_date,mpaa_rating,"
    "running_time_min,distributor,source,major_genre,creative_type,director,"
    "rotten_tomatoes_rating,imdb_rating,imdb_votes\n";

class CsvMovieCatalogTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  absl::StatusOr<std::shared_ptr<const CsvMovieCatalog>> Load(
      const std::string& rows, const CsvCatalogOptions& options = {}) {
    std::ofstream(path_, std::ios::binary) << kHeader << rows;
    return CsvMovieCatalog::Load(path_, options);
  }

  // The only film of the file.
  Movie LoadOne(const std::string& row) {
    const auto catalog = Load(row);
    EXPECT_TRUE(catalog.ok()) << catalog.status();
    return catalog.ok() ? (*catalog)->movies()[0] : Movie();
  }

  const std::string path_ = ::testing::TempDir() + "csv_movie_catalog_test_" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                            ".csv";
};

TEST_F(CsvMovieCatalogTest, ReadsEveryColumnIntoItsField) {
  EXPECT_THAT(LoadOne("7,Jaws,260000000,470700000,100,12000000,Jun 20 1975,PG,124,Universal,"
                      "Based on Book/Short Story,Horror,Contemporary Fiction,Steven Spielberg,100,"
                      "8.3,138017\n"),
              EqualsProto(R"pb(
                id: 7
                title: "Jaws"
                us_gross_dollars: 260000000
                worldwide_gross_dollars: 470700000
                us_dvd_sales_dollars: 100
                production_budget_dollars: 12000000
                release_date { year: 1975 month: 6 day: 20 }
                mpaa_rating: "PG"
                running_time_minutes: 124
                distributor: "Universal"
                source: "Based on Book/Short Story"
                major_genre: "Horror"
                creative_type: "Contemporary Fiction"
                director: "Steven Spielberg"
                rotten_tomatoes_rating: 100
                imdb_rating: 8.3
                imdb_votes: 138017)pb"));
}

TEST_F(CsvMovieCatalogTest, LeavesUnsetWhatIsMissing) {
  EXPECT_THAT(LoadOne("7,,,,,,Dec 31 1969,,,,,,,,,,\n"), EqualsProto("id: 7"));
}

TEST_F(CsvMovieCatalogTest, TakesZeroTakingsForNotReported) {
  const Movie movie = LoadOne("7,Drei,0,0,,7200000,Dec 31 1969,,,,,,,,,,\n");
  EXPECT_FALSE(movie.has_us_gross_dollars());
  EXPECT_FALSE(movie.has_worldwide_gross_dollars());
  EXPECT_EQ(movie.production_budget_dollars(), 7200000);
}

TEST_F(CsvMovieCatalogTest, KeepsAMeasuredZeroPercent) {
  const Movie movie = LoadOne("7,A,,,,,Jun 20 1975,,,,,,,,0,,\n");
  EXPECT_TRUE(movie.has_rotten_tomatoes_rating());
}

TEST_F(CsvMovieCatalogTest, KeepsOddTitlesAsTheyAre) {
  EXPECT_EQ(LoadOne("1,1941,,,,,Dec 14 1979,,,,,,,,,,\n").title(), "1941");
  EXPECT_EQ(LoadOne("1,\"First Love, Last Rites\",,,,,Aug 07 1998,,,,,,,,,,\n").title(),
            "First Love, Last Rites");
  EXPECT_EQ(LoadOne("1,\"Sam \"\"The Man\"\"\",,,,,Aug 07 1998,,,,,,,,,,\n").title(),
            "Sam \"The Man\"");
  EXPECT_EQ(LoadOne("1,LÈon,,,,,Nov 18 1994,,,,,,,,,,\n").title(), "LÈon");
}

TEST_F(CsvMovieCatalogTest, CorrectsTheCenturyAndSaysSo) {
  const Movie movie = LoadOne("10,Duel in the Sun,,,,,Dec 31 2046,,,,,,,,,,\n");
  EXPECT_THAT(movie.release_date(), EqualsProto("year: 1946 month: 12 day: 31"));
  EXPECT_TRUE(movie.release_century_corrected());

  const auto newer = Load("10,Dune,,,,,Oct 22 2021,,,,,,,,,,\n", {.latest_release_year = 2022});
  ASSERT_TRUE(newer.ok()) << newer.status();
  EXPECT_EQ((*newer)->movies()[0].release_date().year(), 2021);
}

TEST_F(CsvMovieCatalogTest, FindsFilmsByIdAndSaysWhichThereAre) {
  const auto catalog = Load("5,A,,,,,Jun 20 1975,,,,,,,,,,\n3,B,,,,,Jun 20 1975,,,,,,,,,,\n");
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  EXPECT_THAT((*catalog)->FindMovie(MakeId(3)), IsOkAndHolds(Property(&Movie::title, "B")));
  EXPECT_THAT((*catalog)->FindMovie(MakeId(4)),
              StatusIs(absl::StatusCode::kNotFound,
                       "there is no film 4: the catalogue has 2 films, numbered 3 to 5"));
}

TEST_F(CsvMovieCatalogTest, FindsFilmsByDirectorInOrderOfReleaseWithUndatedOnesLast) {
  const auto catalog = Load(
      "1,Undated,,,,,Dec 31 1969,,,,,,,Fritz Lang,,,\n"
      "2,Late,,,,,Jun 20 1953,,,,,,,Fritz Lang,,,\n"
      "3,Early,,,,,Jan 10 2027,,,,,,,Fritz Lang,,,\n"
      "4,Other,,,,,Jun 20 1953,,,,,,,Jane Campion,,,\n"
      "5,Nobody's,,,,,Jun 20 1953,,,,,,,,,,\n");
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  const auto films = (*catalog)->FindFilmsBy("Fritz Lang");
  ASSERT_TRUE(films.ok()) << films.status();
  EXPECT_THAT(*films, ElementsAre(Pointee(Property(&Movie::title, "Early")),
                                  Pointee(Property(&Movie::title, "Late")),
                                  Pointee(Property(&Movie::title, "Undated"))));
  EXPECT_THAT((*catalog)->FindFilmsBy("Ed Wood"), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT((*catalog)->FindFilmsBy(""), IsOkAndHolds(IsEmpty()));
}

TEST_F(CsvMovieCatalogTest, NamesLineAndColumnOfACellThatItCannotRead) {
  struct Case {
    std::string row;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"x,A,,,,,Jun 20 1975,,,,,,,,,,\n", "line 2, column id: 'x' is not a whole number from 1"},
      {",A,,,,,Jun 20 1975,,,,,,,,,,\n", "line 2, column id: '' is not the number of a film"},
      {"1,A,-5,,,,Jun 20 1975,,,,,,,,,,\n", "column us_gross: '-5' is not a whole number from 0"},
      {"1,A,,,,0,Jun 20 1975,,,,,,,,,,\n", "column production_budget: '0'"},
      {"1,A,,,,,1975,,,,,,,,,,\n", "column release_date: '1975' is not a date such as Nov 12"},
      {"1,A,,,,,Jun 20 1975,,0,,,,,,,,\n", "column running_time_min: '0'"},
      {"1,A,,,,,Jun 20 1975,,,,,,,,101,,\n",
       "column rotten_tomatoes_rating: '101' is not a whole number from 0 to 100"},
      {"1,A,,,,,Jun 20 1975,,,,,,,,,nan,\n", "column imdb_rating: 'nan' is not a number from 1"},
      {"1,A,,,,,Jun 20 1975,,,,,,,,,,many\n", "column imdb_votes: 'many'"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Load(c.row), StatusIs(absl::StatusCode::kInvalidArgument,
                                      AllOf(HasSubstr(path_), HasSubstr(c.message))));
  }
}

TEST_F(CsvMovieCatalogTest, RefusesAnIdThatStandsTwiceAndAFileWithoutFilmsOrColumns) {
  EXPECT_THAT(Load("1,A,,,,,Jun 20 1975,,,,,,,,,,\n1,B,,,,,Jun 20 1975,,,,,,,,,,\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 3, column id: '1'")));
  EXPECT_THAT(Load(""), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no films")));
  std::ofstream(path_) << "id,title\n1,A\n";
  EXPECT_THAT(CsvMovieCatalog::Load(path_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("release_date")));
  EXPECT_THAT(CsvMovieCatalog::Load("/nowhere/movies.csv"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere/movies.csv")));
}

}  // namespace
}  // namespace movie_tagging
