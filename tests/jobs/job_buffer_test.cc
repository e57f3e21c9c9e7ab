#include "jobs/job_buffer.h"

#include <chrono>
#include <map>
#include <thread>
#include <tuple>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace protograph::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kEver = std::chrono::hours(1);

class JobBufferTest : public ::testing::Test {
 protected:
  static FetchedJob Job(const std::string& id, size_t queue = 0,
                        JobBuffer::Clock::time_point fetched_at = JobBuffer::Clock::now()) {
    FetchedJob fetched;
    fetched.job.job_id = id;
    fetched.queue = queue;
    fetched.fetched_at = fetched_at;
    return fetched;
  }
  static std::vector<FetchedJob> Jobs(int count, size_t queue = 0) {
    std::vector<FetchedJob> jobs;
    for (int i = 0; i < count; ++i) jobs.push_back(Job(std::to_string(i), queue));
    return jobs;
  }
  static std::vector<std::string> IdsOf(const std::vector<FetchedJob>& jobs) {
    std::vector<std::string> ids;
    for (const FetchedJob& job : jobs) ids.push_back(job.job.job_id);
    return ids;
  }
  static void AllowAll(JobBuffer& buffer, size_t queues = 1) {
    buffer.SetPermits(std::vector<int>(queues, kNoPermitLimit));
  }
  // There must be one.
  static std::string Take(JobBuffer& buffer) {
    std::optional<FetchedJob> job = buffer.Take();
    return job.has_value() ? job->job.job_id : "none";
  }
  static std::vector<WeightedQueue> Queues(const std::vector<int>& weights) {
    std::vector<WeightedQueue> queues;
    for (int weight : weights) {
      queues.push_back({.name = std::to_string(queues.size()), .weight = weight});
    }
    return queues;
  }
};

TEST_F(JobBufferTest, JobsOfAQueueGoInTheirOrder) {
  JobBuffer buffer(Queues({1}));
  AllowAll(buffer);
  buffer.Add(Jobs(3));
  EXPECT_EQ(buffer.waiting(), 3);
  EXPECT_EQ(Take(buffer), "0");
  EXPECT_EQ(Take(buffer), "1");
  EXPECT_EQ(buffer.waiting(), 1);
  EXPECT_EQ(buffer.running(), 2);
  buffer.Done(0);
  EXPECT_EQ(buffer.running(), 1);
  EXPECT_EQ(Take(buffer), "2");
}

TEST_F(JobBufferTest, WhoTakesWaitsForAJob) {
  JobBuffer buffer(Queues({1}));
  AllowAll(buffer);
  std::string taken;
  std::thread taker([&] { taken = Take(buffer); });
  while (buffer.idle() == 0) std::this_thread::yield();
  buffer.Add(Jobs(1));
  taker.join();
  EXPECT_EQ(taken, "0");
  EXPECT_EQ(buffer.idle(), 0);
}

TEST_F(JobBufferTest, ClosedItGivesNothingAndReturnsWhatIsLeft) {
  JobBuffer buffer(Queues({1, 1}));
  AllowAll(buffer, 2);
  std::vector<std::thread> takers;
  for (int i = 0; i < 3; ++i) {
    takers.emplace_back([&] { EXPECT_EQ(Take(buffer), "none"); });
  }
  while (buffer.idle() < 3) std::this_thread::yield();
  EXPECT_THAT(buffer.Close(), IsEmpty());
  for (std::thread& taker : takers) taker.join();
  // A claim that was under way may still bring some.
  buffer.Add(Jobs(2, 1));
  EXPECT_EQ(Take(buffer), "none");
  EXPECT_THAT(IdsOf(buffer.Close()), ElementsAre("0", "1"));
  EXPECT_EQ(buffer.waiting(), 0);
}

TEST_F(JobBufferTest, SharesAreAsTheWeights) {
  JobBuffer buffer(Queues({1, 2, 3, 4}));
  AllowAll(buffer, 4);
  for (size_t queue = 0; queue < 4; ++queue) buffer.Add(Jobs(1000, queue));
  std::map<size_t, int> taken;
  for (int i = 0; i < 1000; ++i) ++taken[buffer.Take()->queue];
  EXPECT_THAT(taken, ElementsAre(std::pair(0, 100), std::pair(1, 200), std::pair(2, 300),
                                 std::pair(3, 400)));
}

TEST_F(JobBufferTest, AQueueThatHadNothingHasSavedNothingUp) {
  JobBuffer buffer(Queues({1, 1}));
  AllowAll(buffer, 2);
  buffer.Add(Jobs(1000, 0));
  for (int i = 0; i < 500; ++i) EXPECT_EQ(buffer.Take()->queue, 0);
  buffer.Add(Jobs(1000, 1));
  std::map<size_t, int> taken;
  for (int i = 0; i < 100; ++i) ++taken[buffer.Take()->queue];
  EXPECT_THAT(taken, ElementsAre(std::pair(0, 50), std::pair(1, 50)));
}

// ---- Permits ----

TEST_F(JobBufferTest, WithoutPermitsNothingBegins) {
  JobBuffer buffer(Queues({1, 1}));
  buffer.Add(Jobs(5, 0));
  std::string taken;
  std::thread taker([&] { taken = Take(buffer); });
  while (!buffer.is_held_up()) std::this_thread::yield();
  EXPECT_EQ(buffer.waiting(), 5);
  buffer.SetPermits({0, 7});
  EXPECT_TRUE(buffer.is_held_up());
  buffer.SetPermits({1, 7});
  taker.join();
  EXPECT_EQ(taken, "0");
  EXPECT_FALSE(buffer.is_held_up());
}

TEST_F(JobBufferTest, NoMoreRunThanThereArePermits) {
  JobBuffer buffer(Queues({100, 1}));
  buffer.SetPermits({2, kNoPermitLimit});
  buffer.Add(Jobs(10, 0));
  buffer.Add(Jobs(10, 1));
  std::map<size_t, int> taken;
  for (int i = 0; i < 6; ++i) ++taken[buffer.Take()->queue];
  EXPECT_THAT(taken, ElementsAre(std::pair(0, 2), std::pair(1, 4)));
  // Which is free once one of them has ended.
  buffer.Done(0);
  EXPECT_EQ(buffer.Take()->queue, 0);
  const std::vector<JobBuffer::QueueCounts> counts = buffer.counts();
  EXPECT_EQ(counts[0].running, 2);
  EXPECT_EQ(counts[0].waiting, 7);
  EXPECT_EQ(counts[0].permits, 2);
  EXPECT_EQ(counts[1].permits, kNoPermitLimit);
}

TEST_F(JobBufferTest, APermitThatIsFreedGoesToWhoWaitsForIt) {
  JobBuffer buffer(Queues({1}));
  buffer.SetPermits({1});
  buffer.Add(Jobs(2));
  EXPECT_EQ(Take(buffer), "0");
  std::string taken;
  std::thread taker([&] { taken = Take(buffer); });
  while (!buffer.is_held_up()) std::this_thread::yield();
  buffer.Done(0);
  taker.join();
  EXPECT_EQ(taken, "1");
}

TEST_F(JobBufferTest, PermitsThatAreHeldAreNotUsedUntilOthersCome) {
  JobBuffer buffer(Queues({1, 1}));
  buffer.SetPermits({3, kNoPermitLimit});
  buffer.Add(Jobs(5, 0));
  buffer.Add(Jobs(5, 1));
  EXPECT_EQ(buffer.Take()->queue, 0);
  const std::vector<JobBuffer::QueueCounts> counts = buffer.HoldPermits();
  EXPECT_EQ(counts[0].running, 1);
  EXPECT_EQ(counts[0].waiting, 4);
  // Those of queues without a limit go on.
  for (int i = 0; i < 5; ++i) EXPECT_EQ(buffer.Take()->queue, 1);
  // What ends meanwhile makes room for another one: no more are in use than was said.
  buffer.Done(0);
  std::string taken;
  std::thread taker([&] { taken = Take(buffer); });
  taker.join();
  EXPECT_EQ(taken, "1");
  std::thread waits([&] { taken = Take(buffer); });
  while (!buffer.is_held_up()) std::this_thread::yield();
  EXPECT_EQ(buffer.counts()[0].running, 1);
  buffer.SetPermits({2, kNoPermitLimit});
  waits.join();
  EXPECT_EQ(taken, "2");
}

TEST_F(JobBufferTest, FewerPermitsThanAreInUseStopNobody) {
  JobBuffer buffer(Queues({1}));
  buffer.SetPermits({3});
  buffer.Add(Jobs(5));
  for (int i = 0; i < 3; ++i) Take(buffer);
  buffer.SetPermits({1});
  buffer.Done(0);
  buffer.Done(0);
  std::string taken;
  std::thread taker([&] { taken = Take(buffer); });
  while (!buffer.is_held_up()) std::this_thread::yield();
  buffer.Done(0);
  taker.join();
  EXPECT_EQ(taken, "3");
}

TEST_F(JobBufferTest, TheFirstPermitWakesWhoFetches) {
  JobBuffer buffer(Queues({1, 1}));
  std::thread fetcher(
      [&] { EXPECT_TRUE(buffer.WaitForRoom(0, 0, JobBuffer::Clock::now() + kEver)); });
  buffer.SetPermits({0, 1});
  fetcher.join();
  // Not more of them.
  buffer.SetPermits({0, 2});
  EXPECT_FALSE(buffer.WaitForRoom(0, 0, JobBuffer::Clock::now()));
}

// ---- Jobs whose workers died ----

TEST_F(JobBufferTest, OfThoseWhoseWorkersDiedAgainOneRunsAtATime) {
  JobBuffer buffer(Queues({1, 1}));
  AllowAll(buffer, 2);
  std::vector<FetchedJob> jobs;
  for (const auto& [id, queue, crashes] : {std::tuple("first", 0, 1), std::tuple("second", 0, 1),
                                           std::tuple("other", 0, 0), std::tuple("third", 1, 2)}) {
    jobs.push_back(Job(id, static_cast<size_t>(queue)));
    jobs.back().job.crashes = crashes;
  }
  buffer.Add(std::move(jobs));
  EXPECT_EQ(Take(buffer), "first");
  EXPECT_EQ(Take(buffer), "other");
  std::thread taker([&] {
    EXPECT_EQ(Take(buffer), "third");
    buffer.Done(1, /*ran_alone=*/true);
    EXPECT_EQ(Take(buffer), "second");
  });
  while (buffer.idle() == 0) std::this_thread::yield();
  // One that ran beside it changes nothing.
  buffer.Done(0);
  EXPECT_EQ(buffer.waiting(), 2);
  buffer.Done(0, /*ran_alone=*/true);
  taker.join();
}

// ---- Taking out ----

TEST_F(JobBufferTest, WhatIsTooOldIsTakenOut) {
  JobBuffer buffer(Queues({1, 1}));
  AllowAll(buffer, 2);
  const auto now = JobBuffer::Clock::now();
  std::vector<FetchedJob> jobs;
  jobs.push_back(Job("old", 0, now - std::chrono::minutes(2)));
  jobs.push_back(Job("new", 0, now));
  jobs.push_back(Job("older", 1, now - std::chrono::minutes(3)));
  buffer.Add(std::move(jobs));
  EXPECT_THAT(IdsOf(buffer.TakeOlderThan(std::chrono::minutes(1))), ElementsAre("old", "older"));
  EXPECT_EQ(buffer.waiting(), 1);
  EXPECT_EQ(Take(buffer), "new");
}

TEST_F(JobBufferTest, OneIsTakenOutByItsId) {
  JobBuffer buffer(Queues({1, 1}));
  AllowAll(buffer, 2);
  buffer.Add(Jobs(3, 1));
  EXPECT_FALSE(buffer.Remove("7").has_value());
  const std::optional<FetchedJob> job = buffer.Remove("1");
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(job->job.job_id, "1");
  EXPECT_EQ(job->queue, 1);
  EXPECT_EQ(buffer.waiting(), 2);
  EXPECT_FALSE(buffer.Remove("1").has_value());
  EXPECT_EQ(Take(buffer), "0");
  EXPECT_EQ(Take(buffer), "2");
}

// ---- Who fetches ----

TEST_F(JobBufferTest, WhoFetchesWaitsUntilFewAreLeft) {
  JobBuffer buffer(Queues({1}));
  AllowAll(buffer);
  buffer.WaitForRoom(0, 0, JobBuffer::Clock::now());
  buffer.Add(Jobs(3));
  EXPECT_FALSE(buffer.WaitForRoom(4, 0, JobBuffer::Clock::now() + kEver));
  std::thread fetcher(
      [&] { EXPECT_FALSE(buffer.WaitForRoom(2, 0, JobBuffer::Clock::now() + kEver)); });
  Take(buffer);
  Take(buffer);
  fetcher.join();
}

TEST_F(JobBufferTest, WhatWaitsForPermitsIsNotReadyAndLeavesRoomForOthers) {
  JobBuffer buffer(Queues({1, 1}));
  buffer.SetPermits({2, kNoPermitLimit});
  buffer.WaitForRoom(0, 0, JobBuffer::Clock::now());
  buffer.Add(Jobs(10, 0));
  EXPECT_EQ(buffer.ready(), 2);
  buffer.Add(Jobs(3, 1));
  EXPECT_EQ(buffer.ready(), 5);
  EXPECT_EQ(buffer.counts()[0].ready(), 2);
  EXPECT_FALSE(buffer.WaitForRoom(6, 0, JobBuffer::Clock::now() + kEver));
  std::thread fetcher(
      [&] { EXPECT_FALSE(buffer.WaitForRoom(2, 0, JobBuffer::Clock::now() + kEver)); });
  for (int i = 0; i < 4; ++i) Take(buffer);
  fetcher.join();
  EXPECT_EQ(buffer.ready(), 1);
  EXPECT_EQ(buffer.waiting(), 9);
  // Or until fewer wait, ready or not.
  std::thread other(
      [&] { EXPECT_FALSE(buffer.WaitForRoom(0, 9, JobBuffer::Clock::now() + kEver)); });
  Take(buffer);
  other.join();
}

TEST_F(JobBufferTest, WhoFetchesIsWokenAndKnowsIt) {
  JobBuffer buffer(Queues({1}));
  buffer.Wake();
  EXPECT_TRUE(buffer.WaitForRoom(0, 0, JobBuffer::Clock::now() + kEver));
  EXPECT_FALSE(buffer.WaitForRoom(0, 0, JobBuffer::Clock::now()));
  buffer.Close();
  EXPECT_FALSE(buffer.WaitForRoom(0, 0, JobBuffer::Clock::now() + kEver));
}

}  // namespace
}  // namespace protograph::internal
