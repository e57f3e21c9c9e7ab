// What can be resumed: workflows whose last execution failed or was abandoned.

#include <optional>
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
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(ResumableContract, NothingIsWhereNothingWasStarted) { EXPECT_THAT(Resumable(), IsEmpty()); }

TEST_P(ResumableContract, WhatRunsOrHasSucceededIsNot) {
  const Execution run = BeginWithCheckpoint("succeeded");
  Write(run.Succeed());
  BeginWithCheckpoint("running");
  EXPECT_THAT(Resumable(), IsEmpty());
}

TEST_P(ResumableContract, WhatFailedIsWithItsRecord) {
  const Execution run = NewExecution("film");
  ExecutionStart start = run.Start();
  start.attempt = 3;
  Write(start, run.Keep(1, "a"), run.Fail("it's\n\"broken\""));
  ASSERT_THAT(Resumable(), ElementsAre(IsOf(run, ExecutionState::kFailed)));
  const ExecutionRecord record = Resumable()[0];
  EXPECT_EQ(record.graph, start.graph);
  EXPECT_EQ(record.fingerprint, start.fingerprint);
  EXPECT_EQ(record.output_type, start.output_type);
  EXPECT_EQ(record.attempt, 3);
  EXPECT_EQ(record.term, Executions("film")[0].term);
  EXPECT_EQ(record.failed_step, "FetchMovie");
  EXPECT_EQ(record.error, "it's\n\"broken\"");
  EXPECT_EQ(record.started_at, start.started_at);
  EXPECT_EQ(record.ended_at, run.Fail().ended_at);
}

TEST_P(ResumableContract, WhatFailedWithoutACheckpointIs) {
  const Execution run = Begin("film");
  Write(run.Fail());
  EXPECT_THAT(Resumable(), ElementsAre(IsOf(run, ExecutionState::kFailed)));
}

TEST_P(ResumableContract, WhatRunsUnderADeadOwnerIsAsAbandoned) {
  const Execution declared = Begin("declared", NewOwner());
  const Execution expired = Begin("expired", NewOwner());
  const Execution unknown = Begin("unknown", NewId());
  ASSERT_THAT(store().DeclareDead(declared.owner_id), IsOk());
  ASSERT_THAT(store().Heartbeat(expired.owner_id, kMoment), IsOk());
  LetAMomentPass();
  EXPECT_THAT(Resumable(), ElementsAre(IsOf(declared, ExecutionState::kAbandoned),
                                       IsOf(expired, ExecutionState::kAbandoned),
                                       IsOf(unknown, ExecutionState::kAbandoned)));
  ASSERT_THAT(store().Heartbeat(expired.owner_id, kLong), IsOk());
  EXPECT_THAT(Resumable(), ElementsAre(IsOf(declared, ExecutionState::kAbandoned),
                                       IsOf(unknown, ExecutionState::kAbandoned)));
}

TEST_P(ResumableContract, WhatASweepLoggedAsAbandonedIs) {
  const Execution run = Begin("film", NewId());
  EXPECT_EQ(SweepAll(KeepEverything()).abandoned, 1);
  EXPECT_THAT(Resumable(), ElementsAre(IsOf(run, ExecutionState::kAbandoned)));
}

TEST_P(ResumableContract, WhatIsBeingResumedIsNot) {
  FailWithCheckpoint("failed");
  Begin("lost", NewId());
  Begin("failed");
  Begin("lost");
  EXPECT_THAT(Resumable(), IsEmpty());
}

TEST_P(ResumableContract, WhatFailedAndThenSucceededIsNot) {
  FailWithCheckpoint("film");
  const Execution next = Begin("film");
  Write(next.Succeed());
  EXPECT_THAT(Resumable(), IsEmpty());
}

TEST_P(ResumableContract, WhatFailedAgainIsByItsLastExecution) {
  FailWithCheckpoint("film");
  const Execution next = Begin("film");
  Write(next.Fail());
  EXPECT_THAT(Resumable(), ElementsAre(IsOf(next, ExecutionState::kFailed)));
}

TEST_P(ResumableContract, APageFollowsTheOther) {
  const std::vector<std::string> workflows = Numbered("film ", 7);
  StoreWrite write;
  for (const std::string& workflow : {workflows[3], workflows[0], workflows[6], workflows[1],
                                      workflows[5], workflows[2], workflows[4]}) {
    const Execution run = NewExecution(workflow);
    Append(write, run.Start());
    Append(write, run.Fail());
  }
  WriteAll(write);
  Begin("film 00001b");  // runs, and takes no place on a page
  std::vector<std::string> found;
  std::vector<size_t> pages;
  std::string after;
  while (true) {
    const std::vector<ExecutionRecord> page = Resumable(after, 3);
    pages.push_back(page.size());
    for (const ExecutionRecord& record : page) found.push_back(record.workflow_id);
    if (page.size() < 3 || pages.size() > workflows.size()) break;
    after = page.back().workflow_id;
  }
  EXPECT_THAT(found, ElementsAreArray(workflows));
  EXPECT_THAT(pages, ElementsAre(3, 3, 1));
  EXPECT_THAT(Resumable("film 00006"), IsEmpty());
  EXPECT_THAT(Resumable("film 00005b"), SizeIs(1));
  EXPECT_THAT(Resumable("", 0), IsEmpty());
}

TEST_P(ResumableContract, TheOrderIsThatOfTheBytes) {
  const std::vector<std::string> ordered = {"\n",
                                            " a",
                                            "A",
                                            "B",
                                            "a",
                                            "a b",
                                            "a-b",
                                            "ab",
                                            "b",
                                            "~",
                                            "\xC3\xA4",
                                            "\xEF\xBF\xBD",
                                            "\xF0\x9F\x8E\xAC"};
  StoreWrite write;
  for (const std::string& workflow : ordered) {
    const Execution run = NewExecution(workflow);
    Append(write, run.Start());
    Append(write, run.Fail());
  }
  WriteAll(write);
  std::vector<std::string> found;
  for (const ExecutionRecord& record : Resumable()) found.push_back(record.workflow_id);
  EXPECT_THAT(found, ElementsAreArray(ordered));
  // One by one the order is the same.
  found.clear();
  for (std::vector<ExecutionRecord> page = Resumable("", 1);
       !page.empty() && found.size() <= ordered.size(); page = Resumable(found.back(), 1)) {
    found.push_back(page[0].workflow_id);
  }
  EXPECT_THAT(found, ElementsAreArray(ordered));
}

}  // namespace
}  // namespace protograph
