#include "durability/encoding.h"

#include <zstd.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "durability/digest.h"
#include "fmt/format.h"

namespace protograph::internal {
namespace {

// The fastest of zstd's usual levels: checkpoints live for seconds.
constexpr int kLevel = 1;

// Contexts of zstd are large, and made once a thread.
struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx* CompressionContext() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  return context.get();
}

ZSTD_DCtx* DecompressionContext() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context.get();
}

absl::StatusOr<std::string> Decompress(const std::string& payload, size_t largest) {
  const uint64_t size = ZSTD_getFrameContentSize(payload.data(), payload.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return absl::DataLossError("it is no zstd frame");
  }
  // Before memory is taken for it.
  if (size > largest) return absl::DataLossError(fmt::format("it claims to hold {} bytes", size));
  ZSTD_DCtx* const context = DecompressionContext();
  if (context == nullptr) return absl::DataLossError("there is no memory to decompress it");
  std::string bytes(size, '\0');
  const size_t written =
      ZSTD_decompressDCtx(context, bytes.data(), bytes.size(), payload.data(), payload.size());
  if (ZSTD_isError(written) != 0) return absl::DataLossError(ZSTD_getErrorName(written));
  if (written != size) return absl::DataLossError("it is shorter than it claims");
  return bytes;
}

}  // namespace

void Encode(std::string bytes, size_t compress_from, Checkpoint& checkpoint) {
  ZSTD_CCtx* const context = bytes.size() >= compress_from ? CompressionContext() : nullptr;
  if (context != nullptr) {
    std::string compressed(ZSTD_compressBound(bytes.size()), '\0');
    const size_t size = ZSTD_compressCCtx(context, compressed.data(), compressed.size(),
                                          bytes.data(), bytes.size(), kLevel);
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
