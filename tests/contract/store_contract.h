#ifndef PROTOGRAPH_TESTS_CONTRACT_STORE_CONTRACT_H_
#define PROTOGRAPH_TESTS_CONTRACT_STORE_CONTRACT_H_

// What any Store must do (see protograph/store/store.h), as tests. The test of a store says how to
// make one and how its time passes:
//
//   class MemoryStoreUnderTest final : public StoreUnderTest { ... };
//   PROTOGRAPH_STORE_CONTRACT(Memory, [] { return std::make_unique<MemoryStoreUnderTest>(); });
//
// and is built with STORE_CONTRACT, the sources of this folder's CMakeLists.txt. Each test makes a
// store of its own, with nothing in it.
//
// Tests wait for leases and ages of kMoment only, and none of them depends on something being done
// before a moment is over, as the time of a store may be the real one.

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/store/store.h"

namespace protograph {

class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual Store& store() = 0;
  // Returns when so much time has passed by the store's clock.
  virtual void LetPass(absl::Duration duration) = 0;
};

struct StoreFactory {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;

  friend void PrintTo(const StoreFactory& factory, std::ostream* out) { *out << factory.name; }
};

inline constexpr absl::Duration kMoment = absl::Milliseconds(20);
inline constexpr absl::Duration kLong = absl::Hours(1);

// So long that nothing is swept, unless a test shortens one of them.
inline Retention KeepEverything() {
  return {.checkpoints = kLong, .executions = kLong, .owners = kLong};
}

// One execution, and what is written for it.
struct Execution {
  std::string execution_id;
  std::string workflow_id;
  std::string owner_id;

  ExecutionStart Start() const;
  CheckpointWrite Keep(Checkpoint checkpoint) const;
  // A checkpoint of the type film.Movie.
  CheckpointWrite Keep(uint64_t input_hash, std::string payload) const;
  ExecutionEnd Succeed() const;
  ExecutionEnd Fail(std::string error = "it is broken") const;
};

Checkpoint MovieCheckpoint(uint64_t input_hash, std::string payload);

// `first` and a number, in their order.
std::vector<std::string> Numbered(const std::string& first, int count);

inline constexpr int kThreads = 8;
// Runs it in as many threads, which begin together, with the numbers from 0.
void InThreads(const std::function<void(int)>& run);

inline void Append(StoreWrite& write, ExecutionStart part) {
  write.starts.push_back(std::move(part));
}
inline void Append(StoreWrite& write, CheckpointWrite part) {
  write.checkpoints.push_back(std::move(part));
}
inline void Append(StoreWrite& write, ExecutionEnd part) { write.ends.push_back(std::move(part)); }

template <class... Parts>
StoreWrite WriteOf(Parts... parts) {
  StoreWrite write;
  (Append(write, std::move(parts)), ...);
  return write;
}

// Each field is the same. Bytes are not printed.
::testing::Matcher<const Checkpoint&> EqualsCheckpoint(const Checkpoint& expected);
::testing::Matcher<const Checkpoint&> HasPayload(const std::string& payload);
::testing::Matcher<const ExecutionRecord&> IsOf(const Execution& run, ExecutionState state);
::testing::Matcher<const ClaimedWorkflow&> IsClaimOf(const Execution& run);

class StoreContract : public ::testing::TestWithParam<StoreFactory> {
 protected:
  StoreContract();

  Store& store() { return under_test_->store(); }
  // A moment and a little.
  void LetAMomentPass() { under_test_->LetPass(kMoment + absl::Milliseconds(5)); }

  // A UUID that no other call returns.
  std::string NewId();
  // Registers an owner that lives for long.
  std::string NewOwner(const std::string& host = "");
  // Lives for long. The owner of all runs for which no other one is named.
  const std::string& owner() const { return owner_; }

  // An execution of which the store does not know.
  Execution NewExecution(const std::string& workflow_id) {
    return NewExecution(workflow_id, owner_);
  }
  Execution NewExecution(const std::string& workflow_id, const std::string& owner_id);
  // One that has its workflow.
  Execution Begin(const std::string& workflow_id) { return Begin(workflow_id, owner_); }
  Execution Begin(const std::string& workflow_id, const std::string& owner_id);
  // One that has its workflow and a checkpoint, and one that has left it behind, failed.
  Execution BeginWithCheckpoint(const std::string& workflow_id) {
    return BeginWithCheckpoint(workflow_id, owner_);
  }
  Execution BeginWithCheckpoint(const std::string& workflow_id, const std::string& owner_id);
  Execution FailWithCheckpoint(const std::string& workflow_id);

  // Repeats what is not available, as a caller does.
  StoreWriteResult WriteAll(const StoreWrite& write);
  template <class... Parts>
  StoreWriteResult Write(Parts... parts) {
    return WriteAll(WriteOf(std::move(parts)...));
  }
  std::vector<Checkpoint> Load(const std::string& workflow_id);
  std::vector<ExecutionRecord> Executions(const std::string& workflow_id, int limit = 100);
  std::vector<ExecutionRecord> Resumable(const std::string& after = "", int limit = 100);
  SweepResult Sweep(const Retention& retention);
  // As long as there may be more; what was removed altogether.
  SweepResult SweepAll(const Retention& retention);

 private:
  std::unique_ptr<StoreUnderTest> under_test_;
  std::string owner_;
};

class OwnerContract : public StoreContract {};
class ClaimContract : public StoreContract {};
class CheckpointContract : public StoreContract {};
class EndContract : public StoreContract {};
class RepetitionContract : public StoreContract {};
class LogContract : public StoreContract {};
class ResumableContract : public StoreContract {};
class SweepContract : public StoreContract {};
class WorkflowIdContract : public StoreContract {};
class ConcurrencyContract : public StoreContract {};

#define PROTOGRAPH_STORE_CONTRACT_SUITE(name, suite, ...) \
  INSTANTIATE_TEST_SUITE_P(name, suite, ::testing::Values(StoreFactory{#name, __VA_ARGS__}))

// The second argument returns a std::unique_ptr<StoreUnderTest>.
#define PROTOGRAPH_STORE_CONTRACT(name, ...)                              \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, OwnerContract, __VA_ARGS__);      \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ClaimContract, __VA_ARGS__);      \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, CheckpointContract, __VA_ARGS__); \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, EndContract, __VA_ARGS__);        \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, RepetitionContract, __VA_ARGS__); \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, LogContract, __VA_ARGS__);        \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ResumableContract, __VA_ARGS__);  \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, SweepContract, __VA_ARGS__);      \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, WorkflowIdContract, __VA_ARGS__); \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ConcurrencyContract, __VA_ARGS__)

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_CONTRACT_STORE_CONTRACT_H_
