#ifndef PROTOGRAPH_EXEC_CTX_H_
#define PROTOGRAPH_EXEC_CTX_H_

// ExecCtx: what belongs to one execution and reaches every step of it.
//
//   ExecCtx ctx({.deadline = absl::Now() + absl::Milliseconds(200),
//                .values = ContextValues().With(RequestId{"a1"})});
//   absl::StatusOr<TagSet> tags = graph->Execute<TagSet>(ctx, movie_id);
//
//   absl::StatusOr<Movie> FetchMovie::Compute(ExecCtx& ctx, const MovieId& id) const {
//     const RequestId* request = ctx.Value<RequestId>();
//     return client_->Get(id, ctx.deadline(), ctx.stop_token());
//   }

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace protograph {

class Clock;
class ExecutionObserver;
class Logger;
class RandomSource;

namespace internal {
class BatchReporter;
class CheckpointSession;
class CtxAccess;
class ItemDistributor;
class ItemSlots;
class ProgressBoard;
struct StepCall;
struct StepInfo;
}  // namespace internal

// Values of the caller's own types, one of each, that flow to every step: a trace context, a
// request id. Cheap to copy.
class ContextValues {
 public:
  // These values and `value`, which takes the place of an earlier one of its type.
  template <class T>
  [[nodiscard]] ContextValues With(T value) const {
    return WithErased(typeid(T), std::make_shared<T>(std::move(value)));
  }

  // The value of type T; null where there is none. Lives as long as any copy of this object.
  template <class T>
  const T* Get() const {
    return static_cast<const T*>(GetErased(typeid(T)));
  }

 private:
  ContextValues WithErased(std::type_index type, std::shared_ptr<const void> value) const;
  const void* GetErased(std::type_index type) const;

  std::vector<std::pair<std::type_index, std::shared_ptr<const void>>> values_;
};

// How far a step is that runs once for each item.
struct StepProgress {
  std::string step;
  // Items that it has, those it is done with (failed ones among them), those that have failed, and
  // those that run. An item that is left out, as an earlier step has failed for it, is done.
  int64_t total = 0;
  int64_t done = 0;
  int64_t failed = 0;
  int64_t running = 0;
};

// Pointers are not owned and must outlive the execution.
struct ExecOptions {
  // Empty: a UUIDv7, made when it is first asked for.
  std::string execution_id = {};
  absl::Time deadline = absl::InfiniteFuture();
  // Asks the execution to stop: no further step begins, and a wait between attempts ends at once.
  std::stop_token stop_token = {};
  ContextValues values = {};
  // How many items of all its steps run at the same time, at most. 0: no limit beside the steps'
  // own (ItemOptions::parallelism) and the pool's threads. What an item executes with its own
  // context counts as that item, however many threads it has.
  int item_parallelism = 0;
  Clock* clock = nullptr;                 // null: Clock::System()
  RandomSource* random = nullptr;         // null: RandomSource::System()
  Logger* logger = nullptr;               // null: Logger::Null()
  ExecutionObserver* observer = nullptr;  // null: nobody is told
};

// Belongs to one execution at a time. A step uses the one it is given, for as long as its Compute
// runs, and may hand it to another graph's Execute. Steps that run side by side get one each.
class ExecCtx {
 public:
  ExecCtx() : ExecCtx(ExecOptions{}) {}
  explicit ExecCtx(ExecOptions options);
  ~ExecCtx();

  ExecCtx(const ExecCtx&) = delete;
  ExecCtx& operator=(const ExecCtx&) = delete;

  // The caller's, or a UUIDv7 (RFC 9562). The same in every step.
  const std::string& execution_id() const;

  // Which piece of work this is; empty where no Engine opened the execution.
  const std::string& workflow_id() const;

  // The same on every try of this step with these inputs, in this process and in those that resume
  // the workflow, and another for everything else: 32 hexadecimal digits to send along with an
  // outside effect, so that whoever does it does it once. Without an Engine the execution id stands
  // for the workflow. Reads the inputs, so that it costs more the larger they are. Empty outside a
  // step.
  std::string IdempotencyKey() const;

  // The execution's, or the attempt's where the step has a timeout that ends earlier.
  absl::Time deadline() const { return deadline_; }

  // Asked to stop when the caller's is, and when a step that runs beside this one has failed. A
  // deadline that passes does not trigger it: hand both to what you wait for.
  std::stop_token stop_token() const { return stop_token_; }

  // OK while the step should go on; kCancelled or kDeadlineExceeded from then on. For long loops.
  absl::Status CheckAlive() const;

  // Waits by clock(). Returns what CheckAlive would as soon as there is no reason to wait on.
  absl::Status SleepFor(absl::Duration duration) const;

  // Which attempt of the step this is, from 1. 0 outside a step.
  int attempt() const { return attempt_; }

  // Name of the step that runs; empty outside a step.
  std::string_view step_name() const;

  Clock& clock() const { return *execution_->clock; }
  RandomSource& random() const { return *execution_->random; }
  Logger& logger() const { return *execution_->logger; }

  // The caller's value of type T; null where there is none.
  template <class T>
  const T* Value() const {
    return execution_->values.Get<T>();
  }

  // How far the steps are that run once for each item, in the order in which they began. May be
  // called by any thread at any time while this object lives.
  std::vector<StepProgress> Progress() const;

  // Of an execution that a schedule has asked for: when that was to be, which is earlier than now
  // where there was nobody to do it, or where this is not the first attempt. Nothing for others.
  // More of it is in ScheduleInfo (schedule_info.h), a value as any other.
  std::optional<absl::Time> ScheduledTime() const;

 private:
  friend class internal::CtxAccess;

  // What all contexts of one execution share.
  struct Execution {
    explicit Execution(ExecOptions&& options);
    ~Execution();

    std::string id;
    std::once_flag id_made;
    ContextValues values;
    Clock* clock;
    RandomSource* random;
    Logger* logger;
    ExecutionObserver* observer;
    absl::Time deadline;
    // Null where there is no limit.
    std::unique_ptr<internal::ItemSlots> item_slots;
    // Made when it is first asked for, or written to.
    std::once_flag progress_made;
    std::unique_ptr<internal::ProgressBoard> progress;
    // Null where no Engine opened the execution.
    std::shared_ptr<internal::CheckpointSession> session;
    // Null where items run in this process only. Not owned.
    internal::ItemDistributor* item_distributor = nullptr;
    // Null where the execution is not for some of another one's items. Not owned.
    internal::BatchReporter* batch_reporter = nullptr;
  };

  ExecCtx(ExecOptions&& options, std::shared_ptr<internal::CheckpointSession> session);

  // A context for one of several threads of the execution that `root` belongs to.
  ExecCtx(const ExecCtx& root, std::stop_token stop_token);

  internal::ProgressBoard& ProgressBoard() const;

  std::optional<Execution> own_;
  Execution* execution_;
  absl::Time deadline_;
  std::stop_token stop_token_;
  const internal::StepInfo* step_ = nullptr;
  // Of the innermost execution.
  const internal::StepCall* call_ = nullptr;
  int attempt_ = 0;
  // Whether its thread runs items, and has a slot for that.
  bool has_item_slot_ = false;
  // Whether each step must look at deadline, cancellation or observer.
  bool supervised_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_EXEC_CTX_H_
