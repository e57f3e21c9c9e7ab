// Every visit of examples/data/pbcseq.csv through the graph. LAB_INTERPRETATION_DATA is its path.

#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "analytes.h"
#include "batch.h"
#include "csv_lab_repository.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "lab_graph.h"
#include "protograph/protograph.h"
#include "test_visits.h"

namespace lab_interpretation {
namespace {

using ::testing::HasSubstr;

constexpr int kVisits = 1945;
constexpr int kPatients = 312;

class WholeData : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto repository = CsvLabRepository::Load(LAB_INTERPRETATION_DATA);
    ASSERT_TRUE(repository.ok()) << repository.status();
    repository_ = *std::move(repository);
  }
  static void TearDownTestSuite() { repository_.reset(); }

  void SetUp() override { ASSERT_NE(repository_, nullptr); }

  static LabGraph MakeGraph() {
    absl::StatusOr<LabGraph> graph = MakeLabGraph(repository_);
    EXPECT_TRUE(graph.ok()) << graph.status();
    return *std::move(graph);
  }

  static std::shared_ptr<const CsvLabRepository> repository_;
};

std::shared_ptr<const CsvLabRepository> WholeData::repository_;

TEST_F(WholeData, NamesEveryVisitOnce) {
  std::set<std::pair<int, int>> ids;
  std::set<int> patients;
  for (const TestId& id : repository_->visits()) {
    ids.emplace(id.patient(), id.day());
    patients.insert(id.patient());
  }
  EXPECT_EQ(repository_->visits().size(), static_cast<size_t>(kVisits));
  EXPECT_EQ(ids.size(), static_cast<size_t>(kVisits));
  EXPECT_EQ(patients.size(), static_cast<size_t>(kPatients));
}

// Counts of NA by column, taken from the file with another tool.
TEST_F(WholeData, InterpretsEveryVisitAndCountsWhatIsMissing) {
  std::ostringstream jsonl;
  const absl::StatusOr<BatchSummary> summary =
      InterpretAll(MakeGraph(), repository_->visits(), &jsonl);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->visits, kVisits);
  EXPECT_EQ(summary->failed(), 0) << ToText(*summary);
  const std::map<Analyte, int> missing = {
      {CHOLESTEROL, 821}, {ALKALINE_PHOSPHATASE, 60}, {PLATELETS, 73}};
  EXPECT_EQ(summary->missing, missing);
  int judged = 0;
  for (const auto& [significance, visits] : summary->by_significance) judged += visits;
  EXPECT_EQ(judged, kVisits);
  EXPECT_EQ(summary->by_significance.count(NOT_ASSESSABLE), 0u);

  std::istringstream lines(jsonl.str());
  int read_back = 0;
  for (std::string line; std::getline(lines, line); ++read_back) {
    Interpretation interpretation;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line, &interpretation).ok()) << line;
    ASSERT_GE(interpretation.id().patient(), 1);
    ASSERT_THAT(interpretation.disclaimer(), HasSubstr("no medical advice"));
    ASSERT_GE(interpretation.recommendations_size(), 1);
  }
  EXPECT_EQ(read_back, kVisits);
}

TEST_F(WholeData, UsesOnlyWhatWasKnownOnTheDayOfTheVisit) {
  const LabGraph graph = MakeGraph();
  int first_visits = 0;
  for (const TestId& id : repository_->visits()) {
    protograph::ExecCtx ctx;
    const auto outputs = graph.ExecuteAll<PatientHistory, NormalizedResult, TrendAnalysis>(ctx, id);
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    const auto& [history, normalized, trends] = *outputs;
    for (const RawTestResult& earlier : history.earlier()) {
      ASSERT_EQ(earlier.id().patient(), id.patient());
      ASSERT_LT(earlier.id().day(), id.day());
    }
    ASSERT_EQ(trends.earlier_visits(), history.earlier_size());
    ASSERT_EQ(normalized.values_size(), static_cast<int>(kAnalytes.size()));
    for (int i = 0; i < normalized.values_size(); ++i) {
      const NormalizedValue& value = normalized.values(i);
      const AnalyteTrend& trend = trends.trends(i);
      ASSERT_EQ(value.flag() == MISSING, !value.has_value());
      ASSERT_EQ(trend.course() == COURSE_UNSPECIFIED,
                !value.has_value() || trend.earlier_values() == 0);
      ASSERT_EQ(trend.has_baseline_z(), value.has_value() && trend.earlier_values() >= 3);
      ASSERT_EQ(trend.has_trend_p_value(), value.has_value() && trend.earlier_values() >= 4);
      if (trend.has_trend_p_value()) {
        ASSERT_GT(trend.trend_p_value(), 0);
        ASSERT_LE(trend.trend_p_value(), 1);
      }
    }
    if (history.earlier_size() == 0) {
      ++first_visits;
      ASSERT_EQ(id.day(), 0);
    }
  }
  EXPECT_EQ(first_visits, kPatients);
}

// Patient 1 at entry: 58.8 years, bilirubin 14.5 mg/dl, albumin 2.6 g/dl; dead within 400 days.
TEST_F(WholeData, FindsTheFirstPatientCritical) {
  protograph::ExecCtx ctx;
  const absl::StatusOr<Interpretation> result =
      MakeGraph().Execute<Interpretation>(ctx, MakeId(1, 0));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->significance(), CRITICAL);
  EXPECT_NEAR(result->mayo_risk_score(), 9.016, 0.001);
  ASSERT_GE(result->findings_size(), 1);
  EXPECT_EQ(result->findings(0).analyte(), BILIRUBIN);
}

TEST_F(WholeData, CountsFailuresByCauseAndGoesOn) {
  const std::vector<TestId> visits = {MakeId(1, 0), MakeId(1, 5), MakeId(999, 0), MakeId(2, 0)};
  const absl::StatusOr<BatchSummary> summary = InterpretAll(MakeGraph(), visits, nullptr);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->visits, 4);
  EXPECT_EQ(summary->failed(), 2);
  ASSERT_EQ(summary->failures.size(), 1u);
  EXPECT_EQ(summary->failures.begin()->first, "FetchTestResult: NOT_FOUND");
  EXPECT_EQ(summary->failures.begin()->second.visits, 2);
  EXPECT_THAT(summary->failures.begin()->second.example, HasSubstr("no visit on day 5"));
  EXPECT_THAT(ToText(*summary), HasSubstr("2 of 4 visits interpreted"));
}

TEST_F(WholeData, ReportsAFileThatCannotBeWritten) {
  std::ostringstream broken;
  broken.setstate(std::ios::badbit);
  const absl::StatusOr<BatchSummary> summary = InterpretAll(MakeGraph(), {{MakeId(1, 0)}}, &broken);
  EXPECT_EQ(summary.status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace lab_interpretation
