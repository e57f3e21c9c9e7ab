#ifndef PROTOGRAPH_RETRY_POLICY_H_
#define PROTOGRAPH_RETRY_POLICY_H_

// RetryPolicy: how often a step is tried, how long is waited in between, and after which errors.
//
//   builder.Add<AnalyzeContent>(
//       {.retry = RetryPolicy::ExponentialJitter({.attempts = 5, .base = absl::Milliseconds(100)})
//                     .WithBudget(absl::Seconds(10))});
//
// A policy is a value: copy it, keep it in a constant, share it. What it refuses (no attempt, a
// negative wait) is reported by GraphBuilder::Build, which names the step.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace protograph {

class RandomSource;

class RetryPolicy {
 public:
  struct FixedOptions {
    int attempts = 3;  // all of them, the first one too
    absl::Duration delay = absl::Milliseconds(100);
  };
  struct ExponentialOptions {
    int attempts = 3;  // all of them, the first one too
    absl::Duration base = absl::Milliseconds(100);
    double multiplier = 2;
    absl::Duration cap = absl::Seconds(30);  // no wait is longer
  };

  // One attempt.
  RetryPolicy() = default;
  static RetryPolicy None() { return {}; }

  // The same wait before each new attempt.
  static RetryPolicy Fixed(FixedOptions options);

  // Waits base, base * multiplier, base * multiplier^2, ... up to the cap.
  static RetryPolicy Exponential(ExponentialOptions options);

  // Waits a random time between nothing and what Exponential would wait ("full jitter": Brooker,
  // "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). The one to choose where many
  // executions fail together.
  static RetryPolicy ExponentialJitter(ExponentialOptions options);

  // Bounds the time from the start of the first attempt to the start of the last. A wait that would
  // end later is not begun: the step fails with what it knows.
  [[nodiscard]] RetryPolicy WithBudget(absl::Duration budget) const;

  // Replaces the set of retriable codes, which is kUnavailable, kAborted, kResourceExhausted and
  // kDeadlineExceeded by default.
  [[nodiscard]] RetryPolicy RetryingOn(std::initializer_list<absl::StatusCode> codes) const;

  // Replaces the set of codes by a question. The predicate must be thread safe and must not throw.
  [[nodiscard]] RetryPolicy RetryingIf(std::function<bool(const absl::Status&)> predicate) const;

  int attempts() const { return attempts_; }
  absl::Duration budget() const { return budget_; }

  // Whether `error` is worth another attempt, by this policy alone. What the step itself says with
  // RetryAfter or DoNotRetry (see errors.h) comes first.
  bool IsRetriable(const absl::Status& error) const;

  // How long to wait after attempt number `attempt` (from 1) failed.
  absl::Duration Delay(int attempt, RandomSource& random) const;

  // What is wrong with the policy, as a phrase for an error of Build; OK where nothing is.
  absl::Status Validate() const;

  // One line for people: "up to 5 attempts, waits 100ms * 2^n with full jitter, at most 30s".
  std::string ToString() const;

 private:
  enum class Backoff { kFixed, kExponential, kExponentialJitter };

  static RetryPolicy FromExponential(Backoff backoff, const ExponentialOptions& options);

  int attempts_ = 1;
  Backoff backoff_ = Backoff::kFixed;
  absl::Duration base_ = absl::ZeroDuration();
  double multiplier_ = 1;
  absl::Duration cap_ = absl::InfiniteDuration();
  absl::Duration budget_ = absl::InfiniteDuration();
  // Bit n stands for status code n.
  uint32_t retriable_codes_ = (1U << static_cast<unsigned>(absl::StatusCode::kUnavailable)) |
                              (1U << static_cast<unsigned>(absl::StatusCode::kAborted)) |
                              (1U << static_cast<unsigned>(absl::StatusCode::kResourceExhausted)) |
                              (1U << static_cast<unsigned>(absl::StatusCode::kDeadlineExceeded));
  std::function<bool(const absl::Status&)> predicate_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_RETRY_POLICY_H_
