#ifndef PROTOGRAPH_TESTS_CONTRACT_JOB_CONTRACT_H_
#define PROTOGRAPH_TESTS_CONTRACT_JOB_CONTRACT_H_

// What any JobStore must do (see protograph/store/job_store.h), as tests. Used as the contract of
// stores is, see store_contract.h:
//
//   PROTOGRAPH_JOB_CONTRACT(Memory, [] { return std::make_unique<MemoryStoreUnderTest>(); });
//
// What a store may leave to Maintain is looked at after a call of it.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/store/job_store.h"
#include "protograph/testing/matchers.h"
#include "store_contract.h"

namespace protograph {

inline constexpr int kMostCalls = 100;

// Repeats what is not available, as a caller does.
template <class Call>
auto Patiently(Call call) {
  auto result = call();
  for (int i = 1; i < kMostCalls && absl::IsUnavailable(result.status()); ++i) result = call();
  EXPECT_THAT(result, testing::IsOk());
  return result.ok() ? *std::move(result) : typename decltype(result)::value_type();
}

// What a worker would have that has claimed this job.
ClaimedJob ClaimOf(const std::string& job_id, int64_t term);

// How a claimed job ends.
JobEnd Succeed(const ClaimedJob& job, std::string result = "done");
JobEnd Fail(const ClaimedJob& job, std::string error = "it is broken");
JobEnd TryAgain(const ClaimedJob& job, absl::Duration wait);
JobEnd PutOff(const ClaimedJob& job, absl::Duration wait);
JobEnd EndCancelled(const ClaimedJob& job);
JobEnd GiveBack(const ClaimedJob& job);

std::vector<std::string> IdsOf(const std::vector<ClaimedJob>& jobs);
std::vector<std::string> IdsOf(const std::vector<JobRecord>& jobs);

// JSON objects that are equal, however they are written.
::testing::Matcher<const std::string&> EqualsJson(const std::string& expected);

// This time, or some seconds beside it: for times that a store may read more than once.
::testing::Matcher<absl::Time> About(absl::Time expected);

// How many jobs of a queue are in each state.
struct QueueCounts {
  int64_t scheduled = 0;
  int64_t queued = 0;
  int64_t running = 0;
  int64_t succeeded = 0;
  int64_t failed = 0;
  int64_t cancelled = 0;
};
::testing::Matcher<const QueueRecord&> Counts(const QueueCounts& expected);

class JobContract : public StoreContract {
 protected:
  JobStore& jobs() { return *store().jobs(); }

  // A UUIDv7 that is greater than all that were returned before.
  static std::string NewJobId();
  // One that can be submitted.
  static JobSubmission NewJob(const std::string& queue = std::string(kDefaultQueue));
  static std::vector<JobSubmission> NewJobs(int count,
                                            const std::string& queue = std::string(kDefaultQueue));

  // Submits it; returns the id that the store answers.
  std::string Submit(const JobSubmission& job);
  std::vector<SubmittedJob> SubmitAll(const std::vector<JobSubmission>& submissions);
  // A job that nothing is said of.
  std::string SubmitOne(const std::string& queue = std::string(kDefaultQueue)) {
    return Submit(NewJob(queue));
  }
  // The store's time: when a job of another queue was submitted just now.
  absl::Time Now();

  // For owner(), of the queue "default", unless another is named.
  std::vector<ClaimedJob> Claim(int limit = 100) { return Claim(limit, owner()); }
  std::vector<ClaimedJob> Claim(int limit, const std::string& owner_id,
                                const std::string& queue = std::string(kDefaultQueue));
  // The next one: there must be one.
  ClaimedJob ClaimOne() { return ClaimOne(owner()); }
  ClaimedJob ClaimOne(const std::string& owner_id,
                      const std::string& queue = std::string(kDefaultQueue));
  // The same after Maintain: where a job could go that other ones blocked before.
  std::vector<ClaimedJob> MaintainAndClaim(int limit = 100) {
    return MaintainAndClaim(limit, owner());
  }
  std::vector<ClaimedJob> MaintainAndClaim(int limit, const std::string& owner_id);

  // Returns what was refused.
  std::vector<std::string> Finish(const std::vector<JobEnd>& ends) { return Finish(owner(), ends); }
  std::vector<std::string> Finish(const std::string& owner_id, const std::vector<JobEnd>& ends);
  std::vector<std::string> MarkStarted(const std::string& owner_id, const ClaimedJob& job);
  std::vector<std::string> CancelRequests(const std::string& owner_id);

  JobContents Contents(const std::string& job_id);
  JobRecord Get(const std::string& job_id) { return Contents(job_id).record; }
  JobState StateOf(const std::string& job_id) { return Get(job_id).state; }
  std::vector<JobRecord> List(const JobFilter& filter = {}, const std::string& after = "",
                              int limit = 100);

  // Keeps what has finished.
  static MaintainOptions KeepFinished() { return {.keep_succeeded = kLong, .keep_failed = kLong}; }
  MaintainResult Maintain(const MaintainOptions& options);
  // As long as there may be more; the sum of what was done.
  MaintainResult Maintain();
  // After Maintain.
  QueueRecord Queue(const std::string& queue = std::string(kDefaultQueue));
  void Configure(const QueueSettings& settings) { Configure(std::string(kDefaultQueue), settings); }
  void Configure(const std::string& queue, const QueueSettings& settings);

  // The owner is dead, and whoever looks after dead owners' jobs has done so.
  void Bury(const std::string& owner_id);
};

class JobSubmissionContract : public JobContract {};
class JobClaimContract : public JobContract {};
class JobEndContract : public JobContract {};
class JobOwnerContract : public JobContract {};
class JobCancelContract : public JobContract {};
class JobChangeContract : public JobContract {};
class JobUniqueContract : public JobContract {};
class JobKeyContract : public JobContract {};
class JobPermitContract : public JobContract {};
class JobListContract : public JobContract {};
class JobQueueContract : public JobContract {};
class JobWorkerContract : public JobContract {};
class JobEventContract : public JobContract {};
class JobConcurrencyContract : public JobContract {};

// The second argument returns a std::unique_ptr<StoreUnderTest> whose store keeps jobs.
#define PROTOGRAPH_JOB_CONTRACT(name, ...)                                   \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobSubmissionContract, __VA_ARGS__); \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobClaimContract, __VA_ARGS__);      \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobEndContract, __VA_ARGS__);        \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobOwnerContract, __VA_ARGS__);      \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobCancelContract, __VA_ARGS__);     \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobChangeContract, __VA_ARGS__);     \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobUniqueContract, __VA_ARGS__);     \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobKeyContract, __VA_ARGS__);        \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobPermitContract, __VA_ARGS__);     \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobListContract, __VA_ARGS__);       \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobQueueContract, __VA_ARGS__);      \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobWorkerContract, __VA_ARGS__);     \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobEventContract, __VA_ARGS__);      \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, JobConcurrencyContract, __VA_ARGS__)

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_CONTRACT_JOB_CONTRACT_H_
