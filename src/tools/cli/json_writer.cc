#include "tools/cli/json_writer.h"

#include "fmt/format.h"
#include "postgres/texts.h"

namespace protograph::cli {

void JsonWriter::Separate() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = true;
}

JsonWriter& JsonWriter::Open(char bracket) {
  Separate();
  text_ += bracket;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::Close(char bracket) {
  text_ += bracket;
  needs_comma_ = true;
  return *this;
}

void JsonWriter::Quote(std::string_view text) {
  text_ += '"';
  for (const char c : internal::CleanText(text)) {
    switch (c) {
      case '"':
        text_ += "\\\"";
        break;
      case '\\':
        text_ += "\\\\";
        break;
      case '\n':
        text_ += "\\n";
        break;
      case '\t':
        text_ += "\\t";
        break;
      default:
        // DEL and what is below the space: a terminal might take them for commands.
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          text_ += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          text_ += c;
        }
    }
  }
  text_ += '"';
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  Separate();
  Quote(key);
  text_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  Separate();
  Quote(text);
  return *this;
}

JsonWriter& JsonWriter::Int(int64_t number) { return Json(fmt::format("{}", number)); }

JsonWriter& JsonWriter::Bool(bool value) { return Json(value ? "true" : "false"); }

JsonWriter& JsonWriter::Null() { return Json("null"); }

JsonWriter& JsonWriter::Time(absl::Time time) {
  return String(absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", time, absl::UTCTimeZone()));
}

JsonWriter& JsonWriter::Json(std::string_view json) {
  Separate();
  text_ += json;
  return *this;
}

}  // namespace protograph::cli
