// Cancellation: by the caller's stop token, and of steps whose sibling has failed.

#include <atomic>
#include <stop_token>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace {

using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::protograph::Clock;
using ::protograph::Concurrency;
using ::protograph::ExecCtx;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::RetryPolicy;
using ::protograph::StepFailure;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::Recorder;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Property;

// Far below the waits that are to be cut short, far above what a loaded machine needs.
constexpr absl::Duration kAtOnce = absl::Seconds(30);

// The real clock, which says when somebody has gone to sleep by it.
class AnnouncingClock final : public Clock {
 public:
  absl::Time Now() override { return Clock::System().Now(); }
  bool SleepUntil(absl::Time wake_time, std::stop_token stop_token) override {
    if (!announced_.exchange(true)) asleep_.Notify();
    return Clock::System().SleepUntil(wake_time, stop_token);
  }

  const absl::Notification& asleep() const { return asleep_; }

 private:
  std::atomic<bool> announced_ = false;
  absl::Notification asleep_;
};

// FetchMovie that is always busy and waits an hour, and AnalyzeContent that needs it.
absl::StatusOr<Graph> MakeBusyGraph() {
  return GraphBuilder("films")
      .Input<MovieId>()
      .Add([](ExecCtx&,
              const MovieId&) -> absl::StatusOr<Movie> { return absl::UnavailableError("busy"); },
           {.name = "FetchMovie", .retry = RetryPolicy::Fixed({.delay = absl::Hours(1)})})
      .Add([](ExecCtx&, const Movie&) { return ContentAnalysis(); }, {.name = "AnalyzeContent"})
      .Build();
}

TEST(SystemClock, SleepsUntilTheTime) {
  const absl::Time wake_time = absl::Now() + absl::Milliseconds(20);
  EXPECT_TRUE(Clock::System().SleepUntil(wake_time, {}));
  EXPECT_GE(absl::Now(), wake_time);
  EXPECT_TRUE(Clock::System().SleepUntil(absl::Now() - absl::Hours(1), {}));
}

TEST(SystemClock, WakesWhenAskedToStop) {
  std::stop_source stop;
  const absl::Time begin = absl::Now();
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(Clock::System().SleepUntil(absl::InfiniteFuture(), stop.get_token()));
  EXPECT_LT(absl::Now() - begin, kAtOnce);
  EXPECT_FALSE(Clock::System().SleepUntil(begin, stop.get_token()));
}

TEST(Cancellation, BeginsNoStepOfAnExecutionThatWasStoppedBefore) {
  const auto graph = MakeBusyGraph();
  ASSERT_THAT(graph, IsOk());
  std::stop_source stop;
  stop.request_stop();
  Recorder recorder;
  ExecCtx ctx({.stop_token = stop.get_token(), .observer = &recorder});
  EXPECT_THAT(graph->Execute<ContentAnalysis>(ctx, MovieId()),
              AllOf(StatusIs(absl::StatusCode::kCancelled,
                             "step FetchMovie was not begun, as the execution was asked to stop "
                             "(ContentAnalysis <- Movie)"),
                    StepFailed("FetchMovie",
                               AllOf(Property(&StepFailure::attempts, 0),
                                     Property(&StepFailure::gave_up, StepFailure::CANCELLED)))));
  EXPECT_THAT(recorder.order(), IsEmpty());
}

TEST(Cancellation, StopsBetweenSteps) {
  std::stop_source stop;
  const auto graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add(
              [&](ExecCtx& ctx, const MovieId&) {
                EXPECT_THAT(ctx.CheckAlive(), IsOk());
                stop.request_stop();
                EXPECT_THAT(ctx.CheckAlive(), StatusIs(absl::StatusCode::kCancelled));
                return Movie();
              },
              {.name = "FetchMovie"})
          .Add([](ExecCtx&, const Movie&) { return ContentAnalysis(); }, {.name = "AnalyzeContent"})
          .Build();
  ASSERT_THAT(graph, IsOk());
  Recorder recorder;
  ExecCtx ctx({.stop_token = stop.get_token(), .observer = &recorder});
  EXPECT_THAT(graph->Execute<ContentAnalysis>(ctx, MovieId()),
              AllOf(StatusIs(absl::StatusCode::kCancelled), StepFailed("AnalyzeContent")));
  EXPECT_THAT(recorder.order(), ElementsAre("FetchMovie"));
}

TEST(Cancellation, WakesAnExecutionFromItsBackoffAtOnce) {
  const auto graph = MakeBusyGraph();
  ASSERT_THAT(graph, IsOk());
  AnnouncingClock clock;
  std::stop_source stop;
  ExecCtx ctx({.stop_token = stop.get_token(), .clock = &clock});
  std::jthread stopper([&] {
    clock.asleep().WaitForNotification();
    stop.request_stop();
  });
  const absl::Time begin = absl::Now();
  EXPECT_THAT(
      graph->Execute<ContentAnalysis>(ctx, MovieId()),
      AllOf(StatusIs(absl::StatusCode::kCancelled,
                     "step FetchMovie failed after 1 attempt and 1h of waiting, as the "
                     "execution was asked to stop (ContentAnalysis <- Movie): busy"),
            StepFailed("FetchMovie", Property(&StepFailure::gave_up, StepFailure::CANCELLED))));
  EXPECT_LT(absl::Now() - begin, kAtOnce);
}

TEST(Cancellation, WakesAStepThatSleeps) {
  AnnouncingClock clock;
  std::stop_source stop;
  ExecCtx ctx({.stop_token = stop.get_token(), .clock = &clock});
  std::jthread stopper([&] {
    clock.asleep().WaitForNotification();
    stop.request_stop();
  });
  const absl::Time begin = absl::Now();
  EXPECT_THAT(ctx.SleepFor(absl::Hours(1)), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(ctx.SleepFor(absl::InfiniteDuration()), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(absl::Now() - begin, kAtOnce);
}

TEST(Cancellation, SleepsNoMoreOnceStopped) {
  FakeClock clock;
  const absl::Time begin = clock.Now();
  std::stop_source stop;
  stop.request_stop();
  ExecCtx ctx({.stop_token = stop.get_token(), .clock = &clock});
  EXPECT_THAT(ctx.SleepFor(absl::Hours(1)), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(clock.Now(), begin);
}

// Two steps that do not need each other: FetchMovie waits an hour between attempts, and
// FetchDirectorProfile does as told.
template <class FetchDirectorProfile>
absl::StatusOr<Graph> MakeSiblings(FetchDirectorProfile fetch_director_profile) {
  return GraphBuilder("films")
      .Input<MovieId>()
      .Add([](ExecCtx&,
              const MovieId&) -> absl::StatusOr<Movie> { return absl::UnavailableError("busy"); },
           {.name = "FetchMovie",
            .retry = RetryPolicy::Fixed({.delay = absl::Hours(1)}),
            .concurrency = Concurrency::kAlways})
      .Add(fetch_director_profile,
           {.name = "FetchDirectorProfile", .concurrency = Concurrency::kAlways})
      .Build();
}

TEST(Cancellation, WakesASiblingOfAFailedStepFromItsBackoff) {
  AnnouncingClock clock;
  const auto graph = MakeSiblings([&](ExecCtx&, const MovieId&) -> absl::StatusOr<DirectorProfile> {
    clock.asleep().WaitForNotification();
    return absl::DataLossError("torn page");
  });
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx({.clock = &clock});
  const absl::Time begin = absl::Now();
  EXPECT_THAT((graph->ExecuteAll<Movie, DirectorProfile>(ctx, MovieId())),
              AllOf(StatusIs(absl::StatusCode::kDataLoss), StepFailed("FetchDirectorProfile")));
  EXPECT_LT(absl::Now() - begin, kAtOnce);
}

TEST(Cancellation, ReachesStepsThatRunSideBySide) {
  AnnouncingClock clock;
  std::stop_source stop;
  const auto graph =
      MakeSiblings([&](ExecCtx& ctx, const MovieId&) -> absl::StatusOr<DirectorProfile> {
        clock.asleep().WaitForNotification();
        stop.request_stop();
        return ctx.SleepFor(absl::InfiniteDuration());
      });
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx({.stop_token = stop.get_token(), .clock = &clock});
  const absl::Time begin = absl::Now();
  EXPECT_THAT((graph->ExecuteAll<Movie, DirectorProfile>(ctx, MovieId())),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(absl::Now() - begin, kAtOnce);
}

}  // namespace
