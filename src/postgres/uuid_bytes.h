#ifndef PROTOGRAPH_SRC_POSTGRES_UUID_BYTES_H_
#define PROTOGRAPH_SRC_POSTGRES_UUID_BYTES_H_

#include <array>
#include <optional>
#include <string_view>

namespace protograph::internal {

using UuidBytes = std::array<char, 16>;

// Of a UUID in its usual spelling: 8-4-4-4-12 hexadecimal digits.
std::optional<UuidBytes> ParseUuid(std::string_view text);

inline std::string_view AsBytes(const UuidBytes& uuid) { return {uuid.data(), uuid.size()}; }

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_UUID_BYTES_H_
