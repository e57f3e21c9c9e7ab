#ifndef PROTOGRAPH_TESTING_SEEDED_RANDOM_H_
#define PROTOGRAPH_TESTING_SEEDED_RANDOM_H_

// SeededRandom: random numbers that are the same in every run, so that jitter can be checked and a
// failure that needs luck can be had again.
//
//   SeededRandom random(42);
//   SCOPED_TRACE(random);  // a failure says "SeededRandom(42)"
//   ExecCtx ctx({.clock = &clock, .random = &random});
//
// No member reports an error.

#include <cstdint>
#include <mutex>
#include <ostream>
#include <random>

#include "protograph/random_source.h"

namespace protograph::testing {

// Thread safe. Steps that run side by side share the numbers in the order in which they ask.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(uint64_t seed) : seed_(seed), generator_(seed) {}

  // The numbers of std::mt19937_64, which the standard defines: equal on every platform.
  uint64_t Next() override;

  uint64_t seed() const { return seed_; }

  friend std::ostream& operator<<(std::ostream& out, const SeededRandom& random) {
    return out << "SeededRandom(" << random.seed_ << ")";
  }

 private:
  const uint64_t seed_;
  std::mutex mutex_;
  std::mt19937_64 generator_;
};

}  // namespace protograph::testing

#endif  // PROTOGRAPH_TESTING_SEEDED_RANDOM_H_
