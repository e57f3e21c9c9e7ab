// lab_interpretation: interprets laboratory visits. See UsageText in options.cc.

#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "batch.h"
#include "csv_lab_repository.h"
#include "lab_graph.h"
#include "options.h"
#include "patient_graph.h"
#include "protograph/protograph.h"
#include "report.h"

namespace lab_interpretation {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongArguments = 2;
constexpr char kStandardOutput[] = "-";

int Fail(const absl::Status& status, int exit_code) {
  std::cerr << "lab_interpretation: " << status.message() << "\n";
  return exit_code;
}

int ExplainVisit(const LabGraph& graph, const TestId& id) {
  protograph::ExecCtx ctx;
  const auto outputs = graph.ExecuteAll<NormalizedResult, TrendAnalysis, Interpretation>(ctx, id);
  if (!outputs.ok()) return Fail(outputs.status(), kFailed);
  std::cout << std::apply(VisitReport, *outputs);
  return 0;
}

int SummarizePatientVisits(const PatientGraph& graph, int patient) {
  PatientId id;
  id.set_patient(patient);
  protograph::ExecCtx ctx;
  const absl::StatusOr<PatientSummary> summary = graph.Execute<PatientSummary>(ctx, id);
  if (!summary.ok()) return Fail(summary.status(), kFailed);
  std::cout << PatientReport(*summary);
  return 0;
}

int InterpretEveryVisit(const LabGraph& graph, const std::vector<TestId>& visits,
                        const std::string& jsonl_path) {
  const bool to_standard_output = jsonl_path == kStandardOutput;
  std::ofstream file;
  if (!jsonl_path.empty() && !to_standard_output) {
    file.open(jsonl_path, std::ios::trunc);
    if (!file) {
      return Fail(absl::NotFoundError(
                      absl::StrCat("cannot write to ", jsonl_path, ": does its folder exist?")),
                  kFailed);
    }
  }
  std::ostream* jsonl = nullptr;
  if (!jsonl_path.empty()) jsonl = to_standard_output ? &std::cout : &file;

  const absl::StatusOr<BatchSummary> summary = InterpretAll(graph, visits, jsonl);
  if (!summary.ok()) return Fail(summary.status(), kFailed);
  if (jsonl != nullptr && !jsonl->flush()) {
    return Fail(absl::DataLossError(
                    absl::StrCat("could not write all of ", jsonl_path, ": is the disk full?")),
                kFailed);
  }
  std::ostream& out = to_standard_output ? std::cerr : std::cout;
  out << ToText(*summary);
  if (file.is_open()) out << "\nInterpretations are in " << jsonl_path << "\n";
  return summary->failed() > 0 ? kFailed : 0;
}

int Run(const std::vector<std::string>& arguments) {
  const std::string default_data = LAB_INTERPRETATION_DATA;
  const absl::StatusOr<Options> options = ParseOptions(arguments, default_data);
  if (!options.ok()) return Fail(options.status(), kWrongArguments);
  if (options->help) {
    std::cout << UsageText(default_data);
    return 0;
  }

  const absl::StatusOr<std::shared_ptr<const CsvLabRepository>> repository =
      CsvLabRepository::Load(options->data);
  if (!repository.ok()) return Fail(repository.status(), kFailed);
  if (options->patient.has_value()) {
    const absl::StatusOr<PatientGraph> patients = MakePatientGraph(*repository);
    if (!patients.ok()) return Fail(patients.status(), kFailed);
    return SummarizePatientVisits(*patients, *options->patient);
  }
  const absl::StatusOr<LabGraph> graph = MakeLabGraph(*repository);
  if (!graph.ok()) return Fail(graph.status(), kFailed);
  if (options->all) return InterpretEveryVisit(*graph, (*repository)->visits(), options->jsonl);
  return ExplainVisit(*graph, *options->visit);
}

}  // namespace
}  // namespace lab_interpretation

int main(int argc, char** argv) {
  return lab_interpretation::Run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
