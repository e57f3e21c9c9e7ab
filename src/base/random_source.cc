#include "protograph/random_source.h"

#include <random>

namespace protograph {
namespace {

class SystemRandom final : public RandomSource {
 public:
  uint64_t Next() override {
    thread_local std::mt19937_64 generator = [] {
      std::random_device device;
      std::seed_seq seed{device(), device(), device(), device()};
      return std::mt19937_64(seed);
    }();
    return generator();
  }
};

}  // namespace

RandomSource& RandomSource::System() {
  static auto& random = *new SystemRandom;
  return random;
}

}  // namespace protograph
