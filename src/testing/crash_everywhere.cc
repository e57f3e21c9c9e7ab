#include "protograph/testing/crash_everywhere.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"
#include "protograph/durability/engine.h"
#include "protograph/execution_observer.h"
#include "protograph/store/memory_store.h"

namespace protograph::internal {
namespace {

using google::protobuf::Message;
using testing::CrashOptions;

// The store as a process sees it until it dies: what it says later does not arrive.
class MortalStore : public Store {
 public:
  explicit MortalStore(std::shared_ptr<Store> store) : store_(std::move(store)) {}

  void Die() { is_dead_.store(true); }
  std::string owner_id() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return owner_id_;
  }

  absl::StatusOr<std::vector<Neighbour>> Register(const Owner& owner,
                                                  absl::Duration lease) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    owner_id_ = owner.owner_id;
    return store_->Register(owner, lease);
  }
  absl::Status Heartbeat(const std::string& owner_id, absl::Duration lease) override {
    return store_->Heartbeat(owner_id, lease);
  }
  absl::Status DeclareDead(const std::string& owner_id) override {
    return is_dead_ ? absl::OkStatus() : store_->DeclareDead(owner_id);
  }
  absl::StatusOr<StoreWriteResult> Write(const StoreWrite& write) override {
    return is_dead_ ? StoreWriteResult{} : store_->Write(write);
  }
  absl::StatusOr<std::vector<Checkpoint>> Load(const std::string& workflow_id) override {
    return store_->Load(workflow_id);
  }
  absl::StatusOr<std::vector<ExecutionRecord>> Resumable(const std::string& after,
                                                         int limit) override {
    return store_->Resumable(after, limit);
  }
  absl::StatusOr<std::vector<ExecutionRecord>> Executions(const std::string& workflow_id,
                                                          int limit) override {
    return store_->Executions(workflow_id, limit);
  }
  absl::StatusOr<SweepResult> Sweep(const Retention& retention) override {
    return store_->Sweep(retention);
  }

 private:
  const std::shared_ptr<Store> store_;
  std::atomic<bool> is_dead_{false};
  mutable std::mutex mutex_;
  std::string owner_id_;
};

// Lets the process die in the step that begins as number `point`, counted from 0: what was done
// before is written, the step runs, and its result is lost.
class Crash : public ExecutionObserver {
 public:
  explicit Crash(std::optional<int> point) : point_(point) {}

  void SetProcess(Engine* engine, MortalStore* store) {
    engine_ = engine;
    store_ = store;
  }
  std::stop_token stop_token() { return stop_.get_token(); }

  int steps() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return steps_;
  }
  // The step in which it crashed.
  std::string step() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return step_;
  }
  absl::Status status() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return status_;
  }

  void OnAttemptStart(const ExecCtx& /*ctx*/, const StepEvent& event) override {
    if (event.attempt > 1) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (steps_++ != point_) return;
    step_ = std::string(event.step);
    item_ = event.item;
    status_ = engine_->Flush();
    store_->Die();
  }
  void OnAttemptEnd(const ExecCtx& /*ctx*/, const StepEvent& event, const absl::Status& status,
                    const Message* /*output*/) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (status.ok() && !step_.empty() && event.step == step_ && event.item == item_) {
      stop_.request_stop();
    }
  }

 private:
  const std::optional<int> point_;
  Engine* engine_ = nullptr;
  MortalStore* store_ = nullptr;
  std::stop_source stop_;
  mutable std::mutex mutex_;
  int steps_ = 0;
  std::string step_;
  int64_t item_ = -1;
  absl::Status status_;
};

absl::StatusOr<std::unique_ptr<Engine>> StartEngine(std::shared_ptr<Store> store) {
  // Nothing is written but by Flush.
  return Engine::Start(std::move(store), {.flush_interval = absl::Minutes(59),
                                          .lease = absl::Hours(1),
                                          .sweep_interval = absl::InfiniteDuration()});
}

class CrashingRuns {
 public:
  CrashingRuns(const CrashOptions& options, const CrashingExecution& execution)
      : options_(options), execution_(execution) {}

  absl::StatusOr<int> Run() {
    Crash nowhere(std::nullopt);
    auto store = std::make_shared<MemoryStore>();
    absl::StatusOr<std::unique_ptr<Message>> expected =
        Execute(store, nowhere, {.workflow_id = "", .when_busy = WhenBusy::kWait});
    if (!expected.ok()) return expected.status();
    expected_ = *std::move(expected);
    int crashes = 0;
    for (; crashes < nowhere.steps(); ++crashes) {
      if (absl::Status status = CrashAt(crashes); !status.ok()) return status;
    }
    // Everything has run and was written: the result itself is read back.
    absl::Status status = Resume(store, Resume::kAlways, "after its last step");
    if (!status.ok()) return status;
    return crashes + 1;
  }

 private:
  absl::StatusOr<std::unique_ptr<Message>> Execute(const std::shared_ptr<MemoryStore>& memory,
                                                   Crash& crash, ExecutionOptions options) {
    const auto store = std::make_shared<MortalStore>(memory);
    absl::StatusOr<std::unique_ptr<Engine>> engine = StartEngine(store);
    if (!engine.ok()) return engine.status();
    crash.SetProcess(engine->get(), store.get());
    if (options_.context != nullptr) options.context = options_.context();
    options.workflow_id = options_.workflow_id;
    options.context.observer = &crash;
    options.context.stop_token = crash.stop_token();
    absl::StatusOr<std::unique_ptr<Message>> output;
    {
      ExecCtx ctx = (*engine)->NewExecution(std::move(options));
      output = execution_(ctx);
    }
    (*engine)->Stop();
    if (absl::Status status = memory->DeclareDead(store->owner_id()); !status.ok()) return status;
    if (absl::Status status = crash.status(); !status.ok()) return status;
    return output;
  }

  absl::Status CrashAt(int point) {
    const auto store = std::make_shared<MemoryStore>();
    Crash crash(point);
    // Whether it got to its end, as a last step does, is not known outside.
    Execute(store, crash, {}).IgnoreError();
    if (absl::Status status = crash.status(); !status.ok()) return status;
    if (crash.step().empty()) {
      return absl::FailedPreconditionError(
          fmt::format("the graph ran {} steps at first and {} later: give CrashEverywhere a graph "
                      "that runs the same steps for the same inputs",
                      point + 1, crash.steps()));
    }
    return Resume(store, Resume::kIfKnown,
                  fmt::format("in step {}, whose result was not written yet", crash.step()));
  }

  absl::Status Resume(const std::shared_ptr<MemoryStore>& store, enum Resume resume,
                      const std::string& where) {
    Crash nowhere(std::nullopt);
    absl::StatusOr<std::unique_ptr<Message>> output =
        Execute(store, nowhere, {.workflow_id = "", .resume = resume});
    if (!output.ok()) {
      absl::Status status(output.status().code(),
                          fmt::format("after a crash {}, the resumed execution failed: {}", where,
                                      std::string(output.status().message())));
      output.status().ForEachPayload(
          [&](auto url, const absl::Cord& payload) { status.SetPayload(url, payload); });
      return status;
    }
    return Compare(**output, where);
  }

  absl::Status Compare(const Message& output, const std::string& where) const {
    std::string difference;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    if (options_.equal != nullptr ? options_.equal(*expected_, output)
                                  : differencer.Compare(*expected_, output)) {
      return absl::OkStatus();
    }
    while (!difference.empty() && difference.back() == '\n') difference.pop_back();
    return absl::DataLossError(
        fmt::format("after a crash {}, the resumed execution made another {} than the one that "
                    "was not interrupted. A step must make the same of the same inputs, and hand "
                    "everything on in its message.\n{}",
                    where, output.GetDescriptor()->full_name(), difference));
  }

  const CrashOptions& options_;
  const CrashingExecution& execution_;
  std::unique_ptr<Message> expected_;
};

}  // namespace

absl::StatusOr<int> CrashEverywhere(const CrashOptions& options,
                                    const CrashingExecution& execution) {
  return CrashingRuns(options, execution).Run();
}

}  // namespace protograph::internal
