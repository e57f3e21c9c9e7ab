#ifndef PROTOGRAPH_SRC_BASE_UUID_H_
#define PROTOGRAPH_SRC_BASE_UUID_H_

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "protograph/random_source.h"

namespace protograph::internal {

// A UUIDv7 (RFC 9562, 5.7) in its usual spelling: milliseconds since the epoch, then random bits.
std::string MakeUuidV7(absl::Time time, RandomSource& random);
// The milliseconds of one, as a time; the infinite past where the text does not begin as a UUID.
absl::Time TimeOfUuidV7(std::string_view uuid);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_BASE_UUID_H_
