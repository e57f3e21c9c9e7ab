#include "durability/checkpointer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "durability/engine_core.h"
#include "durability/session.h"
#include "fmt/format.h"
#include "protograph/random_source.h"

namespace protograph::internal {
namespace {

// One statement holds so much: enough that the round trip does not count, and small enough that a
// write that fails is not much to repeat.
constexpr size_t kMostBytes = size_t{4} << 20;
constexpr size_t kMostRows = 2000;
constexpr absl::Duration kLongestBackoff = absl::Seconds(1);

bool IsFull(const StoreWrite& write, size_t bytes) {
  return bytes >= kMostBytes ||
         write.checkpoints.size() + write.starts.size() + write.ends.size() >= kMostRows;
}

size_t BytesOf(const FinishedExecution& finished) {
  size_t bytes = sizeof(FinishedExecution) + finished.end.error.size();
  for (const std::shared_ptr<DetachedRun>& run : finished.runs) bytes += run->bytes();
  for (const Checkpoint& result : finished.results) bytes += result.payload.size();
  return bytes;
}

bool IsTemporary(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

// Threads take turns, so that those that run at one time are likely to have a shard each.
uint32_t ShardOfThisThread(size_t shards) {
  static std::atomic<uint32_t> next{0};
  thread_local const uint32_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine % static_cast<uint32_t>(shards);
}

}  // namespace

Checkpointer::Checkpointer(EngineCore& engine)
    : engine_(engine), thread_("ptg-checkpoint", [this] { return Turn(); }) {}

Checkpointer::~Checkpointer() { Stop(); }

absl::Status Checkpointer::Start() { return thread_.Start(engine_.options().flush_interval); }

void Checkpointer::Stop() {
  thread_.Stop();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_stopped_) return;
    is_flushing_ = true;
  }
  const absl::Time give_up = absl::Now() + engine_.options().stop_timeout;
  while (true) {
    const absl::Duration wait = Turn();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (clean_turn_ == turns_begun_) break;
    }
    if (absl::Now() + wait > give_up) break;
    std::this_thread::sleep_for(absl::ToChronoNanoseconds(wait));
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_stopped_ = true;
    for (const std::shared_ptr<CommitRequest>& commit : commits_) {
      commit->is_done = true;
      commit->status = absl::UnavailableError("the engine was stopped");
    }
    commits_.clear();
  }
  changed_.notify_all();
}

void Checkpointer::Register(Session& session) {
  session.epoch = epoch_.load(std::memory_order_relaxed);
  session.began_at = absl::FromUnixNanos(turn_at_ns_.load(std::memory_order_relaxed));
  session.shard = ShardOfThisThread(shards_.size());
  Shard& shard = shards_[session.shard];
  const std::lock_guard<std::mutex> lock(shard.mutex);
  session.next = shard.first;
  if (shard.first != nullptr) shard.first->previous = &session;
  shard.first = &session;
}

void Checkpointer::Unregister(Session& session) {
  Shard& shard = shards_[session.shard];
  const std::lock_guard<std::mutex> lock(shard.mutex);
  if (session.previous != nullptr) {
    session.previous->next = session.next;
  } else {
    shard.first = session.next;
  }
  if (session.next != nullptr) session.next->previous = session.previous;
  session.previous = session.next = nullptr;
}

void Checkpointer::Finish(FinishedExecution finished) {
  const size_t bytes = BytesOf(finished);
  const bool may_be_dropped = !finished.runs.empty() || !finished.results.empty();
  std::unique_lock<std::mutex> lock(mutex_);
  const auto has_room = [&] {
    const size_t queued = finished_bytes_ + in_hand_bytes_;
    return is_stopped_ || queued == 0 || queued + bytes <= engine_.options().queue_bytes;
  };
  if (may_be_dropped && !has_room() && engine_.options().when_full == WhenFull::kWait) {
    changed_.wait(lock, has_room);
  }
  if (is_stopped_ || (may_be_dropped && !has_room())) {
    lock.unlock();
    Drop(std::move(finished));
    return;
  }
  PushLocked(std::move(finished));
}

void Checkpointer::PushLocked(FinishedExecution finished) {
  finished_bytes_ += BytesOf(finished);
  finished_.push_back(std::move(finished));
}

void Checkpointer::Drop(FinishedExecution finished) {
  size_t dropped = finished.results.size();
  for (const std::shared_ptr<DetachedRun>& run : finished.runs) dropped += run->CountUncollected();
  engine_.counters().checkpoints_dropped.fetch_add(static_cast<int64_t>(dropped),
                                                   std::memory_order_relaxed);
  if (dropped > 0) {
    engine_.log().Warn(
        LimitedLog::Kind::kDropped,
        fmt::format("{} checkpoints of workflow {} were dropped, as more waits to be written than "
                    "EngineOptions::queue_bytes allows",
                    dropped, finished.session->workflow_id()));
  }
  // What the store does not know of it need not be told; what it knows must be ended.
  if (!finished.session->is_started()) return;
  finished.runs.clear();
  finished.results.clear();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!is_stopped_) PushLocked(std::move(finished));
}

absl::Status Checkpointer::Commit(std::shared_ptr<Session> session, const ExecCtx& ctx) {
  const auto request = std::make_shared<CommitRequest>();
  request->session = std::move(session);
  std::unique_lock<std::mutex> lock(mutex_);
  if (is_stopped_) return absl::UnavailableError("the engine was stopped");
  commits_.push_back(request);
  lock.unlock();
  thread_.Wake();
  lock.lock();
  const absl::Time give_up = absl::Now() + engine_.options().commit_timeout;
  while (!request->is_done) {
    // Slices, as a context may have a clock of its own and a token that nobody tells us of.
    changed_.wait_for(lock, std::chrono::milliseconds(50), [&] { return request->is_done; });
    if (request->is_done) break;
    absl::Status alive = ctx.CheckAlive();
    if (alive.ok() && absl::Now() >= give_up) {
      alive = absl::UnavailableError(
          fmt::format("the store did not take it within {}, see EngineOptions::commit_timeout",
                      absl::FormatDuration(engine_.options().commit_timeout)));
    }
    if (!alive.ok()) {
      commits_.erase(std::remove(commits_.begin(), commits_.end(), request), commits_.end());
      return alive;
    }
  }
  return std::move(request->status);
}

absl::Status Checkpointer::Flush(absl::Duration timeout) {
  const absl::Time give_up = absl::Now() + timeout;
  std::unique_lock<std::mutex> lock(mutex_);
  const uint64_t turn = turns_begun_ + 1;
  while (clean_turn_ < turn && !is_stopped_) {
    is_flushing_ = true;
    lock.unlock();
    thread_.Wake();
    lock.lock();
    const absl::Duration left = give_up - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError(fmt::format("the store did not take everything within {}",
                                                     absl::FormatDuration(timeout)));
    }
    changed_.wait_for(lock,
                      absl::ToChronoNanoseconds(std::min(left, engine_.options().flush_interval)),
                      [&] { return clean_turn_ >= turn || is_stopped_; });
  }
  return absl::OkStatus();
}

int64_t Checkpointer::queued_bytes() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<int64_t>(finished_bytes_ + in_hand_bytes_);
}

absl::Duration Checkpointer::Turn() {
  uint64_t turn;
  bool of_any_age;
  std::vector<std::shared_ptr<CommitRequest>> commits;
  {
    // The requests before the ends: who asks for a commit may have waited for an end of an earlier
    // execution of its workflow, which must then be written before.
    const std::lock_guard<std::mutex> lock(mutex_);
    turn = ++turns_begun_;
    of_any_age = std::exchange(is_flushing_, false);
    commits = commits_;
  }
  epoch_.fetch_add(1, std::memory_order_relaxed);
  turn_at_ns_.store(absl::GetCurrentTimeNanos(), std::memory_order_relaxed);
  pending_.write.synchronous |= !commits.empty();
  const bool is_clean =
      WritePending() && WriteFinished() && WriteCommits(commits) && WriteLive(Pinned(of_any_age));
  if (is_clean) {
    failures_ = 0;
    const std::lock_guard<std::mutex> lock(mutex_);
    clean_turn_ = turn;
  }
  changed_.notify_all();
  return is_clean ? engine_.options().flush_interval : Backoff();
}

bool Checkpointer::WritePending() { return WriteOut(std::exchange(pending_, {})); }

bool Checkpointer::WriteFinished() {
  while (true) {
    Batch batch;
    // An end that a crash of the database loses would leave the workflow with an execution that is
    // over, under an owner that lives.
    batch.write.synchronous = true;
    absl::flat_hash_set<std::string> workflows;
    while (!IsFull(batch.write, batch.bytes)) {
      FinishedExecution finished;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (finished_.empty()) break;
        // One write has its starts before its ends: two executions of a workflow need two.
        if (!workflows.insert(finished_.front().session->workflow_id()).second) break;
        finished = std::move(finished_.front());
        finished_.pop_front();
        const size_t bytes = BytesOf(finished);
        finished_bytes_ -= bytes;
        in_hand_bytes_ += bytes;
      }
      AppendFinished(std::move(finished), batch);
    }
    const bool was_last = workflows.empty();
    if (!WriteOut(std::move(batch))) return false;
    if (was_last) return true;
  }
}

void Checkpointer::AppendFinished(FinishedExecution finished, Batch& batch) {
  Session& session = *finished.session;
  if (session.is_lost()) return;
  batch.bytes += session.CollectDetached(finished.runs, batch.write);
  session.AppendStart(batch.write);
  for (Checkpoint& result : finished.results) {
    batch.bytes += result.payload.size() + sizeof(CheckpointWrite);
    batch.write.checkpoints.push_back({session.execution_id(), std::move(result)});
  }
  batch.write.ends.push_back(std::move(finished.end));
  batch.bytes += sizeof(ExecutionEnd);
  batch.sessions.emplace(session.execution_id(), finished.session);
}

bool Checkpointer::WriteCommits(const std::vector<std::shared_ptr<CommitRequest>>& commits) {
  if (commits.empty()) return true;
  Batch batch;
  batch.write.synchronous = true;
  for (const std::shared_ptr<CommitRequest>& commit : commits) {
    const size_t bytes = commit->session->Collect(Session::Part::kAll, SIZE_MAX, batch.write);
    batch.bytes += bytes;
    if (bytes > 0) batch.sessions.emplace(commit->session->execution_id(), commit->session);
  }
  if (!WriteOut(std::move(batch))) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::shared_ptr<CommitRequest>& commit : commits) {
    commit->is_done = true;
    if (commit->session->is_lost()) commit->status = commit->session->StopReason();
    commits_.erase(std::remove(commits_.begin(), commits_.end(), commit), commits_.end());
  }
  return true;
}

bool Checkpointer::WriteLive(const std::vector<std::shared_ptr<Session>>& sessions) {
  Batch batch;
  for (const std::shared_ptr<Session>& session : sessions) {
    while (true) {
      const size_t bytes =
          session->Collect(Session::Part::kAsync, kMostBytes - batch.bytes, batch.write);
      if (bytes == 0) break;
      batch.bytes += bytes;
      batch.sessions.emplace(session->execution_id(), session);
      if (!IsFull(batch.write, batch.bytes)) break;
      if (!WriteOut(std::exchange(batch, {}))) return false;
    }
  }
  return WriteOut(std::move(batch));
}

bool Checkpointer::WriteOut(Batch batch) {
  std::vector<Batch> work;
  work.push_back(std::move(batch));
  while (!work.empty()) {
    Batch next = std::move(work.back());
    work.pop_back();
    if (next.write.empty()) continue;
    const absl::StatusOr<StoreWriteResult> result = engine_.store().Write(next.write);
    if (result.ok()) {
      Account(next, *result, work);
      continue;
    }
    engine_.counters().store_failures.fetch_add(1, std::memory_order_relaxed);
    engine_.log().Warn(LimitedLog::Kind::kStoreFailed,
                       fmt::format("writing {} checkpoints failed: {}",
                                   next.write.checkpoints.size(), result.status().ToString()));
    if (IsTemporary(result.status())) {
      pending_ = std::move(next);
      for (Batch& rest : work) Merge(std::move(rest), pending_);
      break;
    }
    // Something in it is refused for good. The others must not suffer for it.
    Split(std::move(next), work);
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    in_hand_bytes_ = pending_.bytes;
  }
  changed_.notify_all();  // there may be room
  return pending_.write.empty();
}

void Checkpointer::Account(Batch& batch, const StoreWriteResult& result, std::vector<Batch>& work) {
  const absl::flat_hash_set<std::string> refused(result.refused.begin(), result.refused.end());
  int64_t written = 0;
  for (const CheckpointWrite& checkpoint : batch.write.checkpoints) {
    written += refused.contains(checkpoint.execution_id) ? 0 : 1;
  }
  engine_.counters().checkpoints_written.fetch_add(written, std::memory_order_relaxed);
  if (refused.empty()) return;

  absl::flat_hash_set<std::string> had_start;
  for (const ExecutionStart& start : batch.write.starts) had_start.insert(start.execution_id);
  Batch again;
  again.write.synchronous = batch.write.synchronous;
  for (const std::string& execution : refused) {
    const auto found = batch.sessions.find(execution);
    if (found == batch.sessions.end()) continue;
    const std::shared_ptr<Session>& session = found->second;
    if (!had_start.contains(execution)) {
      // A crash of the database may have lost the claim, as it was not written synchronously. Where
      // it was lost to somebody else the store will say so again.
      session->RepeatStart(again.write);
      again.sessions.emplace(execution, session);
      continue;
    }
    session->Lose();
    engine_.counters().executions_lost.fetch_add(1, std::memory_order_relaxed);
    engine_.log().Warn(LimitedLog::Kind::kLost, std::string(session->StopReason().message()));
  }
  if (again.write.empty()) return;
  for (CheckpointWrite& checkpoint : batch.write.checkpoints) {
    if (!again.sessions.contains(checkpoint.execution_id)) continue;
    again.bytes += checkpoint.checkpoint.payload.size() + sizeof(CheckpointWrite);
    again.write.checkpoints.push_back(std::move(checkpoint));
  }
  for (ExecutionEnd& end : batch.write.ends) {
    if (again.sessions.contains(end.execution_id)) again.write.ends.push_back(std::move(end));
  }
  work.push_back(std::move(again));
}

void Checkpointer::Split(Batch batch, std::vector<Batch>& work) {
  if (batch.sessions.size() <= 1) {
    engine_.counters().checkpoints_dropped.fetch_add(
        static_cast<int64_t>(batch.write.checkpoints.size()), std::memory_order_relaxed);
    return;
  }
  // By execution, in halves: a single bad one among n is found in log n writes.
  std::array<Batch, 2> halves;
  size_t i = 0;
  for (auto& [execution, session] : batch.sessions) {
    halves[i++ < batch.sessions.size() / 2 ? 0 : 1].sessions.emplace(execution, session);
  }
  const auto half_of = [&](const std::string& execution) -> Batch& {
    return halves[halves[0].sessions.contains(execution) ? 0 : 1];
  };
  for (ExecutionStart& start : batch.write.starts) {
    half_of(start.execution_id).write.starts.push_back(std::move(start));
  }
  for (CheckpointWrite& checkpoint : batch.write.checkpoints) {
    half_of(checkpoint.execution_id).write.checkpoints.push_back(std::move(checkpoint));
  }
  for (ExecutionEnd& end : batch.write.ends) {
    half_of(end.execution_id).write.ends.push_back(std::move(end));
  }
  for (Batch& half : halves) {
    half.bytes = batch.bytes / 2;
    half.write.synchronous = batch.write.synchronous;
    work.push_back(std::move(half));
  }
}

void Checkpointer::Merge(Batch from, Batch& into) {
  std::move(from.write.starts.begin(), from.write.starts.end(),
            std::back_inserter(into.write.starts));
  std::move(from.write.checkpoints.begin(), from.write.checkpoints.end(),
            std::back_inserter(into.write.checkpoints));
  std::move(from.write.ends.begin(), from.write.ends.end(), std::back_inserter(into.write.ends));
  into.write.synchronous |= from.write.synchronous;
  into.sessions.merge(from.sessions);
  into.bytes += from.bytes;
}

std::vector<std::shared_ptr<Session>> Checkpointer::Pinned(bool of_any_age) {
  const uint64_t epoch = epoch_.load(std::memory_order_relaxed);
  std::vector<std::shared_ptr<Session>> sessions;
  for (Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    for (Session* session = shard.first; session != nullptr; session = session->next) {
      // Those that have lived through a whole interval: most executions end before.
      if (of_any_age || session->epoch + 2 <= epoch) {
        sessions.push_back(session->shared_from_this());
      }
    }
  }
  return sessions;
}

absl::Duration Checkpointer::Backoff() {
  failures_ = std::min(failures_ + 1, 16);
  const absl::Duration longest =
      std::min(kLongestBackoff, engine_.options().flush_interval * (1 << failures_));
  return longest * (0.5 + 0.5 * UniformDouble(RandomSource::System()));
}

}  // namespace protograph::internal
