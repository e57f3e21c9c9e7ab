#include "postgres/texts.h"

#include <algorithm>
#include <cstddef>

#include "postgres/uuid_bytes.h"

namespace protograph::internal {
namespace {

// Length of the character at the beginning, 0 where it is none (Unicode 15, table 3-7) or NUL.
size_t CharacterLength(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return lead != 0;
  size_t length = 2;
  unsigned char lowest = 0x80;
  unsigned char highest = 0xBF;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead >= 0xE0) length = 3;
  if (lead >= 0xF0) length = 4;
  if (lead == 0xE0) lowest = 0xA0;
  if (lead == 0xED) highest = 0x9F;
  if (lead == 0xF0) lowest = 0x90;
  if (lead == 0xF4) highest = 0x8F;
  if (text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (byte(i) < lowest || byte(i) > highest) return 0;
    lowest = 0x80;
    highest = 0xBF;
  }
  return length;
}

// -1 where it is none.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool IsText(std::string_view bytes) {
  const bool is_ascii = std::all_of(bytes.begin(), bytes.end(), [](char c) {
    return c != 0 && (static_cast<unsigned char>(c) & 0x80) == 0;
  });
  if (is_ascii) return true;
  while (!bytes.empty()) {
    const size_t length = CharacterLength(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string CleanText(std::string_view bytes) {
  if (IsText(bytes)) return std::string(bytes);
  std::string text;
  while (!bytes.empty()) {
    const size_t length = CharacterLength(bytes);
    text.append(length > 0 ? bytes.substr(0, length) : "\xEF\xBF\xBD");
    bytes.remove_prefix(std::max<size_t>(length, 1));
  }
  return text;
}

std::string FromHex(std::string_view digits) {
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    const int high = HexDigit(digits[i]);
    const int low = HexDigit(digits[i + 1]);
    if (high < 0 || low < 0) return "";
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

std::string QuoteName(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

std::optional<UuidBytes> ParseUuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  UuidBytes uuid;
  size_t filled = 0;
  for (size_t i = 0; i < text.size();) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i++] != '-') return std::nullopt;
      continue;
    }
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid[filled++] = static_cast<char>(high << 4 | low);
    i += 2;
  }
  return uuid;
}

}  // namespace protograph::internal
