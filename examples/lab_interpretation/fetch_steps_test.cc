// FetchTestResult and FetchPatientHistory, each alone with a mocked repository.

#include <memory>
#include <vector>

#include "fetch_patient_history.h"
#include "fetch_test_result.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/matchers.h"
#include "test_visits.h"

namespace lab_interpretation {
namespace {

using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Return;

class FetchSteps : public ::testing::Test {
 protected:
  std::shared_ptr<MockLabRepository> repository_ = std::make_shared<MockLabRepository>();
  protograph::ExecCtx ctx_;
};

TEST_F(FetchSteps, FetchTestResultAsksForTheVisitByItsId) {
  const RawTestResult visit = HealthyVisit(7, 365);
  EXPECT_CALL(*repository_, FetchResult(EqualsProto("patient: 7 day: 365")))
      .WillOnce(Return(visit));
  EXPECT_THAT(FetchTestResult(repository_).Compute(ctx_, MakeId(7, 365)),
              IsOkAndHolds(EqualsProto(visit)));
}

TEST_F(FetchSteps, FetchTestResultPassesTheRepositorysErrorOn) {
  EXPECT_CALL(*repository_, FetchResult)
      .WillOnce(Return(absl::UnavailableError("connection lost")));
  EXPECT_THAT(FetchTestResult(repository_).Compute(ctx_, MakeId(7, 365)),
              StatusIs(absl::StatusCode::kUnavailable, "connection lost"));
}

TEST_F(FetchSteps, FetchTestResultDoesNotAskForAnImpossibleVisit) {
  EXPECT_CALL(*repository_, FetchResult).Times(0);
  const FetchTestResult step(repository_);
  EXPECT_THAT(step.Compute(ctx_, MakeId(0, 5)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(step.Compute(ctx_, MakeId(3, -1)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("patient 3"), HasSubstr("day -1"))));
}

TEST_F(FetchSteps, FetchPatientHistoryKeepsTheOrderOfTheVisits) {
  EXPECT_CALL(*repository_, FetchResultsBefore(EqualsProto("patient: 7 day: 365")))
      .WillOnce(Return(std::vector<RawTestResult>{HealthyVisit(7, 0), HealthyVisit(7, 182)}));
  const absl::StatusOr<PatientHistory> history =
      FetchPatientHistory(repository_).Compute(ctx_, HealthyVisit(7, 365));
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_THAT(history->visit(), EqualsProto("patient: 7 day: 365"));
  EXPECT_THAT(history->earlier(),
              ElementsAre(EqualsProto(HealthyVisit(7, 0)), EqualsProto(HealthyVisit(7, 182))));
}

TEST_F(FetchSteps, FetchPatientHistoryIsEmptyAtTheFirstVisit) {
  EXPECT_CALL(*repository_, FetchResultsBefore).WillOnce(Return(std::vector<RawTestResult>{}));
  const absl::StatusOr<PatientHistory> history =
      FetchPatientHistory(repository_).Compute(ctx_, HealthyVisit(7, 0));
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_THAT(history->earlier(), IsEmpty());
}

// A history with the visit itself, a later one, another patient's, or in the wrong order would make
// every statistic wrong without anyone noticing.
TEST_F(FetchSteps, FetchPatientHistoryRefusesWhatIsNotStrictlyEarlier) {
  const std::vector<std::vector<RawTestResult>> wrong = {
      {HealthyVisit(7, 365)},
      {HealthyVisit(7, 0), HealthyVisit(7, 700)},
      {HealthyVisit(8, 0)},
      {HealthyVisit(7, 182), HealthyVisit(7, 0)},
      {HealthyVisit(7, 0), HealthyVisit(7, 0)},
  };
  for (const std::vector<RawTestResult>& answer : wrong) {
    EXPECT_CALL(*repository_, FetchResultsBefore).WillOnce(Return(answer));
    EXPECT_THAT(FetchPatientHistory(repository_).Compute(ctx_, HealthyVisit(7, 365)),
                StatusIs(absl::StatusCode::kInternal, HasSubstr("patient 7 before day 365")));
  }
}

}  // namespace
}  // namespace lab_interpretation
