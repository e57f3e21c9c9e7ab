// Many threads at one store: each job is done once, and nothing is lost.

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_contract.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kMostTurns = 20'000;

TEST_P(JobConcurrencyContract, EachJobIsHandedToOne) {
  constexpr size_t kJobs = 1000;
  SubmitAll(NewJobs(kJobs));
  std::vector<std::string> owners;
  for (int i = 0; i < kThreads; ++i) owners.push_back(NewOwner());
  std::mutex mutex;
  std::set<std::string> ids;
  std::set<std::string> twice;
  std::atomic<size_t> handed_out{0};
  InThreads([&](int i) {
    const std::string& owner_id = owners[static_cast<size_t>(i)];
    // Others may have in their hands what is there just now, and give it back.
    for (int turn = 0; turn < kMostTurns && handed_out < kJobs; ++turn) {
      const std::vector<ClaimedJob> claimed = Claim(7, owner_id);
      std::vector<JobEnd> ends;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        for (const ClaimedJob& job : claimed) {
          if (!ids.insert(job.job_id).second) twice.insert(job.job_id);
          ends.push_back(Succeed(job, owner_id));
        }
      }
      handed_out += claimed.size();
      EXPECT_THAT(Finish(owner_id, ends), IsEmpty());
    }
  });
  EXPECT_THAT(ids, SizeIs(kJobs));
  EXPECT_THAT(twice, IsEmpty());
  EXPECT_THAT(Queue(), Counts({.succeeded = kJobs}));
}

TEST_P(JobConcurrencyContract, OfManyWithOneUniqueKeyOneIsNew) {
  constexpr int kKeys = 20;
  std::mutex mutex;
  std::map<std::string, std::set<std::string>> answers;
  std::atomic<int> is_new{0};
  InThreads([&](int) {
    std::vector<JobSubmission> submissions = NewJobs(kKeys);
    for (int key = 0; key < kKeys; ++key) {
      submissions[static_cast<size_t>(key)].unique_key = fmt::format("film {}", key);
    }
    const std::vector<SubmittedJob> submitted = SubmitAll(submissions);
    const std::lock_guard<std::mutex> lock(mutex);
    for (size_t i = 0; i < submitted.size(); ++i) {
      answers[submissions[i].unique_key].insert(submitted[i].job_id);
      is_new += submitted[i].is_new ? 1 : 0;
    }
  });
  EXPECT_EQ(is_new, kKeys);
  EXPECT_THAT(answers, SizeIs(kKeys));
  for (const auto& [key, ids] : answers) EXPECT_THAT(ids, SizeIs(1)) << key;
  EXPECT_THAT(Queue(), Counts({.queued = kKeys}));
}

TEST_P(JobConcurrencyContract, OneSubmissionRepeatedByManyIsOne) {
  const std::vector<JobSubmission> submissions = NewJobs(20);
  InThreads([&](int) {
    const std::vector<SubmittedJob> submitted = SubmitAll(submissions);
    ASSERT_EQ(submitted.size(), submissions.size());
    for (size_t i = 0; i < submitted.size(); ++i) {
      EXPECT_EQ(submitted[i].job_id, submissions[i].job_id);
    }
  });
  EXPECT_THAT(Queue(), Counts({.queued = 20}));
}

TEST_P(JobConcurrencyContract, TheLimitOfAKeyHolds) {
  constexpr int kLimit = 2;
  constexpr int kJobs = 120;
  const std::vector<std::string> keys = {"one", "two", "three"};
  Configure({.key_limit = kLimit});
  std::vector<JobSubmission> submissions = NewJobs(kJobs);
  std::map<std::string, std::string> key_of;
  std::map<std::string, std::atomic<int>> running;
  for (size_t i = 0; i < submissions.size(); ++i) {
    submissions[i].concurrency_key = keys[i % keys.size()];
    key_of[submissions[i].job_id] = submissions[i].concurrency_key;
    running[submissions[i].concurrency_key] = 0;
  }
  SubmitAll(submissions);
  std::atomic<int> done{0};
  std::atomic<int> most{0};
  InThreads([&](int i) {
    for (int turn = 0; turn < kMostTurns && done < kJobs; ++turn) {
      if (i == 0) Maintain(KeepFinished());
      std::vector<JobEnd> ends;
      const std::vector<ClaimedJob> claimed = Claim(3);
      for (const ClaimedJob& job : claimed) {
        const int now = ++running.at(key_of.at(job.job_id));
        int before = most;
        while (before < now && !most.compare_exchange_weak(before, now)) {
        }
        ends.push_back(Succeed(job));
      }
      for (const ClaimedJob& job : claimed) --running.at(key_of.at(job.job_id));
      EXPECT_THAT(Finish(ends), IsEmpty());
      done += static_cast<int>(claimed.size());
    }
  });
  EXPECT_LE(most, kLimit);
  EXPECT_EQ(done, kJobs);
  EXPECT_THAT(Queue(), Counts({.succeeded = kJobs}));
}

TEST_P(JobConcurrencyContract, NothingIsLostAmongEverythingThatMayHappen) {
  constexpr int kRounds = 25;
  constexpr int kPerRound = 4;
  std::vector<std::string> owners;
  for (int i = 0; i < kThreads; ++i) owners.push_back(NewOwner());
  std::atomic<int> submitted{0};
  InThreads([&](int i) {
    const std::string& owner_id = owners[static_cast<size_t>(i)];
    for (int round = 0; round < kRounds; ++round) {
      std::vector<std::string> ids;
      for (const SubmittedJob& job : SubmitAll(NewJobs(kPerRound))) ids.push_back(job.job_id);
      submitted += static_cast<int>(ids.size());
      const std::vector<ClaimedJob> claimed = Claim(kPerRound, owner_id);
      if (round % 3 == 0) {
        EXPECT_TRUE(jobs().Cancel(ids[0]).ok());
      }
      std::vector<JobEnd> ends;
      for (size_t k = 0; k < claimed.size(); ++k) {
        switch ((static_cast<size_t>(round) + k) % 4) {
          case 0:
            ends.push_back(Succeed(claimed[k]));
            break;
          case 1:
            ends.push_back(Fail(claimed[k]));
            break;
          case 2:
            ends.push_back(GiveBack(claimed[k]));
            break;
          default:
            ends.push_back(TryAgain(claimed[k], absl::ZeroDuration()));
            break;
        }
      }
      EXPECT_THAT(Finish(owner_id, ends), IsEmpty());
      if (round % 5 == i % 5) Maintain(KeepFinished());
    }
  });
  // What waits still is done by one.
  for (int turn = 0; turn < kMostTurns; ++turn) {
    const std::vector<ClaimedJob> claimed = MaintainAndClaim(100);
    if (claimed.empty()) break;
    std::vector<JobEnd> ends;
    for (const ClaimedJob& job : claimed) ends.push_back(Succeed(job));
    EXPECT_THAT(Finish(ends), IsEmpty());
  }
  const QueueRecord queue = Queue();
  EXPECT_EQ(queue.scheduled, 0);
  EXPECT_EQ(queue.queued, 0);
  EXPECT_EQ(queue.running, 0);
  EXPECT_EQ(queue.succeeded + queue.failed + queue.cancelled, submitted);
  EXPECT_THAT(List({}, "", 10'000), SizeIs(static_cast<size_t>(submitted.load())));
}

TEST_P(JobConcurrencyContract, TheDeadAreBuriedOnce) {
  const std::string dead = NewOwner();
  SubmitAll(NewJobs(100));
  EXPECT_THAT(Claim(100, dead), SizeIs(100));
  ASSERT_TRUE(store().DeclareDead(dead).ok());
  std::atomic<int64_t> returned{0};
  InThreads([&](int) {
    MaintainOptions options = KeepFinished();
    options.batch = 10;
    for (int turn = 0; turn < 20; ++turn) returned += Maintain(options).returned;
  });
  returned += Maintain().returned;
  EXPECT_EQ(returned, 100);
  EXPECT_THAT(Queue(), Counts({.queued = 100}));
  EXPECT_THAT(Claim(), SizeIs(100));
}

}  // namespace
}  // namespace protograph
