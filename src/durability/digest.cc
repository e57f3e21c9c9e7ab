#include "durability/digest.h"

#include <xxhash.h>

#include <algorithm>

#include "base/stable_bytes.h"
#include "fmt/format.h"

namespace protograph::internal {
namespace {

void AppendNumber(std::string& bytes, uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((number >> shift) & 0xFF));
  }
}

void AppendDigest(std::string& bytes, const Digest& digest) {
  AppendNumber(bytes, digest.high);
  AppendNumber(bytes, digest.low);
}

// The length first, so that ("ab", "c") and ("a", "bc") differ.
void AppendField(std::string& bytes, std::string_view field) {
  AppendNumber(bytes, field.size());
  bytes.append(field);
}

}  // namespace

Digest DigestOf(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {.high = hash.high64, .low = hash.low64};
}

Digest DigestOf(TypeKey type, Value value) {
  if (!type.is_many()) return DigestOf(StableBytes(MessageAt(value)));
  const ManyBase& many = ManyAt(value);
  return DigestOf(many, [&](size_t i) { return DigestOf(StableBytes(*many.message(i))); });
}

Digest DigestOf(const ManyBase& many, absl::FunctionRef<Digest(size_t)> of_item) {
  std::string bytes;
  bytes.reserve(many.size() * (2 * sizeof(uint64_t) + 1));
  for (size_t i = 0; i < many.size(); ++i) {
    const bool is_error = many.message(i) == nullptr;
    bytes.push_back(is_error ? 'e' : 'i');
    AppendDigest(bytes, is_error ? DigestOf(many.status(i).ToString()) : of_item(i));
  }
  return DigestOf(bytes);
}

Digest InputHash(std::string_view graph, const StepInfo& step, std::span<const Digest> inputs) {
  std::string bytes;
  AppendField(bytes, graph);
  AppendField(bytes, step.name);
  AppendNumber(bytes, static_cast<uint64_t>(step.options.version));
  for (const Digest& input : inputs) AppendDigest(bytes, input);
  return DigestOf(bytes);
}

Digest ResultHash(std::string_view graph, std::string_view fingerprint,
                  std::span<const StepRecord* const> steps,
                  std::vector<std::pair<std::string, Digest>> inputs) {
  std::sort(inputs.begin(), inputs.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string bytes;
  AppendField(bytes, graph);
  AppendField(bytes, fingerprint);
  for (const StepRecord* step : steps) {
    AppendField(bytes, step->info->name);
    AppendNumber(bytes, static_cast<uint64_t>(step->info->options.version));
  }
  for (const auto& [type, digest] : inputs) {
    AppendField(bytes, type);
    AppendDigest(bytes, digest);
  }
  return DigestOf(bytes);
}

std::string ToHex(const Digest& digest) {
  return fmt::format("{:016x}{:016x}", digest.high, digest.low);
}

}  // namespace protograph::internal
