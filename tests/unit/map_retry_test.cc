// Retries, timeouts and hints of a step that runs once for each item: they are each item's own.

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "collections.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::film::Movie;
using ::film::TagSet;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::Recorder;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Property;
using ::testing::SizeIs;

constexpr absl::Duration kMillisecond = absl::Milliseconds(1);

// Whether each attempt is looked at, and whether other threads help.
enum class Way { kUnwatched, kWatched, kThreads };

class MapRetryTest : public ::testing::TestWithParam<Way> {
 protected:
  absl::StatusOr<Many<Movie>> Execute(StepOptions options, const Catalog::Body& fetch,
                                      int64_t items, ExecOptions exec = {}) {
    if (GetParam() == Way::kThreads) {
      options.concurrency = Concurrency::kAlways;
      options.items.parallelism = 3;
    } else {
      options.concurrency = Concurrency::kNever;
    }
    exec.clock = &clock_;
    if (GetParam() == Way::kWatched) exec.observer = &recorder_;
    const Graph graph = Catalog{.fetch = fetch, .fetch_options = options}.Build();
    ExecCtx ctx(std::move(exec));
    return graph.Execute<Many<Movie>>(ctx, Ids(items));
  }

  // Fails the first attempts of every item whose number is odd.
  static Catalog::Body OddItemsFailBefore(int succeeds_on, absl::Status error) {
    return [=](ExecCtx& ctx, int64_t number) {
      return number % 2 == 1 && ctx.attempt() < succeeds_on ? error : absl::OkStatus();
    };
  }

  FakeClock clock_;
  Recorder recorder_;
};

INSTANTIATE_TEST_SUITE_P(, MapRetryTest,
                         ::testing::Values(Way::kUnwatched, Way::kWatched, Way::kThreads),
                         [](const ::testing::TestParamInfo<Way>& way) -> std::string {
                           return way.param == Way::kUnwatched ? "Unwatched"
                                  : way.param == Way::kWatched ? "Watched"
                                                               : "Threads";
                         });

const absl::Status& Busy() {
  static const auto& error = *new absl::Status(absl::UnavailableError("busy"));
  return error;
}

TEST_P(MapRetryTest, TriesTheItemAgainAndNoOther) {
  std::mutex mutex;
  std::map<int64_t, std::vector<int>> attempts;
  const auto all = Execute(
      {.retry = RetryPolicy::Fixed({.attempts = 5, .delay = 7 * kMillisecond})},
      [&](ExecCtx& ctx, int64_t number) {
        const std::lock_guard<std::mutex> lock(mutex);
        attempts[number].push_back(ctx.attempt());
        return number == 2 && ctx.attempt() < 4 ? Busy() : absl::OkStatus();
      },
      5);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(NumbersOf(*all), UpTo(5));
  for (int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(attempts[i], i == 2 ? (std::vector<int>{1, 2, 3, 4}) : std::vector<int>{1}) << i;
  }
  EXPECT_THAT(clock_.sleeps(), ElementsAre(7 * kMillisecond, 7 * kMillisecond, 7 * kMillisecond));
}

TEST_P(MapRetryTest, CountsAttemptsForEachItem) {
  // Each needs all of its attempts.
  const auto all =
      Execute({.retry = RetryPolicy::Fixed({.attempts = 3})}, OddItemsFailBefore(3, Busy()), 600);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(NumbersOf(*all), UpTo(600));
  EXPECT_THAT(clock_.sleeps(), SizeIs(600));
}

TEST_P(MapRetryTest, TellsAttemptsAndWaitsOfTheItemThatFailed) {
  const auto all = Execute(
      {.retry = RetryPolicy::Fixed({.attempts = 3}),
       .items = {.when_item_fails = WhenItemFails::kCollectErrors}},
      [](ExecCtx&, int64_t number) { return number == 1 ? Busy() : absl::OkStatus(); }, 3);
  EXPECT_THAT(all, StatusIs(absl::StatusCode::kUnavailable,
                            "step Fetch failed for 1 of 3 items (Many<Movie>): item 1 after 3 "
                            "attempts: busy"));
  EXPECT_THAT(all, StepFailed("Fetch", EqualsProto(R"pb(
                                step: "Fetch"
                                output_type: "Many<film.Movie>"
                                path: "Many<film.Movie>"
                                attempts: 3
                                waits { nanos: 100000000 }
                                waits { nanos: 100000000 }
                                gave_up: ATTEMPTS_SPENT
                                last_error: "busy"
                                items {
                                  total: 3
                                  failed: 1
                                  first { index: 1 attempts: 3 error: "busy" }
                                })pb")));
}

TEST_P(MapRetryTest, AToleratedItemSaysHowOftenItWasTried) {
  const auto all = Execute(
      {.retry = RetryPolicy::Fixed({.attempts = 2}),
       .items = {.when_item_fails = WhenItemFails::kTolerate, .tolerated_items = 1}},
      [](ExecCtx&, int64_t number) { return number == 1 ? Busy() : absl::OkStatus(); }, 3);
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT((*all)[1],
              StatusIs(absl::StatusCode::kUnavailable, "step Fetch failed after 2 attempts: busy"));
}

TEST_P(MapRetryTest, DoesNotRetryWhatThePolicyOrTheItemCallsHopeless) {
  std::atomic<int> calls = 0;
  const StepOptions options = {.retry = RetryPolicy::Fixed({.attempts = 5}),
                               .items = {.when_item_fails = WhenItemFails::kCollectErrors}};
  const auto none = [&](ExecCtx&, int64_t) {
    ++calls;
    return absl::NotFoundError("none");
  };
  EXPECT_THAT(Execute(options, none, 3),
              StepFailed("Fetch", Property(&StepFailure::gave_up, StepFailure::NOT_RETRIABLE)));
  EXPECT_EQ(calls, 3);
  const auto hopeless = [&](ExecCtx&, int64_t) {
    ++calls;
    return DoNotRetry(Busy());
  };
  EXPECT_THAT(Execute(options, hopeless, 3),
              StepFailed("Fetch", Property(&StepFailure::gave_up, StepFailure::STEP_SAID_NO)));
  EXPECT_EQ(calls, 6);
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
}

TEST_P(MapRetryTest, WaitsAsLongAsTheItemSays) {
  const auto all = Execute(
      {.retry = RetryPolicy::Fixed({.delay = absl::Hours(1)})},
      [](ExecCtx& ctx, int64_t number) {
        return number == 1 && ctx.attempt() == 1
                   ? RetryAfter(absl::NotFoundError("soon"), absl::Seconds(3))
                   : absl::OkStatus();
      },
      3);
  EXPECT_THAT(all, IsOk());
  EXPECT_THAT(clock_.sleeps(), ElementsAre(absl::Seconds(3)));
}

TEST_P(MapRetryTest, RetriesWhatWasThrown) {
  const auto all = Execute(
      {.retry = RetryPolicy::Fixed({}).RetryingOn({absl::StatusCode::kUnknown})},
      [](ExecCtx& ctx, int64_t number) -> absl::Status {
        if (number == 1 && ctx.attempt() < 3) throw std::runtime_error("out of tape");
        return absl::OkStatus();
      },
      3);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(NumbersOf(*all), UpTo(3));
}

TEST_P(MapRetryTest, KeepsTheIdempotencyKeyOverTheAttemptsOfAnItem) {
  std::mutex mutex;
  std::map<int64_t, std::vector<std::string>> keys;
  ASSERT_THAT(Execute(
                  {.retry = RetryPolicy::Fixed({})},
                  [&](ExecCtx& ctx, int64_t number) {
                    const std::lock_guard<std::mutex> lock(mutex);
                    keys[number].push_back(ctx.IdempotencyKey());
                    return ctx.attempt() < 3 ? Busy() : absl::OkStatus();
                  },
                  3),
              IsOk());
  for (const auto& [number, of_attempts] : keys) {
    EXPECT_THAT(of_attempts, ElementsAre(of_attempts[0], of_attempts[0], of_attempts[0]));
  }
  EXPECT_NE(keys[0][0], keys[1][0]);
}

// ---- Timeouts and budgets ----

TEST_P(MapRetryTest, ATimeoutIsThatOfOneAttemptAtOneItem) {
  // All items together take longer.
  std::atomic<int> calls = 0;
  const auto all = Execute(
      {.timeout = absl::Seconds(1)},
      [&](ExecCtx& ctx, int64_t) {
        ++calls;
        EXPECT_LE(ctx.deadline(), clock_.Now() + absl::Seconds(1));
        // Threads share the clock: there nobody may make it pass.
        if (GetParam() != Way::kThreads) clock_.Advance(absl::Seconds(1));
        return absl::OkStatus();
      },
      20);
  EXPECT_THAT(all, IsOk());
  EXPECT_EQ(calls, 20);
}

TEST_P(MapRetryTest, AnItemThatEndsTooLateHasFailed) {
  // Threads share the clock: the others would end too late with it.
  if (GetParam() == Way::kThreads) return;
  const auto slow = [&](ExecCtx& ctx, int64_t number) {
    if (number == 1 && ctx.attempt() == 1) clock_.Advance(absl::Seconds(3));
    return absl::OkStatus();
  };
  EXPECT_THAT(
      Execute({.timeout = absl::Seconds(2)}, slow, 4),
      StatusIs(absl::StatusCode::kDeadlineExceeded,
               "step Fetch failed for 1 of 4 items, and 2 were not run (Many<Movie>): item 1 "
               "after 1 attempt: the attempt took longer than its timeout of 2s: raise "
               "StepOptions::timeout, or let the step look at ctx.deadline()"));
  const auto all =
      Execute({.timeout = absl::Seconds(2),
               .items = {.when_item_fails = WhenItemFails::kTolerate, .tolerated_items = 1}},
              slow, 4);
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(0, -1, 2, 3));
  // It is tried again where the policy says so.
  const auto again =
      Execute({.retry = RetryPolicy::Fixed({}), .timeout = absl::Seconds(2)}, slow, 4);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(NumbersOf(*again), UpTo(4));
}

TEST_P(MapRetryTest, ABudgetIsThatOfOneItem) {
  const StepOptions options = {
      .retry = RetryPolicy::Fixed({.attempts = 100, .delay = 40 * kMillisecond})
                   .WithBudget(100 * kMillisecond),
      .items = {.when_item_fails = WhenItemFails::kCollectErrors}};
  const auto all = Execute(options, OddItemsFailBefore(1000, Busy()), 4);
  EXPECT_THAT(all, StepFailed("Fetch", Property(&StepFailure::gave_up, StepFailure::BUDGET_SPENT)));
  if (GetParam() == Way::kThreads) return;
  EXPECT_THAT(all, StatusIs(absl::StatusCode::kUnavailable,
                            "step Fetch failed for 2 of 4 items (Many<Movie>): item 1 after 3 "
                            "attempts: busy; item 3 after 3 attempts: busy"));
}

TEST_P(MapRetryTest, AWaitThatWouldPassTheDeadlineEndsTheItem) {
  const auto all =
      Execute({.retry = RetryPolicy::Fixed({.delay = absl::Seconds(2)}),
               .items = {.when_item_fails = WhenItemFails::kTolerate, .tolerated_items = 1}},
              OddItemsFailBefore(2, Busy()), 3, {.deadline = clock_.Now() + absl::Seconds(2)});
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(0, -1, 2));
}

TEST_P(MapRetryTest, CancellationBetweenAttemptsEndsTheExecution) {
  std::stop_source stop;
  std::atomic<int> calls = 0;
  const auto all =
      Execute({.retry = RetryPolicy::Fixed({}),
               .items = {.when_item_fails = WhenItemFails::kTolerate, .tolerated_items = 9}},
              [&](ExecCtx&, int64_t number) {
                ++calls;
                if (number == 0) stop.request_stop();
                return number == 0 ? Busy() : absl::OkStatus();
              },
              1, {.stop_token = stop.get_token()});
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(all, StatusIs(absl::StatusCode::kCancelled));
  const StepFailure failure = GetStepFailure(all.status()).value_or(StepFailure());
  EXPECT_EQ(failure.gave_up(), StepFailure::CANCELLED);
  EXPECT_EQ(failure.attempts(), 1);
  EXPECT_EQ(failure.last_error(), "busy");
  EXPECT_EQ(failure.items().total(), 1);
  EXPECT_EQ(failure.items().not_run(), 0);
}

TEST_P(MapRetryTest, ALaterStepOfTheGroupHasAPolicyOfItsOwn) {
  std::atomic<int> fetched = 0;
  std::atomic<int> analyzed = 0;
  const Graph graph =
      Catalog{.fetch =
                  [&](ExecCtx&, int64_t) {
                    ++fetched;
                    return absl::OkStatus();
                  },
              .analyze =
                  [&](ExecCtx& ctx, int64_t number) {
                    ++analyzed;
                    return number == 1 && ctx.attempt() < 3 ? Busy() : absl::OkStatus();
                  },
              .analyze_options = {.retry = RetryPolicy::Fixed({.attempts = 3})}}
          .Build();
  ExecCtx ctx({.clock = &clock_});
  ASSERT_THAT(graph.Execute<TagSet>(ctx, Ids(3)), IsOk());
  // What was fetched is not fetched again.
  EXPECT_EQ(fetched, 3);
  EXPECT_EQ(analyzed, 5);
}

}  // namespace
}  // namespace protograph
