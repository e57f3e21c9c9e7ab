#ifndef PROTOGRAPH_SRC_STORE_JSON_OBJECT_H_
#define PROTOGRAPH_SRC_STORE_JSON_OBJECT_H_

#include <string_view>

namespace protograph::internal {

// Whether every store can keep this as a JSON object: exactly as RFC 8259 has it, which protobuf's
// parser does not insist on; at most 100 levels deep; no escapes of NUL or of half a surrogate
// pair; numbers of at most 64 characters and exponents of three digits. `text` is UTF-8.
bool IsJsonObject(std::string_view text);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_JSON_OBJECT_H_
