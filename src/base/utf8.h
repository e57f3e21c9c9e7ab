#ifndef PROTOGRAPH_SRC_BASE_UTF8_H_
#define PROTOGRAPH_SRC_BASE_UTF8_H_

#include <string_view>

namespace protograph::internal {

// Well-formed UTF-8 (Unicode 15, table 3-7) without a NUL character: what every store can keep.
bool IsUtf8WithoutNul(std::string_view text);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_BASE_UTF8_H_
