// Texts that would be something else in SQL, in an array or in another encoding.

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "support.h"

namespace {

using ::protograph::CheckpointWrite;
using ::protograph::ExecutionEnd;
using ::protograph::ExecutionState;
using ::protograph::PostgresStore;
using ::protograph::integration::FreshOptions;
using ::protograph::integration::RegisterOwner;
using ::protograph::integration::TestRun;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;

std::string AllBytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

TEST(HostileTexts, AreStoredAsTheyAre) {
  auto store = PostgresStore::Open(FreshOptions());
  ASSERT_THAT(store, IsOk());
  for (const std::string& text : std::vector<std::string>{
           "'; DROP SCHEMA protograph CASCADE; --", "{a,b}", "NULL", "\\x00", "\"\\\"", "$1", "%s",
           ":schema.", "a\nb\t\r", "\xF0\x9F\x8E\xAC \xC3\xA4", std::string(1024, '\\')}) {
    TestRun run;
    run.workflow_id = text;
    ASSERT_THAT(RegisterOwner(**store, run), IsOk());
    CheckpointWrite result = run.Result(1);
    result.checkpoint.step = text;
    result.checkpoint.payload = AllBytes() + text;
    ExecutionEnd end = run.End(ExecutionState::kFailed);
    end.error = text;
    ASSERT_THAT((*store)->Write({.starts = {run.Start()}, .checkpoints = {result}, .ends = {end}}),
                IsOk());
    const auto loaded = (*store)->Load(text);
    ASSERT_THAT(loaded, IsOk());
    ASSERT_EQ(loaded->size(), 1);
    EXPECT_EQ(loaded->front().workflow_id, text);
    EXPECT_EQ(loaded->front().step, text);
    EXPECT_EQ(loaded->front().payload, result.checkpoint.payload);
    const auto records = (*store)->Executions(text, 1);
    ASSERT_EQ(records->size(), 1);
    EXPECT_EQ(records->front().workflow_id, text);
    EXPECT_EQ(records->front().error, text);
  }
}

TEST(HostileTexts, ThatAreNoneAreMended) {
  auto store = PostgresStore::Open(FreshOptions());
  ASSERT_THAT(store, IsOk());
  const TestRun run;
  ASSERT_THAT(RegisterOwner(**store, run), IsOk());
  ExecutionEnd end = run.End(ExecutionState::kFailed);
  end.error = std::string("a\0b\xFF\xED\xA0\x80", 7) + "c";
  ASSERT_THAT((*store)->Write({.starts = {run.Start()}, .ends = {end}}), IsOk());
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ((*store)->Executions(run.workflow_id, 1)->front().error,
            "a" + mark + "b" + mark + mark + mark + mark + "c");
}

TEST(HostileTexts, AsIdsAreRefused) {
  auto store = PostgresStore::Open(FreshOptions());
  ASSERT_THAT(store, IsOk());
  for (const std::string& id :
       {std::string(), std::string("\xFF"), std::string("a\0b", 3), std::string(1025, 'x')}) {
    TestRun run;
    run.workflow_id = id;
    EXPECT_THAT((*store)->Write({.starts = {run.Start()}}),
                StatusIs(absl::StatusCode::kInvalidArgument, ::testing::_));
    EXPECT_THAT((*store)->Load(id), StatusIs(absl::StatusCode::kInvalidArgument, ::testing::_));
  }
  TestRun run;
  run.execution_id = "'; --";
  EXPECT_THAT((*store)->Write({.starts = {run.Start()}}),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::_));
  EXPECT_THAT((*store)->Heartbeat("nobody", absl::Seconds(1)),
              StatusIs(absl::StatusCode::kNotFound, ::testing::_));
  EXPECT_THAT((*store)->DeclareDead("nobody"), IsOk());
}

TEST(HostileTexts, EmptyPayloadsComeBackEmpty) {
  auto store = PostgresStore::Open(FreshOptions());
  ASSERT_THAT(store, IsOk());
  const TestRun run;
  ASSERT_THAT(RegisterOwner(**store, run), IsOk());
  CheckpointWrite result = run.Result(1);
  result.checkpoint.payload.clear();
  result.checkpoint.step.clear();
  ASSERT_THAT((*store)->Write({.starts = {run.Start()}, .checkpoints = {result}}), IsOk());
  ASSERT_EQ((*store)->Load(run.workflow_id)->size(), 1);
  EXPECT_EQ((*store)->Load(run.workflow_id)->front().payload, "");
}

}  // namespace
