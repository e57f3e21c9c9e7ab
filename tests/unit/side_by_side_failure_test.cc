// Steps that run side by side: what becomes of them when one fails, and when the execution is to
// stop.

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "branches.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"
#include "rendezvous.h"

namespace protograph {
namespace {

using ::film::Classification;
using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::film::TagSet;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::HasSubstr;

// Far above what a loaded machine needs, far below the waits that are to be cut short.
constexpr absl::Duration kAtOnce = absl::Seconds(30);

// Until the step is asked to stop.
absl::Status WaitForStop(ExecCtx& ctx) {
  absl::Notification asked;
  const std::stop_callback notify(ctx.stop_token(), [&] { asked.Notify(); });
  if (!asked.WaitForNotificationWithTimeout(kAtOnce)) return absl::InternalError("not asked");
  return ctx.CheckAlive();
}

TEST(SideBySideFailure, AsksTheOthersToStopAndReturnsOnlyWhenTheyHaveEnded) {
  for (bool director_fails : {true, false}) {
    Rendezvous both(2);
    std::atomic<bool> has_ended = false;
    const Branches::Body fails = [&](ExecCtx&) {
      if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
      return absl::NotFoundError("no such film");
    };
    const Branches::Body waits = [&](ExecCtx& ctx) {
      if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
      const absl::Status status = WaitForStop(ctx);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      has_ended = true;
      return status;
    };
    const auto graph = Branches{.director = director_fails ? fails : waits,
                                .content = director_fails ? waits : fails}
                           .Build();
    ASSERT_THAT(graph, IsOk());
    ExecCtx ctx;
    const auto answer = graph->Execute<Classification>(ctx, SomeMovie());
    EXPECT_TRUE(has_ended);
    EXPECT_THAT(answer, StatusIs(absl::StatusCode::kNotFound, HasSubstr("no such film")));
    EXPECT_THAT(answer, StepFailed(director_fails ? "DirectorProfile" : "ContentAnalysis"));
    EXPECT_FALSE(ctx.stop_token().stop_requested());
  }
}

TEST(SideBySideFailure, WakesASleepingSibling) {
  Rendezvous both(2);
  const auto graph = Branches{
      .director =
          [&](ExecCtx&) {
            if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
            return absl::NotFoundError("no such film");
          },
      .content =
          [&](ExecCtx& ctx) {
            if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
            return ctx.SleepFor(absl::Hours(1));
          }}.Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(SideBySideFailure, WakesASiblingFromItsBackoff) {
  Rendezvous both(2);
  std::atomic<int> attempts = 0;
  const auto graph =
      Branches{.director =
                   [&](ExecCtx&) {
                     if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                     return absl::NotFoundError("no such film");
                   },
               .content =
                   [&](ExecCtx&) {
                     ++attempts;
                     if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                     return absl::UnavailableError("busy");
                   },
               .content_options = {.retry = RetryPolicy::Fixed({.delay = absl::Hours(1)})}}
          .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const absl::Time begin = absl::Now();
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_LT(absl::Now() - begin, kAtOnce);
  EXPECT_EQ(attempts, 1);
}

TEST(SideBySideFailure, TheFirstFailureWins) {
  Rendezvous both(2);
  const auto graph = Branches{
      .director =
          [&](ExecCtx& ctx) {
            if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
            if (WaitForStop(ctx).ok()) return absl::OkStatus();
            return absl::DataLossError("second");
          },
      .content =
          [&](ExecCtx&) {
            if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
            return absl::NotFoundError("first");
          }}.Build();
  ASSERT_THAT(graph, IsOk());
  for (int i = 0; i < 20; ++i) {
    ExecCtx ctx;
    const auto answer = graph->Execute<Classification>(ctx, SomeMovie());
    ASSERT_THAT(answer, StatusIs(absl::StatusCode::kNotFound, HasSubstr("first")));
    ASSERT_THAT(answer, StepFailed("ContentAnalysis"));
  }
}

TEST(SideBySideFailure, AnExceptionOnAnyThreadIsAFailureOfItsStep) {
  Rendezvous both(2);
  const std::thread::id caller = std::this_thread::get_id();
  for (bool caller_throws : {true, false}) {
    const auto graph = SameBody(
                           [&, caller_throws](ExecCtx&) {
                             if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                             if ((std::this_thread::get_id() == caller) == caller_throws) {
                               throw std::runtime_error("out of tape");
                             }
                             return absl::OkStatus();
                           },
                           Concurrency::kAlways)
                           .Build();
    ASSERT_THAT(graph, IsOk());
    ExecCtx ctx;
    EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
                StatusIs(absl::StatusCode::kUnknown, HasSubstr("out of tape")));
  }
}

TEST(SideBySideFailure, BeginsNoFurtherStep) {
  std::atomic<int> begun = 0;
  Rendezvous both(2);
  const auto graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add([&](ExecCtx&, const MovieId&) -> absl::StatusOr<Movie> {
            EXPECT_TRUE(both.Meet());
            return absl::NotFoundError("no such film");
          })
          .Add([&](ExecCtx& ctx, const MovieId&) {
            EXPECT_TRUE(both.Meet());
            EXPECT_FALSE(WaitForStop(ctx).ok());
            return Poster();
          })
          .Add([&](ExecCtx&, const Poster&) {
            ++begun;
            return DirectorProfile();
          })
          .Add([](ExecCtx&, const Movie&, const DirectorProfile&) { return TagSet(); })
          .UsePool(Pool(3))
          .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(graph->Execute<TagSet>(ctx, MovieId()), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(begun, 0);
}

TEST(SideBySideStopping, TheCallersTokenReachesStepsOnAllThreads) {
  Rendezvous all(3);
  const auto graph = SameBody(
                         [&](ExecCtx& ctx) {
                           if (absl::Status s = MeetOrFail(all); !s.ok()) return s;
                           return WaitForStop(ctx);
                         },
                         Concurrency::kAlways)
                         .Build();
  ASSERT_THAT(graph, IsOk());
  std::stop_source stop;
  std::jthread stopper([&] {
    EXPECT_TRUE(all.Meet());
    stop.request_stop();
  });
  ExecCtx ctx({.stop_token = stop.get_token()});
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST(SideBySideStopping, ADeadlineEndsTheSleepOfStepsOnAllThreads) {
  Rendezvous both(2);
  const auto graph = SameBody(
                         [&](ExecCtx& ctx) {
                           if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                           return ctx.SleepFor(absl::Hours(1));
                         },
                         Concurrency::kAlways)
                         .Build();
  ASSERT_THAT(graph, IsOk());
  const absl::Time begin = absl::Now();
  // Long enough for both to begin.
  ExecCtx ctx({.deadline = begin + absl::Seconds(1)});
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - begin, kAtOnce);
}

TEST(SideBySideStopping, NoStepBeginsAfterTheDeadline) {
  FakeClock clock;
  const auto graph = SameBody(
                         [&](ExecCtx&) {
                           clock.Advance(absl::Seconds(10));
                           return absl::OkStatus();
                         },
                         Concurrency::kAlways)
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx({.deadline = clock.Now() + absl::Seconds(1), .clock = &clock});
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace protograph
