// Retries of an executing step: attempts, waits, what ends them, and what the error then tells.

#include <atomic>
#include <functional>
#include <new>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

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
using ::film::TagSet;
using ::protograph::Concurrency;
using ::protograph::DoNotRetry;
using ::protograph::ExecCtx;
using ::protograph::ExecOptions;
using ::protograph::GetStepFailure;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::RetryAfter;
using ::protograph::RetryPolicy;
using ::protograph::StepFailure;
using ::protograph::StepOptions;
using ::protograph::UniformDouble;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::Recorder;
using ::protograph::testing::SeededRandom;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Property;

constexpr absl::Duration kMillisecond = absl::Milliseconds(1);

struct StrangeError {};

// The executor has three ways to run a step: unwatched, where the first attempt costs nothing but
// its call; watched; and side by side with others. Retries are the same in all.
enum class Way { kUnwatched, kWatched, kSideBySide };

class RetryTest : public ::testing::TestWithParam<Way> {
 protected:
  // What the step does in its call number `call`, from 1.
  using Behaviour = std::function<absl::StatusOr<Movie>(ExecCtx& ctx, int call)>;

  // Executes a graph with a step FetchMovie that behaves like this.
  absl::Status Execute(StepOptions options, Behaviour behave, ExecOptions exec = {}) {
    calls_ = 0;
    options.name = "FetchMovie";
    if (GetParam() == Way::kSideBySide) options.concurrency = Concurrency::kAlways;
    const absl::StatusOr<Graph> graph =
        GraphBuilder("films")
            .Input<MovieId>()
            .Add([&](ExecCtx& ctx, const MovieId&) { return behave(ctx, ++calls_); }, options)
            .Add([&](ExecCtx&, const MovieId&) {
              sibling_began_ = true;
              sibling_began_.notify_all();
              return DirectorProfile();
            })
            .Build();
    if (!graph.ok()) return graph.status();
    exec.clock = &clock_;
    exec.random = &random_;
    if (GetParam() == Way::kWatched) exec.observer = &recorder_;
    ExecCtx ctx(std::move(exec));
    if (GetParam() == Way::kSideBySide) {
      return graph->ExecuteAll<Movie, DirectorProfile>(ctx, MovieId()).status();
    }
    return graph->Execute<Movie>(ctx, MovieId()).status();
  }

  // Fails with `error` before call number `succeeds_on`.
  static Behaviour FailsBefore(int succeeds_on, absl::Status error) {
    return [=](ExecCtx&, int call) -> absl::StatusOr<Movie> {
      if (call < succeeds_on) return error;
      return Movie();
    };
  }
  static Behaviour AlwaysFails(absl::Status error) { return FailsBefore(1'000'000, error); }

  // In FetchMovie: from here on no step is left that was not begun.
  void AwaitSibling() {
    if (GetParam() == Way::kSideBySide) sibling_began_.wait(false);
  }

  FakeClock clock_;
  SeededRandom random_{5};
  Recorder recorder_;
  int calls_ = 0;
  std::atomic<bool> sibling_began_{false};
};

INSTANTIATE_TEST_SUITE_P(, RetryTest,
                         ::testing::Values(Way::kUnwatched, Way::kWatched, Way::kSideBySide),
                         [](const ::testing::TestParamInfo<Way>& way) -> std::string {
                           switch (way.param) {
                             case Way::kUnwatched:
                               return "Unwatched";
                             case Way::kWatched:
                               return "Watched";
                             default:
                               return "SideBySide";
                           }
                         });

const absl::Status& Busy() {
  static const auto& error = *new absl::Status(absl::UnavailableError("busy"));
  return error;
}

// ---- Waits ----

TEST_P(RetryTest, TriesUntilAnAttemptSucceeds) {
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({.attempts = 5, .delay = 7 * kMillisecond})},
                      FailsBefore(4, Busy())),
              IsOk());
  EXPECT_EQ(calls_, 4);
  EXPECT_THAT(clock_.sleeps(), ElementsAre(7 * kMillisecond, 7 * kMillisecond, 7 * kMillisecond));
}

TEST_P(RetryTest, TellsTheStepWhichAttemptItIs) {
  std::vector<int> attempts;
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({.attempts = 3})},
                      [&](ExecCtx& ctx, int call) -> absl::StatusOr<Movie> {
                        attempts.push_back(ctx.attempt());
                        if (call < 3) return Busy();
                        return Movie();
                      }),
              IsOk());
  EXPECT_THAT(attempts, ElementsAre(1, 2, 3));
}

TEST_P(RetryTest, DoesNotSleepForAWaitOfNothing) {
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({.delay = absl::ZeroDuration()})},
                      FailsBefore(3, Busy())),
              IsOk());
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
}

TEST_P(RetryTest, WaitsExponentiallyLongerUpToTheCap) {
  EXPECT_THAT(Execute({.retry = RetryPolicy::Exponential({.attempts = 5,
                                                          .base = 10 * kMillisecond,
                                                          .multiplier = 3,
                                                          .cap = 50 * kMillisecond})},
                      FailsBefore(5, Busy())),
              IsOk());
  EXPECT_THAT(clock_.sleeps(), ElementsAre(10 * kMillisecond, 30 * kMillisecond, 50 * kMillisecond,
                                           50 * kMillisecond));
}

TEST_P(RetryTest, DrawsJitterFromTheExecutionsRandomSource) {
  EXPECT_THAT(Execute({.retry = RetryPolicy::ExponentialJitter(
                           {.attempts = 4, .base = absl::Seconds(1), .cap = absl::Seconds(2)})},
                      FailsBefore(4, Busy())),
              IsOk());
  SeededRandom same(random_.seed());
  const absl::Duration first = absl::Seconds(1) * UniformDouble(same);
  const absl::Duration second = absl::Seconds(2) * UniformDouble(same);
  const absl::Duration third = absl::Seconds(2) * UniformDouble(same);
  EXPECT_THAT(clock_.sleeps(), ElementsAre(first, second, third));
}

// ---- What ends it ----

TEST_P(RetryTest, StopsWhenAllAttemptsAreSpent) {
  const absl::Status status =
      Execute({.retry = RetryPolicy::Fixed({.attempts = 3})}, AlwaysFails(Busy()));
  EXPECT_EQ(calls_, 3);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                               "step FetchMovie failed after 3 attempts and 200ms of waiting "
                               "(Movie): busy"));
  EXPECT_THAT(GetStepFailure(status), ::testing::Optional(EqualsProto(R"pb(
                step: "FetchMovie"
                output_type: "film.Movie"
                path: "film.Movie"
                attempts: 3
                waits { nanos: 100000000 }
                waits { nanos: 100000000 }
                gave_up: ATTEMPTS_SPENT
                last_error: "busy")pb")));
}

TEST_P(RetryTest, DoesNotRetryWithoutAPolicy) {
  const absl::Status status = Execute({}, AlwaysFails(Busy()));
  EXPECT_EQ(calls_, 1);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                               "step FetchMovie failed after 1 attempt (Movie): busy"));
  EXPECT_THAT(status, StepFailed("FetchMovie", EqualsProto(R"pb(
                                   step: "FetchMovie"
                                   output_type: "film.Movie"
                                   path: "film.Movie"
                                   attempts: 1
                                   gave_up: ATTEMPTS_SPENT
                                   last_error: "busy")pb")));
}

TEST_P(RetryTest, DoesNotRetryWhatThePolicyCallsHopeless) {
  const absl::Status status =
      Execute({.retry = RetryPolicy::Fixed({})}, AlwaysFails(absl::NotFoundError("no such film")));
  EXPECT_EQ(calls_, 1);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(status, StepFailed("FetchMovie",
                                 Property(&StepFailure::gave_up, StepFailure::NOT_RETRIABLE)));
}

TEST_P(RetryTest, RetriesTheCodesAndErrorsItIsTold) {
  const RetryPolicy policy = RetryPolicy::Fixed({.attempts = 2});
  EXPECT_THAT(Execute({.retry = policy.RetryingOn({absl::StatusCode::kNotFound})},
                      FailsBefore(2, absl::NotFoundError("not yet"))),
              IsOk());
  const RetryPolicy asks =
      policy.RetryingIf([](const absl::Status& error) { return error.message() == "not yet"; });
  EXPECT_THAT(Execute({.retry = asks}, FailsBefore(2, absl::NotFoundError("not yet"))), IsOk());
  EXPECT_THAT(Execute({.retry = asks}, FailsBefore(2, absl::NotFoundError("never"))),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(RetryTest, GivesUpOnAnErrorThatIsHopelessLater) {
  const absl::Status status =
      Execute({.retry = RetryPolicy::Fixed({.attempts = 5})},
              [](ExecCtx&, int call) -> absl::StatusOr<Movie> {
                return call == 1 ? Busy() : absl::NotFoundError("no such film");
              });
  EXPECT_THAT(status,
              AllOf(StatusIs(absl::StatusCode::kNotFound, HasSubstr("after 2 attempts")),
                    StepFailed("FetchMovie", Property(&StepFailure::last_error, "no such film"))));
}

TEST_P(RetryTest, BeginsNoAttemptAfterTheBudget) {
  const absl::Status status =
      Execute({.retry = RetryPolicy::Fixed({.attempts = 100, .delay = 40 * kMillisecond})
                            .WithBudget(100 * kMillisecond)},
              AlwaysFails(Busy()));
  EXPECT_THAT(clock_.sleeps(), ElementsAre(40 * kMillisecond, 40 * kMillisecond));
  EXPECT_THAT(
      status,
      AllOf(StatusIs(absl::StatusCode::kUnavailable,
                     "step FetchMovie failed after 3 attempts and 80ms of waiting, as the "
                     "next attempt would begin after the retry budget (Movie): busy"),
            StepFailed("FetchMovie", Property(&StepFailure::gave_up, StepFailure::BUDGET_SPENT))));
}

TEST_P(RetryTest, CountsTheAttemptsThemselvesAgainstTheBudget) {
  const auto slow = [&](ExecCtx&, int) -> absl::StatusOr<Movie> {
    clock_.Advance(absl::Seconds(1));
    return Busy();
  };
  const absl::Time begin = clock_.Now();
  const RetryPolicy policy = RetryPolicy::Fixed({.attempts = 100, .delay = absl::Seconds(1)});
  // The last attempt may begin exactly when the budget ends.
  EXPECT_THAT(Execute({.retry = policy.WithBudget(absl::Seconds(4))}, slow),
              StepFailed("FetchMovie", Property(&StepFailure::attempts, 3)));
  EXPECT_EQ(clock_.Now(), begin + absl::Seconds(5));
}

TEST_P(RetryTest, FailsAtOnceWhereTheDeadlineWouldPassWhileItWaits) {
  const absl::Time begin = clock_.Now();
  const absl::Status status = Execute({.retry = RetryPolicy::Fixed({.delay = absl::Seconds(2)})},
                                      AlwaysFails(Busy()), {.deadline = begin + absl::Seconds(2)});
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
  EXPECT_EQ(clock_.Now(), begin);
  EXPECT_THAT(status,
              AllOf(StatusIs(absl::StatusCode::kUnavailable,
                             "step FetchMovie failed after 1 attempt, as the next attempt would "
                             "begin after the deadline (Movie): busy"),
                    StepFailed("FetchMovie",
                               Property(&StepFailure::gave_up, StepFailure::DEADLINE_WOULD_PASS))));
}

TEST_P(RetryTest, WaitsWhereTheDeadlineLeavesTime) {
  EXPECT_THAT(
      Execute({.retry = RetryPolicy::Fixed({.delay = absl::Seconds(2)})}, FailsBefore(2, Busy()),
              {.deadline = clock_.Now() + absl::Seconds(2) + kMillisecond}),
      IsOk());
  EXPECT_THAT(clock_.sleeps(), ElementsAre(absl::Seconds(2)));
}

TEST_P(RetryTest, StopsWhenTheExecutionIsCancelled) {
  std::stop_source stop;
  const absl::Status status = Execute({.retry = RetryPolicy::Fixed({})},
                                      [&](ExecCtx&, int) -> absl::StatusOr<Movie> {
                                        AwaitSibling();
                                        stop.request_stop();
                                        return Busy();
                                      },
                                      {.stop_token = stop.get_token()});
  EXPECT_EQ(calls_, 1);
  EXPECT_THAT(status, AllOf(StatusIs(absl::StatusCode::kCancelled,
                                     "step FetchMovie failed after 1 attempt, as the execution was "
                                     "asked to stop (Movie): busy"),
                            StepFailed("FetchMovie",
                                       Property(&StepFailure::gave_up, StepFailure::CANCELLED))));
}

// ---- What the step says itself ----

TEST_P(RetryTest, WaitsAsLongAsTheStepSays) {
  // Whatever the policy says about the time and the code.
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({.delay = absl::Hours(1)})},
                      FailsBefore(2, RetryAfter(absl::NotFoundError("soon"), absl::Seconds(3)))),
              IsOk());
  EXPECT_THAT(clock_.sleeps(), ElementsAre(absl::Seconds(3)));
}

TEST_P(RetryTest, TakesANegativeTimeForNone) {
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({})},
                      FailsBefore(2, RetryAfter(Busy(), -absl::Seconds(3)))),
              IsOk());
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
}

TEST_P(RetryTest, HoldsTheStepToAttemptsBudgetAndDeadline) {
  const auto gave_up = [](StepFailure::GaveUp reason) {
    return StepFailed("FetchMovie", Property(&StepFailure::gave_up, reason));
  };
  const Behaviour asks = AlwaysFails(RetryAfter(Busy(), absl::Seconds(3)));
  EXPECT_THAT(Execute({}, asks), gave_up(StepFailure::ATTEMPTS_SPENT));
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({}).WithBudget(absl::Seconds(2))}, asks),
              gave_up(StepFailure::BUDGET_SPENT));
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({})}, asks,
                      {.deadline = clock_.Now() + absl::Seconds(2)}),
              gave_up(StepFailure::DEADLINE_WOULD_PASS));
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({})},
                      AlwaysFails(RetryAfter(Busy(), absl::InfiniteDuration())),
                      {.deadline = clock_.Now() + absl::Seconds(2)}),
              gave_up(StepFailure::DEADLINE_WOULD_PASS));
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
}

TEST_P(RetryTest, BelievesAStepThatSaysItIsUseless) {
  const absl::Status status = Execute({.retry = RetryPolicy::Fixed({})},
                                      AlwaysFails(DoNotRetry(absl::UnavailableError("closed"))));
  EXPECT_EQ(calls_, 1);
  EXPECT_THAT(
      status,
      AllOf(StatusIs(absl::StatusCode::kUnavailable,
                     "step FetchMovie failed after 1 attempt, which the step said not to "
                     "retry (Movie): closed"),
            StepFailed("FetchMovie", Property(&StepFailure::gave_up, StepFailure::STEP_SAID_NO))));
}

TEST_P(RetryTest, LastWordOfTheStepHolds) {
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({})},
                      FailsBefore(2, RetryAfter(DoNotRetry(Busy()), kMillisecond))),
              IsOk());
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({})},
                      FailsBefore(2, DoNotRetry(RetryAfter(Busy(), kMillisecond)))),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_P(RetryTest, WordOfTheStepIsNotSaidToThoseAround) {
  // The outer step may be tried again even though the inner one was not.
  const absl::Status inner =
      Execute({.retry = RetryPolicy::Fixed({})}, AlwaysFails(DoNotRetry(Busy())));
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({})}, FailsBefore(2, inner)), IsOk());
}

// ---- Exceptions ----

TEST_P(RetryTest, KeepsTypeAndMessageOfAnException) {
  const absl::Status status = Execute(
      {.retry = RetryPolicy::Fixed({})},
      [](ExecCtx&, int) -> absl::StatusOr<Movie> { throw std::runtime_error("torn page"); });
  EXPECT_EQ(calls_, 1);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnknown,
                               "step FetchMovie failed after 1 attempt (Movie): "
                               "std::runtime_error: torn page"));
  EXPECT_THAT(status, StepFailed("FetchMovie", EqualsProto(R"pb(
                                   step: "FetchMovie"
                                   output_type: "film.Movie"
                                   path: "film.Movie"
                                   attempts: 1
                                   gave_up: NOT_RETRIABLE
                                   last_error: "std::runtime_error: torn page"
                                   exception_type: "std::runtime_error")pb")));
}

TEST_P(RetryTest, RetriesExceptionsWhereToldTo) {
  EXPECT_THAT(Execute({.retry = RetryPolicy::Fixed({}).RetryingOn({absl::StatusCode::kUnknown})},
                      [](ExecCtx&, int call) -> absl::StatusOr<Movie> {
                        if (call < 3) throw std::runtime_error("torn page");
                        return Movie();
                      }),
              IsOk());
  EXPECT_EQ(calls_, 3);
}

TEST_P(RetryTest, TakesBadAllocForAResourceThatIsExhausted) {
  const absl::Status status =
      Execute({.retry = RetryPolicy::Fixed({.attempts = 2})},
              [](ExecCtx&, int) -> absl::StatusOr<Movie> { throw std::bad_alloc(); });
  EXPECT_EQ(calls_, 2);
  EXPECT_THAT(status, AllOf(StatusIs(absl::StatusCode::kResourceExhausted),
                            StepFailed("FetchMovie",
                                       Property(&StepFailure::exception_type, "std::bad_alloc"))));
}

TEST_P(RetryTest, KeepsTypesThatAreNoStandardException) {
  const auto thrown = [](const std::string& type) {
    return AllOf(StatusIs(absl::StatusCode::kUnknown, HasSubstr("(Movie): " + type)),
                 StepFailed("FetchMovie", Property(&StepFailure::exception_type, type)));
  };
  EXPECT_THAT(Execute({}, [](ExecCtx&, int) -> absl::StatusOr<Movie> { throw 42; }), thrown("int"));
  EXPECT_THAT(Execute({}, [](ExecCtx&, int) -> absl::StatusOr<Movie> { throw "text"; }),
              thrown("char const*"));
  EXPECT_THAT(Execute({}, [](ExecCtx&, int) -> absl::StatusOr<Movie> { throw StrangeError(); }),
              thrown("(anonymous namespace)::StrangeError"));
}

TEST_P(RetryTest, ForgetsAnExceptionThatALaterAttemptMadeGood) {
  const absl::Status status = Execute(
      {.retry = RetryPolicy::Fixed({.attempts = 2})
                    .RetryingOn({absl::StatusCode::kUnknown, absl::StatusCode::kUnavailable})},
      [](ExecCtx&, int call) -> absl::StatusOr<Movie> {
        if (call == 1) throw std::runtime_error("torn page");
        return Busy();
      });
  EXPECT_THAT(status,
              AllOf(StatusIs(absl::StatusCode::kUnavailable),
                    StepFailed("FetchMovie", AllOf(Property(&StepFailure::exception_type, ""),
                                                   Property(&StepFailure::last_error, "busy")))));
}

// ---- The error ----

TEST_P(RetryTest, KeepsThePayloadsOfTheStepsOwnError) {
  absl::Status error = absl::DataLossError("torn page");
  error.SetPayload("example.com/page", absl::Cord("17"));
  const absl::Status status = Execute({}, AlwaysFails(error));
  EXPECT_EQ(status.GetPayload("example.com/page"), absl::Cord("17"));
  EXPECT_THAT(status, StepFailed("FetchMovie"));
}

TEST_P(RetryTest, TellsThePathFromTheWantedOutput) {
  const absl::StatusOr<Graph> graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add([](ExecCtx&, const MovieId&) -> absl::StatusOr<Movie> { return Busy(); },
               {.name = "FetchMovie"})
          .Add([](ExecCtx&, const Movie&) { return ContentAnalysis(); })
          .Add([](ExecCtx&, const Movie&) { return DirectorProfile(); },
               {.concurrency =
                    GetParam() == Way::kSideBySide ? Concurrency::kAlways : Concurrency::kAuto})
          .Add([](ExecCtx&, const ContentAnalysis&, const DirectorProfile&) { return TagSet(); })
          .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx({.observer = GetParam() == Way::kWatched ? &recorder_ : nullptr});
  const absl::Status status = graph->Execute<TagSet>(ctx, MovieId()).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                               "step FetchMovie failed after 1 attempt (TagSet <- ContentAnalysis "
                               "<- Movie): busy"));
  EXPECT_THAT(GetStepFailure(status)->path(),
              ElementsAre("film.TagSet", "film.ContentAnalysis", "film.Movie"));
}

TEST_P(RetryTest, RunsWhatComesAfterOnce) {
  int fetches = 0;
  int analyses = 0;
  const absl::StatusOr<Graph> graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add(
              [&](ExecCtx&, const MovieId& id) -> absl::StatusOr<Movie> {
                if (++fetches < 3) return Busy();
                Movie movie;
                movie.set_id(id.id());
                return movie;
              },
              {.retry = RetryPolicy::Fixed({})})
          .Add([&](ExecCtx& ctx, const Movie& movie) {
            ContentAnalysis analysis;
            analysis.set_themes(movie.id() * 10 + ctx.attempt());
            ++analyses;
            return analysis;
          })
          .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx({.clock = &clock_, .observer = GetParam() == Way::kWatched ? &recorder_ : nullptr});
  MovieId id;
  id.set_id(7);
  EXPECT_THAT(graph->Execute<ContentAnalysis>(ctx, id),
              ::protograph::testing::IsOkAndHolds(EqualsProto("themes: 71")));
  EXPECT_EQ(analyses, 1);
}

}  // namespace
