#ifndef PROTOGRAPH_TESTS_FAULTS_CRASH_WORK_H_
#define PROTOGRAPH_TESTS_FAULTS_CRASH_WORK_H_

// What the processes of the crash tests execute; the workflow's name says which.
//
//   five-<n>     five steps, one of them with Durability::kSync
//   movie-<n>    the film of that number in the catalogue, examples/movie_tagging
//   lab-<n>      the visit of that number, examples/lab_interpretation
//   items-<n>    kCrashItems items through two steps that run once for each, and a sum
//   random-<n>   a random graph with that seed, and a random call of it

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/exec_ctx.h"

namespace protograph {

inline constexpr int kCrashItems = 60;

class CrashWork {
 public:
  virtual ~CrashWork() = default;
  // kDataLoss for a wrong result.
  virtual absl::Status Run(ExecCtx& ctx) = 0;
};

absl::StatusOr<std::unique_ptr<CrashWork>> MakeCrashWork(const std::string& workflow);

// The part for random graphs.
std::unique_ptr<CrashWork> MakeRandomWork(unsigned seed);

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_FAULTS_CRASH_WORK_H_
