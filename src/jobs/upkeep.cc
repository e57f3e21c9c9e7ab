#include "jobs/upkeep.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/steady_time.h"
#include "durability/engine_access.h"
#include "fmt/format.h"
#include "graph/call_check.h"
#include "graph/core.h"
#include "protograph/random_source.h"

namespace protograph::internal {
namespace {

constexpr absl::Duration kTurn = absl::Milliseconds(250);
constexpr absl::Duration kMaintainInterval = absl::Seconds(5);
constexpr absl::Duration kUnsteadyMaintainInterval = absl::Seconds(1);
// Where nothing hinders, and where jobs wait for permits.
constexpr absl::Duration kPermitsInterval = absl::Seconds(2);
constexpr absl::Duration kPermitsWanted = absl::Milliseconds(250);
// How often the same hindrance is said.
constexpr absl::Duration kHindranceInterval = absl::Minutes(1);
// However often it is told to.
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(100);
constexpr absl::Duration kWhileOthersFire = absl::Milliseconds(20);
constexpr absl::Duration kCancelRequestsInterval = absl::Seconds(5);

absl::Duration Jittered(absl::Duration duration) {
  return duration * (0.75 + 0.5 * UniformDouble(RandomSource::System()));
}

}  // namespace

Upkeep::Upkeep(Engine& engine, JobStore& jobs, const WorkerOptions& options,
               const std::vector<Graph>& graphs, JobBuffer& buffer, RunningJobs& running,
               Completer& completer, Fetcher& fetcher, Logger& logger)
    : engine_(engine),
      jobs_(jobs),
      options_(options),
      graphs_(graphs),
      buffer_(buffer),
      running_(running),
      completer_(completer),
      fetcher_(fetcher),
      logger_(logger),
      thread_("ptg-upkeep", [this] { return Turn(); }) {
  if (ScheduleStore* const schedules = EngineAccess::Core(engine).store().schedules();
      schedules != nullptr) {
    firer_.emplace(*schedules, logger);
  }
  if (ItemStore* const items = EngineAccess::Core(engine).store().items(); items != nullptr) {
    progress_.emplace(*items, running);
  }
}

absl::Status Upkeep::Start() { return thread_.Start(absl::ZeroDuration()); }

absl::Duration Upkeep::Turn() {
  const std::string owner_id = EngineAccess::Core(engine_).owner_id();
  if (owner_id != published_owner_id_) {
    if (absl::Status status = Publish(owner_id); status.ok()) {
      published_owner_id_ = owner_id;
      next_permits_ = absl::InfinitePast();
    } else {
      Complain("this worker cannot be registered", status);
      return absl::Seconds(1);
    }
  }
  GiveBackOld();
  const absl::Time now = SteadyTime();
  if (now >= next_permits_ ||
      (now >= permits_leased_at_ + kPermitsWanted && buffer_.is_held_up())) {
    permits_leased_at_ = now;
    LeasePermits(owner_id);
  }
  if (now >= next_cancel_requests_ && buffer_.running() + buffer_.waiting() > 0) {
    next_cancel_requests_ = now + Jittered(kCancelRequestsInterval);
    absl::StatusOr<std::vector<std::string>> requests = jobs_.CancelRequests(owner_id);
    if (requests.ok()) {
      for (const std::string& job_id : *requests) Cancel(job_id);
    } else {
      Complain("requests to cancel cannot be read", requests.status());
    }
  }
  if (progress_.has_value()) {
    if (absl::Status status = progress_->Publish(owner_id, now); !status.ok()) {
      Complain("how far jobs are cannot be told", status);
    }
  }
  absl::Time next_look = absl::InfiniteFuture();
  if (is_to_look_.load()) {
    next_look = looked_at_ + kBetweenLooks;
    if (now >= next_look) {
      is_to_look_.store(false);
      looked_at_ = now;
      next_look = absl::InfiniteFuture();
      Look();
    }
  }
  if (now >= next_due_) {
    next_due_ = absl::InfiniteFuture();
    next_maintain_ = now;
  }
  if (now >= next_maintain_) {
    next_maintain_ = now + Maintain(owner_id);
  }
  return std::clamp(std::min({next_due_, next_maintain_, next_look}) - SteadyTime(),
                    absl::ZeroDuration(), kTurn);
}

void Upkeep::Look() {
  absl::StatusOr<NextDue> due = jobs_.FindNextDue();
  if (!due.ok()) {
    Complain("what is due next cannot be read", due.status());
    return;
  }
  next_due_ =
      std::min(next_due_, due->has_due_schedules ? SteadyTime() : SteadyTime() + due->next_due);
}

absl::Status Upkeep::Publish(const std::string& owner_id) {
  WorkerRecord worker;
  worker.owner_id = owner_id;
  worker.threads = options_.threads;
  for (const WeightedQueue& queue : options_.queues) {
    worker.queues.emplace_back(queue.name, queue.weight);
  }
  for (const Graph& graph : graphs_) {
    const std::string& name = GraphAccess::Core(graph).name();
    worker.graphs.push_back(name);
    absl::Status status =
        jobs_.PublishGraph({.graph = name,
                            .fingerprint = graph.fingerprint(),
                            .description = graph.Describe().SerializeAsString(),
                            .descriptors = DescriptorsOf(graph).SerializeAsString()});
    if (!status.ok()) return status;
  }
  return jobs_.PublishWorker(worker);
}

void Upkeep::LeasePermits(const std::string& owner_id) {
  // Held until the answer: where there is none, too, as the store may have dealt out the rest.
  const std::vector<JobBuffer::QueueCounts> counts = buffer_.HoldPermits();
  std::vector<PermitDemand> demands;
  bool is_active = false;
  for (size_t i = 0; i < counts.size(); ++i) {
    // Where jobs wait for permits there are more of them in the store.
    const int factor = counts[i].waiting > counts[i].free_permits() ? 2 : 1;
    const int at_once =
        std::min(factor * (counts[i].waiting + counts[i].running), options_.threads);
    is_active |= at_once > 0;
    // One more than it has a use for: so that the first job need not wait for the next round.
    demands.push_back({.queue = options_.queues[i].name,
                       .wanted = std::max({at_once, counts[i].running, 1}),
                       .in_use = counts[i].running});
  }
  absl::StatusOr<std::vector<int>> granted = jobs_.LeasePermits(owner_id, demands);
  if (!granted.ok()) {
    Complain("permits of queues cannot be leased", granted.status());
    next_permits_ = permits_leased_at_ + kPermitsWanted;
    return;
  }
  buffer_.SetPermits(*granted);
  next_permits_ =
      permits_leased_at_ + Jittered(is_active ? kPermitsInterval : 5 * kPermitsInterval);
}

void Upkeep::Cancel(std::string_view job_id) {
  if (running_.Cancel(job_id)) return;
  std::optional<FetchedJob> waiting = buffer_.Remove(job_id);
  if (!waiting.has_value()) return;
  std::vector<EndedJob> ends;
  ends.push_back({.end = {.job_id = std::move(waiting->job.job_id),
                          .term = waiting->job.term,
                          .outcome = JobOutcome::kCancelled,
                          .error_code = static_cast<int>(absl::StatusCode::kCancelled),
                          .error = "it was cancelled before it was run"},
                  .owner_id = std::move(waiting->owner_id)});
  completer_.Add(std::move(ends));
}

absl::Duration Upkeep::Maintain(const std::string& owner_id) {
  MaintainOptions options = options_.maintain;
  // After the store was away the leases of all workers have run out, and none of them is dead.
  const bool is_steady = EngineAccess::Core(engine_).lease().is_steady();
  options.lapsed_are_dead &= is_steady;
  absl::StatusOr<MaintainResult> done = jobs_.Maintain(options);
  if (!done.ok()) {
    Complain("upkeep failed, and is tried again", done.status());
    return Jittered(kMaintainInterval);
  }
  if (!done->hindrance.empty() && SteadyTime() >= next_hindrance_) {
    next_hindrance_ = SteadyTime() + kHindranceInterval;
    logger_.Log(LogLevel::kWarning, done->hindrance);
  }
  if (done->set_aside > 0) {
    logger_.Log(LogLevel::kError,
                fmt::format("{} jobs were set aside as failed: their workers died again and again",
                            done->set_aside));
  }
  if (done->returned > 0) {
    logger_.Log(LogLevel::kInfo,
                fmt::format("{} jobs of workers that died are queued again", done->returned));
  }
  if (done->promoted > 0 || done->returned > 0) fetcher_.Wake();
  next_due_ = SteadyTime() + done->next_due;
  if (done->has_due_schedules && firer_.has_value()) {
    absl::StatusOr<ScheduleFirer::Round> round = firer_->Fire(owner_id);
    if (!round.ok()) {
      Complain("schedules cannot be fired, which is tried again", round.status());
      return Jittered(kUnsteadyMaintainInterval);
    }
    if (round->has_fired) fetcher_.Wake();
    // What is due next is known only now. Where nothing was done others are at it.
    others_fire_for_ = round->has_done
                           ? absl::ZeroDuration()
                           : std::clamp(2 * others_fire_for_, kWhileOthersFire, absl::Seconds(1));
    next_due_ = std::min(next_due_, SteadyTime() + others_fire_for_);
  }
  if (done->more) return absl::ZeroDuration();
  return is_steady ? Jittered(kMaintainInterval) : kUnsteadyMaintainInterval;
}

void Upkeep::LookForDue() {
  is_to_look_.store(true);
  thread_.Wake();
}

void Upkeep::GiveBackOld() {
  std::vector<EndedJob> ends;
  for (FetchedJob& old :
       buffer_.TakeOlderThan(absl::ToChronoNanoseconds(options_.longest_prefetch))) {
    ends.push_back({.end = {.job_id = std::move(old.job.job_id),
                            .term = old.job.term,
                            .outcome = JobOutcome::kGiveBack,
                            .was_begun = false},
                    .owner_id = std::move(old.owner_id)});
  }
  completer_.Add(std::move(ends));
}

void Upkeep::Complain(const char* what, const absl::Status& status) {
  logger_.Log(LogLevel::kWarning, fmt::format("{}: {}", what, std::string(status.message())));
}

}  // namespace protograph::internal
