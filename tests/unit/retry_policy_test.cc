// RetryPolicy as a value: what it waits, what it retries, what it refuses to be.

#include "protograph/retry_policy.h"

#include <limits>
#include <vector>

#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace {

using ::film::Movie;
using ::film::MovieId;
using ::protograph::ExecCtx;
using ::protograph::GraphBuilder;
using ::protograph::RetryPolicy;
using ::protograph::UniformDouble;
using ::protograph::testing::IsOk;
using ::protograph::testing::SeededRandom;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Lt;

constexpr absl::Duration kMillisecond = absl::Milliseconds(1);

std::vector<absl::Duration> Delays(const RetryPolicy& policy, int count) {
  SeededRandom random(1);
  std::vector<absl::Duration> delays;
  for (int attempt = 1; attempt <= count; ++attempt) {
    delays.push_back(policy.Delay(attempt, random));
  }
  return delays;
}

TEST(RetryPolicyValue, TriesOnceUnlessToldOtherwise) {
  EXPECT_EQ(RetryPolicy().attempts(), 1);
  EXPECT_EQ(RetryPolicy::None().attempts(), 1);
  EXPECT_EQ(RetryPolicy().budget(), absl::InfiniteDuration());
  EXPECT_EQ(RetryPolicy().ToString(), "1 attempt");
  EXPECT_THAT(RetryPolicy().Validate(), IsOk());
}

TEST(RetryPolicyValue, FixedWaitsAlwaysTheSame) {
  const RetryPolicy policy = RetryPolicy::Fixed({.attempts = 4, .delay = 7 * kMillisecond});
  EXPECT_EQ(policy.attempts(), 4);
  EXPECT_THAT(Delays(policy, 3), Each(7 * kMillisecond));
  EXPECT_EQ(policy.ToString(), "up to 4 attempts, waits 7ms");
}

TEST(RetryPolicyValue, ExponentialGrowsUpToTheCap) {
  const RetryPolicy policy = RetryPolicy::Exponential(
      {.attempts = 9, .base = 10 * kMillisecond, .multiplier = 3, .cap = 100 * kMillisecond});
  EXPECT_THAT(Delays(policy, 5),
              ElementsAre(10 * kMillisecond, 30 * kMillisecond, 90 * kMillisecond,
                          100 * kMillisecond, 100 * kMillisecond));
  EXPECT_EQ(policy.ToString(), "up to 9 attempts, waits 10ms * 3^n, at most 100ms");
}

TEST(RetryPolicyValue, PowersThatNoDoubleHoldsWaitTheCap) {
  SeededRandom random(1);
  EXPECT_EQ(RetryPolicy::Exponential({.cap = absl::Seconds(30)}).Delay(100'000, random),
            absl::Seconds(30));
}

TEST(RetryPolicyValue, NoWaitStaysNoneHoweverOftenItDoubles) {
  const RetryPolicy policy = RetryPolicy::Exponential({.base = absl::ZeroDuration()});
  EXPECT_THAT(policy.Validate(), IsOk());
  SeededRandom random(1);
  EXPECT_EQ(policy.Delay(100'000, random), absl::ZeroDuration());
}

TEST(RetryPolicyValue, JitterIsUniformBelowTheExponentialWait) {
  const RetryPolicy policy = RetryPolicy::ExponentialJitter(
      {.attempts = 9, .base = 10 * kMillisecond, .cap = 100 * kMillisecond});
  SeededRandom random(7);
  SeededRandom same(7);
  double sum = 0;
  std::vector<absl::Duration> delays;
  for (int i = 0; i < 10'000; ++i) {
    delays.push_back(policy.Delay(2, random));
    EXPECT_EQ(delays.back(), 20 * kMillisecond * UniformDouble(same));
    sum += absl::ToDoubleMilliseconds(delays.back());
  }
  EXPECT_THAT(delays, Each(AllOf(Ge(absl::ZeroDuration()), Lt(20 * kMillisecond))));
  // The standard deviation of the mean is 20 / sqrt(12 * 10000) = 0.06.
  EXPECT_THAT(sum / 10'000, DoubleNear(10, 0.3));
  EXPECT_EQ(policy.ToString(),
            "up to 9 attempts, waits 10ms * 2^n with full jitter, at most 100ms");
}

TEST(RetryPolicyValue, RetriesTransientCodesByDefault) {
  std::vector<absl::StatusCode> retried;
  for (int code = 0; code <= 16; ++code) {
    const absl::Status error(static_cast<absl::StatusCode>(code), "");
    if (RetryPolicy().IsRetriable(error)) retried.push_back(error.code());
  }
  EXPECT_THAT(retried,
              ElementsAre(absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kResourceExhausted,
                          absl::StatusCode::kAborted, absl::StatusCode::kUnavailable));
}

TEST(RetryPolicyValue, CodesAndPredicateReplaceEachOther) {
  const RetryPolicy codes = RetryPolicy().RetryingOn({absl::StatusCode::kInternal});
  EXPECT_TRUE(codes.IsRetriable(absl::InternalError("")));
  EXPECT_FALSE(codes.IsRetriable(absl::UnavailableError("")));

  const RetryPolicy predicate =
      codes.RetryingIf([](const absl::Status& error) { return error.message() == "again"; });
  EXPECT_TRUE(predicate.IsRetriable(absl::NotFoundError("again")));
  EXPECT_FALSE(predicate.IsRetriable(absl::InternalError("")));

  const RetryPolicy last = predicate.RetryingOn({absl::StatusCode::kAborted});
  EXPECT_TRUE(last.IsRetriable(absl::AbortedError("")));
  EXPECT_FALSE(last.IsRetriable(absl::NotFoundError("again")));
}

TEST(RetryPolicyValue, RefinementsLeaveTheOriginalAsItWas) {
  const RetryPolicy policy = RetryPolicy::Fixed({.attempts = 2});
  const RetryPolicy refined = policy.WithBudget(absl::Seconds(3)).RetryingOn({});
  EXPECT_EQ(policy.budget(), absl::InfiniteDuration());
  EXPECT_TRUE(policy.IsRetriable(absl::UnavailableError("")));
  EXPECT_EQ(refined.budget(), absl::Seconds(3));
  EXPECT_EQ(refined.attempts(), 2);
  EXPECT_FALSE(refined.IsRetriable(absl::UnavailableError("")));
  EXPECT_EQ(refined.ToString(), "up to 2 attempts, waits 100ms, within 3s");
}

TEST(RetryPolicyValue, SaysWhatIsWrongWithIt) {
  const auto says = [](const char* phrase) {
    return StatusIs(absl::StatusCode::kInvalidArgument, phrase);
  };
  EXPECT_THAT(RetryPolicy::Fixed({.attempts = 0}).Validate(),
              says("0 attempts: give it at least 1"));
  EXPECT_THAT(RetryPolicy::Fixed({.delay = -kMillisecond}).Validate(),
              says("a wait of -1ms: give it a finite one that is not negative"));
  EXPECT_THAT(RetryPolicy::Fixed({.delay = absl::InfiniteDuration()}).Validate(),
              says("a wait of inf: give it a finite one that is not negative"));
  EXPECT_THAT(RetryPolicy::Exponential({.multiplier = 0.5}).Validate(),
              says("a multiplier of 0.5: give it one of 1 or more"));
  EXPECT_THAT(
      RetryPolicy::Exponential({.multiplier = std::numeric_limits<double>::quiet_NaN()}).Validate(),
      says("a multiplier of nan: give it one of 1 or more"));
  EXPECT_THAT(
      RetryPolicy::Exponential({.multiplier = std::numeric_limits<double>::infinity()}).Validate(),
      says("a multiplier of inf: give it one of 1 or more"));
  EXPECT_THAT(RetryPolicy::Exponential({.base = 2 * kMillisecond, .cap = kMillisecond}).Validate(),
              says("a cap of 1ms below its first wait of 2ms: raise the cap"));
  EXPECT_THAT(RetryPolicy::ExponentialJitter({.cap = absl::InfiniteDuration()}).Validate(),
              says("an infinite cap: give it a finite one"));
  EXPECT_THAT(RetryPolicy().WithBudget(absl::ZeroDuration()).Validate(),
              says("a budget of 0: give it a positive one, or none"));
}

TEST(RetryPolicyValue, BuildNamesTheStepThatHasABadOne) {
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Add([](ExecCtx&, const MovieId&) { return Movie(); },
                              {.name = "FetchMovie", .retry = RetryPolicy::Fixed({.attempts = 0})})
                         .Build();
  EXPECT_THAT(graph, StatusIs(absl::StatusCode::kInvalidArgument,
                              HasSubstr("step FetchMovie has a retry policy with 0 attempts: give "
                                        "it at least 1")));
}

}  // namespace
