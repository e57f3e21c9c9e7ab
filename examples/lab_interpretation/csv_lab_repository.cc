#include "csv_lab_repository.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "examples/common/csv.h"
#include "visit.h"

namespace lab_interpretation {
namespace {

using ::examples::CsvTable;

// The columns that are read; the file may have others.
constexpr std::string_view kColumns[] = {
    "id",   "age",  "sex",     "day",      "ascites", "hepato",   "spiders", "edema",
    "bili", "chol", "albumin", "alk.phos", "ast",     "platelet", "protime", "stage"};

// One row of the table. Remembers the first cell that does not hold what was asked for.
class RowReader {
 public:
  RowReader(const CsvTable& table, std::size_t row) : table_(table), row_(row) {}

  // A finite number; nothing where the cell is missing.
  std::optional<double> Number(std::string_view column) {
    const std::optional<std::string_view> cell = Cell(column);
    double value = 0;
    if (!cell.has_value()) return std::nullopt;
    if (!absl::SimpleAtod(std::string(*cell), &value) || !std::isfinite(value)) {
      Reject(column, *cell, "a number");
      return std::nullopt;
    }
    return value;
  }

  std::optional<std::int32_t> Integer(std::string_view column, std::int32_t least,
                                      std::int32_t most) {
    const std::optional<std::string_view> cell = Cell(column);
    std::int32_t value = 0;
    if (!cell.has_value()) return std::nullopt;
    if (!absl::SimpleAtoi(std::string(*cell), &value) || value < least || value > most) {
      Reject(column, *cell, absl::StrCat("a whole number from ", least, " to ", most));
      return std::nullopt;
    }
    return value;
  }

  // The same, where a missing cell is a mistake.
  template <class T>
  T Required(std::string_view column, std::optional<T> value) {
    if (!value.has_value()) Reject(column, "NA", "a value");
    return value.value_or(T());
  }

  Sex ReadSex(std::string_view column) {
    const std::optional<std::string_view> cell = Cell(column);
    if (cell == "f") return FEMALE;
    if (cell == "m") return MALE;
    Reject(column, cell.value_or("NA"), "f or m");
    return SEX_UNSPECIFIED;
  }

  void Reject(std::string_view column, std::string_view cell, const std::string& wanted) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(absl::StrCat("line ", table_.line(row_), ", column ",
                                                      std::string(column), ": '", std::string(cell),
                                                      "' is not ", wanted));
  }

  const absl::Status& status() const { return status_; }

 private:
  // The cell's text; nothing where it says that there is none.
  std::optional<std::string_view> Cell(std::string_view column) const {
    const std::string_view cell = table_.cell(row_, column);
    if (cell.empty() || cell == "NA") return std::nullopt;
    return cell;
  }

  const CsvTable& table_;
  std::size_t row_;
  absl::Status status_;
};

absl::StatusOr<RawTestResult> ReadVisit(const CsvTable& table, std::size_t row) {
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  RowReader reader(table, row);
  RawTestResult visit;
  visit.mutable_id()->set_patient(reader.Required("id", reader.Integer("id", 1, kMost)));
  visit.mutable_id()->set_day(reader.Required("day", reader.Integer("day", 0, kMost)));
  visit.set_sex(reader.ReadSex("sex"));
  visit.set_age_at_entry_years(reader.Required("age", reader.Number("age")));

  if (const auto value = reader.Number("bili")) visit.set_bilirubin_mg_dl(*value);
  if (const auto value = reader.Number("chol")) visit.set_cholesterol_mg_dl(*value);
  if (const auto value = reader.Number("albumin")) visit.set_albumin_g_dl(*value);
  if (const auto value = reader.Number("alk.phos")) visit.set_alkaline_phosphatase_u_l(*value);
  if (const auto value = reader.Number("ast")) visit.set_ast_u_ml(*value);
  if (const auto value = reader.Number("platelet")) visit.set_platelets_10e9_l(*value);
  if (const auto value = reader.Number("protime")) visit.set_prothrombin_time_s(*value);

  if (const auto value = reader.Integer("ascites", 0, 1)) visit.set_ascites(*value == 1);
  if (const auto value = reader.Integer("hepato", 0, 1)) visit.set_hepatomegaly(*value == 1);
  if (const auto value = reader.Integer("spiders", 0, 1)) visit.set_spiders(*value == 1);
  if (const auto value = reader.Number("edema")) {
    if (*value != 0 && *value != 0.5 && *value != 1) {
      reader.Reject("edema", absl::StrCat(*value), "0, 0.5 or 1");
    }
    visit.set_edema(*value);
  }
  if (const auto value = reader.Integer("stage", 1, 4)) visit.set_histologic_stage(*value);

  if (!reader.status().ok()) return reader.status();
  return visit;
}

std::string ListDays(const std::map<int, RawTestResult>& visits) {
  return absl::StrJoin(visits, ", ", [](std::string* out, const auto& day_and_visit) {
    absl::StrAppend(out, day_and_visit.first);
  });
}

}  // namespace

CsvLabRepository::CsvLabRepository(std::map<int, VisitsByDay> patients)
    : patients_(std::move(patients)) {}

absl::StatusOr<std::shared_ptr<const CsvLabRepository>> CsvLabRepository::Load(
    const std::string& path) {
  const absl::StatusOr<CsvTable> table = examples::ReadCsv(path);
  if (!table.ok()) return table.status();
  for (const std::string_view column : kColumns) {
    if (!table->HasColumn(column)) {
      return absl::InvalidArgumentError(absl::StrCat(path, " has no column ", std::string(column),
                                                     ": are these laboratory visits?"));
    }
  }
  std::map<int, VisitsByDay> patients;
  for (std::size_t row = 0; row < table->size(); ++row) {
    absl::StatusOr<RawTestResult> visit = ReadVisit(*table, row);
    if (!visit.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": ", std::string(visit.status().message())));
    }
    const TestId id = visit->id();
    if (!patients[id.patient()].emplace(id.day(), *std::move(visit)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": line ", table->line(row), ": ", ToText(id), " stands there twice"));
    }
  }
  if (patients.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " holds no visits"));
  }
  return std::shared_ptr<const CsvLabRepository>(new CsvLabRepository(std::move(patients)));
}

absl::StatusOr<const CsvLabRepository::VisitsByDay*> CsvLabRepository::FindPatient(
    int patient) const {
  const auto found = patients_.find(patient);
  if (found != patients_.end()) return &found->second;
  return absl::NotFoundError(absl::StrCat(
      "there is no patient ", patient, "; there are ", patients_.size(), " patients, numbered ",
      patients_.begin()->first, " to ", patients_.rbegin()->first));
}

absl::StatusOr<RawTestResult> CsvLabRepository::FetchResult(const TestId& id) const {
  const absl::StatusOr<const VisitsByDay*> visits = FindPatient(id.patient());
  if (!visits.ok()) return visits.status();
  const auto found = (*visits)->find(id.day());
  if (found != (*visits)->end()) return found->second;
  return absl::NotFoundError(absl::StrCat("patient ", id.patient(), " has no visit on day ",
                                          id.day(), "; there are visits on days ",
                                          ListDays(**visits)));
}

absl::StatusOr<std::vector<RawTestResult>> CsvLabRepository::FetchResultsBefore(
    const TestId& id) const {
  const absl::StatusOr<const VisitsByDay*> visits = FindPatient(id.patient());
  if (!visits.ok()) return visits.status();
  std::vector<RawTestResult> earlier;
  for (const auto& [day, visit] : **visits) {
    if (day >= id.day()) break;
    earlier.push_back(visit);
  }
  return earlier;
}

std::vector<TestId> CsvLabRepository::visits() const {
  std::vector<TestId> ids;
  for (const auto& [patient, visits] : patients_) {
    for (const auto& [day, visit] : visits) ids.push_back(visit.id());
  }
  return ids;
}

}  // namespace lab_interpretation
