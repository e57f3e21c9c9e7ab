#ifndef PROTOGRAPH_RANDOM_SOURCE_H_
#define PROTOGRAPH_RANDOM_SOURCE_H_

// RandomSource: where an execution's jitter and a step's own randomness come from.

#include <cstdint>

namespace protograph {

// Implementations are thread safe: steps that run side by side share the source.
class RandomSource {
 public:
  virtual ~RandomSource() = default;

  // 64 uniformly distributed bits. Not for secrets.
  virtual uint64_t Next() = 0;

  // One generator for each thread, seeded from the operating system. Lives for ever.
  static RandomSource& System();
};

// A uniformly distributed number in [0, 1), with 53 random bits.
inline double UniformDouble(RandomSource& random) {
  return static_cast<double>(random.Next() >> 11) * 0x1.0p-53;
}

}  // namespace protograph

#endif  // PROTOGRAPH_RANDOM_SOURCE_H_
