#include "jobs/fetcher.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "durability/engine_access.h"
#include "fmt/format.h"
#include "protograph/random_source.h"

namespace protograph::internal {
namespace {

constexpr absl::Duration kFirstBackoff = absl::Milliseconds(100);
constexpr absl::Duration kLongestBackoff = absl::Seconds(5);
// A fetch brings what is run in this time at least: a statement costs the same for one job as for
// many.
constexpr double kFetchAheadSeconds = 0.02;
constexpr int kMostInOneStatement = 2000;
// After claims that have found nothing, before the last one for some time.
constexpr absl::Duration kLastLook = absl::Milliseconds(100);

double SecondsBetween(JobBuffer::Clock::time_point begin, JobBuffer::Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

double Smoothed(double before, double now) { return before == 0 ? now : (before + now) / 2; }

}  // namespace

Fetcher::Fetcher(Engine& engine, JobStore& jobs, JobBuffer& buffer, const WorkerOptions& options,
                 Logger& logger)
    : engine_(engine),
      jobs_(jobs),
      buffer_(buffer),
      options_(options),
      logger_(logger),
      backoff_(kFirstBackoff),
      thread_("ptg-fetcher", [this] { return Turn(); }) {}

absl::Status Fetcher::Start() { return thread_.Start(absl::ZeroDuration()); }

std::vector<FetchedJob> Fetcher::Stop() {
  std::vector<FetchedJob> left = buffer_.Close();
  thread_.Stop();
  // What a claim that was under way has brought.
  std::vector<FetchedJob> late = buffer_.Close();
  std::move(late.begin(), late.end(), std::back_inserter(left));
  return left;
}

int Fetcher::Ahead() {
  return static_cast<int>(
      std::ceil(taken_per_second_ * std::max(kFetchAheadSeconds, 3 * claim_seconds_)));
}

int Fetcher::Target() {
  if (options_.prefetch > 0) return options_.prefetch;
  // Short jobs: one more for each thread, and what is run while the next ones are fetched. Jobs
  // that take seconds are better left to a worker that can run them.
  const bool are_long = last_claim_at_ != JobBuffer::Clock::time_point{} &&
                        taken_per_second_ < options_.threads && buffer_.idle() == 0;
  return std::min(Ahead() + (are_long ? 1 : options_.threads), 4 * kMostInOneStatement);
}

std::vector<QueueDemand> Fetcher::Demands(int room) {
  // Each queue has its weight's share of the buffer. The shares of queues that are not dry add up
  // to the whole; a dry one is asked for what would be its share, on top, as it brings nothing most
  // of the time. A queue of which this worker may run nothing is left to those who may, and what
  // waits for its permits is in no other queue's way.
  const std::vector<JobBuffer::QueueCounts> counts = buffer_.counts();
  const size_t count = counts.size();
  is_dry_.resize(count);
  asked_.assign(count, 0);
  is_one_full_ = false;
  std::vector<int> most_of(count, 0);
  double whole = room;
  double weights = 0;
  for (size_t i = 0; i < count; ++i) {
    if (counts[i].permits == 0) continue;
    most_of[i] =
        counts[i].permits == kNoPermitLimit
            ? room
            : counts[i].free_permits() + std::clamp(Ahead(), 1, Target()) - counts[i].waiting;
    is_one_full_ |= most_of[i] <= 0;
    if (most_of[i] <= 0 || is_dry_[i]) continue;
    whole += counts[i].ready();
    weights += options_.queues[i].weight;
  }
  const double most = std::min(1.0, static_cast<double>(kMostInOneStatement) / room);
  std::vector<QueueDemand> demands;
  for (size_t i = 0; i < count; ++i) {
    if (most_of[i] <= 0) continue;
    const double weight = options_.queues[i].weight;
    const double share = whole * weight / (weights + (is_dry_[i] ? weight : 0));
    const int limit =
        std::min(static_cast<int>(std::ceil((share - counts[i].ready()) * most)), most_of[i]);
    if (limit <= 0) continue;
    asked_[i] = limit;
    demands.push_back({.queue = options_.queues[i].name, .limit = limit});
  }
  return demands;
}

absl::Duration Fetcher::Turn() {
  const int target = Target();
  // Once more before it sleeps: whoever was committing a job when it asked had looked for sleepers
  // before it was one.
  const absl::Duration idle =
      empty_claims_ == 2 ? std::min(kLastLook, options_.poll_interval)
                         : options_.poll_interval * (0.5 + UniformDouble(RandomSource::System()));
  const auto idle_until = JobBuffer::Clock::now() + absl::ToChronoNanoseconds(idle);
  // Where the last claims have found nothing, only a wake-up or the poll are worth another; before
  // that the first has noted that this worker is to be woken, and the second that nothing came
  // meanwhile. A queue that was full, and so was not asked, is asked again once half of what it has
  // is gone.
  const bool sleeps = empty_claims_ >= 2;
  if (sleeps) {
    const int low = is_one_full_ ? (buffer_.waiting() + 1) / 2 : 0;
    if (buffer_.WaitForRoom(0, low, idle_until)) empty_claims_ = 0;
  } else {
    buffer_.WaitForRoom(std::max(target / 2, 1), 0, idle_until);
  }
  // Nothing is claimed only to be given back.
  if (buffer_.is_closed()) return absl::InfiniteDuration();

  const auto began = JobBuffer::Clock::now();
  const int waiting = buffer_.waiting();
  if (last_claim_at_ != JobBuffer::Clock::time_point{} && waiting_after_claim_ > 0) {
    const double seconds = std::max(SecondsBetween(last_claim_at_, began), 1e-4);
    taken_per_second_ = Smoothed(taken_per_second_, (waiting_after_claim_ - waiting) / seconds);
  }
  const int room = Target() + buffer_.idle() - buffer_.ready();
  if (room <= 0) return absl::ZeroDuration();
  const std::string owner_id = EngineAccess::Core(engine_).owner_id();
  if (owner_id != last_owner_id_) {
    last_owner_id_ = owner_id;
    recovers_ = false;
  }
  const std::vector<QueueDemand> demands = Demands(room);
  if (demands.empty()) {
    // There is no permit, or none is free: the first one wakes it.
    ++empty_claims_;
    return absl::ZeroDuration();
  }
  absl::StatusOr<std::vector<ClaimedJob>> claimed = jobs_.Claim({.owner_id = owner_id,
                                                                 .queues = demands,
                                                                 .wake_if_empty = true,
                                                                 .recovers = recovers_,
                                                                 .last_term = last_term_});
  if (!claimed.ok()) {
    recovers_ = true;
    logger_.Log(LogLevel::kWarning, fmt::format("no jobs can be claimed, which is tried again: {}",
                                                std::string(claimed.status().message())));
    const absl::Duration wait = backoff_ * (0.5 + 0.5 * UniformDouble(RandomSource::System()));
    backoff_ = std::min(2 * backoff_, kLongestBackoff);
    return wait;
  }
  backoff_ = kFirstBackoff;
  recovers_ = false;
  if (claimed->empty()) {
    if (++empty_claims_ == 2 && on_sleep_) on_sleep_();
  } else {
    empty_claims_ = 0;
    claim_seconds_ = Smoothed(claim_seconds_, SecondsBetween(began, JobBuffer::Clock::now()));
  }
  const int count = static_cast<int>(claimed->size());
  Receive(*std::move(claimed), owner_id);
  // Not the time of its end: jobs were taken while it went on, and idle threads have taken theirs.
  last_claim_at_ = began;
  waiting_after_claim_ = waiting + count;
  return absl::ZeroDuration();
}

void Fetcher::Receive(std::vector<ClaimedJob> claimed, const std::string& owner_id) {
  const auto now = JobBuffer::Clock::now();
  std::vector<FetchedJob> fetched;
  fetched.reserve(claimed.size());
  for (ClaimedJob& job : claimed) {
    last_term_ = std::max(last_term_, job.term);
    size_t queue = 0;
    while (queue + 1 < options_.queues.size() && options_.queues[queue].name != job.queue) ++queue;
    fetched.push_back(
        {.job = std::move(job), .owner_id = owner_id, .queue = queue, .fetched_at = now});
  }
  std::vector<int> brought(asked_.size());
  for (const FetchedJob& job : fetched) ++brought[job.queue];
  for (size_t i = 0; i < brought.size(); ++i) {
    if (asked_[i] > 0) is_dry_[i] = brought[i] < asked_[i];
  }
  buffer_.Add(std::move(fetched));
}

}  // namespace protograph::internal
