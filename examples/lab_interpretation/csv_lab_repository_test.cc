#include "csv_lab_repository.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "test_visits.h"

namespace lab_interpretation {
namespace {

using ::protograph::testing::EqualsProto;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Property;

constexpr char kHeader[] =
    "\"id\",\"futime\",\"status\",\"trt\",\"age\",\"sex\",\"day\",\"ascites\",\"hepato\","
    "\"spiders\","
    "\"edema\",\"bili\",\"chol\",\"albumin\",\"alk.phos\",\"ast\",\"platelet\",\"protime\","
    "\"stage\"\n";
constexpr char kFirstVisit[] =
    "2,5169,0,1,56.25,\"f\",0,0,1,1,0.5,1.1,302,4.14,7395,113.5,221,10.6,3\n";
constexpr char kSecondVisit[] =
    "2,5169,0,1,56.25,\"f\",182,NA,NA,NA,0,0.8,NA,3.6,NA,139.5,NA,11,3\n";

class CsvLabRepositoryTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  absl::StatusOr<std::shared_ptr<const CsvLabRepository>> Load(const std::string& text) {
    std::ofstream(path_) << text;
    return CsvLabRepository::Load(path_);
  }

  std::string path_ = ::testing::TempDir() + "csv_lab_repository_test_" +
                      ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv";
};

TEST_F(CsvLabRepositoryTest, ReadsEveryColumnIntoItsField) {
  const auto repository = Load(absl::StrCat(kHeader, kFirstVisit));
  ASSERT_TRUE(repository.ok()) << repository.status();
  const absl::StatusOr<RawTestResult> visit = (*repository)->FetchResult(MakeId(2, 0));
  ASSERT_TRUE(visit.ok()) << visit.status();
  EXPECT_THAT(*visit, EqualsProto(R"pb(
    id { patient: 2 day: 0 }
    sex: FEMALE
    age_at_entry_years: 56.25
    bilirubin_mg_dl: 1.1
    cholesterol_mg_dl: 302
    albumin_g_dl: 4.14
    alkaline_phosphatase_u_l: 7395
    ast_u_ml: 113.5
    platelets_10e9_l: 221
    prothrombin_time_s: 10.6
    ascites: false
    hepatomegaly: true
    spiders: true
    edema: 0.5
    histologic_stage: 3)pb"));
}

TEST_F(CsvLabRepositoryTest, LeavesNaUnsetInsteadOfZero) {
  const auto repository = Load(absl::StrCat(kHeader, kFirstVisit, kSecondVisit));
  ASSERT_TRUE(repository.ok()) << repository.status();
  const absl::StatusOr<RawTestResult> visit = (*repository)->FetchResult(MakeId(2, 182));
  ASSERT_TRUE(visit.ok()) << visit.status();
  EXPECT_FALSE(visit->has_cholesterol_mg_dl());
  EXPECT_FALSE(visit->has_alkaline_phosphatase_u_l());
  EXPECT_FALSE(visit->has_platelets_10e9_l());
  EXPECT_FALSE(visit->has_ascites());
  EXPECT_FALSE(visit->has_hepatomegaly());
  EXPECT_FALSE(visit->has_spiders());
  EXPECT_TRUE(visit->has_edema());  // a measured 0
}

TEST_F(CsvLabRepositoryTest, AnswersWithEarlierVisitsOnlyOldestFirstWhateverTheOrderOfTheLines) {
  const auto repository = Load(absl::StrCat(kHeader, kSecondVisit, kFirstVisit));
  ASSERT_TRUE(repository.ok()) << repository.status();
  const auto earlier = (*repository)->FetchResultsBefore(MakeId(2, 183));
  ASSERT_TRUE(earlier.ok()) << earlier.status();
  EXPECT_THAT(*earlier,
              ElementsAre(Property(&RawTestResult::id, EqualsProto("patient: 2")),
                          Property(&RawTestResult::id, EqualsProto("patient: 2 day: 182"))));
  const auto before_second = (*repository)->FetchResultsBefore(MakeId(2, 182));
  ASSERT_TRUE(before_second.ok());
  EXPECT_EQ(before_second->size(), 1u);
  const auto before_first = (*repository)->FetchResultsBefore(MakeId(2, 0));
  ASSERT_TRUE(before_first.ok());
  EXPECT_THAT(*before_first, IsEmpty());
  EXPECT_THAT((*repository)->visits(),
              ElementsAre(EqualsProto("patient: 2"), EqualsProto("patient: 2 day: 182")));
}

TEST_F(CsvLabRepositoryTest, SaysWhatThereIsWhereAVisitIsNotFound) {
  const auto repository = Load(absl::StrCat(kHeader, kFirstVisit, kSecondVisit));
  ASSERT_TRUE(repository.ok()) << repository.status();
  EXPECT_THAT((*repository)->FetchResult(MakeId(2, 183)),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("no visit on day 183"), HasSubstr("days 0, 182"))));
  EXPECT_THAT((*repository)->FetchResult(MakeId(3, 0)),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("no patient 3"), HasSubstr("numbered 2 to 2"))));
  EXPECT_THAT((*repository)->FetchResultsBefore(MakeId(3, 0)),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CsvLabRepositoryTest, NamesLineAndColumnOfACellThatItCannotRead) {
  struct Case {
    std::string line;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"2,1,0,1,56.25,f,0,0,1,1,0,high,302,4,7395,113,221,10,3\n", "line 2, column bili: 'high'"},
      {"2,1,0,1,56.25,x,0,0,1,1,0,1,302,4,7395,113,221,10,3\n", "column sex: 'x' is not f or m"},
      {"NA,1,0,1,56.25,f,0,0,1,1,0,1,302,4,7395,113,221,10,3\n", "column id: 'NA' is not a value"},
      {"2,1,0,1,NA,f,0,0,1,1,0,1,302,4,7395,113,221,10,3\n", "column age: 'NA' is not a value"},
      {"2,1,0,1,56.25,f,-4,0,1,1,0,1,302,4,7395,113,221,10,3\n", "column day: '-4'"},
      {"2,1,0,1,56.25,f,0,2,1,1,0,1,302,4,7395,113,221,10,3\n", "column ascites: '2'"},
      {"2,1,0,1,56.25,f,0,0,1,1,0.7,1,302,4,7395,113,221,10,3\n", "column edema: '0.7'"},
      {"2,1,0,1,56.25,f,0,0,1,1,0,1,302,4,7395,113,221,10,5\n", "column stage: '5'"},
      {"2,1,0,1,56.25,f,0,0,1,1,0,nan,302,4,7395,113,221,10,3\n", "column bili: 'nan'"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Load(absl::StrCat(kHeader, c.line)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr(path_), HasSubstr(c.message))));
  }
}

TEST_F(CsvLabRepositoryTest, RefusesAVisitThatStandsTwice) {
  EXPECT_THAT(Load(absl::StrCat(kHeader, kFirstVisit, kSecondVisit, kFirstVisit)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("line 4"), HasSubstr("patient 2, day 0"))));
}

TEST_F(CsvLabRepositoryTest, RefusesAFileWithoutVisitsOrWithoutAColumn) {
  EXPECT_THAT(Load(kHeader), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no visits")));
  EXPECT_THAT(Load("id,day\n1,0\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no column age")));
}

TEST_F(CsvLabRepositoryTest, NamesAFileThatIsNotThere) {
  const auto repository = CsvLabRepository::Load("/nowhere/pbcseq.csv");
  ASSERT_FALSE(repository.ok());
  EXPECT_THAT(std::string(repository.status().message()), HasSubstr("/nowhere/pbcseq.csv"));
}

}  // namespace
}  // namespace lab_interpretation
