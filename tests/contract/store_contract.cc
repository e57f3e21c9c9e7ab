#include "store_contract.h"

#include <atomic>
#include <string_view>
#include <thread>

#include "fmt/format.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Matcher;

constexpr int kMostAttempts = 100;

// Fields of a checkpoint that differ, by name.
std::string Differences(const Checkpoint& one, const Checkpoint& other) {
  std::string names;
  const auto compare = [&](bool is_equal, std::string_view name) {
    if (!is_equal) names += fmt::format(" {}", name);
  };
  compare(one.workflow_id == other.workflow_id, "workflow_id");
  compare(one.output_type == other.output_type, "output_type");
  compare(one.input_hash == other.input_hash, "input_hash");
  compare(one.step == other.step, "step");
  compare(one.encoding == other.encoding, "encoding");
  compare(one.payload == other.payload, "payload");
  compare(one.digest == other.digest, "digest");
  return names;
}

MATCHER_P(EqualsCheckpointImpl, expected, "is the expected checkpoint") {
  const std::string differences = Differences(arg, expected);
  *result_listener << "differs in" << differences;
  return differences.empty();
}

}  // namespace

ExecutionStart Execution::Start() const {
  return {.execution_id = execution_id,
          .workflow_id = workflow_id,
          .owner_id = owner_id,
          .graph = "films",
          .fingerprint = "f1",
          .output_type = "film.TagSet",
          .attempt = 1,
          .started_at = absl::FromUnixSeconds(1'700'000'000)};
}

CheckpointWrite Execution::Keep(Checkpoint checkpoint) const {
  checkpoint.workflow_id = workflow_id;
  return {execution_id, std::move(checkpoint)};
}

CheckpointWrite Execution::Keep(uint64_t input_hash, std::string payload) const {
  return Keep(MovieCheckpoint(input_hash, std::move(payload)));
}

ExecutionEnd Execution::Succeed() const {
  return {.execution_id = execution_id,
          .workflow_id = workflow_id,
          .state = ExecutionState::kSucceeded,
          .failed_step = "",
          .error = "",
          .ended_at = absl::FromUnixSeconds(1'700'000'100)};
}

ExecutionEnd Execution::Fail(std::string error) const {
  ExecutionEnd end = Succeed();
  end.state = ExecutionState::kFailed;
  end.failed_step = "FetchMovie";
  end.error = std::move(error);
  return end;
}

Checkpoint MovieCheckpoint(uint64_t input_hash, std::string payload) {
  return {.workflow_id = "",
          .output_type = "film.Movie",
          .input_hash = {.high = 0, .low = input_hash},
          .step = "FetchMovie",
          .encoding = Encoding::kPlain,
          .payload = std::move(payload),
          .digest = {.high = input_hash, .low = 1}};
}

std::vector<std::string> Numbered(const std::string& first, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(fmt::format("{}{:05}", first, i));
  return names;
}

void InThreads(const std::function<void(int)>& run) {
  std::atomic<int> waiting{kThreads};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      run(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

Matcher<const Checkpoint&> EqualsCheckpoint(const Checkpoint& expected) {
  return EqualsCheckpointImpl(expected);
}

Matcher<const Checkpoint&> HasPayload(const std::string& payload) {
  return Field("payload", &Checkpoint::payload, payload);
}

Matcher<const ExecutionRecord&> IsOf(const Execution& run, ExecutionState state) {
  return AllOf(Field("execution_id", &ExecutionRecord::execution_id, run.execution_id),
               Field("workflow_id", &ExecutionRecord::workflow_id, run.workflow_id),
               Field("owner_id", &ExecutionRecord::owner_id, run.owner_id),
               Field("state", &ExecutionRecord::state, state));
}

Matcher<const ClaimedWorkflow&> IsClaimOf(const Execution& run) {
  return Field("execution_id", &ClaimedWorkflow::execution_id, run.execution_id);
}

StoreContract::StoreContract() : under_test_(GetParam().make()), owner_(NewOwner()) {}

std::string StoreContract::NewId() {
  static std::atomic<int64_t> last{0};
  return fmt::format("00000000-0000-7000-8000-{:012x}", ++last);
}

std::string StoreContract::NewOwner(const std::string& host) {
  std::string id = NewId();
  const Owner owner = {
      .owner_id = id, .host = host, .process_id = 4711, .program = "store_contract"};
  EXPECT_THAT(store().Register(owner, kLong), IsOk());
  return id;
}

Execution StoreContract::NewExecution(const std::string& workflow_id, const std::string& owner_id) {
  return {.execution_id = NewId(), .workflow_id = workflow_id, .owner_id = owner_id};
}

Execution StoreContract::Begin(const std::string& workflow_id, const std::string& owner_id) {
  Execution run = NewExecution(workflow_id, owner_id);
  const StoreWriteResult result = Write(run.Start());
  EXPECT_THAT(result.claimed, ElementsAre(IsClaimOf(run)));
  EXPECT_THAT(result.refused, IsEmpty());
  return run;
}

Execution StoreContract::BeginWithCheckpoint(const std::string& workflow_id,
                                             const std::string& owner_id) {
  Execution run = Begin(workflow_id, owner_id);
  EXPECT_THAT(Write(run.Keep(1, "The Matrix")).refused, IsEmpty());
  return run;
}

Execution StoreContract::FailWithCheckpoint(const std::string& workflow_id) {
  Execution run = BeginWithCheckpoint(workflow_id);
  EXPECT_THAT(Write(run.Fail()).refused, IsEmpty());
  return run;
}

StoreWriteResult StoreContract::WriteAll(const StoreWrite& write) {
  absl::StatusOr<StoreWriteResult> result = store().Write(write);
  for (int i = 1; i < kMostAttempts && absl::IsUnavailable(result.status()); ++i) {
    result = store().Write(write);
  }
  EXPECT_THAT(result, IsOk());
  return result.ok() ? *std::move(result) : StoreWriteResult();
}

std::vector<Checkpoint> StoreContract::Load(const std::string& workflow_id) {
  absl::StatusOr<std::vector<Checkpoint>> loaded = store().Load(workflow_id);
  EXPECT_THAT(loaded, IsOk());
  return loaded.ok() ? *std::move(loaded) : std::vector<Checkpoint>();
}

std::vector<ExecutionRecord> StoreContract::Executions(const std::string& workflow_id, int limit) {
  absl::StatusOr<std::vector<ExecutionRecord>> records = store().Executions(workflow_id, limit);
  EXPECT_THAT(records, IsOk());
  return records.ok() ? *std::move(records) : std::vector<ExecutionRecord>();
}

std::vector<ExecutionRecord> StoreContract::Resumable(const std::string& after, int limit) {
  absl::StatusOr<std::vector<ExecutionRecord>> records = store().Resumable(after, limit);
  EXPECT_THAT(records, IsOk());
  return records.ok() ? *std::move(records) : std::vector<ExecutionRecord>();
}

SweepResult StoreContract::Sweep(const Retention& retention) {
  const absl::StatusOr<SweepResult> result = store().Sweep(retention);
  EXPECT_THAT(result, IsOk());
  return result.ok() ? *result : SweepResult();
}

SweepResult StoreContract::SweepAll(const Retention& retention) {
  SweepResult sum;
  for (int calls = 0; calls < kMostAttempts; ++calls) {
    const SweepResult result = Sweep(retention);
    sum.checkpoints += result.checkpoints;
    sum.executions += result.executions;
    sum.owners += result.owners;
    sum.abandoned += result.abandoned;
    if (!result.more) return sum;
  }
  ADD_FAILURE() << "Sweep says that there is more after " << kMostAttempts << " calls";
  return sum;
}

}  // namespace protograph
