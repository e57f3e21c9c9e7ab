// Many threads at one store: each claim is won once, and nobody waits for ever.

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "store_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The same in every run.
std::vector<std::string> Shuffled(std::vector<std::string> names, int seed) {
  std::mt19937 random(static_cast<uint32_t>(seed));
  std::shuffle(names.begin(), names.end(), random);
  return names;
}

TEST_P(ConcurrencyContract, EachWorkflowIsWonByOne) {
  const std::vector<std::string> workflows = Numbered("film ", 40);
  std::vector<StoreWriteResult> results(kThreads);
  std::vector<StoreWrite> writes(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    const std::string owner = NewOwner();
    // In another order each, which must not lock them up.
    for (const std::string& workflow : Shuffled(workflows, i)) {
      const Execution run = NewExecution(workflow, owner);
      Append(writes[i], run.Start());
      Append(writes[i], run.Keep(1, run.execution_id));
    }
  }
  InThreads([&](int i) { results[i] = WriteAll(writes[i]); });
  std::set<std::string> winners;
  std::set<int64_t> terms;
  size_t refused = 0;
  for (const StoreWriteResult& result : results) {
    for (const ClaimedWorkflow& claimed : result.claimed) {
      winners.insert(claimed.execution_id);
      terms.insert(claimed.term);
    }
    refused += result.refused.size();
  }
  EXPECT_THAT(winners, SizeIs(workflows.size()));
  EXPECT_THAT(terms, SizeIs(workflows.size()));
  EXPECT_EQ(refused, (kThreads - 1) * workflows.size());
  for (const std::string& workflow : workflows) {
    const std::vector<ExecutionRecord> log = Executions(workflow);
    ASSERT_THAT(log, SizeIs(1));
    EXPECT_TRUE(winners.contains(log[0].execution_id));
    EXPECT_THAT(Load(workflow), ElementsAre(HasPayload(log[0].execution_id)));
  }
}

TEST_P(ConcurrencyContract, EachWorkflowOfTheDeadIsTakenOverByOne) {
  const std::vector<std::string> workflows = Numbered("film ", 40);
  const std::string dead = NewOwner();
  for (const std::string& workflow : workflows) BeginWithCheckpoint(workflow, dead);
  ASSERT_THAT(store().DeclareDead(dead), IsOk());
  std::vector<StoreWriteResult> results(kThreads);
  std::vector<StoreWrite> writes(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    for (const std::string& workflow : Shuffled(workflows, i)) {
      Append(writes[i], NewExecution(workflow).Start());
    }
  }
  InThreads([&](int i) { results[i] = WriteAll(writes[i]); });
  size_t claimed = 0;
  for (const StoreWriteResult& result : results) claimed += result.claimed.size();
  EXPECT_EQ(claimed, workflows.size());
  for (const std::string& workflow : workflows) {
    const std::vector<ExecutionRecord> log = Executions(workflow);
    ASSERT_THAT(log, SizeIs(2));
    EXPECT_EQ(log[0].state, ExecutionState::kRunning);
    EXPECT_EQ(log[1].state, ExecutionState::kAbandoned);
    EXPECT_GT(log[0].term, log[1].term);
    EXPECT_THAT(Load(workflow), SizeIs(1));
  }
}

TEST_P(ConcurrencyContract, WhatIsClaimedIsNobodyElsesUntilItEnds) {
  constexpr int kRounds = 30;
  const std::vector<std::string> workflows = Numbered("film ", 3);
  std::map<std::string, std::atomic<int>> holders;
  for (const std::string& workflow : workflows) holders[workflow] = 0;
  std::atomic<int> won{0};
  InThreads([&](int i) {
    for (int round = 0; round < kRounds; ++round) {
      const Execution run =
          NewExecution(workflows[static_cast<size_t>(i + round) % workflows.size()]);
      std::atomic<int>& holding = holders.at(run.workflow_id);
      if (Write(run.Start()).claimed.empty()) continue;
      EXPECT_EQ(holding.fetch_add(1), 0);
      EXPECT_THAT(Load(run.workflow_id), IsEmpty());
      EXPECT_THAT(Write(run.Keep(1, "a"), run.Keep(2, "b")).refused, IsEmpty());
      EXPECT_THAT(Load(run.workflow_id), SizeIs(2));
      holding.fetch_sub(1);
      EXPECT_THAT(Write(run.Succeed()).refused, IsEmpty());
      ++won;
    }
  });
  EXPECT_GE(won.load(), static_cast<int>(workflows.size()));
  int logged = 0;
  for (const std::string& workflow : workflows) {
    EXPECT_THAT(Load(workflow), IsEmpty());
    int64_t last = std::numeric_limits<int64_t>::max();
    for (const ExecutionRecord& record : Executions(workflow, kThreads * kRounds)) {
      EXPECT_EQ(record.state, ExecutionState::kSucceeded);
      EXPECT_LT(record.term, last);
      last = record.term;
      ++logged;
    }
  }
  EXPECT_EQ(logged, won.load());
}

TEST_P(ConcurrencyContract, OneWriteRepeatedByManyIsOneWrite) {
  StoreWrite write;
  for (const std::string& workflow : Numbered("film ", 20)) {
    const Execution run = NewExecution(workflow);
    Append(write, run.Start());
    Append(write, run.Keep(1, "a"));
    Append(write, run.Fail());
  }
  std::vector<StoreWriteResult> results(kThreads);
  InThreads([&](int i) { results[i] = WriteAll(write); });
  for (const StoreWriteResult& result : results) {
    EXPECT_THAT(result.claimed, SizeIs(20));
    EXPECT_THAT(result.refused, IsEmpty());
  }
  EXPECT_THAT(Resumable(), SizeIs(20));
  EXPECT_THAT(Load("film 00019"), ElementsAre(HasPayload("a")));
}

TEST_P(ConcurrencyContract, SweepsAndReadsDoNotDisturbWriters) {
  constexpr int kRounds = 20;
  std::atomic<int64_t> abandoned{0};
  InThreads([&](int i) {
    for (int round = 0; round < kRounds; ++round) {
      if (i < 2) {
        abandoned += Sweep({.checkpoints = absl::ZeroDuration(),
                            .executions = absl::ZeroDuration(),
                            .owners = kLong,
                            .batch = 3})
                         .abandoned;
        Resumable();
        continue;
      }
      const Execution run = NewExecution(Numbered("film ", kThreads)[static_cast<size_t>(i)]);
      EXPECT_THAT(Write(run.Start(), run.Keep(1, "a")).refused, IsEmpty());
      EXPECT_THAT(Load(run.workflow_id), SizeIs(1));
      EXPECT_THAT(Write(round % 2 == 0 ? run.Fail() : run.Succeed()).refused, IsEmpty());
      Executions(run.workflow_id);
      EXPECT_THAT(store().Heartbeat(run.owner_id, kLong), IsOk());
    }
  });
  EXPECT_EQ(abandoned.load(), 0);
  SweepAll({.checkpoints = absl::ZeroDuration(), .executions = absl::ZeroDuration()});
  for (const std::string& workflow : Numbered("film ", kThreads)) {
    EXPECT_THAT(Load(workflow), IsEmpty());
  }
  EXPECT_THAT(Resumable(), IsEmpty());
}

}  // namespace
}  // namespace protograph
