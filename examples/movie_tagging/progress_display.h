#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_PROGRESS_DISPLAY_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_PROGRESS_DISPLAY_H_

// Shows how far an execution is, from a thread of its own: a context may be asked for that by any
// thread at any time.

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "protograph/exec_ctx.h"

namespace movie_tagging {

// "FetchMovie 40 of 3201, EnrichMovie 40 of 3201 (2 failed)". Empty where no step has begun that
// runs once for each item.
std::string ProgressText(std::span<const protograph::StepProgress> steps);

// "[##########----------]  50%", over all steps.
std::string ProgressBar(std::span<const protograph::StepProgress> steps);

class ProgressDisplay {
 public:
  enum class Form {
    // For a terminal: a bar in a line that is written anew ten times a second, and erased in the
    // end.
    kBar,
    // For a log: a line each second, where something has changed, and one in the end.
    kLines,
  };

  // Both must outlive the display.
  ProgressDisplay(const protograph::ExecCtx& ctx, std::FILE* out, Form form);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

 private:
  void Run(const std::stop_token& stop);
  void Show();

  const protograph::ExecCtx& ctx_;
  std::FILE* const out_;
  const Form form_;
  std::string shown_;  // the thread's, and the destructor's after it
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last, as it uses the others
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_PROGRESS_DISPLAY_H_
