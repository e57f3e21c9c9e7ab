#ifndef PROTOGRAPH_SRC_TOOLS_CLI_TEXT_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_TEXT_H_

// How things are written for people.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace protograph::cli {

// On one line, without the control characters that a terminal might obey, and cut after `length`
// bytes or so.
std::string OneLine(std::string_view text, size_t length = 60);

// "850ms", "12s", "3m", "5h", "4d".
std::string ShortDuration(absl::Duration duration);

// "1 job", "3 jobs".
std::string Count(int64_t number, std::string_view noun);

// "movie_tagging.TagSet": "TagSet".
std::string_view ShortName(std::string_view full_name);

// As a POSIX shell reads it as one word.
std::string ShellWord(std::string_view text);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_TEXT_H_
