// The log: what Executions returns.

#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store_contract.h"

namespace protograph {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(LogContract, AnUnknownWorkflowHasNoExecutions) {
  EXPECT_THAT(Executions("film"), IsEmpty());
}

TEST_P(LogContract, EveryFieldIsReturnedAsItWasWritten) {
  const absl::Time started_at = absl::FromUnixMicros(1'699'999'999'123'456);
  const absl::Time ended_at = absl::FromUnixMicros(1'700'000'123'000'001);
  const Execution run = NewExecution("film");
  ExecutionStart start = run.Start();
  start.graph = "the films";
  start.fingerprint = "0123456789abcdef";
  start.output_type = "film.TagSet, film.Movie";
  start.attempt = 7;
  start.started_at = started_at;
  const StoreWriteResult result = Write(start);
  ASSERT_THAT(result.claimed, SizeIs(1));

  ASSERT_THAT(Executions("film"), SizeIs(1));
  ExecutionRecord record = Executions("film")[0];
  EXPECT_EQ(record.execution_id, run.execution_id);
  EXPECT_EQ(record.workflow_id, "film");
  EXPECT_EQ(record.owner_id, owner());
  EXPECT_EQ(record.graph, "the films");
  EXPECT_EQ(record.fingerprint, "0123456789abcdef");
  EXPECT_EQ(record.output_type, "film.TagSet, film.Movie");
  EXPECT_EQ(record.state, ExecutionState::kRunning);
  EXPECT_EQ(record.attempt, 7);
  EXPECT_EQ(record.term, result.claimed[0].term);
  EXPECT_EQ(record.failed_step, "");
  EXPECT_EQ(record.error, "");
  EXPECT_EQ(record.started_at, started_at);
  EXPECT_EQ(record.ended_at, std::nullopt);

  ExecutionEnd end = run.Fail("HTTP 503");
  end.failed_step = "Tag";
  end.ended_at = ended_at;
  Write(end);
  ASSERT_THAT(Executions("film"), SizeIs(1));
  record = Executions("film")[0];
  EXPECT_EQ(record.graph, "the films");
  EXPECT_EQ(record.state, ExecutionState::kFailed);
  EXPECT_EQ(record.attempt, 7);
  EXPECT_EQ(record.failed_step, "Tag");
  EXPECT_EQ(record.error, "HTTP 503");
  EXPECT_EQ(record.started_at, started_at);
  EXPECT_EQ(record.ended_at, ended_at);
}

TEST_P(LogContract, ASuccessHasAnEndAndNoError) {
  const Execution run = Begin("film");
  Write(run.Succeed());
  ASSERT_THAT(Executions("film"), SizeIs(1));
  const ExecutionRecord record = Executions("film")[0];
  EXPECT_EQ(record.state, ExecutionState::kSucceeded);
  EXPECT_EQ(record.ended_at, run.Succeed().ended_at);
  EXPECT_EQ(record.error, "");
  EXPECT_EQ(record.failed_step, "");
}

TEST_P(LogContract, TheNewestComesFirstUpToTheLimit) {
  std::vector<Execution> runs;
  for (int i = 0; i < 5; ++i) {
    const Execution run = NewExecution("film");
    ExecutionStart start = run.Start();
    // What processes think of the time does not matter.
    start.started_at -= absl::Hours(i);
    Write(start);
    ExecutionEnd end = run.Fail();
    end.ended_at -= absl::Hours(i);
    Write(end);
    runs.push_back(run);
  }
  Begin("another film");
  EXPECT_THAT(
      Executions("film"),
      ElementsAre(IsOf(runs[4], ExecutionState::kFailed), IsOf(runs[3], ExecutionState::kFailed),
                  IsOf(runs[2], ExecutionState::kFailed), IsOf(runs[1], ExecutionState::kFailed),
                  IsOf(runs[0], ExecutionState::kFailed)));
  EXPECT_THAT(Executions("film", 2), ElementsAre(IsOf(runs[4], ExecutionState::kFailed),
                                                 IsOf(runs[3], ExecutionState::kFailed)));
  EXPECT_THAT(Executions("film", 0), IsEmpty());
  EXPECT_THAT(Executions("film", std::numeric_limits<int>::max()), SizeIs(5));
}

TEST_P(LogContract, TextsAreKeptCharacterByCharacter) {
  const std::vector<std::string> texts = {
      "it's \"broken\"",
      "first line\nsecond line\r\n\ttab\x01\x7F",
      "back\\slash \\N \\x00 \\",
      "{a,b} {} NULL null",
      "NULL",
      " ",
      "'); DROP TABLE executions; --",
      "$1 $$ %s {}",
      "Z\xC3\xBCrich \xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x8E\xAC \xEF\xBF\xBD e\xCC\x81",
      std::string(100'000, 'x'),
  };
  for (const std::string& text : texts) {
    const Execution run = NewExecution("film");
    ExecutionStart start = run.Start();
    start.graph = start.fingerprint = start.output_type = text;
    ExecutionEnd end = run.Fail(text);
    end.failed_step = text;
    EXPECT_THAT(Write(start, end).refused, IsEmpty());
    ASSERT_THAT(Executions("film", 1), ElementsAre(IsOf(run, ExecutionState::kFailed)));
    const ExecutionRecord record = Executions("film", 1)[0];
    EXPECT_EQ(record.graph, text);
    EXPECT_EQ(record.fingerprint, text);
    EXPECT_EQ(record.output_type, text);
    EXPECT_EQ(record.failed_step, text);
    EXPECT_EQ(record.error, text);
  }
}

TEST_P(LogContract, WhatIsReadableOfATextThatIsNotUtf8IsKept) {
  const std::string bytes("from \0 to \xFF\xC3 \xED\xA0\x80 the end\xE2\x82", 27);
  const Execution run = NewExecution("film");
  ExecutionStart start = run.Start();
  start.graph = bytes;
  Checkpoint checkpoint = MovieCheckpoint(1, bytes);
  checkpoint.step = bytes;
  ExecutionEnd end = run.Fail(bytes);
  end.failed_step = bytes;
  EXPECT_THAT(Write(start, run.Keep(checkpoint), end).refused, IsEmpty());
  ASSERT_THAT(Executions("film"), SizeIs(1));
  const ExecutionRecord record = Executions("film")[0];
  for (const std::string& text : {record.graph, record.failed_step, record.error}) {
    EXPECT_THAT(text, AllOf(HasSubstr("from "), HasSubstr(" to "), HasSubstr(" the end")));
  }
  ASSERT_THAT(Load("film"), ElementsAre(HasPayload(bytes)));
  EXPECT_THAT(Load("film")[0].step, HasSubstr(" the end"));
}

}  // namespace
}  // namespace protograph
