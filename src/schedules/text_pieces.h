#ifndef PROTOGRAPH_SRC_SCHEDULES_TEXT_PIECES_H_
#define PROTOGRAPH_SRC_SCHEDULES_TEXT_PIECES_H_

// ASCII texts, taken apart. Not abseil's functions, as its string_view is not everywhere the one of
// the standard (in Debian's packages it is another type).

#include <string_view>
#include <vector>

namespace protograph::internal {

// What is between the separators, empty pieces too.
std::vector<std::string_view> SplitAt(std::string_view text, char separator);
// What is between spaces and tabs.
std::vector<std::string_view> WordsOf(std::string_view text);
// Without the spaces and tabs around it.
std::string_view Trimmed(std::string_view text);

bool EqualsIgnoringCase(std::string_view a, std::string_view b);
bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix);
bool EndsWithIgnoringCase(std::string_view text, std::string_view suffix);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_TEXT_PIECES_H_
