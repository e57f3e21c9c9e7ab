#include "base/fnv128.h"

#include "fmt/format.h"

namespace protograph::internal {

void Fnv128::Add(std::string_view bytes) {
  for (char c : bytes) {
    hash_ ^= static_cast<unsigned char>(c);
    hash_ *= kPrime;
  }
}

void Fnv128::AddField(std::string_view bytes) {
  Add(fmt::format("{}:", bytes.size()));
  Add(bytes);
}

std::string Fnv128::Hex() const {
  return fmt::format("{:016x}{:016x}", static_cast<uint64_t>(hash_ >> 64),
                     static_cast<uint64_t>(hash_));
}

}  // namespace protograph::internal
