#ifndef PROTOGRAPH_EXAMPLES_COMMON_PROGRESS_H_
#define PROTOGRAPH_EXAMPLES_COMMON_PROGRESS_H_

// A line on the terminal that says how far a long piece of work is.

#include <cstddef>
#include <cstdio>
#include <mutex>
#include <string>

#include "absl/time/time.h"

namespace examples {

// Whether a person is likely to watch `stream`. Elsewhere, such as in a log, progress is noise.
bool IsTerminal(std::FILE* stream);

// Thread safe. Erases its line when destroyed.
class Progress {
 public:
  // `what` is what is counted, such as "films". Shows nothing where `stream` is null.
  Progress(std::FILE* stream, std::string what, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // One more is done. Rewrites the line at most ten times a second.
  void Advance();

 private:
  void Show(absl::Time now);

  std::FILE* const stream_;
  const std::string what_;
  const std::size_t total_;
  const absl::Time start_;
  std::mutex mutex_;
  std::size_t done_ = 0;
  absl::Time last_shown_ = absl::InfinitePast();
};

}  // namespace examples

#endif  // PROTOGRAPH_EXAMPLES_COMMON_PROGRESS_H_
