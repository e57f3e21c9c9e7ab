#include "checked_execution.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "numbered_messages.h"
#include "protograph/errors.h"
#include "protograph/exec_ctx.h"
#include "protograph/testing/fake_clock.h"
#include "stopper.h"

namespace protograph::property {
namespace {

constexpr int kDeepest = 3;

// One execution, at any depth of nesting.
class CheckedExecution {
 public:
  CheckedExecution(ErasedGraph& graph, const PlannedCall& call, const Trouble& trouble, int depth)
      : graph_(graph), call_(call), trouble_(trouble), depth_(depth), log_(graph.types()) {
    WriteScript();
    log_.during = [this](ExecCtx& ctx, uint32_t output) { During(ctx, output); };
  }

  // `clock` and `stop_token` are those of the execution around this one, if there is one.
  void Run(testing::FakeClock& clock, absl::Time deadline, std::stop_token stop_token) {
    clock_ = &clock;
    deadline_ = std::min(deadline, clock.Now() + trouble_.deadline);
    std::optional<Stopper> stopper;
    if (trouble_.stop_at_attempt > 0 && depth_ == 0) {
      stopper.emplace();
      stopper_ = &*stopper;
      stop_token = stopper->token();
    }
    stop_token_ = stop_token;
    ExecCtx ctx({.deadline = deadline_,
                 .stop_token = stop_token,
                 .values = ContextValues().With(LogOfExecution{&log_}),
                 .clock = clock_});
    std::vector<uint64_t> answers;
    const absl::Status status = graph_.Execute(ctx, call_, log_, &answers);
    if (ctx.attempt() != 0 && depth_ == 0) Complain("left an attempt in the caller's context");
    if (status.ok()) {
      CheckAnswers(answers);
    } else {
      CheckFailure(status);
    }
    CheckRuns();
  }

 private:
  void Complain(const std::string& what) {
    graph_.complaints().Add("depth " + std::to_string(depth_) + ": the execution " + what);
  }

  void WriteScript() {
    std::mt19937 random(trouble_.seed);
    const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
    constexpr Outcome kTransient[] = {Outcome::kUnavailable, Outcome::kRetryAfter,
                                      Outcome::kThrowsBadAlloc};
    constexpr Outcome kFinal[] = {Outcome::kInvalid, Outcome::kDoNotRetry, Outcome::kThrows,
                                  Outcome::kThrowsInt};
    for (const StepSpec& step : graph_.graph_case().steps) {
      std::vector<Outcome>& script = log_.script[step.output];
      if (chance(trouble_.transient_percent)) {
        for (int i = 1; i < step.attempts; ++i) {
          if (chance(60)) script.push_back(kTransient[random() % std::size(kTransient)]);
        }
      }
      if (!chance(trouble_.final_percent)) continue;
      if (chance(50)) {
        script.push_back(kFinal[random() % std::size(kFinal)]);
      } else {
        script.resize(static_cast<size_t>(step.attempts), Outcome::kUnavailable);
      }
    }
  }

  // Whether the step makes its message if nobody interferes.
  bool Recovers(uint32_t output) const {
    const std::vector<Outcome>& script = log_.script[output];
    return std::all_of(script.begin(), script.end(), IsRetriable) &&
           static_cast<int>(script.size()) < graph_.StepFor(output).attempts;
  }

  void During(ExecCtx& ctx, uint32_t output) {
    // Only where it matters, as the clock's lock orders threads that nothing else may order.
    if (deadline_ < absl::InfiniteFuture()) clock_->Advance(absl::Milliseconds(1));
    if (begun_.fetch_add(1, std::memory_order_relaxed) + 1 == trouble_.stop_at_attempt &&
        stopper_ != nullptr) {
      stopper_->Tell(true);
      if (trouble_.attempt_waits_for_stop) {
        while (!ctx.stop_token().stop_requested()) std::this_thread::yield();
      }
    }
    if (depth_ >= kDeepest) return;
    const uint32_t dice = trouble_.seed * 31 + output * 17 + static_cast<uint32_t>(ctx.attempt());
    std::mt19937 random(dice);
    // Rarer at each depth, so that big graphs end.
    if (static_cast<int>(random() % 100) >= trouble_.nested_percent >> (2 * depth_)) return;
    const auto& calls = graph_.calls();
    Trouble inner = trouble_;
    inner.seed = static_cast<uint32_t>(random());
    inner.deadline = absl::InfiniteDuration();
    CheckedExecution nested(graph_, *calls[random() % calls.size()], inner, depth_ + 1);
    nested.Run(*clock_, ctx.deadline(), ctx.stop_token());
  }

  void CheckAnswers(const std::vector<uint64_t>& answers) {
    for (size_t i = 0; i < answers.size(); ++i) {
      const uint32_t output = call_.spec.outputs[i];
      if (answers[i] != call_.expected.values.at(output)) {
        Complain("answered with a wrong " + numbered::Name(output));
      }
    }
    for (uint32_t output : call_.expected.steps) {
      const std::vector<Outcome>& script = log_.script[output];
      if (!Recovers(output)) {
        Complain("succeeded although " + numbered::Name(output) + " cannot be made");
      } else if (log_.steps[output].attempts != static_cast<int>(script.size()) + 1) {
        Complain("ran the step for " + numbered::Name(output) + " " +
                 std::to_string(log_.steps[output].attempts) + " times instead of " +
                 std::to_string(script.size() + 1));
      }
    }
  }

  void CheckFailure(const absl::Status& status) {
    const std::optional<StepFailure> failure = GetStepFailure(status);
    if (!failure.has_value()) {
      Complain("failed without naming a step: " + status.ToString());
      return;
    }
    const std::string type = failure->output_type();
    const uint32_t output = numbered::TypeNamed(type.substr(type.find('.') + 1));
    if (!call_.expected.steps.contains(output)) {
      Complain("failed in a step that it does not need: " + status.ToString());
      return;
    }
    if (!IsJustified(*failure, output, status.code())) {
      Complain("failed for no good reason: " + status.ToString());
    }
    if (failure->attempts() != log_.steps[output].attempts) {
      Complain("counts other attempts than were made: " + status.ToString());
    }
  }

  bool IsJustified(const StepFailure& failure, uint32_t output, absl::StatusCode code) const {
    const auto attempts = static_cast<size_t>(failure.attempts());
    const std::vector<Outcome>& script = log_.script[output];
    if (attempts > script.size()) return false;
    // The two that come between attempts, or before the first.
    const bool is_between = attempts == 0 || IsRetriable(script[attempts - 1]);
    if (failure.gave_up() == StepFailure::CANCELLED) {
      return is_between && stop_token_.stop_requested() && code == absl::StatusCode::kCancelled;
    }
    if (failure.gave_up() == StepFailure::DEADLINE_PASSED) {
      return is_between && clock_->Now() >= deadline_ &&
             code == absl::StatusCode::kDeadlineExceeded;
    }
    if (attempts == 0 || code != CodeOf(script[attempts - 1])) return false;
    const Outcome last = script[attempts - 1];
    switch (failure.gave_up()) {
      case StepFailure::NOT_RETRIABLE:
        return !IsRetriable(last) && last != Outcome::kDoNotRetry;
      case StepFailure::STEP_SAID_NO:
        return last == Outcome::kDoNotRetry;
      case StepFailure::ATTEMPTS_SPENT:
        return IsRetriable(last) && static_cast<int>(attempts) == graph_.StepFor(output).attempts;
      case StepFailure::DEADLINE_WOULD_PASS:
        return IsRetriable(last) && deadline_ < absl::InfiniteFuture();
      default:
        return false;
    }
  }

  void CheckRuns() {
    for (const StepSpec& step : graph_.graph_case().steps) {
      const int attempts = log_.steps[step.output].attempts;
      if (attempts > 0 && !call_.expected.steps.contains(step.output)) {
        Complain("ran the step for " + numbered::Name(step.output) + ", which it does not need");
      }
      if (attempts > step.attempts) {
        Complain("made too many attempts for " + numbered::Name(step.output));
      }
    }
  }

  ErasedGraph& graph_;
  const PlannedCall& call_;
  const Trouble trouble_;
  const int depth_;
  ExecutionLog log_;
  testing::FakeClock* clock_ = nullptr;
  absl::Time deadline_;
  std::stop_token stop_token_;
  Stopper* stopper_ = nullptr;
  std::atomic<int> begun_{0};
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Trouble& trouble) {
  return out << "seed " << trouble.seed << ", transient " << trouble.transient_percent
             << " %, final " << trouble.final_percent << " %, nested " << trouble.nested_percent
             << " %, stop at attempt " << trouble.stop_at_attempt
             << (trouble.attempt_waits_for_stop ? " (which waits for it)" : "") << ", deadline "
             << absl::FormatDuration(trouble.deadline) << "\n";
}

void ExecuteAndCheck(ErasedGraph& graph, const PlannedCall& call, const Trouble& trouble) {
  testing::FakeClock clock;
  CheckedExecution(graph, call, trouble, 0).Run(clock, absl::InfiniteFuture(), {});
}

}  // namespace protograph::property
