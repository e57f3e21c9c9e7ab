#include "batch.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "analytes.h"
#include "google/protobuf/util/json_util.h"
#include "visit.h"
#include "wording.h"

namespace lab_interpretation {
namespace {

std::string Cause(const absl::Status& status) {
  const std::string code = absl::StatusCodeToString(status.code());
  const std::optional<protograph::StepFailure> failure = protograph::GetStepFailure(status);
  return failure.has_value() ? absl::StrCat(failure->step(), ": ", code) : code;
}

absl::Status WriteLine(const Interpretation& interpretation, std::ostream& out) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string line;
  const auto printed = google::protobuf::util::MessageToJsonString(interpretation, &line, options);
  if (!printed.ok()) {
    return absl::DataLossError(
        absl::StrCat("the interpretation of ", ToText(interpretation.id()),
                     " cannot be written as JSON: ", std::string(printed.message())));
  }
  out << line << '\n';
  if (!out) {
    return absl::DataLossError(absl::StrCat("the interpretation of ", ToText(interpretation.id()),
                                            " could not be written: is the disk full?"));
  }
  return absl::OkStatus();
}

}  // namespace

int BatchSummary::failed() const {
  int sum = 0;
  for (const auto& [cause, count] : failures) sum += count.visits;
  return sum;
}

absl::StatusOr<BatchSummary> InterpretAll(const LabGraph& graph, std::span<const TestId> visits,
                                          std::ostream* jsonl) {
  BatchSummary summary;
  const absl::Time start = absl::Now();
  for (const TestId& id : visits) {
    ++summary.visits;
    protograph::ExecCtx ctx;
    const absl::StatusOr<Interpretation> interpretation = graph.Execute<Interpretation>(ctx, id);
    if (!interpretation.ok()) {
      FailureCount& failure = summary.failures[Cause(interpretation.status())];
      if (failure.visits++ == 0) failure.example = std::string(interpretation.status().message());
      continue;
    }
    ++summary.by_significance[interpretation->significance()];
    for (const int analyte : interpretation->missing()) {
      ++summary.missing[static_cast<Analyte>(analyte)];
    }
    if (jsonl != nullptr) {
      if (absl::Status written = WriteLine(*interpretation, *jsonl); !written.ok()) return written;
    }
  }
  summary.elapsed = absl::Now() - start;
  return summary;
}

std::string ToText(const BatchSummary& summary) {
  const int interpreted = summary.visits - summary.failed();
  std::string out =
      absl::StrFormat("%d of %d visits interpreted in %.3f s (%.0f visits a second)\n%s\n",
                      interpreted, summary.visits, absl::ToDoubleSeconds(summary.elapsed),
                      summary.visits / std::max(absl::ToDoubleSeconds(summary.elapsed), 1e-9),
                      std::string(kDisclaimer));

  absl::StrAppend(&out, "\nClinical significance\n");
  const std::vector<std::pair<Significance, int>> from_the_gravest(summary.by_significance.rbegin(),
                                                                   summary.by_significance.rend());
  for (const auto& [significance, visits] : from_the_gravest) {
    absl::StrAppend(&out, absl::StrFormat("  %-22s %5d  %5.1f%%\n", SignificanceText(significance),
                                          visits, 100.0 * visits / interpreted));
  }
  absl::StrAppend(&out, "\nNot measured\n");
  for (const AnalyteInfo& info : kAnalytes) {
    const auto found = summary.missing.find(info.analyte);
    absl::StrAppend(&out, absl::StrFormat("  %-22s %5d\n", std::string(info.name),
                                          found == summary.missing.end() ? 0 : found->second));
  }
  absl::StrAppend(&out, "\nFailures: ", summary.failed(), "\n");
  for (const auto& [cause, failure] : summary.failures) {
    absl::StrAppend(&out, "  ", cause, ": ", failure.visits, ", such as: ", failure.example, "\n");
  }
  return out;
}

}  // namespace lab_interpretation
