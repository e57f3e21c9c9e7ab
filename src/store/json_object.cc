#include "store/json_object.h"

#include <cstddef>
#include <optional>

namespace protograph::internal {
namespace {

constexpr int kMostLevels = 100;
constexpr size_t kLongestNumber = 64;
constexpr size_t kMostExponentDigits = 3;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads what it accepts, one construct of the grammar a function, and says whether it was there.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool ReadDocument() {
    SkipSpace();
    if (!ReadObject(1)) return false;
    SkipSpace();
    return rest_.empty();
  }

 private:
  void SkipSpace() {
    const size_t end = rest_.find_first_not_of(" \t\n\r");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }

  bool Read(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  bool ReadObject(int level) {
    return ReadList("{", "}", [&] {
      if (!ReadString()) return false;
      SkipSpace();
      if (!Read(":")) return false;
      SkipSpace();
      return ReadValue(level);
    });
  }

  bool ReadArray(int level) {
    return ReadList("[", "]", [&] { return ReadValue(level); });
  }

  template <class ReadItem>
  bool ReadList(std::string_view begin, std::string_view end, ReadItem read_item) {
    if (!Read(begin)) return false;
    SkipSpace();
    if (Read(end)) return true;
    while (true) {
      if (!read_item()) return false;
      SkipSpace();
      if (Read(end)) return true;
      if (!Read(",")) return false;
      SkipSpace();
    }
  }

  // A value in an object or array of this level.
  bool ReadValue(int level) {
    if (rest_.starts_with('{')) return level < kMostLevels && ReadObject(level + 1);
    if (rest_.starts_with('[')) return level < kMostLevels && ReadArray(level + 1);
    if (rest_.starts_with('"')) return ReadString();
    return Read("true") || Read("false") || Read("null") || ReadNumber();
  }

  bool ReadString() {
    if (!Read("\"")) return false;
    while (!Read("\"")) {
      if (rest_.empty() || static_cast<unsigned char>(rest_.front()) < 0x20) return false;
      if (Read("\\")) {
        if (!ReadEscaped()) return false;
      } else {
        rest_.remove_prefix(1);
      }
    }
    return true;
  }

  // What follows a backslash.
  bool ReadEscaped() {
    if (!Read("u")) {
      constexpr std::string_view kEscapable = "\"\\/bfnrt";
      if (rest_.empty() || kEscapable.find(rest_.front()) == std::string_view::npos) return false;
      rest_.remove_prefix(1);
      return true;
    }
    const std::optional<int> unit = ReadFourHexDigits();
    if (!unit.has_value() || *unit == 0) return false;
    if (*unit < 0xD800 || *unit > 0xDFFF) return true;
    if (*unit > 0xDBFF || !Read("\\u")) return false;
    const std::optional<int> low = ReadFourHexDigits();
    return low.has_value() && *low >= 0xDC00 && *low <= 0xDFFF;
  }

  std::optional<int> ReadFourHexDigits() {
    if (rest_.size() < 4) return std::nullopt;
    int value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (IsDigit(c)) {
        value = value * 16 + (c - '0');
      } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
        value = value * 16 + ((c | 0x20) - 'a' + 10);
      } else {
        return std::nullopt;
      }
    }
    return value;
  }

  // How many there were.
  size_t ReadDigits() {
    size_t count = 0;
    while (count < rest_.size() && IsDigit(rest_[count])) ++count;
    rest_.remove_prefix(count);
    return count;
  }

  bool ReadNumber() {
    const size_t before = rest_.size();
    Read("-");
    if (!Read("0") && ReadDigits() == 0) return false;
    if (Read(".") && ReadDigits() == 0) return false;
    if (Read("e") || Read("E")) {
      if (!Read("+")) Read("-");
      const size_t digits = ReadDigits();
      if (digits == 0 || digits > kMostExponentDigits) return false;
    }
    return before - rest_.size() <= kLongestNumber;
  }

  std::string_view rest_;
};

}  // namespace

bool IsJsonObject(std::string_view text) { return Reader(text).ReadDocument(); }

}  // namespace protograph::internal
