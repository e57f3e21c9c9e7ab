#ifndef PROTOGRAPH_TESTS_BENCH_OR_DIE_H_
#define PROTOGRAPH_TESTS_BENCH_OR_DIE_H_

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/status/statusor.h"

namespace protograph::bench {

inline void DieUnlessOk(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "error: " << status << "\n";
  std::exit(2);
}

// The value; a benchmark that lacks it ends the program with the error.
template <class T>
T OrDie(absl::StatusOr<T> result) {
  DieUnlessOk(result.status());
  return *std::move(result);
}

}  // namespace protograph::bench

#endif  // PROTOGRAPH_TESTS_BENCH_OR_DIE_H_
