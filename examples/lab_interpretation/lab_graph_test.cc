// The graph with a mocked repository: what runs, how often, and what happens on failure.

#include "lab_graph.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/fake_clock.h"
#include "protograph/testing/graph_surgery.h"
#include "protograph/testing/matchers.h"
#include "protograph/testing/recorder.h"
#include "test_visits.h"

namespace lab_interpretation {
namespace {

using ::protograph::testing::FakeClock;
using ::protograph::testing::Recorder;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::NiceMock;
using ::testing::Property;
using ::testing::Return;
using ::testing::SizeIs;

class LabGraphTest : public ::testing::Test {
 protected:
  LabGraphTest() {
    ON_CALL(*repository_, FetchResult).WillByDefault(Return(HealthyVisit(1, 365)));
    ON_CALL(*repository_, FetchResultsBefore)
        .WillByDefault(Return(std::vector<RawTestResult>{HealthyVisit(1, 0)}));
  }

  LabGraph MakeGraph() {
    absl::StatusOr<LabGraph> graph = MakeLabGraph(repository_);
    EXPECT_TRUE(graph.ok()) << graph.status();
    return *std::move(graph);
  }

  std::shared_ptr<NiceMock<MockLabRepository>> repository_ =
      std::make_shared<NiceMock<MockLabRepository>>();
  Recorder recorder_;
  FakeClock clock_;
  protograph::ExecCtx ctx_{protograph::ExecOptions{.clock = &clock_, .observer = &recorder_}};
};

TEST_F(LabGraphTest, RunsEachStepOnceInTheOrderOfItsNeeds) {
  const absl::StatusOr<Interpretation> result =
      MakeGraph().Execute<Interpretation>(ctx_, MakeId(1, 365));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->significance(), UNREMARKABLE);
  EXPECT_THAT(recorder_.order(),
              ElementsAre("FetchTestResult", "FetchPatientHistory", "NormalizeValues",
                          "CompareToBaseline", "GenerateInterpretation"));
}

TEST_F(LabGraphTest, StopsAtTheOutputThatIsAskedFor) {
  ASSERT_TRUE(MakeGraph().Execute<NormalizedResult>(ctx_, MakeId(1, 365)).ok());
  EXPECT_THAT(recorder_.order(),
              ElementsAre("FetchTestResult", "FetchPatientHistory", "NormalizeValues"));
}

TEST_F(LabGraphTest, TriesAnUnavailableRepositoryAgain) {
  EXPECT_CALL(*repository_, FetchResult)
      .WillOnce(Return(absl::UnavailableError("connection lost")))
      .WillOnce(Return(absl::UnavailableError("connection lost")))
      .WillOnce(Return(HealthyVisit(1, 365)));
  ASSERT_TRUE(MakeGraph().Execute<Interpretation>(ctx_, MakeId(1, 365)).ok());
  EXPECT_EQ(recorder_.attempts("FetchTestResult"), 3);
  EXPECT_EQ(recorder_.count("GenerateInterpretation"), 1);
  EXPECT_EQ(clock_.sleeps().size(), 2u);
}

TEST_F(LabGraphTest, GivesUpAfterThreeAttemptsAndNamesTheStep) {
  EXPECT_CALL(*repository_, FetchResultsBefore)
      .Times(3)
      .WillRepeatedly(Return(absl::UnavailableError("connection lost")));
  EXPECT_THAT(MakeGraph().Execute<Interpretation>(ctx_, MakeId(1, 365)),
              StepFailed("FetchPatientHistory", Property(&protograph::StepFailure::attempts, 3)));
}

TEST_F(LabGraphTest, DoesNotTryAVisitThatIsNotThereAgain) {
  EXPECT_CALL(*repository_, FetchResult).WillOnce(Return(absl::NotFoundError("no such visit")));
  EXPECT_THAT(MakeGraph().Execute<Interpretation>(ctx_, MakeId(1, 365)),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no such visit")));
  EXPECT_EQ(recorder_.attempts("FetchTestResult"), 1);
  EXPECT_EQ(recorder_.count("FetchPatientHistory"), 0);
}

TEST_F(LabGraphTest, JudgesARecordThatTheCallerBringsWithoutFetchingIt) {
  EXPECT_CALL(*repository_, FetchResult).Times(0);
  RawTestResult visit = HealthyVisit(1, 365);
  visit.set_bilirubin_mg_dl(14.5);
  const absl::StatusOr<Interpretation> result = MakeGraph().Execute<Interpretation>(ctx_, visit);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->significance(), CRITICAL);
}

TEST_F(LabGraphTest, PassesAFailureOfAnyStepToTheCaller) {
  for (const char* step : {"NormalizeValues", "CompareToBaseline", "GenerateInterpretation"}) {
    const absl::StatusOr<protograph::Graph> broken = protograph::testing::FailStep(
        MakeGraph(), step, /*on_call=*/1, absl::DataLossError("broken on purpose"));
    ASSERT_TRUE(broken.ok()) << broken.status();
    EXPECT_THAT(broken->Execute<Interpretation>(ctx_, MakeId(1, 365)),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(step)));
  }
}

TEST_F(LabGraphTest, TakesAnotherTrendAnalysisInPlaceOfItsOwn) {
  const absl::StatusOr<protograph::Graph> replaced = protograph::testing::ReplaceStep(
      MakeGraph(), [](protograph::ExecCtx&, const NormalizedResult& normalized) {
        TrendAnalysis trends;
        *trends.mutable_id() = normalized.id();
        for (const NormalizedValue& value : normalized.values()) {
          AnalyteTrend& trend = *trends.add_trends();
          trend.set_analyte(value.analyte());
          trend.set_course(WORSENING);
        }
        return trends;
      });
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  const absl::StatusOr<Interpretation> result =
      replaced->Execute<Interpretation>(ctx_, MakeId(1, 365));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->significance(), FOLLOW_UP);
  EXPECT_THAT(recorder_.Inputs<NormalizedResult>("CompareToBaseline"), SizeIs(1));
  EXPECT_THAT(recorder_.Inputs<PatientHistory>("CompareToBaseline"), IsEmpty());
}

TEST(MakeLabGraph, RefusesANullRepository) {
  EXPECT_THAT(MakeLabGraph(nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("LabRepository")));
}

}  // namespace
}  // namespace lab_interpretation
