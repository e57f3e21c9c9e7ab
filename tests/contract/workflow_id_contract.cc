// Ids of workflows: any text is one, whatever it would mean elsewhere.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "store_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

std::vector<std::string> OddIds() {
  return {
      "\n",
      " ",
      " film",
      "\"",
      "\"film\"",
      "$1",
      "%s%n",
      "'",
      "'; DROP TABLE executions; --",
      "''",
      ",",
      "--",
      "0",
      "NULL",
      "\\",
      "\\000",
      "\\N",
      "\\x00",
      "film",
      "film ",
      "film\n",
      "it's",
      "null",
      std::string(1024, 'x'),
      "{",
      "{a,b}",
      "{}",
      "}",
      "\x7F",
      "\xC3\xA4",      // ä
      "\xE2\x80\x8B",  // zero width space
      "\xEF\xBB\xBF"
      "film",              // with a byte order mark
      "\xEF\xBF\xBE",      // U+FFFE, no character
      "\xF0\x9F\x8E\xAC",  // 🎬
      "\xF4\x8F\xBF\xBF",  // U+10FFFF
  };
}

TEST_P(WorkflowIdContract, OddOnesAreWorkflowsOfTheirOwn) {
  std::vector<Execution> runs;
  for (const std::string& id : OddIds()) {
    const Execution run = NewExecution(id);
    runs.push_back(run);
    EXPECT_THAT(Write(run.Start(), run.Keep(1, "of " + id)).refused, IsEmpty()) << id;
  }
  for (const Execution& run : runs) {
    const std::string& id = run.workflow_id;
    EXPECT_THAT(Load(id), ElementsAre(EqualsCheckpoint(run.Keep(1, "of " + id).checkpoint))) << id;
    EXPECT_THAT(Executions(id), ElementsAre(IsOf(run, ExecutionState::kRunning))) << id;
  }
  for (const Execution& run : runs)
    EXPECT_THAT(Write(run.Fail()).refused, IsEmpty()) << run.workflow_id;
  std::vector<std::string> resumable;
  for (const ExecutionRecord& record : Resumable()) resumable.push_back(record.workflow_id);
  EXPECT_THAT(resumable, UnorderedElementsAreArray(OddIds()));
}

TEST_P(WorkflowIdContract, OddOnesMayBeInOneWrite) {
  StoreWrite begin;
  StoreWrite end;
  for (const std::string& id : OddIds()) {
    const Execution run = NewExecution(id);
    Append(begin, run.Start());
    Append(begin, run.Keep(1, "of " + id));
    Append(end, run.Succeed());
  }
  const StoreWriteResult result = WriteAll(begin);
  EXPECT_EQ(result.claimed.size(), begin.starts.size());
  EXPECT_THAT(result.refused, IsEmpty());
  for (const std::string& id : OddIds()) EXPECT_THAT(Load(id), ElementsAre(HasPayload("of " + id)));
  EXPECT_THAT(WriteAll(end).refused, IsEmpty());
  for (const std::string& id : OddIds()) EXPECT_THAT(Load(id), IsEmpty()) << id;
}

TEST_P(WorkflowIdContract, WhatIsNoneIsRefusedEverywhere) {
  for (const std::string& id : {std::string(), std::string(1025, 'x'), std::string("fi\0lm", 5),
                                std::string(1, '\0'), std::string("\xFF"), std::string("film\xC3"),
                                std::string("\xC0\x80"), std::string("\xED\xA0\x80")}) {
    const Execution run = NewExecution(id);
    const auto is_invalid = StatusIs(absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(store().Write(WriteOf(run.Start())), is_invalid);
    EXPECT_THAT(store().Write(WriteOf(run.Keep(1, "a"))), is_invalid);
    EXPECT_THAT(store().Write(WriteOf(run.Succeed())), is_invalid);
    EXPECT_THAT(store().Write(WriteOf(run.Fail())), is_invalid);
    EXPECT_THAT(store().Load(id), is_invalid);
    EXPECT_THAT(store().Executions(id, 10), is_invalid);
  }
  EXPECT_THAT(Resumable(), IsEmpty());
}

}  // namespace
}  // namespace protograph
