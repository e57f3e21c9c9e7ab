#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_OPTIONS_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace movie_tagging {

// What the program was asked to do.
struct Options {
  bool help = false;
  bool all = false;
  bool catalogue = false;       // all films in one execution
  std::optional<int> movie_id;  // set exactly where none of these is
  std::string data;             // path of the CSV file
  std::string jsonl;            // empty: nothing is written; "-": standard output
  double flaky = 0;             // probability with which the analyzer fails
  std::uint32_t seed = 1;       // of those failures
  absl::Duration delay;         // how long the analyzer takes, beside what it computes
  int threads = 1;
  bool threads_chosen = false;  // by the caller
  // Shows how an execution survives its process; and what that starts: the process that is killed.
  bool resume_demo = false;
  bool resume_worker = false;
  std::string database;  // for libpq; empty: a server of the demonstration's own
};

// Reads the arguments after the program's name. InvalidArgument, saying what to write instead,
// where they make no sense. `default_data` is the path without --data.
absl::StatusOr<Options> ParseOptions(std::span<const std::string> arguments,
                                     const std::string& default_data);

// How the program is called.
std::string UsageText(const std::string& default_data);

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_OPTIONS_H_
