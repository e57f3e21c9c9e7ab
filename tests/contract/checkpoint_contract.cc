// Checkpoints: what is written is loaded, byte by byte, and by nobody but the holder.

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "store_contract.h"

namespace protograph {
namespace {

using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

std::string AllBytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  return bytes;
}

// What does not compress to nothing.
std::string Noise(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

TEST_P(CheckpointContract, AnUnknownWorkflowHasNone) {
  EXPECT_THAT(Load("film"), IsEmpty());
  Begin("film");
  EXPECT_THAT(Load("film"), IsEmpty());
}

TEST_P(CheckpointContract, EveryFieldIsLoadedAsItWasWritten) {
  const Checkpoint checkpoint = {.workflow_id = "film",
                                 .output_type = "film.v1.Movie_2.Inner",
                                 .input_hash = {.high = 0x0123456789ABCDEF, .low = 0xFEDC},
                                 .step = "Fetch<film::Movie>, \"the\" {one}\\",
                                 .encoding = Encoding::kZstd,
                                 .payload = "payload",
                                 .digest = {.high = 7, .low = 0x8000000000000000}};
  const Execution run = Begin("film");
  EXPECT_THAT(Write(run.Keep(checkpoint)).refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(EqualsCheckpoint(checkpoint)));
}

TEST_P(CheckpointContract, PayloadsAreKeptByteByByte) {
  const std::vector<std::string> payloads = {
      "",
      std::string(1, '\0'),
      std::string("\0a\0b\0", 5),
      AllBytes(),
      AllBytes() + AllBytes(),
      "\\x00",
      "\\",
      "'; DROP TABLE checkpoints; --",
      "{\"NULL\",NULL,\\N}",
      "\r\n\t\x1A",
      "\xFF\xFE",
  };
  const Execution run = Begin("film");
  StoreWrite write;
  std::vector<::testing::Matcher<const Checkpoint&>> expected;
  for (size_t i = 0; i < payloads.size(); ++i) {
    Append(write, run.Keep(i, payloads[i]));
    expected.push_back(EqualsCheckpoint(write.checkpoints.back().checkpoint));
  }
  EXPECT_THAT(WriteAll(write).refused, IsEmpty());
  EXPECT_THAT(Load("film"), UnorderedElementsAreArray(expected));
}

TEST_P(CheckpointContract, PayloadsMayBeLarge) {
  const Execution run = Begin("film");
  const CheckpointWrite zeros = run.Keep(1, std::string(size_t{1} << 20, '\0'));
  const CheckpointWrite noise = run.Keep(2, Noise(size_t{1} << 20));
  EXPECT_THAT(Write(zeros, noise).refused, IsEmpty());
  EXPECT_THAT(Load("film"), UnorderedElementsAre(EqualsCheckpoint(zeros.checkpoint),
                                                 EqualsCheckpoint(noise.checkpoint)));
}

TEST_P(CheckpointContract, HashesAndDigestsMayHaveAnyBits) {
  constexpr uint64_t kTop = uint64_t{1} << 63;
  constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();
  const Execution run = Begin("film");
  StoreWrite write;
  std::vector<::testing::Matcher<const Checkpoint&>> expected;
  for (const Digest& digest :
       {Digest{0, 0}, Digest{0, 1}, Digest{1, 0}, Digest{kTop, 0}, Digest{0, kTop},
        Digest{kAll, kAll}, Digest{kAll, 0}, Digest{0x00FF00FF00FF00FF, 0x5C27223B0D0A0900}}) {
    Checkpoint checkpoint = MovieCheckpoint(0, "The Matrix");
    checkpoint.input_hash = digest;
    checkpoint.digest = {.high = digest.low, .low = digest.high};
    Append(write, run.Keep(checkpoint));
    expected.push_back(EqualsCheckpoint(write.checkpoints.back().checkpoint));
  }
  EXPECT_THAT(WriteAll(write).refused, IsEmpty());
  EXPECT_THAT(Load("film"), UnorderedElementsAreArray(expected));
}

TEST_P(CheckpointContract, TheKeyIsTheWorkflowTheTypeAndTheHash) {
  const Execution one = Begin("one");
  const Execution two = Begin("two");
  Checkpoint of_other_type = MovieCheckpoint(1, "other type");
  of_other_type.output_type = "film.Movies";
  Checkpoint of_other_half = MovieCheckpoint(0, "other half");
  of_other_half.input_hash = {.high = 1, .low = 0};
  Write(one.Keep(1, "first"), one.Keep(2, "other hash"), one.Keep(of_other_type),
        one.Keep(of_other_half), two.Keep(1, "other workflow"));
  EXPECT_THAT(Load("one"),
              UnorderedElementsAre(HasPayload("first"), HasPayload("other hash"),
                                   HasPayload("other type"), HasPayload("other half")));
  EXPECT_THAT(Load("two"), ElementsAre(HasPayload("other workflow")));
}

TEST_P(CheckpointContract, TheStepIsNotInTheKey) {
  const Execution run = Begin("film");
  Checkpoint renamed = MovieCheckpoint(1, "renamed");
  renamed.step = "LoadMovie";
  Write(run.Keep(1, "first"));
  Write(run.Keep(renamed));
  EXPECT_THAT(Load("film"), ElementsAre(EqualsCheckpoint(run.Keep(renamed).checkpoint)));
}

TEST_P(CheckpointContract, AnotherOneWithTheSameKeyReplacesIt) {
  const Execution run = Begin("film");
  Checkpoint whole = MovieCheckpoint(1, "whole");
  whole.encoding = Encoding::kZstd;
  whole.digest = {.high = 8, .low = 9};
  Write(run.Keep(1, "damaged"));
  EXPECT_THAT(Write(run.Keep(whole)).refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(EqualsCheckpoint(run.Keep(whole).checkpoint)));
}

TEST_P(CheckpointContract, OneThatIsDamagedInOneFieldOnlyIsReplaced) {
  const Execution run = Begin("film");
  const Checkpoint whole = MovieCheckpoint(1, "whole");
  Checkpoint other_payload = whole;
  other_payload.payload = "while";
  Checkpoint other_encoding = whole;
  other_encoding.encoding = Encoding::kZstd;
  Checkpoint other_digest = whole;
  other_digest.digest.high ^= uint64_t{1} << 63;
  for (const Checkpoint& damaged : {other_payload, other_encoding, other_digest}) {
    Write(run.Keep(damaged));
    Write(run.Keep(whole));
    EXPECT_THAT(Load("film"), ElementsAre(EqualsCheckpoint(run.Keep(whole).checkpoint)));
  }
}

TEST_P(CheckpointContract, OfTwoWithOneKeyInAWriteTheLastStays) {
  const Execution run = Begin("film");
  EXPECT_THAT(Write(run.Keep(1, "z"), run.Keep(1, "b"), run.Keep(1, "m")).refused, IsEmpty());
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("m")));
}

TEST_P(CheckpointContract, TheNextExecutionReplacesWhatAnEarlierOneLeft) {
  FailWithCheckpoint("film");
  const Execution next = Begin("film");
  Write(next.Keep(1, "The Matrix Reloaded"));
  EXPECT_THAT(Load("film"), ElementsAre(HasPayload("The Matrix Reloaded")));
}

TEST_P(CheckpointContract, OnesOfManyExecutionsMayBeInOneWrite) {
  constexpr int kMany = 300;
  StoreWrite starts;
  StoreWrite checkpoints;
  const std::vector<std::string> workflows = Numbered("film ", kMany);
  for (const std::string& workflow : workflows) {
    const Execution run = NewExecution(workflow);
    Append(starts, run.Start());
    Append(checkpoints, run.Keep(1, "of " + workflow));
    Append(checkpoints, run.Keep(2, "also of " + workflow));
  }
  WriteAll(starts);
  EXPECT_THAT(WriteAll(checkpoints).refused, IsEmpty());
  for (const std::string& workflow : workflows) {
    EXPECT_THAT(Load(workflow), UnorderedElementsAre(HasPayload("of " + workflow),
                                                     HasPayload("also of " + workflow)));
  }
}

TEST_P(CheckpointContract, OneExecutionMayHaveMany) {
  constexpr size_t kMany = 3000;
  const Execution run = NewExecution("film");
  StoreWrite write = WriteOf(run.Start());
  for (size_t i = 0; i < kMany; ++i) Append(write, run.Keep(i, fmt::format("film {}", i)));
  EXPECT_THAT(WriteAll(write).refused, IsEmpty());
  EXPECT_THAT(Load("film"), SizeIs(kMany));
}

TEST_P(CheckpointContract, AnExecutionThatNeverStartedIsRefused) {
  const Execution run = NewExecution("film");
  EXPECT_THAT(Write(run.Keep(1, "a")).refused, ElementsAre(run.execution_id));
  EXPECT_THAT(Load("film"), IsEmpty());
  EXPECT_THAT(Executions("film"), IsEmpty());
}

TEST_P(CheckpointContract, AnExecutionHasOnlyItsOwnWorkflow) {
  const Execution mine = Begin("mine");
  const Execution others = Begin("others");
  Execution stray = mine;
  stray.workflow_id = "others";
  EXPECT_THAT(Write(stray.Keep(1, "a")).refused, ElementsAre(mine.execution_id));
  EXPECT_THAT(Load("others"), IsEmpty());
  EXPECT_THAT(Executions("mine"), ElementsAre(IsOf(mine, ExecutionState::kRunning)));
  EXPECT_THAT(Executions("others"), ElementsAre(IsOf(others, ExecutionState::kRunning)));
}

TEST_P(CheckpointContract, WhatOneWriteHasIsAppliedAsAWhole) {
  const Execution run = Begin("film");
  const Execution started = NewExecution("other");
  const Execution bad = NewExecution("");
  for (const StoreWrite& write :
       {WriteOf(started.Start(), run.Keep(1, "a"), run.Succeed(), bad.Start()),
        WriteOf(started.Start(), run.Keep(1, "a"), run.Succeed(), bad.Keep(1, "b")),
        WriteOf(started.Start(), run.Keep(1, "a"), run.Succeed(), bad.Succeed())}) {
    EXPECT_THAT(store().Write(write), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(Load("film"), IsEmpty());
    EXPECT_THAT(Executions("film"), ElementsAre(IsOf(run, ExecutionState::kRunning)));
    EXPECT_THAT(Executions("other"), IsEmpty());
  }
}

}  // namespace
}  // namespace protograph
