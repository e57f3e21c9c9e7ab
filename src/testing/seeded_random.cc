#include "protograph/testing/seeded_random.h"

namespace protograph::testing {

uint64_t SeededRandom::Next() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return generator_();
}

}  // namespace protograph::testing
