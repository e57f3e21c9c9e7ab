#include "durability/engine_core.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "fmt/format.h"
#include "protograph/clock.h"

namespace protograph::internal {
namespace {

// Of one page of what can be resumed, and of all that is remembered: a process that could resume
// more than that asks for each.
constexpr int kPage = 10'000;
constexpr size_t kMostResumable = 1'000'000;

}  // namespace

EngineCore::EngineCore(std::shared_ptr<Store> store, const EngineOptions& options)
    : store_(std::move(store)),
      options_(options),
      log_(options.logger),
      lease_(*this),
      checkpointer_(*this),
      sweeper_(*this) {}

EngineCore::~EngineCore() { Stop(); }

absl::Status EngineCore::Start() {
  if (absl::Status status = lease_.Start(); !status.ok()) return status;
  // After the lease, which has declared dead neighbours dead.
  std::string after;
  while (true) {
    const absl::StatusOr<std::vector<ExecutionRecord>> page = store_->Resumable(after, kPage);
    if (!page.ok()) return page.status();
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const ExecutionRecord& record : *page) {
      resumable_[record.workflow_id] = {.attempt = record.attempt, .is_ours = false};
    }
    if (page->size() < static_cast<size_t>(kPage) || resumable_.size() >= kMostResumable) break;
    after = page->back().workflow_id;
  }
  anything_known_.store(!resumable_.empty(), std::memory_order_relaxed);
  if (absl::Status status = checkpointer_.Start(); !status.ok()) return status;
  return sweeper_.Start();
}

void EngineCore::Stop() {
  if (is_stopped_.exchange(true)) return;
  sweeper_.Stop();
  checkpointer_.Stop();
  lease_.Stop();
}

std::optional<EngineCore::Known> EngineCore::TakeResumable(const std::string& workflow_id) {
  if (!anything_known_.load(std::memory_order_relaxed)) return std::nullopt;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = resumable_.find(workflow_id);
  if (found == resumable_.end()) return std::nullopt;
  const Known known = found->second;
  resumable_.erase(found);
  return known;
}

void EngineCore::Remember(const std::string& workflow_id, Leftovers leftovers) {
  const std::lock_guard<std::mutex> lock(mutex_);
  anything_known_.store(true, std::memory_order_relaxed);
  leftovers_bytes_ += leftovers.bytes();
  leftovers_order_.push_back(workflow_id);
  leftovers_[workflow_id] = std::move(leftovers);
  while (leftovers_bytes_ > options_.memory_bytes && !leftovers_order_.empty()) {
    const auto oldest = leftovers_.find(leftovers_order_.front());
    leftovers_order_.pop_front();
    if (oldest == leftovers_.end()) continue;
    // The store has them.
    leftovers_bytes_ -= oldest->second.bytes();
    resumable_[oldest->first] = {.attempt = oldest->second.attempt, .is_ours = true};
    leftovers_.erase(oldest);
  }
}

std::optional<Leftovers> EngineCore::TakeLeftovers(const std::string& workflow_id) {
  if (!anything_known_.load(std::memory_order_relaxed)) return std::nullopt;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = leftovers_.find(workflow_id);
  if (found == leftovers_.end()) return std::nullopt;
  std::optional<Leftovers> leftovers = std::move(found->second);
  leftovers_bytes_ -= leftovers->bytes();
  leftovers_.erase(found);
  leftovers_order_.erase(std::find(leftovers_order_.begin(), leftovers_order_.end(), workflow_id));
  return leftovers;
}

absl::Status EngineCore::Insist(const ExecCtx& ctx, std::string_view what,
                                const std::function<absl::Status()>& call) {
  const absl::Time give_up = absl::Now() + options_.commit_timeout;
  absl::Duration wait = absl::Milliseconds(10);
  while (true) {
    absl::Status status = call();
    if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) return status;
    counters_.store_failures.fetch_add(1, std::memory_order_relaxed);
    log_.Warn(LimitedLog::Kind::kStoreFailed,
              fmt::format("{}: {}", what, std::string(status.message())));
    if (absl::Now() + wait > give_up) {
      return absl::UnavailableError(fmt::format("{}: {}", what, std::string(status.message())));
    }
    // By the machine's clock, as the store's time passes by no other.
    Clock::System().SleepUntil(std::min(absl::Now() + wait, ctx.deadline()), ctx.stop_token());
    if (absl::Status alive = ctx.CheckAlive(); !alive.ok()) return alive;
    wait = std::min(wait * 2, absl::Seconds(1));
  }
}

}  // namespace protograph::internal
