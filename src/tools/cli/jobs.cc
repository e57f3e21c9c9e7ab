// protograph jobs.

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "tools/cli/commands.h"
#include "tools/cli/flags.h"
#include "tools/cli/job_output.h"
#include "tools/cli/paging.h"

namespace protograph::cli {
namespace {

constexpr int kPage = 500;

struct JobsCommand {
  JobFilter filter;
  int limit = 50;
  std::string after;
  bool json = false;
};

absl::StatusOr<ExitCode> Run(const JobsCommand& command, const Context& context) {
  absl::StatusOr<Connected> connected = Connect(context);
  if (!connected.ok()) return connected.status();
  std::string after = command.after;
  std::vector<JobRecord> table;
  bool is_full = false;
  bool is_empty = true;
  for (int left = command.limit; left > 0;) {
    const int page = std::min(left, kPage);
    absl::StatusOr<std::vector<JobRecord>> records =
        connected->client->List(command.filter, after, page);
    if (!records.ok()) return records.status();
    for (JobRecord& record : *records) {
      after = record.job_id;
      if (command.json) {
        std::cout << RecordJson(record) << '\n';
      } else {
        table.push_back(std::move(record));
      }
    }
    is_empty = is_empty && records->empty();
    left -= static_cast<int>(records->size());
    is_full = left == 0;
    if (static_cast<int>(records->size()) < page) break;
  }
  if (const std::string& parent = command.filter.parent_id; is_empty && !parent.empty()) {
    // An id that is wrong is told from a job without such jobs.
    if (absl::StatusOr<JobRecord> record = connected->client->Status(parent); !record.ok()) {
      return record.status();
    }
  }
  if (!command.json) std::cout << JobTable(table, context.no_color);
  if (is_full && !command.json) std::cerr << "there may be more: --after " << after << '\n';
  return ExitCode::kOk;
}

}  // namespace

absl::Status ForEachJob(Client& client, const JobFilter& filter,
                        const std::function<absl::Status(const JobRecord&)>& visit) {
  std::string after;
  while (true) {
    absl::StatusOr<std::vector<JobRecord>> records = client.List(filter, after, kPage);
    if (!records.ok()) return records.status();
    for (const JobRecord& record : *records) {
      if (absl::Status status = visit(record); !status.ok()) return status;
    }
    if (static_cast<int>(records->size()) < kPage) return absl::OkStatus();
    after = records->back().job_id;
  }
}

void AddJobs(CLI::App& app, Context& context) {
  CLI::App* const jobs = app.add_subcommand("jobs", "Lists jobs, the newest first");
  const auto command = std::make_shared<JobsCommand>();
  AddFilter(*jobs, command->filter, /*with_states=*/true);
  jobs->add_option("--parent", command->filter.parent_id, "That have items of this other job")
      ->type_name("ID");
  jobs->add_option("--limit", command->limit, "So many at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  jobs->add_option("--after", command->after, "Those after this one: the next page")
      ->type_name("ID");
  AddJson(*jobs, command->json);
  jobs->callback([command, &context] {
    context.command = [command, &context] { return Run(*command, context); };
  });
}

}  // namespace protograph::cli
