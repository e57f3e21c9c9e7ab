#ifndef PROTOGRAPH_SRC_TOOLS_CLI_JSON_WRITER_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_JSON_WRITER_H_

// JsonWriter: JSON on one line, its fields in the order in which they are written.
//
//   JsonWriter json;
//   json.BeginObject().Key("id").String(id).Key("tags").BeginArray().EndArray().EndObject();
//   std::cout << json.text() << '\n';

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace protograph::cli {

class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view key);

  // What is not UTF-8 of it becomes U+FFFD.
  JsonWriter& String(std::string_view text);
  JsonWriter& Int(int64_t number);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  // RFC 3339, in UTC.
  JsonWriter& Time(absl::Time time);
  // What is JSON already.
  JsonWriter& Json(std::string_view json);

  const std::string& text() const { return text_; }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void Separate();
  void Quote(std::string_view text);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_JSON_WRITER_H_
