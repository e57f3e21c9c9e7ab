#include "graph/map_run.h"

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "graph/attempts.h"
#include "graph/ctx_access.h"
#include "graph/item_slots.h"

namespace protograph::internal {

using google::protobuf::Message;

namespace {

// What is taken at once: enough that taking it costs next to nothing, little enough that threads
// end at the same time.
constexpr std::chrono::nanoseconds kBatch = std::chrono::microseconds(20);
// Items that may wait for slots of limited stages, for each thread.
constexpr size_t kInFlightPerThread = 4;
// Failures that a status tells of.
constexpr size_t kMostTold = 5;

std::chrono::nanoseconds ThreadTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// How many items may fail.
size_t Allowed(const ItemOptions& options, size_t total) {
  if (options.when_item_fails != WhenItemFails::kTolerate) return 0;
  const auto n = static_cast<double>(total);
  auto share = static_cast<size_t>(options.tolerated_share * n);
  // Of 0.29 and 100 the product is less than 29, and yet 29 / 100 is no more than 0.29: products
  // and quotients are rounded, and a share is a quotient.
  if (share < total && static_cast<double>(share + 1) / n <= options.tolerated_share) ++share;
  if (share > 0 && static_cast<double>(share) / n > options.tolerated_share) --share;
  return std::max(static_cast<size_t>(options.tolerated_items), share);
}

StepFailure::GaveUp GaveUpAs(const absl::Status& ended) {
  return absl::IsCancelled(ended) ? StepFailure::CANCELLED : StepFailure::DEADLINE_PASSED;
}

bool HasEnded(const FailedStep& failed) {
  return failed.gave_up == StepFailure::CANCELLED || failed.gave_up == StepFailure::DEADLINE_PASSED;
}

const MapGroup* FindGroup(const Plan& plan, const StepRecord& first) {
  for (const MapGroup& group : plan.map_groups) {
    if (plan.steps[group.first] == &first) return &group;
  }
  return nullptr;
}

}  // namespace

Value RunMapGroup(const StepRecord& record, StepCall& call) {
  const MapGroup* const group = FindGroup(*call.plan, record);
  if (group != nullptr) {
    CtxAccess::BeginStep(*call.ctx, record.info);
    // There may be no item that would look.
    if (const absl::Status alive = call.ctx->CheckAlive(); !alive.ok()) {
      FailedStep failed;
      failed.step = record.info;
      failed.gave_up = GaveUpAs(alive);
      FailedItems& items = failed.items.emplace();
      items.total = items.not_run = ManyAt(call.values[record.inputs[0]]).size();
      call.thrown = ToStatus(failed, *call.core, *call.plan);
      return nullptr;
    }
    call.thrown = MapRun(*group, call).Run();
    if (!call.thrown.ok()) return nullptr;
  }
  return call.values[record.output];
}

MapRun::MapRun(const MapGroup& group, StepCall& call)
    : HelpRequest(call.core->pool()),
      ItemsOfGroup(call, group, ManyAt(call.values[call.plan->steps[group.first]->inputs[0]])),
      group_(group),
      call_(call),
      info_(*call.plan->steps[group.first]->info),
      input_(&input()),
      total_(input_->size()),
      is_careful_(CtxAccess::IsSupervised(*call.ctx)) {
  if (call.durable != nullptr && call.durable->is_outermost) {
    if (info_.options.items.place == ItemPlace::kOnWorkers) {
      distributor_ = CtxAccess::Distributor(*call.ctx);
    }
    reporter_ = CtxAccess::Reporter(*call.ctx);
  }
  stages_.resize(group.stages.size());
  for (size_t i = 0; i < stages_.size(); ++i) {
    Stage& stage = stages_[i];
    stage.record = call.plan->steps[group.first + i];
    stage.info = stage.record->info;
    stage.layout = stage.info->items->layout;
    const uint32_t source = group.stages[i].source;
    stage.input = source == MapGroup::kGroupInput ? input_ : stages_[source].output;
    stage.output = &stage.info->items->construct(call.frame + stage.record->place);
    stage.output->SetSize(total_);
    stage.is_kept = group.stages[i].is_kept;
    stage.place = static_cast<uint32_t>(group.first + i);
    if (call.durable != nullptr) {
      stage.items = &call.durable->BeginItems(stage.place, *stage.output);
    }
    const ItemOptions& options = stage.info->options.items;
    stage.allowed = Allowed(options, total_);
    stage.stop_above =
        options.when_item_fails == WhenItemFails::kCollectErrors ? total_ : stage.allowed;
    if (reporter_ != nullptr) {
      // Whoever has all of the items judges.
      stage.allowed = total_;
      stage.stop_above = options.when_item_fails == WhenItemFails::kFailFast ? 0 : total_;
    }
    if (options.parallelism > 0) stage.free_slots = options.parallelism;
    stage.progress = &CtxAccess::Progress(*call.ctx).Of(*stage.info);
    stage.progress->total.fetch_add(static_cast<int64_t>(total_), std::memory_order_relaxed);
  }
  left_in_chunk_.resize(input_->chunk_count());
  for (size_t chunk = 0; chunk < left_in_chunk_.size(); ++chunk) {
    left_in_chunk_[chunk] = static_cast<uint32_t>(input_->ChunkSize(chunk));
  }
}

absl::Status MapRun::Run() {
  if (info_.options.items.equal_items_once) equal_items_.emplace(*input_);
  absl::Status verdict;
  if (distributor_ != nullptr && total_ > 0) verdict = Distribute();
  if (verdict.ok()) verdict = RunItems();
  for (Stage& stage : stages_) {
    // What is done of a failed run may get checkpoints, and be taken by the next attempt.
    if (verdict.ok() || call_.durable != nullptr) {
      call_.values[stage.record->output] = stage.output;
    } else {
      stage.record->destroy(call_.frame + stage.record->place);
    }
  }
  return verdict;
}

absl::Status MapRun::RunItems() {
  const std::stop_callback forward(call_.ctx->stop_token(),
                                   [this] { stop_siblings_.request_stop(); });
  ItemSlots* const slots =
      CtxAccess::HasItemSlot(*call_.ctx) ? nullptr : CtxAccess::Slots(*call_.ctx);
  if (slots != nullptr) slots->Take();
  {
    ExecCtx ctx = CtxAccess::Branch(*call_.ctx, stop_siblings_.get_token());
    CtxAccess::SetHasItemSlot(ctx, true);
    if (through_ < total_) AskAtFirst();
    Work(ctx, /*is_caller=*/true);
  }
  if (slots != nullptr) slots->GiveBack();
  Withdraw();
  if (equal_items_.has_value() && !is_stopping_.load(std::memory_order_relaxed)) {
    equal_items_->CopyResults(*stages_.front().output);
  }
  if (reporter_ != nullptr) reporter_->Report(*this, reported_);
  return Verdict();
}

void MapRun::Help() {
  ItemSlots* const slots = CtxAccess::Slots(*call_.ctx);
  if (slots != nullptr && !slots->TryTake()) return;
  {
    ExecCtx ctx = CtxAccess::Branch(*call_.ctx, stop_siblings_.get_token());
    CtxAccess::SetHasItemSlot(ctx, true);
    Work(ctx, /*is_caller=*/false);
  }
  if (slots != nullptr) slots->GiveBack();
}

void MapRun::Work(ExecCtx& ctx, bool is_caller) {
  Hand hand{.call = call_, .batch_size = 1};
  hand.call.ctx = &ctx;
  hand.call.thrown = absl::OkStatus();
  CtxAccess::BeginCall(ctx, &hand.call);
  CtxAccess::BeginAttempt(ctx, 1);
  if (const uint32_t cost = info_.item_cost_ns.load(std::memory_order_relaxed); cost > 0) {
    hand.batch_size = std::clamp<size_t>(kBatch.count() / cost, 1, ManyBase::kChunkItems);
  }
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    const Batch batch = TakeBatch(hand.batch_size);
    if (batch.empty()) {
      if (!is_caller || IsOver()) break;
      caller_waits_ = true;
      changed_.wait(lock);
      caller_waits_ = false;
      continue;
    }
    ++running_;
    lock.unlock();
    // Items that are long enough for that tell whether they block.
    const bool looks_closely =
        batch.end - batch.begin == 1 && (hand.batch_size == 1 || group_.is_limited);
    const std::chrono::nanoseconds work_begin =
        looks_closely ? ThreadTime() : std::chrono::nanoseconds();
    const Clock::time_point begin = Clock::now();
    const size_t through = RunBatch(batch, hand);
    const Clock::duration took = Clock::now() - begin;
    if (took < kBatch / 2) {
      hand.batch_size = std::min(2 * hand.batch_size, ManyBase::kChunkItems);
    } else if (took > 4 * kBatch) {
      hand.batch_size = std::max<size_t>(hand.batch_size / 2, 1);
    }
    AskForMore(batch, took, looks_closely ? ThreadTime() - work_begin : took);
    lock.lock();
    if (call_.durable != nullptr && call_.durable->IsStopped() && session_error_.ok()) {
      session_error_ = CtxAccess::Session(ctx)->StopReason();
      is_stopping_.store(true, std::memory_order_relaxed);
    }
    --running_;
    FinishItems(batch.begin / ManyBase::kChunkItems, through, hand.answered);
    if (caller_waits_ && (IsOver() || group_.is_limited)) changed_.notify_one();
  }
}

bool MapRun::TakesNothingMore() const {
  if (is_stopping_.load(std::memory_order_relaxed)) return true;
  // What is parked while nothing runs finds a free slot.
  return next_ == total_ && (!group_.is_limited || in_flight_ == 0);
}

MapRun::Batch MapRun::TakeBatch(size_t most) {
  if (is_stopping_.load(std::memory_order_relaxed)) return {};
  if (group_.is_limited) {
    most = 1;
    // The furthest first: so that as few as can be are under way.
    for (size_t s = stages_.size(); s-- > 0;) {
      Stage& stage = stages_[s];
      if (stage.parked.empty() || stage.free_slots == 0) continue;
      --stage.free_slots;
      const size_t item = stage.parked.front();
      stage.parked.pop_front();
      return {item, item + 1, s};
    }
    if (in_flight_ >= kInFlightPerThread * (asked_ + 1)) return {};
    if (next_ == total_ || stages_[0].free_slots == 0) return {};
    if (IsLimited(stages_[0])) --stages_[0].free_slots;
    ++in_flight_;
  }
  if (next_ == total_) return {};
  // Threads are to end at the same time, and a batch lies in one chunk.
  const size_t left = total_ - next_;
  const size_t chunk = next_ / ManyBase::kChunkItems;
  const size_t in_chunk = std::min((chunk + 1) * ManyBase::kChunkItems, total_) - next_;
  most = std::min(most, in_chunk);
  if (asked_ > 0) most = std::min(most, std::max<size_t>(left / (2 * (asked_ + 1)), 1));
  if (next_ % ManyBase::kChunkItems == 0 && !has_chunks_) {
    for (Stage& stage : stages_) stage.output->MakeChunk(chunk);
  }
  const Batch batch = {next_, next_ + most, 0};
  next_ += most;
  return batch;
}

size_t MapRun::RunBatch(const Batch& batch, Hand& hand) {
  size_t through = 0;
  size_t elsewhere = 0;
  hand.answered = 0;
  // An item that is long enough to be taken alone is seen in each step. Of others a thread has so
  // many that it does not matter in which of them it is.
  hand.is_alone = batch.end - batch.begin == 1;
  if (!hand.is_alone) stages_[0].progress->running.fetch_add(1, std::memory_order_relaxed);
  for (size_t item = batch.begin; item < batch.end; ++item) {
    // The first of a batch was looked at when it was taken.
    if (item > batch.begin && is_stopping_.load(std::memory_order_relaxed)) break;
    if (IsAnswered(item)) {
      ++through;
      ++elsewhere;
      if (group_.is_limited && batch.stage == 0 && IsLimited(stages_[0])) GiveSlotBack(stages_[0]);
      continue;
    }
    if (!RunThroughStages(item, batch.stage, group_.is_limited, hand)) continue;
    ++through;
    hand.answered += WeightOf(item);
  }
  if (!hand.is_alone) {
    stages_[0].progress->running.fetch_sub(1, std::memory_order_relaxed);
    for (Stage& stage : stages_) {
      stage.progress->done.fetch_add(static_cast<int64_t>(through - elsewhere),
                                     std::memory_order_relaxed);
    }
  }
  return through;
}

bool MapRun::RunThroughStages(size_t item, size_t from_stage, bool has_slot, Hand& hand) {
  for (size_t s = from_stage; s < stages_.size(); ++s) {
    Stage& stage = stages_[s];
    const bool is_limited = IsLimited(stage);
    if (is_limited && !std::exchange(has_slot, false) && !TakeSlot(stage, item)) return false;
    if (hand.is_alone) stage.progress->running.fetch_add(1, std::memory_order_relaxed);
    const bool was_begun = RunItem(stage, item, hand);
    if (hand.is_alone) {
      stage.progress->running.fetch_sub(1, std::memory_order_relaxed);
      if (was_begun) stage.progress->done.fetch_add(1, std::memory_order_relaxed);
    }
    if (is_limited) GiveSlotBack(stage);
    if (!was_begun) {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++stage.left;
      return false;
    }
    has_slot = false;
  }
  return true;
}

bool MapRun::TakeSlot(Stage& stage, size_t item) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stage.free_slots == 0) {
    stage.parked.push_back(item);
    return false;
  }
  --stage.free_slots;
  return true;
}

void MapRun::GiveSlotBack(Stage& stage) {
  bool asks = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++stage.free_slots;
    const bool has_work = !stage.parked.empty() || (&stage == stages_.data() && next_ < total_);
    // This thread goes on with its item, so that another is to come.
    if (has_work && caller_waits_) {
      changed_.notify_one();
    } else {
      asks = has_work && running_ < asked_ + 1;
    }
  }
  if (asks) Ask(1);
}

bool MapRun::RunItem(Stage& stage, size_t item, Hand& hand) {
  if (IsCopy(item)) return true;
  auto* const place = static_cast<std::byte*>(stage.output->Place(item));
  const void* const source = stage.input->Place(item);
  const Message* const message = stage.input->layout().message(source);
  if (message == nullptr) {
    stage.layout->set_error(place, stage.input->layout().status(source));
    return true;
  }
  // The stage before may have taken long.
  if (is_stopping_.load(std::memory_order_relaxed)) return false;
  StepCall& call = hand.call;
  call.item = message;
  call.item_index = item;
  call.frame = place;
  if (stage.items != nullptr && call_.durable->restores && Restore(stage, item, place, hand)) {
    return true;
  }
  stage.layout->destroy(place);
  CtxAccess::BeginStep(*call.ctx, stage.info);
  if (is_careful_ || stage.info->timed) [[unlikely]] {
    return RunItemSlowly(stage, item, place, hand, /*has_failed=*/false);
  }
  const StepRecord& record = stage.info->item_record;
  if (record.invoke(record, call) == nullptr) [[unlikely]] {
    return RunItemSlowly(stage, item, place, hand, /*has_failed=*/true);
  }
  if (stage.items != nullptr) stage.items->MarkDone(item);
  return true;
}

bool MapRun::Restore(Stage& stage, size_t item, std::byte* place, Hand& hand) {
  absl::StatusOr<bool> restored =
      CtxAccess::Session(*hand.call.ctx)
          ->RestoreItem(*call_.durable, stage.place, item, place, *hand.call.ctx);
  if (!restored.ok()) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      // What fails after that may do so because it was asked to stop.
      if (is_stopping_.load(std::memory_order_relaxed)) return true;
      session_error_ = std::move(restored).status();
      is_stopping_.store(true, std::memory_order_relaxed);
    }
    stop_siblings_.request_stop();
    return true;
  }
  if (*restored) stage.items->MarkDone(item);
  return *restored;
}

bool MapRun::RunItemSlowly(Stage& stage, size_t item, std::byte* place, Hand& hand,
                           bool has_failed) {
  Attempts attempts(stage.info->item_record, hand.call);
  if ((has_failed ? attempts.RunAfterFailure() : attempts.Run()) != nullptr) {
    if (stage.items != nullptr) stage.items->MarkDone(item);
    return true;
  }
  stage.layout->construct(place);
  FailedStep& failed = attempts.failure();
  const bool was_begun = failed.attempts > 0;
  // An item may say itself that the execution has ended, and is no failure to be tolerated then.
  const absl::Status& error = failed.last_error;
  const bool fails_fast =
      stage.info->options.items.when_item_fails == WhenItemFails::kFailFast && reporter_ == nullptr;
  if (!fails_fast && was_begun && (absl::IsCancelled(error) || absl::IsDeadlineExceeded(error))) {
    if (absl::Status alive = call_.ctx->CheckAlive(); !alive.ok()) failed.gave_up = GaveUpAs(alive);
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // What fails from now on may do so because it was asked to stop.
    if (is_stopping_.load(std::memory_order_relaxed)) return was_begun;
    if (HasEnded(failed)) {
      ended_stage_ = &stage;
      ended_ = std::move(failed);
      is_stopping_.store(true, std::memory_order_relaxed);
    } else {
      TakeFailure(stage, item, place, std::move(failed));
    }
    if (!is_stopping_.load(std::memory_order_relaxed)) return true;
  }
  // Not with the lock: whoever waits for it is told at once.
  stop_siblings_.request_stop();
  return was_begun;
}

void MapRun::TakeFailure(Stage& stage, size_t item, void* place, FailedStep failed) {
  stage.layout->set_error(place, ItemStatus(failed));
  stage.failed += WeightOf(item);
  stage.progress->failed.fetch_add(static_cast<int64_t>(WeightOf(item)), std::memory_order_relaxed);
  if (reporter_ != nullptr) {
    reported_.push_back({item, static_cast<size_t>(&stage - stages_.data()), failed});
  }
  const auto after = std::upper_bound(stage.first.begin(), stage.first.end(), item,
                                      [](size_t i, const auto& other) { return i < other.first; });
  stage.first.emplace(after, item, std::move(failed));
  if (stage.first.size() > kMostTold) stage.first.pop_back();
  if (stage.failed > stage.stop_above) is_stopping_.store(true, std::memory_order_relaxed);
}

void MapRun::FinishItems(size_t chunk, size_t count, size_t answered) {
  through_ += answered;
  if (group_.is_limited) in_flight_ -= count;
  left_in_chunk_[chunk] -= static_cast<uint32_t>(count);
  if (count == 0 || left_in_chunk_[chunk] > 0) return;
  // Checkpoints and later attempts may need what nobody in this execution does.
  if (call_.durable != nullptr || equal_items_.has_value()) return;
  if (group_.owns_input) const_cast<ManyBase*>(input_)->FreeChunk(chunk);
  for (Stage& stage : stages_) {
    if (!stage.is_kept) stage.output->FreeChunk(chunk);
  }
}

// ---- What has become of it ----

FailedItems MapRun::ItemsOf(const Stage& stage) const {
  FailedItems items;
  items.total = total_;
  items.failed = stage.failed;
  items.not_run = NotRun(*stage.info);
  if (stage.info->options.items.when_item_fails == WhenItemFails::kTolerate) {
    items.tolerated = stage.allowed;
  }
  for (const auto& [index, each] : stage.first) {
    items.first.push_back({index, each.attempts, std::string(each.last_error.message())});
  }
  return items;
}

size_t MapRun::NotRun(const StepInfo& step) const {
  size_t run = through_;
  // What waits for a later step of the group, or was not begun there any more.
  for (size_t s = stages_.size(); s-- > 0 && stages_[s].info != &step;) {
    run += stages_[s].parked.size() + stages_[s].left;
  }
  return total_ - run;
}

absl::Status MapRun::Verdict() {
  if (!session_error_.ok()) return session_error_;
  if (ended_.has_value()) {
    ended_->items = ItemsOf(*ended_stage_);
    return ToStatus(*ended_, *call_.core, *call_.plan);
  }
  for (const Stage& stage : stages_) {
    if (stage.failed > stage.allowed) {
      FailedStep failed = stage.first.front().second;
      failed.items = ItemsOf(stage);
      return ToStatus(failed, *call_.core, *call_.plan);
    }
  }
  return absl::OkStatus();
}

}  // namespace protograph::internal
