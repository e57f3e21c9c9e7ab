#ifndef PROTOGRAPH_SRC_BASE_UUID_H_
#define PROTOGRAPH_SRC_BASE_UUID_H_

#include <string>

#include "absl/time/time.h"
#include "protograph/random_source.h"

namespace protograph::internal {

// A UUIDv7 (RFC 9562, 5.7) in its usual spelling: milliseconds since the epoch, then random bits.
std::string MakeUuidV7(absl::Time time, RandomSource& random);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_BASE_UUID_H_
