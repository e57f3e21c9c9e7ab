#include "protograph/retry_policy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fmt/format.h"
#include "protograph/random_source.h"

namespace protograph {

RetryPolicy RetryPolicy::Fixed(FixedOptions options) {
  RetryPolicy policy;
  policy.attempts_ = options.attempts;
  policy.base_ = options.delay;
  return policy;
}

RetryPolicy RetryPolicy::FromExponential(Backoff backoff, const ExponentialOptions& options) {
  RetryPolicy policy;
  policy.backoff_ = backoff;
  policy.attempts_ = options.attempts;
  policy.base_ = options.base;
  policy.multiplier_ = options.multiplier;
  policy.cap_ = options.cap;
  return policy;
}

RetryPolicy RetryPolicy::Exponential(ExponentialOptions options) {
  return FromExponential(Backoff::kExponential, options);
}

RetryPolicy RetryPolicy::ExponentialJitter(ExponentialOptions options) {
  return FromExponential(Backoff::kExponentialJitter, options);
}

RetryPolicy RetryPolicy::WithBudget(absl::Duration budget) const {
  RetryPolicy policy = *this;
  policy.budget_ = budget;
  return policy;
}

RetryPolicy RetryPolicy::RetryingOn(std::initializer_list<absl::StatusCode> codes) const {
  RetryPolicy policy = *this;
  policy.predicate_ = nullptr;
  policy.retriable_codes_ = 0;
  for (absl::StatusCode code : codes) policy.retriable_codes_ |= 1U << static_cast<unsigned>(code);
  return policy;
}

RetryPolicy RetryPolicy::RetryingIf(std::function<bool(const absl::Status&)> predicate) const {
  RetryPolicy policy = *this;
  policy.predicate_ = std::move(predicate);
  return policy;
}

bool RetryPolicy::IsRetriable(const absl::Status& error) const {
  if (predicate_ != nullptr) return predicate_(error);
  return (retriable_codes_ >> static_cast<unsigned>(error.code()) & 1U) != 0;
}

absl::Duration RetryPolicy::Delay(int attempt, RandomSource& random) const {
  // No wait at all stays none, even times the infinity of an overflown power.
  if (backoff_ == Backoff::kFixed || base_ == absl::ZeroDuration()) return base_;
  // Where the power overflows, the product is infinite and the cap holds.
  const absl::Duration full = std::min(base_ * std::pow(multiplier_, attempt - 1), cap_);
  return backoff_ == Backoff::kExponential ? full : full * UniformDouble(random);
}

absl::Status RetryPolicy::Validate() const {
  if (attempts_ < 1) {
    return absl::InvalidArgumentError(fmt::format("{} attempts: give it at least 1", attempts_));
  }
  if (base_ < absl::ZeroDuration() || base_ == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(fmt::format(
        "a wait of {}: give it a finite one that is not negative", absl::FormatDuration(base_)));
  }
  // Written so that a NaN is refused too.
  if (!(multiplier_ >= 1) || std::isinf(multiplier_)) {
    return absl::InvalidArgumentError(
        fmt::format("a multiplier of {}: give it one of 1 or more", multiplier_));
  }
  if (cap_ < base_) {
    return absl::InvalidArgumentError(
        fmt::format("a cap of {} below its first wait of {}: raise the cap",
                    absl::FormatDuration(cap_), absl::FormatDuration(base_)));
  }
  if (backoff_ != Backoff::kFixed && cap_ == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError("an infinite cap: give it a finite one");
  }
  if (budget_ <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(fmt::format("a budget of {}: give it a positive one, or none",
                                                  absl::FormatDuration(budget_)));
  }
  return absl::OkStatus();
}

std::string RetryPolicy::ToString() const {
  if (attempts_ == 1) return "1 attempt";
  std::string text =
      fmt::format("up to {} attempts, waits {}", attempts_, absl::FormatDuration(base_));
  if (backoff_ != Backoff::kFixed) {
    text += fmt::format(" * {}^n{}, at most {}", multiplier_,
                        backoff_ == Backoff::kExponentialJitter ? " with full jitter" : "",
                        absl::FormatDuration(cap_));
  }
  if (budget_ < absl::InfiniteDuration()) {
    text += fmt::format(", within {}", absl::FormatDuration(budget_));
  }
  return text;
}

}  // namespace protograph
