// protograph queues, pause, resume, drain, limit.

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "tools/cli/commands.h"
#include "tools/cli/flags.h"
#include "tools/cli/json_writer.h"
#include "tools/cli/terminal.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

// How often a drained queue is looked at.
constexpr absl::Duration kLook = absl::Milliseconds(500);

struct QueueCommand {
  std::vector<std::string> queues;
  bool create = false;
  std::optional<absl::Duration> wait;
  std::optional<int> concurrency;
  std::optional<int> per_key;
};

std::string QueueJson(const QueueRecord& queue) {
  JsonWriter json;
  json.BeginObject();
  json.Key("queue").String(queue.queue);
  json.Key("mode").String(ToString(queue.settings.mode));
  json.Key("concurrency_limit").Int(queue.settings.concurrency_limit);
  json.Key("key_limit").Int(queue.settings.key_limit);
  json.Key("scheduled").Int(queue.scheduled);
  json.Key("queued").Int(queue.queued);
  json.Key("running").Int(queue.running);
  json.Key("succeeded").Int(queue.succeeded);
  json.Key("failed").Int(queue.failed);
  json.Key("cancelled").Int(queue.cancelled);
  return json.EndObject().text();
}

std::string Limit(int limit) { return limit == 0 ? "-" : fmt::format("{}", limit); }

absl::StatusOr<ExitCode> List(bool as_json, const Context& context) {
  absl::StatusOr<Connected> connected = Connect(context);
  if (!connected.ok()) return connected.status();
  absl::StatusOr<std::vector<QueueRecord>> queues = connected->client->Queues();
  if (!queues.ok()) return queues.status();
  Table table({"QUEUE", "MODE", "SCHEDULED", "QUEUED", "RUNNING", "SUCCEEDED", "FAILED",
               "CANCELLED", "LIMIT", "PER KEY"});
  for (const QueueRecord& queue : *queues) {
    if (as_json) {
      std::cout << QueueJson(queue) << '\n';
      continue;
    }
    const auto number = [](int64_t count) { return fmt::format("{}", count); };
    const bool is_running = queue.settings.mode == QueueMode::kRunning;
    table.Add({queue.queue, std::string(ToString(queue.settings.mode)), number(queue.scheduled),
               number(queue.queued), number(queue.running), number(queue.succeeded),
               number(queue.failed), number(queue.cancelled),
               Limit(queue.settings.concurrency_limit), Limit(queue.settings.key_limit)},
              [&context, is_running](size_t column, const std::string& cell) {
                const bool is_mode = column == 1 && !is_running;
                return Colored(cell, is_mode ? Color::kYellow : Color::kNone, context.no_color);
              });
  }
  if (!as_json) std::cout << table.ToText();
  return ExitCode::kOk;
}

// kNotFound where there is none of this name.
absl::StatusOr<QueueRecord> Find(Client& client, const std::string& name) {
  absl::StatusOr<std::vector<QueueRecord>> queues = client.Queues();
  if (!queues.ok()) return queues.status();
  for (QueueRecord& queue : *queues) {
    if (queue.queue == name) return std::move(queue);
  }
  return absl::NotFoundError(
      fmt::format("there is no queue {} (see `protograph queues`); --create makes it", name));
}

absl::Status WaitUntilEmpty(Client& client, const std::string& name, absl::Duration timeout) {
  Progress progress;
  const absl::Time began = absl::Now();
  while (true) {
    absl::StatusOr<QueueRecord> queue = Find(client, name);
    if (!queue.ok()) return queue.status();
    const int64_t left = queue->scheduled + queue->queued + queue->running;
    if (left == 0) return absl::OkStatus();
    const std::string rest = fmt::format("queue {} has {} left", name, Count(left, "job"));
    if (absl::Now() - began >= timeout) return absl::DeadlineExceededError(rest);
    progress.Show(rest);
    absl::SleepFor(std::min(kLook, timeout));
  }
}

using ChangeSettings = std::function<void(const QueueCommand&, QueueSettings&)>;

absl::StatusOr<ExitCode> Change(const QueueCommand& command, const Context& context,
                                const ChangeSettings& change) {
  absl::StatusOr<Connected> connected = Connect(context);
  if (!connected.ok()) return connected.status();
  Client& client = *connected->client;
  // All names first: a wrong one is no reason to do half.
  std::vector<QueueSettings> settings;
  for (const std::string& name : command.queues) {
    absl::StatusOr<QueueRecord> queue = Find(client, name);
    if (absl::IsNotFound(queue.status()) && command.create) queue = QueueRecord{};
    if (!queue.ok()) return queue.status();
    settings.push_back(queue->settings);
  }
  for (size_t i = 0; i < settings.size(); ++i) {
    change(command, settings[i]);
    absl::Status status = client.Configure(command.queues[i], settings[i]);
    if (!status.ok()) return status;
    const QueueSettings& now = settings[i];
    std::cout << fmt::format("{} {}, limit {}, per key {}\n", command.queues[i], ToString(now.mode),
                             Limit(now.concurrency_limit), Limit(now.key_limit));
  }
  for (const std::string& name : command.queues) {
    if (!command.wait.has_value()) break;
    absl::Status status = WaitUntilEmpty(client, name, *command.wait);
    if (!status.ok()) return status;
  }
  return ExitCode::kOk;
}

CLI::App* AddChange(CLI::App& app, Context& context, const std::string& name,
                    const std::string& description, const std::shared_ptr<QueueCommand>& command,
                    ChangeSettings change) {
  CLI::App* const sub = app.add_subcommand(name, description);
  sub->add_option("queues", command->queues, "Their names")->required()->type_name("QUEUE");
  sub->add_flag("--create", command->create, "Makes those that are not there");
  sub->callback([command, &context, change = std::move(change)] {
    context.command = [command, &context, change] { return Change(*command, context, change); };
  });
  return sub;
}

}  // namespace

void AddQueues(CLI::App& app, Context& context) {
  CLI::App* const queues =
      app.add_subcommand("queues", "Lists the queues and how many jobs they have");
  const auto as_json = std::make_shared<bool>(false);
  AddJson(*queues, *as_json);
  queues->callback([as_json, &context] {
    context.command = [as_json, &context] { return List(*as_json, context); };
  });

  AddChange(app, context, "pause", "Lets no jobs of queues begin; new ones are taken in",
            std::make_shared<QueueCommand>(),
            [](const QueueCommand&, QueueSettings& now) { now.mode = QueueMode::kPaused; });
  AddChange(app, context, "resume", "Ends pausing or draining", std::make_shared<QueueCommand>(),
            [](const QueueCommand&, QueueSettings& now) { now.mode = QueueMode::kRunning; });
  const auto drain = std::make_shared<QueueCommand>();
  CLI::App* sub = AddChange(
      app, context, "drain", "Lets queues take no new jobs in; those they have are done", drain,
      [](const QueueCommand&, QueueSettings& now) { now.mode = QueueMode::kDraining; });
  AddWait(*sub, "--wait", drain->wait, "Waits until they are empty");

  const auto limit = std::make_shared<QueueCommand>();
  sub = AddChange(app, context, "limit", "Limits how many jobs of queues run at once, everywhere",
                  limit, [](const QueueCommand& command, QueueSettings& now) {
                    now.concurrency_limit = command.concurrency.value_or(now.concurrency_limit);
                    now.key_limit = command.per_key.value_or(now.key_limit);
                  });
  CLI::Option_group* const limits = sub->add_option_group("Limits");
  limits->add_option("--concurrency", limit->concurrency, "Of the whole queue; 0: no limit")
      ->check(CLI::NonNegativeNumber);
  limits->add_option("--per-key", limit->per_key, "Of each concurrency key; 0: no limit")
      ->check(CLI::NonNegativeNumber);
  limits->require_option(1, 2);
}

}  // namespace protograph::cli
