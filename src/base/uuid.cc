#include "base/uuid.h"

#include <charconv>
#include <cstdint>
#include <system_error>

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

absl::Time TimeOfUuidV7(std::string_view uuid) {
  // "018f3c5a-7b2e-...": 48 bits.
  if (uuid.size() < 13 || uuid[8] != '-') return absl::InfinitePast();
  int64_t millis = 0;
  for (const std::string_view part : {uuid.substr(0, 8), uuid.substr(9, 4)}) {
    int64_t bits = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), bits, 16);
    if (error != std::errc() || end != part.data() + part.size()) return absl::InfinitePast();
    millis = (millis << (4 * part.size())) | bits;
  }
  return absl::FromUnixMillis(millis);
}

}  // namespace protograph::internal
