// ExecCtx: what reaches the steps of an execution, and what ends it.

#include "protograph/exec_ctx.h"

#include <functional>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
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
using ::protograph::Clock;
using ::protograph::Concurrency;
using ::protograph::ContextValues;
using ::protograph::ExecCtx;
using ::protograph::ExecOptions;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::Logger;
using ::protograph::LogLevel;
using ::protograph::RandomSource;
using ::protograph::RetryPolicy;
using ::protograph::StepFailure;
using ::protograph::StepOptions;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::Recorder;
using ::protograph::testing::SeededRandom;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Property;

// A graph of one step, FetchMovie.
Graph MakeGraph(std::function<absl::StatusOr<Movie>(ExecCtx&)> fetch, StepOptions options = {}) {
  options.name = "FetchMovie";
  absl::StatusOr<Graph> graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add([fetch = std::move(fetch)](ExecCtx& ctx, const MovieId&) { return fetch(ctx); },
               std::move(options))
          .Build();
  EXPECT_THAT(graph, IsOk());
  return *std::move(graph);
}

// FetchMovie, and AnalyzeContent that needs it.
Graph MakeChain(std::function<void(ExecCtx&)> fetch, std::function<void(ExecCtx&)> analyze,
                StepOptions of_fetch = {}) {
  of_fetch.name = "FetchMovie";
  absl::StatusOr<Graph> graph = GraphBuilder("films")
                                    .Input<MovieId>()
                                    .Add(
                                        [fetch](ExecCtx& ctx, const MovieId&) {
                                          fetch(ctx);
                                          return Movie();
                                        },
                                        of_fetch)
                                    .Add(
                                        [analyze](ExecCtx& ctx, const Movie&) {
                                          analyze(ctx);
                                          return ContentAnalysis();
                                        },
                                        {.name = "AnalyzeContent"})
                                    .Build();
  EXPECT_THAT(graph, IsOk());
  return *std::move(graph);
}

absl::Status Fetch(const Graph& graph, ExecCtx& ctx) {
  return graph.Execute<Movie>(ctx, MovieId()).status();
}
absl::Status Analyze(const Graph& graph, ExecCtx& ctx) {
  return graph.Execute<ContentAnalysis>(ctx, MovieId()).status();
}

// ---- The execution's id ----

TEST(ExecutionId, IsAUuidOfVersion7) {
  FakeClock clock(absl::FromUnixMillis(0x0123'4567'89AB));
  ExecCtx ctx({.clock = &clock});
  EXPECT_THAT(ctx.execution_id(),
              MatchesRegex("01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(ExecutionId, IsTheSameHoweverOftenItIsAskedFor) {
  FakeClock clock;
  ExecCtx ctx({.clock = &clock});
  const std::string id = ctx.execution_id();
  clock.Advance(absl::Hours(1));
  EXPECT_EQ(ctx.execution_id(), id);
}

TEST(ExecutionId, IsNotGivenTwice) {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(ExecCtx().execution_id());
  EXPECT_EQ(ids.size(), 10'000U);
}

TEST(ExecutionId, UsesAllItsRandomBits) {
  // Over 200 ids every digit but the version's and the time's has taken all its values.
  FakeClock clock;
  SeededRandom random(3);
  std::vector<std::set<char>> digits(36);
  for (int i = 0; i < 200; ++i) {
    const std::string id = ExecCtx({.clock = &clock, .random = &random}).execution_id();
    for (size_t k = 0; k < id.size(); ++k) digits[k].insert(id[k]);
  }
  for (size_t k = 15; k < 36; ++k) {
    if (k == 18 || k == 23) continue;  // hyphens
    EXPECT_EQ(digits[k].size(), k == 19 ? 4U : 16U) << "digit " << k;
  }
}

TEST(ExecutionId, IsTheCallersWhereGiven) {
  std::string in_step;
  const Graph graph = MakeGraph([&](ExecCtx& ctx) {
    in_step = ctx.execution_id();
    return Movie();
  });
  ExecCtx ctx({.execution_id = "order-17"});
  ASSERT_THAT(Fetch(graph, ctx), IsOk());
  EXPECT_EQ(in_step, "order-17");
  EXPECT_EQ(ctx.execution_id(), "order-17");
}

TEST(ExecutionId, IsTheSameInStepsThatRunSideBySide) {
  std::string of_movie;
  std::string of_director;
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Add(
                             [&](ExecCtx& ctx, const MovieId&) {
                               of_movie = ctx.execution_id();
                               return Movie();
                             },
                             {.concurrency = Concurrency::kAlways})
                         .Add(
                             [&](ExecCtx& ctx, const MovieId&) {
                               of_director = ctx.execution_id();
                               return DirectorProfile();
                             },
                             {.concurrency = Concurrency::kAlways})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  ASSERT_THAT((graph->ExecuteAll<Movie, DirectorProfile>(ctx, MovieId())), IsOk());
  EXPECT_EQ(of_movie, ctx.execution_id());
  EXPECT_EQ(of_director, ctx.execution_id());
}

// ---- Deadline and timeout ----

class DeadlineTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  Recorder recorder_;
  const absl::Time begin_ = clock_.Now();
};

TEST_F(DeadlineTest, IsInfiniteUnlessGiven) {
  EXPECT_EQ(ExecCtx().deadline(), absl::InfiniteFuture());
  EXPECT_EQ(ExecCtx({.deadline = begin_}).deadline(), begin_);
}

TEST_F(DeadlineTest, BeginsNoStepOnceItHasPassed) {
  const Graph graph = MakeChain([](ExecCtx&) {}, [](ExecCtx&) {});
  ExecCtx ctx({.deadline = begin_, .clock = &clock_, .observer = &recorder_});
  EXPECT_THAT(Analyze(graph, ctx),
              AllOf(StatusIs(absl::StatusCode::kDeadlineExceeded,
                             "step FetchMovie was not begun, as the deadline has passed "
                             "(ContentAnalysis <- Movie)"),
                    StepFailed("FetchMovie", AllOf(Property(&StepFailure::attempts, 0),
                                                   Property(&StepFailure::gave_up,
                                                            StepFailure::DEADLINE_PASSED)))));
  EXPECT_THAT(recorder_.order(), IsEmpty());
}

TEST_F(DeadlineTest, StopsBetweenSteps) {
  const Graph graph =
      MakeChain([&](ExecCtx&) { clock_.Advance(absl::Seconds(2)); }, [](ExecCtx&) {});
  ExecCtx ctx({.deadline = begin_ + absl::Seconds(2), .clock = &clock_, .observer = &recorder_});
  EXPECT_THAT(Analyze(graph, ctx),
              AllOf(StatusIs(absl::StatusCode::kDeadlineExceeded), StepFailed("AnalyzeContent")));
  EXPECT_THAT(recorder_.order(), ElementsAre("FetchMovie"));
}

TEST_F(DeadlineTest, LeavesTheResultOfTheLastStepAlone) {
  const Graph graph =
      MakeChain([](ExecCtx&) {}, [&](ExecCtx&) { clock_.Advance(absl::Seconds(2)); });
  ExecCtx ctx({.deadline = begin_ + absl::Seconds(1), .clock = &clock_});
  EXPECT_THAT(Analyze(graph, ctx), IsOk());
}

TEST_F(DeadlineTest, OfAnAttemptIsTheEarlierOfTimeoutAndDeadline) {
  std::vector<absl::Duration> left;
  const auto take = [&](ExecCtx& ctx) { left.push_back(ctx.deadline() - begin_); };
  const Graph graph = MakeChain(take, take, {.timeout = absl::Seconds(5)});
  ExecCtx late({.deadline = begin_ + absl::Seconds(9), .clock = &clock_});
  ASSERT_THAT(Analyze(graph, late), IsOk());
  ExecCtx early({.deadline = begin_ + absl::Seconds(3), .clock = &clock_});
  ASSERT_THAT(Analyze(graph, early), IsOk());
  ExecCtx never({.clock = &clock_});
  ASSERT_THAT(Analyze(graph, never), IsOk());
  EXPECT_THAT(left, ElementsAre(absl::Seconds(5), absl::Seconds(9), absl::Seconds(3),
                                absl::Seconds(3), absl::Seconds(5), absl::InfiniteDuration()));
  EXPECT_EQ(late.deadline(), begin_ + absl::Seconds(9));
}

TEST_F(DeadlineTest, FailsAnAttemptThatSucceedsTooLate) {
  const Graph graph = MakeGraph(
      [&](ExecCtx&) {
        clock_.Advance(absl::Seconds(5) + absl::Nanoseconds(1));
        return Movie();
      },
      {.timeout = absl::Seconds(5)});
  ExecCtx ctx({.clock = &clock_});
  EXPECT_THAT(
      Fetch(graph, ctx),
      StatusIs(absl::StatusCode::kDeadlineExceeded,
               "step FetchMovie failed after 1 attempt (Movie): the attempt took longer "
               "than its timeout of 5s: raise StepOptions::timeout, or let the step look at "
               "ctx.deadline()"));
}

TEST_F(DeadlineTest, TakesAnAttemptThatEndsJustInTime) {
  const Graph graph = MakeGraph(
      [&](ExecCtx&) {
        clock_.Advance(absl::Seconds(5));
        return Movie();
      },
      {.timeout = absl::Seconds(5)});
  ExecCtx ctx({.clock = &clock_});
  EXPECT_THAT(Fetch(graph, ctx), IsOk());
}

TEST_F(DeadlineTest, GivesEachAttemptItsOwnTimeout) {
  std::vector<absl::Duration> deadlines;
  const Graph graph = MakeGraph(
      [&](ExecCtx& ctx) {
        deadlines.push_back(ctx.deadline() - begin_);
        if (ctx.attempt() < 3) clock_.Advance(absl::Seconds(6));
        return Movie();
      },
      {.retry = RetryPolicy::Fixed({.delay = absl::Seconds(1)}), .timeout = absl::Seconds(5)});
  ExecCtx ctx({.clock = &clock_});
  EXPECT_THAT(Fetch(graph, ctx), IsOk());
  EXPECT_THAT(deadlines, ElementsAre(absl::Seconds(5), absl::Seconds(12), absl::Seconds(19)));
}

TEST_F(DeadlineTest, OfAnAttemptStopsAnExecutionInsideIt) {
  bool analyzed = false;
  const Graph inner = MakeChain([&](ExecCtx&) { clock_.Advance(absl::Seconds(6)); },
                                [&](ExecCtx&) { analyzed = true; });
  absl::Status of_inner;
  const Graph outer = MakeGraph(
      [&](ExecCtx& ctx) -> absl::StatusOr<Movie> {
        of_inner = Analyze(inner, ctx);
        if (!of_inner.ok()) return of_inner;
        return Movie();
      },
      {.timeout = absl::Seconds(5)});
  ExecCtx ctx({.clock = &clock_});
  EXPECT_THAT(Fetch(outer, ctx), StepFailed("FetchMovie"));
  EXPECT_THAT(of_inner, StepFailed("AnalyzeContent"));
  EXPECT_FALSE(analyzed);
  // Only inside: the next execution with this context is under no deadline.
  EXPECT_THAT(Analyze(inner, ctx), IsOk());
}

TEST_F(DeadlineTest, CheckAliveTellsOfIt) {
  ExecCtx ctx({.deadline = begin_ + absl::Seconds(1), .clock = &clock_});
  EXPECT_THAT(ctx.CheckAlive(), IsOk());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(ctx.CheckAlive(),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "the deadline has passed"));
}

TEST_F(DeadlineTest, SleepForGoesByTheClockAndEndsAtTheDeadline) {
  ExecCtx ctx({.deadline = begin_ + absl::Seconds(5), .clock = &clock_});
  EXPECT_THAT(ctx.SleepFor(absl::Seconds(3)), IsOk());
  EXPECT_THAT(ctx.SleepFor(-absl::Seconds(3)), IsOk());
  EXPECT_EQ(clock_.Now(), begin_ + absl::Seconds(3));
  EXPECT_THAT(ctx.SleepFor(absl::Hours(1)), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(clock_.Now(), begin_ + absl::Seconds(5));
}

// ---- Values, logger, sources ----

struct RequestId {
  std::string text;
};

TEST(ContextValuesTest, AreFoundByTheirType) {
  const ContextValues values = ContextValues().With(RequestId{"a1"}).With(17);
  EXPECT_EQ(values.Get<RequestId>()->text, "a1");
  EXPECT_EQ(*values.Get<int>(), 17);
  EXPECT_EQ(values.Get<double>(), nullptr);
  EXPECT_EQ(ContextValues().Get<int>(), nullptr);
}

TEST(ContextValuesTest, AreImmutable) {
  const ContextValues one = ContextValues().With(1);
  const ContextValues two = one.With(2);
  EXPECT_EQ(*one.Get<int>(), 1);
  EXPECT_EQ(*two.Get<int>(), 2);
}

TEST(ContextValuesTest, FlowToEveryStep) {
  std::vector<const RequestId*> seen;
  const auto look = [&](ExecCtx& ctx) { seen.push_back(ctx.Value<RequestId>()); };
  const Graph graph = MakeChain(look, look);
  ExecCtx ctx({.values = ContextValues().With(RequestId{"a1"})});
  ASSERT_THAT(Analyze(graph, ctx), IsOk());
  EXPECT_THAT(seen, ElementsAre(ctx.Value<RequestId>(), ctx.Value<RequestId>()));
  EXPECT_EQ(ctx.Value<RequestId>()->text, "a1");
  EXPECT_EQ(ctx.Value<int>(), nullptr);
}

class Lines final : public Logger {
 public:
  void Log(LogLevel level, std::string_view message) override {
    lines.emplace_back(level, message);
  }
  std::vector<std::pair<LogLevel, std::string>> lines;
};

TEST(ExecCtxTest, HandsTheCallersThingsToTheSteps) {
  Lines lines;
  FakeClock clock;
  SeededRandom random(1);
  const Graph graph = MakeGraph([&](ExecCtx& ctx) {
    ctx.logger().Log(LogLevel::kWarning, "no poster");
    EXPECT_EQ(&ctx.clock(), &clock);
    EXPECT_EQ(&ctx.random(), &random);
    return Movie();
  });
  ExecCtx ctx({.clock = &clock, .random = &random, .logger = &lines});
  ASSERT_THAT(Fetch(graph, ctx), IsOk());
  EXPECT_THAT(lines.lines, ElementsAre(std::pair(LogLevel::kWarning, "no poster")));
}

TEST(ExecCtxTest, HasTheSystemsThingsOtherwise) {
  const ExecCtx ctx;
  EXPECT_EQ(&ctx.clock(), &Clock::System());
  EXPECT_EQ(&ctx.random(), &RandomSource::System());
  ctx.logger().Log(LogLevel::kError, "dropped");
  EXPECT_THAT(ctx.CheckAlive(), IsOk());
  EXPECT_FALSE(ctx.stop_token().stop_possible());
  EXPECT_NE(ctx.random().Next(), ctx.random().Next());
}

// ---- Step and attempt ----

struct Place {
  std::string step;
  int attempt;
  bool operator==(const Place&) const = default;
};
Place PlaceOf(const ExecCtx& ctx) { return {std::string(ctx.step_name()), ctx.attempt()}; }

class PlaceTest : public ::testing::TestWithParam<bool> {
 protected:
  // The executor runs executions that somebody watches another way.
  ExecOptions Options() {
    return {.clock = &clock_, .observer = GetParam() ? &recorder_ : nullptr};
  }

  FakeClock clock_;
  Recorder recorder_;
};

INSTANTIATE_TEST_SUITE_P(, PlaceTest, ::testing::Bool(), [](const auto& watched) -> std::string {
  return watched.param ? "Watched" : "Unwatched";
});

TEST_P(PlaceTest, IsKnownInsideAStepOnly) {
  std::vector<Place> places;
  const auto look = [&](ExecCtx& ctx) { places.push_back(PlaceOf(ctx)); };
  const Graph graph = MakeChain(look, look);
  ExecCtx ctx(Options());
  EXPECT_EQ(PlaceOf(ctx), (Place{"", 0}));
  ASSERT_THAT(Analyze(graph, ctx), IsOk());
  EXPECT_THAT(places, ElementsAre(Place{"FetchMovie", 1}, Place{"AnalyzeContent", 1}));
  EXPECT_EQ(PlaceOf(ctx), (Place{"", 0}));
}

TEST_P(PlaceTest, CountsAttemptsForEachStepAnew) {
  std::vector<Place> places;
  const Graph graph = MakeChain(
      [&](ExecCtx& ctx) {
        places.push_back(PlaceOf(ctx));
        if (ctx.attempt() < 2) throw std::bad_alloc();
      },
      [&](ExecCtx& ctx) { places.push_back(PlaceOf(ctx)); }, {.retry = RetryPolicy::Fixed({})});
  ExecCtx ctx(Options());
  ASSERT_THAT(Analyze(graph, ctx), IsOk());
  EXPECT_THAT(places, ElementsAre(Place{"FetchMovie", 1}, Place{"FetchMovie", 2},
                                  Place{"AnalyzeContent", 1}));
}

TEST_P(PlaceTest, IsTheOldOneAfterAFailure) {
  const Graph graph = MakeGraph([](ExecCtx&) { return absl::UnavailableError("busy"); },
                                {.retry = RetryPolicy::Fixed({})});
  ExecCtx ctx(Options());
  EXPECT_THAT(Fetch(graph, ctx), StepFailed("FetchMovie"));
  EXPECT_EQ(PlaceOf(ctx), (Place{"", 0}));
}

TEST_P(PlaceTest, IsTheStepsAgainAfterItHasExecutedAnotherGraph) {
  std::vector<Place> inside;
  const Graph inner = MakeChain(
      [&](ExecCtx& ctx) {
        inside.push_back(PlaceOf(ctx));
        if (ctx.attempt() < 3) throw std::bad_alloc();
      },
      [](ExecCtx&) {}, {.retry = RetryPolicy::Fixed({})});
  const Graph failing = MakeGraph([](ExecCtx&) { return absl::DataLossError("torn page"); });
  for (const Concurrency concurrency : {Concurrency::kAuto, Concurrency::kAlways}) {
    inside.clear();
    std::vector<Place> after;
    const auto outer =
        GraphBuilder("outer")
            .Input<MovieId>()
            .Add(
                [&](ExecCtx& ctx, const MovieId&) -> absl::StatusOr<TagSet> {
                  if (ctx.attempt() < 2) return absl::UnavailableError("busy");
                  EXPECT_THAT(Analyze(inner, ctx), IsOk());
                  after.push_back(PlaceOf(ctx));
                  EXPECT_THAT(Fetch(failing, ctx), StatusIs(absl::StatusCode::kDataLoss));
                  after.push_back(PlaceOf(ctx));
                  return TagSet();
                },
                {.name = "Outer", .retry = RetryPolicy::Fixed({}), .concurrency = concurrency})
            .Add([](ExecCtx&, const MovieId&) { return DirectorProfile(); })
            .Build();
    ASSERT_THAT(outer, IsOk());
    ExecCtx ctx(Options());
    ASSERT_THAT((outer->ExecuteAll<TagSet, DirectorProfile>(ctx, MovieId())), IsOk());
    EXPECT_THAT(inside, ElementsAre(Place{"FetchMovie", 1}, Place{"FetchMovie", 2},
                                    Place{"FetchMovie", 3}));
    EXPECT_THAT(after, ElementsAre(Place{"Outer", 2}, Place{"Outer", 2}));
  }
}

}  // namespace
