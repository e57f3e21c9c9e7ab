#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_STEP_TRACE_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_STEP_TRACE_H_

#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "protograph/exec_ctx.h"
#include "protograph/execution_observer.h"

namespace movie_tagging {

// Writes down what each step of one execution took, made, and how long that took, to explain it to
// people. Thread safe; must outlive the execution.
class StepTrace : public protograph::ExecutionObserver {
 public:
  void OnAttemptStart(const protograph::ExecCtx& ctx, const protograph::StepEvent& event) override;
  void OnAttemptEnd(const protograph::ExecCtx& ctx, const protograph::StepEvent& event,
                    const absl::Status& status, const google::protobuf::Message* output) override;
  void OnBackoff(const protograph::ExecCtx& ctx, const protograph::StepEvent& event,
                 absl::Duration wait, const absl::Status& error) override;

  // The steps in the order in which they began. Ends in a newline.
  std::string ToText() const;

 private:
  struct Attempt {
    absl::Time start;
    absl::Duration took;
    absl::Status status;
    absl::Duration wait;  // until the next attempt
  };
  struct Step {
    std::string name;
    std::string output_type;
    std::vector<std::string> inputs;
    std::string output;
    std::vector<Attempt> attempts;
  };

  // With the lock.
  Step& Find(const protograph::StepEvent& event);

  mutable std::mutex mutex_;
  std::vector<Step> steps_;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_STEP_TRACE_H_
