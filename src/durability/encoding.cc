#include "durability/encoding.h"

#include <zstd.h>

#include <utility>

#include "absl/status/status.h"
#include "durability/digest.h"
#include "fmt/format.h"

namespace protograph::internal {
namespace {

// The fastest of zstd's usual levels: checkpoints live for seconds.
constexpr int kLevel = 1;

absl::StatusOr<std::string> Decompress(const std::string& payload, size_t largest) {
  const unsigned long long size = ZSTD_getFrameContentSize(payload.data(), payload.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return absl::DataLossError("it is no zstd frame");
  }
  // Before memory is taken for it.
  if (size > largest) return absl::DataLossError(fmt::format("it claims to hold {} bytes", size));
  std::string bytes(size, '\0');
  const size_t written =
      ZSTD_decompress(bytes.data(), bytes.size(), payload.data(), payload.size());
  if (ZSTD_isError(written) != 0) return absl::DataLossError(ZSTD_getErrorName(written));
  if (written != size) return absl::DataLossError("it is shorter than it claims");
  return bytes;
}

}  // namespace

void Encode(std::string bytes, size_t compress_from, Checkpoint& checkpoint) {
  if (bytes.size() >= compress_from) {
    std::string compressed(ZSTD_compressBound(bytes.size()), '\0');
    const size_t size =
        ZSTD_compress(compressed.data(), compressed.size(), bytes.data(), bytes.size(), kLevel);
    if (ZSTD_isError(size) == 0 && size < bytes.size()) {
      compressed.resize(size);
      compressed.shrink_to_fit();
      checkpoint.encoding = Encoding::kZstd;
      checkpoint.payload = std::move(compressed);
      return;
    }
  }
  checkpoint.encoding = Encoding::kPlain;
  checkpoint.payload = std::move(bytes);
}

absl::StatusOr<std::string> Decode(const Checkpoint& checkpoint, size_t largest) {
  absl::StatusOr<std::string> bytes = absl::DataLossError(
      fmt::format("its encoding {} is none of ours", static_cast<int>(checkpoint.encoding)));
  switch (checkpoint.encoding) {
    case Encoding::kPlain:
      bytes = checkpoint.payload;
      break;
    case Encoding::kZstd:
      bytes = Decompress(checkpoint.payload, largest);
      break;
  }
  if (bytes.ok() && DigestOf(*bytes) != checkpoint.digest) {
    return absl::DataLossError("its bytes have another digest than was stored");
  }
  return bytes;
}

}  // namespace protograph::internal
