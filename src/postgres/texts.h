#ifndef PROTOGRAPH_SRC_POSTGRES_TEXTS_H_
#define PROTOGRAPH_SRC_POSTGRES_TEXTS_H_

#include <string>
#include <string_view>

namespace protograph::internal {

// Whether Postgres takes this for a text: UTF-8 without NUL characters.
bool IsText(std::string_view bytes);

// The text itself where it is one, else with U+FFFD for each byte that does not belong in it.
std::string CleanText(std::string_view bytes);

// Of hexadecimal digits, the bytes. Empty where it is none.
std::string FromHex(std::string_view digits);

// As SQL: a name in double quotes.
std::string QuoteName(std::string_view name);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_TEXTS_H_
