#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_TEST_VISITS_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_TEST_VISITS_H_

// Visits and a mocked repository for the tests of this folder.

#include <initializer_list>
#include <vector>

#include "gmock/gmock.h"
#include "lab_interpretation/lab_interpretation.pb.h"
#include "lab_repository.h"

namespace lab_interpretation {

class MockLabRepository : public LabRepository {
 public:
  MOCK_METHOD(absl::StatusOr<RawTestResult>, FetchResult, (const TestId& id), (const, override));
  MOCK_METHOD(absl::StatusOr<std::vector<RawTestResult>>, FetchResultsBefore, (const TestId& id),
              (const, override));
};

inline TestId MakeId(int patient, int day) {
  TestId id;
  id.set_patient(patient);
  id.set_day(day);
  return id;
}

// A woman of 50 years at entry with every value in range.
inline RawTestResult HealthyVisit(int patient, int day) {
  RawTestResult visit;
  *visit.mutable_id() = MakeId(patient, day);
  visit.set_sex(FEMALE);
  visit.set_age_at_entry_years(50);
  visit.set_bilirubin_mg_dl(0.5);
  visit.set_cholesterol_mg_dl(180);
  visit.set_albumin_g_dl(4.2);
  visit.set_alkaline_phosphatase_u_l(70);
  visit.set_ast_u_ml(20);
  visit.set_platelets_10e9_l(250);
  visit.set_prothrombin_time_s(11);
  visit.set_ascites(false);
  visit.set_hepatomegaly(false);
  visit.set_spiders(false);
  visit.set_edema(0);
  visit.set_histologic_stage(1);
  return visit;
}

inline PatientHistory MakeHistory(const TestId& visit,
                                  std::initializer_list<RawTestResult> earlier) {
  PatientHistory history;
  *history.mutable_visit() = visit;
  for (const RawTestResult& result : earlier) *history.add_earlier() = result;
  return history;
}

// Visits a year apart that differ in bilirubin only; the last is the one in question.
struct BilirubinSeries {
  BilirubinSeries(std::initializer_list<double> mg_dl) {
    int day = 0;
    for (const double value : mg_dl) {
      RawTestResult visit = HealthyVisit(1, day);
      visit.set_bilirubin_mg_dl(value);
      visits.push_back(visit);
      day += 365;
    }
    *history.mutable_visit() = last().id();
    for (size_t i = 0; i + 1 < visits.size(); ++i) *history.add_earlier() = visits[i];
  }

  const RawTestResult& last() const { return visits.back(); }

  std::vector<RawTestResult> visits;
  PatientHistory history;
};

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_TEST_VISITS_H_
