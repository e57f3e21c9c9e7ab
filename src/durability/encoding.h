#ifndef PROTOGRAPH_SRC_DURABILITY_ENCODING_H_
#define PROTOGRAPH_SRC_DURABILITY_ENCODING_H_

// How a message's bytes become those of a checkpoint, and back.

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "protograph/store/store.h"

namespace protograph::internal {

// Sets payload and encoding: compressed by zstd where there are at least `compress_from` bytes and
// that makes them fewer.
void Encode(std::string bytes, size_t compress_from, Checkpoint& checkpoint);

// The message's bytes. kDataLoss where they are not those that were stored: not to be decoded,
// larger than `largest`, or of another digest.
absl::StatusOr<std::string> Decode(const Checkpoint& checkpoint, size_t largest);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_ENCODING_H_
