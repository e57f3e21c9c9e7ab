// How many threads a run of a group asks for.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <thread>

#include "graph/map_run.h"

namespace protograph::internal {
namespace {

// Waking a thread costs 5 to 50 microseconds: what all items take together must be more.
constexpr std::chrono::nanoseconds kWorthwhile = std::chrono::microseconds(50);

size_t Processors() {
  static const size_t processors = std::max(1U, std::thread::hardware_concurrency());
  return processors;
}

}  // namespace

size_t MapRun::ThreadsWanted() const {
  size_t wanted = 0;
  for (const Stage& stage : stages_) {
    const int parallelism = stage.info->options.items.parallelism;
    // Where all stages are limited no more than that can be at work.
    wanted += parallelism > 0 ? static_cast<size_t>(parallelism) : Processors();
  }
  if (!group_.is_limited) {
    wanted = info_.items_block.load(std::memory_order_relaxed) ? total_ : Processors();
  }
  return std::min(wanted, total_);
}

void MapRun::AskAtFirst() {
  if (!call_.core->has_helpers() || info_.options.concurrency == Concurrency::kNever) return;
  const size_t wanted = ThreadsWanted();
  const uint64_t cost = info_.item_cost_ns.load(std::memory_order_relaxed);
  const bool is_asked_for = std::any_of(stages_.begin(), stages_.end(), [](const Stage& stage) {
    return stage.info->options.items.parallelism > 1;
  });
  const bool pays = is_asked_for || info_.options.concurrency == Concurrency::kAlways ||
                    cost == 0 || cost * total_ > static_cast<uint64_t>(kWorthwhile.count());
  if (wanted < 2 || !pays) return;
  asked_ = std::min(wanted - 1, call_.core->pool().max_threads());
  Ask(asked_);
}

void MapRun::AskForMore(const Batch& batch, Clock::duration took, Clock::duration worked) {
  // What is not run here says nothing.
  if (!answered_.empty()) return;
  const size_t items = batch.end - batch.begin;
  const int64_t now =
      std::clamp<int64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(took).count() /
                              static_cast<int64_t>(items),
                          1, std::numeric_limits<uint32_t>::max());
  const int64_t before = info_.item_cost_ns.load(std::memory_order_relaxed);
  const int64_t after = before == 0 ? now : before + (now - before) / 4;
  info_.item_cost_ns.store(static_cast<uint32_t>(std::max<int64_t>(after, 1)),
                           std::memory_order_relaxed);
  if (!call_.core->has_helpers() || info_.options.concurrency == Concurrency::kNever) return;
  const bool blocks = items == 1 && took > kWorthwhile && worked < took / 2;
  if (items == 1) info_.items_block.store(blocks, std::memory_order_relaxed);
  size_t more = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const size_t left = total_ - next_;
    const size_t most = std::min(left, call_.core->pool().max_threads());
    if (group_.is_limited || left == 0 || asked_ >= most) return;
    if (blocks) {
      // Twice as many each time: what was asked for in vain costs little.
      more = std::min(std::max<size_t>(asked_, 1), most - asked_);
    } else if (asked_ == 0 && after * static_cast<int64_t>(left) > kWorthwhile.count()) {
      // It takes longer than it used to.
      more = std::min(Processors() - 1, most);
    }
    asked_ += more;
  }
  if (more > 0) Ask(more);
}

}  // namespace protograph::internal
