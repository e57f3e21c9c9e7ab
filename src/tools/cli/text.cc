#include "tools/cli/text.h"

#include <algorithm>

#include "fmt/format.h"
#include "postgres/texts.h"

namespace protograph::cli {

std::string OneLine(std::string_view text, size_t length) {
  const std::string clean = internal::CleanText(text);
  std::string line;
  for (size_t i = 0; i < clean.size(); ++i) {
    const auto byte = static_cast<unsigned char>(clean[i]);
    const bool is_start = (byte & 0xc0) != 0x80;
    if (is_start && line.size() >= length) return line + "...";
    // U+0080 to U+009F are control characters too, of two bytes.
    const bool is_long_control = byte == 0xc2 && static_cast<unsigned char>(clean[i + 1]) < 0xa0;
    if (byte < 0x20 || byte == 0x7f || is_long_control) {
      line += ' ';
      if (is_long_control) ++i;
    } else {
      line += clean[i];
    }
  }
  return line;
}

std::string ShortDuration(absl::Duration duration) {
  duration = std::max(duration, absl::ZeroDuration());
  if (duration == absl::InfiniteDuration()) return "for ever";
  if (duration < absl::Seconds(1)) return fmt::format("{}ms", absl::ToInt64Milliseconds(duration));
  if (duration < absl::Minutes(2)) return fmt::format("{}s", absl::ToInt64Seconds(duration));
  if (duration < absl::Hours(2)) return fmt::format("{}m", absl::ToInt64Minutes(duration));
  if (duration < absl::Hours(48)) return fmt::format("{}h", absl::ToInt64Hours(duration));
  return fmt::format("{}d", absl::ToInt64Hours(duration) / 24);
}

std::string Count(int64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string_view ShortName(std::string_view full_name) {
  return full_name.substr(full_name.rfind('.') + 1);
}

std::string ShellWord(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace protograph::cli
