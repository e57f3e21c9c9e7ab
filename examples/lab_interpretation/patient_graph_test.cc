// All visits of a patient in one execution: with a mocked repository, and over every patient of
// examples/data/pbcseq.csv. LAB_INTERPRETATION_DATA is the path of that file.

#include "patient_graph.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "csv_lab_repository.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lab_graph.h"
#include "protograph/testing/testing.h"
#include "report.h"
#include "test_visits.h"

namespace lab_interpretation {
namespace {

using ::protograph::ExecCtx;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::Recorder;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::_;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::NiceMock;
using ::testing::Property;
using ::testing::Return;
using ::testing::StartsWith;

PatientId MakePatient(int patient) {
  PatientId id;
  id.set_patient(patient);
  return id;
}

// Three visits, of which the last shows a failing liver.
class PatientGraphTest : public ::testing::Test {
 protected:
  PatientGraphTest() {
    visits_ = {HealthyVisit(1, 0), HealthyVisit(1, 200), HealthyVisit(1, 400)};
    visits_[1].clear_cholesterol_mg_dl();
    visits_[2].set_bilirubin_mg_dl(14.5);
    ON_CALL(*repository_, FetchResultsBefore).WillByDefault([this](const TestId& id) {
      std::vector<RawTestResult> earlier;
      for (const RawTestResult& visit : visits_) {
        if (visit.id().day() < id.day()) earlier.push_back(visit);
      }
      return earlier;
    });
  }

  PatientGraph MakeGraph() {
    return MakePatientGraph(repository_, std::make_shared<protograph::ThreadPool>(
                                             protograph::ThreadPoolOptions{.max_threads = 0}))
        .value();
  }

  std::vector<RawTestResult> visits_;
  const std::shared_ptr<NiceMock<MockLabRepository>> repository_ =
      std::make_shared<NiceMock<MockLabRepository>>();
  Recorder recorder_;
  FakeClock clock_;
  ExecCtx ctx_{protograph::ExecOptions{.clock = &clock_, .observer = &recorder_}};
};

TEST_F(PatientGraphTest, SumsUpEachVisitInItsOrder) {
  const absl::StatusOr<PatientSummary> summary =
      MakeGraph().Execute<PatientSummary>(ctx_, MakePatient(1));
  ASSERT_THAT(summary, IsOk());
  ASSERT_EQ(summary->visits_size(), 3);
  EXPECT_EQ(summary->visits(0).day(), 0);
  EXPECT_EQ(summary->visits(0).significance(), UNREMARKABLE);
  EXPECT_EQ(summary->visits(2).day(), 400);
  EXPECT_EQ(summary->visits(2).significance(), CRITICAL);
  EXPECT_EQ(summary->span_days(), 400);
  EXPECT_EQ(summary->gravest(), CRITICAL);
  EXPECT_EQ(summary->gravest_day(), 400);
  EXPECT_GT(summary->mayo_risk_score_change(), 0);
  ASSERT_EQ(summary->analytes_size(), 2);
  EXPECT_THAT(summary->analytes(0),
              EqualsProto("analyte: BILIRUBIN visits_with_finding: 1 highest_grade: 4 "
                          "visits_worsening: 1"));
  EXPECT_THAT(summary->analytes(1), EqualsProto("analyte: CHOLESTEROL visits_missing: 1"));
  EXPECT_THAT(PatientReport(*summary),
              AllOf(StartsWith("Patient 1: 3 visits over 400 days\n"), HasSubstr("critical"),
                    HasSubstr("Gravest: critical, first on day 400"), HasSubstr("bilirubin")));
}

TEST_F(PatientGraphTest, RunsTheGraphOfOneVisitForEachWithoutFetchingItAgain) {
  EXPECT_CALL(*repository_, FetchResult).Times(0);
  ASSERT_THAT(MakeGraph().Execute<PatientSummary>(ctx_, MakePatient(1)), IsOk());
  EXPECT_EQ(recorder_.count("ListVisits"), 1);
  EXPECT_EQ(recorder_.count("InterpretVisit"), 3);
  EXPECT_EQ(recorder_.count("CompareToBaseline"), 3);
  EXPECT_EQ(recorder_.count("SummarizePatient"), 1);
}

TEST_F(PatientGraphTest, OfAPatientWithoutVisitsIsEmpty) {
  visits_.clear();
  const absl::StatusOr<PatientSummary> summary =
      MakeGraph().Execute<PatientSummary>(ctx_, MakePatient(1));
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->visits_size(), 0);
  EXPECT_THAT(PatientReport(*summary), StartsWith("Patient 1: 0 visits over 0 days\n"));
}

TEST_F(PatientGraphTest, TriesAllVisitsAndNamesThoseThatFail) {
  visits_[0].set_bilirubin_mg_dl(-1);
  const absl::StatusOr<PatientSummary> summary =
      MakeGraph().Execute<PatientSummary>(ctx_, MakePatient(1));
  EXPECT_THAT(summary, StepFailed("InterpretVisit", _));
  const auto failure = protograph::GetStepFailure(summary.status());
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->items().total(), 3);
  EXPECT_EQ(failure->items().not_run(), 0);
  EXPECT_EQ(recorder_.count("InterpretVisit"), 3);
  EXPECT_EQ(recorder_.count("SummarizePatient"), 0);
}

TEST_F(PatientGraphTest, TriesAnUnavailableRepositoryAgain) {
  visits_.pop_back();
  EXPECT_CALL(*repository_, FetchResultsBefore)
      .Times(5)
      .WillOnce(Return(absl::UnavailableError("connection lost")))
      .WillOnce(Return(visits_))  // ListVisits
      .WillOnce(Return(std::vector<RawTestResult>()))
      .WillOnce(Return(absl::UnavailableError("connection lost")))
      .WillRepeatedly(Return(std::vector<RawTestResult>()));
  ASSERT_THAT(MakeGraph().Execute<PatientSummary>(ctx_, MakePatient(1)), IsOk());
  EXPECT_EQ(recorder_.attempts("ListVisits"), 2);
  EXPECT_EQ(recorder_.attempts("FetchPatientHistory"), 3);
}

TEST_F(PatientGraphTest, RefusesWhatIsNoPatient) {
  EXPECT_THAT(MakeGraph().Execute<PatientSummary>(ctx_, MakePatient(0)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("count from 1")));
  EXPECT_THAT(MakePatientGraph(nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("LabRepository")));
}

// A visit must mean the same alone and among the others.
TEST(PatientGraph, AgreesWithTheVisitsOneByOne) {
  const auto repository = CsvLabRepository::Load(LAB_INTERPRETATION_DATA).value();
  const LabGraph visits = MakeLabGraph(repository).value();
  const PatientGraph patients = MakePatientGraph(repository).value();
  std::set<int> numbers;
  int compared = 0;
  for (const TestId& id : repository->visits()) numbers.insert(id.patient());
  ASSERT_EQ(numbers.size(), 312u);
  for (const int number : numbers) {
    ExecCtx ctx;
    const absl::StatusOr<PatientSummary> summary =
        patients.Execute<PatientSummary>(ctx, MakePatient(number));
    ASSERT_THAT(summary, IsOk());
    for (const VisitLine& line : summary->visits()) {
      ExecCtx one;
      const absl::StatusOr<Interpretation> visit =
          visits.Execute<Interpretation>(one, MakeId(number, line.day()));
      ASSERT_THAT(visit, IsOk());
      EXPECT_EQ(visit->significance(), line.significance());
      EXPECT_LE(visit->significance(), summary->gravest());
      ++compared;
    }
  }
  EXPECT_EQ(compared, 1945);
}

}  // namespace
}  // namespace lab_interpretation
