#include "base/uuid.h"

#include "fmt/format.h"

namespace protograph::internal {

std::string MakeUuidV7(absl::Time time, RandomSource& random) {
  const uint64_t millis = static_cast<uint64_t>(absl::ToUnixMillis(time)) & 0xFFFF'FFFF'FFFF;
  const uint64_t version_and_random = 0x7000 | (random.Next() >> 52);
  const uint64_t variant_and_random = (uint64_t{0b10} << 62) | (random.Next() >> 2);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", millis >> 16, millis & 0xFFFF,
                     version_and_random, variant_and_random >> 48,
                     variant_and_random & 0xFFFF'FFFF'FFFF);
}

}  // namespace protograph::internal
