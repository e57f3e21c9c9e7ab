// protograph doctor.

#include "tools/cli/doctor.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string_view>

#include "fmt/format.h"
#include "tools/cli/commands.h"
#include "tools/cli/flags.h"
#include "tools/cli/json_writer.h"
#include "tools/cli/terminal.h"
#include "tools/cli/text.h"

namespace protograph::cli {

void Findings::NotChecked(std::string check, const absl::Status& status) {
  Warn(std::move(check), "could not be checked: " + std::string(status.message()),
       absl::IsPermissionDenied(status)
           ? "run doctor as a role that may look: the schema's owner, or one with pg_monitor"
           : "try again");
}

bool Findings::has_failed() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Finding& finding) { return finding.level == Finding::Level::kFail; });
}

namespace {

constexpr std::string_view kNames[] = {"ok", "warn", "fail"};
constexpr Color kColors[] = {Color::kGreen, Color::kYellow, Color::kRed};

void Print(const Finding& finding, bool as_json, bool no_color) {
  const auto level = static_cast<size_t>(finding.level);
  if (as_json) {
    JsonWriter json;
    json.BeginObject().Key("level").String(kNames[level]).Key("check").String(finding.check);
    json.Key("what").String(finding.what);
    if (!finding.remedy.empty()) json.Key("remedy").String(finding.remedy);
    std::cout << json.EndObject().text() << '\n';
    return;
  }
  const std::string mark = Colored(fmt::format("{:<5}", kNames[level]), kColors[level], no_color);
  std::cout << mark << fmt::format(" {:<14} {}\n", finding.check, OneLine(finding.what, 1000));
  if (!finding.remedy.empty()) {
    std::cout << fmt::format("{:21}do: {}\n", "", OneLine(finding.remedy, 1000));
  }
}

absl::StatusOr<ExitCode> Run(const DoctorOptions& options, const Context& context) {
  absl::StatusOr<std::unique_ptr<SqlSession>> opened = context.OpenSession();
  if (!opened.ok()) return opened.status();
  SqlSession& session = **opened;
  Findings findings;
  CheckServer(session, findings);
  CheckConnection(session, context, findings);
  CheckHorizon(session, options, findings);
  if (CheckSchema(session, findings)) {
    CheckIndexes(session, findings);
    CheckTables(session, findings);
    CheckJobs(session, findings);
    CheckSchedules(session, findings);
  }
  for (const Finding& finding : findings.all()) Print(finding, options.json, context.no_color);
  return findings.has_failed() ? ExitCode::kFailed : ExitCode::kOk;
}

}  // namespace

void AddDoctor(CLI::App& app, Context& context) {
  CLI::App* const doctor = app.add_subcommand(
      "doctor",
      "Looks at the database, its settings and the queues, and says what is wrong and what to do. "
      "Changes nothing. Exit code 1 where something fails");
  const auto options = std::make_shared<DoctorOptions>();
  AddDuration(*doctor, "--max-transaction-age", options->longest_transaction,
              "Names transactions that hold dead rows for longer [30s]");
  AddJson(*doctor, options->json);
  doctor->callback([options, &context] {
    context.command = [options, &context] { return Run(*options, context); };
  });
}

}  // namespace protograph::cli
