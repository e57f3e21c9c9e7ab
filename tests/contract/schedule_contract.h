#ifndef PROTOGRAPH_TESTS_CONTRACT_SCHEDULE_CONTRACT_H_
#define PROTOGRAPH_TESTS_CONTRACT_SCHEDULE_CONTRACT_H_

// What any ScheduleStore must do (see protograph/store/schedule_store.h), as tests. Used as the
// contract of stores is, see store_contract.h:
//
//   PROTOGRAPH_SCHEDULE_CONTRACT(Memory, [] { return std::make_unique<MemoryStoreUnderTest>(); });
//
// What a store may leave to FindDueSchedules is looked at after a call of it.

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "job_contract.h"
#include "protograph/schedule.pb.h"
#include "protograph/store/schedule_store.h"

namespace protograph {

// Schedules that are the same but for what time does to them.
::testing::Matcher<const ScheduleRecord&> IsUnchangedFrom(const ScheduleRecord& expected);
::testing::Matcher<const ScheduleDefinition&> EqualsDefinition(const ScheduleDefinition& expected);

class ScheduleContract : public JobContract {
 protected:
  ScheduleStore& schedules() { return *store().schedules(); }

  // Every minute.
  static ScheduleDefinition NewDefinition(
      ScheduleDefinition::Overlap overlap = ScheduleDefinition::OVERLAP_UNSPECIFIED);
  // Its ticks, from 0; all are over.
  static absl::Time TimeOfTick(int number);
  // With a job of its own.
  static TickFiring NewTick(int number, const std::string& queue = std::string(kDefaultQueue));
  static std::vector<TickFiring> NewTicks(int first, int count);
  // Fires ticks of the schedule as it was read, which has no more after them.
  static ScheduleFiring FiringOf(const ScheduleRecord& schedule, std::vector<TickFiring> ticks);

  // Returns whether it is new.
  bool Put(const std::string& name, const ScheduleDefinition& definition,
           const std::string& source = "");
  ScheduleRecord PutNew(const std::string& name,
                        const ScheduleDefinition& definition = NewDefinition());
  ScheduleRecord Schedule(const std::string& name);
  std::vector<ScheduleRecord> FindDue(int limit = 100);
  std::vector<std::string> NamesOfDue(int limit = 100);
  std::vector<FiringRecord> Firings(const std::string& name, int limit = 100);

  FiringResult Fire(const ScheduleFiring& firing);
  // The schedule as it is now, at one tick. Must be done.
  FiringOutcome FireTick(const std::string& name, const TickFiring& tick);
  FiringOutcome FireTick(const std::string& name, int number) {
    return FireTick(name, NewTick(number));
  }
  // A tick that makes a job. Returns its id.
  std::string FireJob(const std::string& name, int number);
  // The job that is next, which must be that one.
  ClaimedJob ClaimThe(const std::string& job_id);
};

class ScheduleStoreContract : public ScheduleContract {};
class ScheduleFiringContract : public ScheduleContract {};
class ScheduleManualContract : public ScheduleContract {};
class ScheduleOverlapContract : public ScheduleContract {};
class ScheduleFailureContract : public ScheduleContract {};
class ScheduleDueContract : public ScheduleContract {};

// The second argument returns a std::unique_ptr<StoreUnderTest> whose store keeps schedules.
#define PROTOGRAPH_SCHEDULE_CONTRACT(name, ...)                                \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ScheduleStoreContract, __VA_ARGS__);   \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ScheduleFiringContract, __VA_ARGS__);  \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ScheduleManualContract, __VA_ARGS__);  \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ScheduleOverlapContract, __VA_ARGS__); \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ScheduleFailureContract, __VA_ARGS__); \
  PROTOGRAPH_STORE_CONTRACT_SUITE(name, ScheduleDueContract, __VA_ARGS__)

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_CONTRACT_SCHEDULE_CONTRACT_H_
