#include "protograph/durability/engine.h"

#include <algorithm>
#include <utility>

#include "durability/engine_core.h"
#include "durability/session.h"
#include "fmt/format.h"
#include "graph/ctx_access.h"

namespace protograph {

using internal::Counters;
using internal::EngineCore;

namespace {

absl::Status Check(const EngineOptions& options) {
  const auto positive = [](absl::Duration duration, const char* name) {
    if (duration > absl::ZeroDuration()) return absl::OkStatus();
    return absl::InvalidArgumentError(fmt::format("EngineOptions::{} is {}: make it positive", name,
                                                  absl::FormatDuration(duration)));
  };
  for (const absl::Status& status :
       {positive(options.flush_interval, "flush_interval"),
        positive(options.commit_timeout, "commit_timeout"), positive(options.lease, "lease"),
        positive(options.sweep_interval, "sweep_interval"),
        options.flush_interval < absl::Hours(1)
            ? absl::OkStatus()
            : absl::InvalidArgumentError("EngineOptions::flush_interval is an hour or more: "
                                         "checkpoints that late are worth nothing"),
        options.lease >= absl::Milliseconds(30)
            ? absl::OkStatus()
            : absl::InvalidArgumentError("EngineOptions::lease is shorter than 30 ms: a process "
                                         "that waits for a processor would be taken for dead"),
        options.retention.batch > 0
            ? absl::OkStatus()
            : absl::InvalidArgumentError("Retention::batch must be positive")}) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

bool IsUuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (is_dash ? c != '-' : !is_digit) return false;
  }
  return true;
}

absl::Status Check(const ExecutionOptions& options) {
  if (absl::Status status = CheckWorkflowId(options.workflow_id); !status.ok()) return status;
  const std::string& id = options.context.execution_id;
  if (id.empty() || IsUuid(id)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("the execution id {} of workflow {} is no UUID in lower case: leave it empty to "
                  "have one made",
                  id, options.workflow_id));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Start(std::shared_ptr<Store> store,
                                                      EngineOptions options) {
  if (store == nullptr) {
    return absl::InvalidArgumentError(
        "the engine was given no store: give it a MemoryStore, or a "
        "PostgresStore");
  }
  if (absl::Status status = Check(options); !status.ok()) return status;
  auto core = std::make_unique<EngineCore>(std::move(store), options);
  if (absl::Status status = core->Start(); !status.ok()) return status;
  return std::unique_ptr<Engine>(new Engine(std::move(core)));
}

Engine::Engine(std::unique_ptr<EngineCore> core) : core_(std::move(core)) {}

Engine::~Engine() { Stop(); }

ExecCtx Engine::NewExecution(ExecutionOptions options) {
  absl::Status error = Check(options);
  auto session = std::make_shared<internal::Session>(
      *core_, std::move(options.workflow_id), options.context.execution_id,
      internal::SessionMode{options.resume, options.when_busy, options.keep_checkpoints,
                            std::move(options.idempotency_scope)},
      std::move(error));
  if (options.keep_checkpoints == KeepCheckpoints::kUntilExecuted) {
    return internal::CtxAccess::MakeDurable(std::move(options.context), std::move(session));
  }
  // The checkpointer may hold the session for longer than the context does: what tells that the
  // context is gone is a pointer that only the context has.
  internal::CheckpointSession* const plain = session.get();
  std::shared_ptr<internal::CheckpointSession> of_context(
      plain,
      [session = std::move(session)](internal::CheckpointSession*) { session->GiveUpKept(); });
  return internal::CtxAccess::MakeDurable(std::move(options.context), std::move(of_context));
}

absl::StatusOr<std::vector<ExecutionRecord>> Engine::Abandoned() {
  std::vector<ExecutionRecord> all;
  constexpr int kPage = 10'000;
  while (true) {
    absl::StatusOr<std::vector<ExecutionRecord>> page =
        core_->store().Resumable(all.empty() ? std::string() : all.back().workflow_id, kPage);
    if (!page.ok()) return page.status();
    const bool is_last = page->size() < static_cast<size_t>(kPage);
    std::move(page->begin(), page->end(), std::back_inserter(all));
    if (is_last) return all;
  }
}

absl::Status Engine::Flush(absl::Duration timeout) { return core_->checkpointer().Flush(timeout); }

void Engine::Stop() { core_->Stop(); }

EngineStats Engine::stats() const {
  const Counters& counters = core_->counters();
  const auto read = [](const std::atomic<int64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
  };
  return {.checkpoints_written = read(counters.checkpoints_written),
          .executions_elided = read(counters.executions_elided),
          .checkpoints_dropped = read(counters.checkpoints_dropped),
          .steps_restored = read(counters.steps_restored),
          .results_taken = read(counters.results_taken),
          .checkpoints_damaged = read(counters.checkpoints_damaged),
          .store_failures = read(counters.store_failures),
          .executions_lost = read(counters.executions_lost),
          .queued_bytes = core_->checkpointer().queued_bytes()};
}

}  // namespace protograph
