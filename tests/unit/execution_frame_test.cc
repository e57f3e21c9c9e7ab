// Where messages lie while an execution runs, and what becomes of them: nothing is copied, each
// result is destroyed once, frames are used again, also by executions inside steps.

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/internal/graph_core.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace {

namespace internal = ::protograph::internal;

using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::TagSet;
using ::protograph::ExecCtx;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::internal::DefineStep;
using ::protograph::internal::GraphAccess;
using ::protograph::internal::GraphParts;
using ::protograph::internal::MakeGraphCore;
using ::protograph::testing::IsOk;
using ::protograph::testing::Recorder;
using ::protograph::testing::StatusIs;

MovieId Id(int64_t id) {
  MovieId message;
  message.set_id(id);
  return message;
}

// ---- Messages are neither copied nor moved ----

// Where a message and the text it holds lay.
struct Place {
  const void* message = nullptr;
  const void* text = nullptr;

  static Place Of(const Movie& movie) { return {&movie, movie.title().data()}; }
  bool operator==(const Place&) const = default;
};

TEST(Messages, AreReadWhereTheyWereMadeAndInputsWhereTheCallerHasThem) {
  std::vector<Place> seen;
  const void* made_text = nullptr;
  const void* id_seen = nullptr;
  const Graph graph = GraphBuilder("films")
                          .Input<MovieId>()
                          .Add([&](ExecCtx&, const MovieId& id) -> absl::StatusOr<Movie> {
                            id_seen = &id;
                            Movie movie;
                            movie.set_title(std::string(100, 'x'));
                            made_text = movie.title().data();
                            return movie;
                          })
                          .Add([&](ExecCtx&, const Movie& movie) {
                            seen.push_back(Place::Of(movie));
                            return DirectorProfile();
                          })
                          .Add([&](ExecCtx&, const Movie& movie, const DirectorProfile&) {
                            seen.push_back(Place::Of(movie));
                            return ContentAnalysis();
                          })
                          .Build()
                          .value();
  ExecCtx ctx;
  const MovieId id = Id(1);
  const auto all = graph.ExecuteAll<ContentAnalysis, Movie>(ctx, id);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(id_seen, &id);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[0].text, made_text);
  // The answer was moved: its text is the one that the step has made.
  EXPECT_EQ(std::get<Movie>(*all).title().data(), made_text);
}

TEST(Messages, TheAnswerIsMadeWhereTheCallerHasIt) {
  const TagSet* made = nullptr;
  // Whether the compiler elides the copy inside the step is the step's business; that the prvalue
  // it returns lies in Execute's result, the library's.
  struct Tags {
    const TagSet** made;
    absl::StatusOr<TagSet> Compute(ExecCtx&, const MovieId&) const {
      absl::StatusOr<TagSet> result(absl::in_place);
      result->add_trail("made");
      *made = &*result;
      return result;
    }
  };
  const Graph graph =
      GraphBuilder("films").Input<MovieId>().Add<Tags>({}, Tags{&made}).Build().value();
  ExecCtx ctx;
  const auto tags = graph.Execute<TagSet>(ctx, Id(1));
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(&*tags, made);
}

// ---- Results and frames ----

// Counts those that exist.
struct Token {
  static inline std::atomic<int> alive = 0;
  Token() { ++alive; }
  Token(const Token&) { ++alive; }
  Token(Token&&) noexcept { ++alive; }
  Token& operator=(const Token&) = default;
  Token& operator=(Token&&) = default;
  ~Token() { --alive; }
};

// A step whose results in the frame carry a token behind them.
template <class Step>
struct CountedShell {
  using Shell = internal::StepShell<Step>;
  using Result = typename Shell::Result;
  static constexpr size_t kTokenAt = sizeof(Result);

  static void* TokenOf(void* place) { return static_cast<std::byte*>(place) + kTokenAt; }

  static internal::Value Invoke(const internal::StepRecord& record, internal::StepCall& call) {
    const internal::Value value = Shell::Invoke(record, call);
    if (call.thrown.ok()) ::new (TokenOf(call.frame + record.place)) Token;
    return value;
  }
  static void Destroy(void* place) {
    static_cast<Token*>(TokenOf(place))->~Token();
    internal::ResultShell<Result>::Destroy(place);
  }
  static absl::Status TakeError(void* place) {
    static_cast<Token*>(TokenOf(place))->~Token();
    return internal::ResultShell<Result>::TakeError(place);
  }
};

// With so much more room for the result.
template <class Step>
internal::StepDefinition Counted(Step step, size_t extra_bytes) {
  using Shell = CountedShell<Step>;
  internal::StepDefinition definition = internal::DefineStep<Step>({}, std::move(step));
  definition.invoke = &Shell::Invoke;
  definition.answer = nullptr;  // its result is to lie in the frame
  definition.layout.size = Shell::kTokenAt + sizeof(Token) + extra_bytes;
  definition.layout.destroy = &Shell::Destroy;
  definition.layout.take_error = &Shell::TakeError;
  return definition;
}

Graph MakeGraph(GraphParts parts) {
  return GraphAccess::Make(MakeGraphCore(std::move(parts)).value());
}

// FetchMovie, and DirectorProfile and ContentAnalysis from it; the results take so much more room.
GraphParts CountedParts(size_t extra_bytes, absl::Status (*fate)(int64_t id)) {
  GraphParts parts;
  parts.name = "counted";
  parts.inputs = {internal::KeyOf<MovieId>()};
  parts.steps.push_back(Counted(
      [](ExecCtx&, const MovieId& id) -> absl::StatusOr<Movie> {
        Movie movie;
        movie.set_id(id.id());
        movie.set_title(std::string(100, 'x'));
        return movie;
      },
      extra_bytes));
  parts.steps.push_back(Counted(
      [fate](ExecCtx&, const Movie& movie) -> absl::StatusOr<DirectorProfile> {
        if (absl::Status status = fate(movie.id()); !status.ok()) return status;
        DirectorProfile profile;
        profile.set_films(movie.id());
        return profile;
      },
      extra_bytes));
  parts.steps.push_back(Counted(
      [](ExecCtx&, const DirectorProfile& profile) -> absl::StatusOr<ContentAnalysis> {
        ContentAnalysis analysis;
        analysis.set_themes(profile.films());
        return analysis;
      },
      extra_bytes));
  return parts;
}

absl::Status AlwaysFine(int64_t) { return absl::OkStatus(); }

TEST(Results, AreDestroyedWhenTheExecutionIsOver) {
  const Graph graph = MakeGraph(CountedParts(0, [](int64_t id) -> absl::Status {
    if (id == 1) return absl::InvalidArgumentError("one");
    if (id == 2) throw std::runtime_error("two");
    return absl::OkStatus();
  }));
  for (int64_t id = 0; id < 6; ++id) {
    ExecCtx ctx;
    const auto answer = graph.Execute<ContentAnalysis>(ctx, Id(id));
    EXPECT_EQ(answer.ok(), id % 6 != 1 && id % 6 != 2);
    EXPECT_EQ(Token::alive, 0);
  }
  // Watched executions walk another way.
  Recorder recorder;
  for (int64_t id = 0; id < 3; ++id) {
    ExecCtx ctx({.observer = &recorder});
    EXPECT_EQ(graph.Execute<ContentAnalysis>(ctx, Id(id)).ok(), id == 0);
    EXPECT_EQ(Token::alive, 0);
  }
}

TEST(Frames, AreReusedByGraphsOfAnySizeInAnyOrder) {
  const size_t sizes[] = {0, 100'000, 3'000, 0, 2'000'000, 10'000};
  std::vector<Graph> graphs;
  for (size_t size : sizes) graphs.push_back(MakeGraph(CountedParts(size, AlwaysFine)));
  for (int round = 0; round < 20; ++round) {
    for (size_t i = 0; i < graphs.size(); ++i) {
      ExecCtx ctx;
      const Graph& graph = graphs[(i * 5 + static_cast<size_t>(round)) % graphs.size()];
      const auto answer = graph.Execute<ContentAnalysis>(ctx, Id(round));
      ASSERT_THAT(answer, IsOk());
      ASSERT_EQ(answer->themes(), round);
    }
  }
  EXPECT_EQ(Token::alive, 0);
}

// ---- Steps that execute graphs ----

TEST(Nesting, AStepMayExecuteItsOwnGraph) {
  std::optional<Graph> graph;
  // Counts down by executing itself; deeper than a thread keeps frames.
  graph.emplace(GraphBuilder("self")
                    .Input<MovieId>()
                    .Add([&](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<Movie> {
                      Movie movie;
                      if (id.id() == 0) return movie;
                      EXPECT_EQ(ctx.step_name(), "Movie");
                      EXPECT_EQ(ctx.attempt(), 1);
                      const auto inner = graph->Execute<DirectorProfile>(ctx, Id(id.id() - 1));
                      if (!inner.ok()) return inner.status();
                      EXPECT_EQ(ctx.step_name(), "Movie");
                      EXPECT_EQ(ctx.attempt(), 1);
                      movie.set_id(inner->films());
                      return movie;
                    })
                    .Add([](ExecCtx& ctx, const Movie& movie) {
                      EXPECT_EQ(ctx.step_name(), "DirectorProfile");
                      DirectorProfile profile;
                      profile.set_films(movie.id() + 1);
                      return profile;
                    })
                    .Build()
                    .value());
  ExecCtx ctx;
  const auto profile = graph->Execute<DirectorProfile>(ctx, Id(30));
  ASSERT_THAT(profile, IsOk());
  EXPECT_EQ(profile->films(), 31);
  EXPECT_EQ(ctx.step_name(), "");
  EXPECT_EQ(ctx.attempt(), 0);
}

TEST(Nesting, FramesOfBigAndSmallGraphsNest) {
  const Graph big = MakeGraph(CountedParts(50'000, AlwaysFine));
  const Graph small = MakeGraph(CountedParts(0, AlwaysFine));
  GraphParts parts = CountedParts(4'000, AlwaysFine);
  parts.steps.push_back(DefineStep<std::function<TagSet(ExecCtx&, const ContentAnalysis&)>>(
      {}, [&](ExecCtx& ctx, const ContentAnalysis& analysis) {
        TagSet tags;
        tags.set_tags(analysis.themes());
        for (const Graph* graph : {&big, &small, &big}) {
          const auto inner = graph->Execute<ContentAnalysis>(ctx, Id(analysis.themes()));
          tags.set_tags(tags.tags() + (inner.ok() ? inner->themes() : 1'000'000));
        }
        return tags;
      }));
  const Graph outer = MakeGraph(std::move(parts));
  for (int i = 0; i < 10; ++i) {
    ExecCtx ctx;
    const auto tags = outer.Execute<TagSet>(ctx, Id(i));
    ASSERT_THAT(tags, IsOk());
    EXPECT_EQ(tags->tags(), 4 * i);
  }
  EXPECT_EQ(Token::alive, 0);
}

TEST(Nesting, ATimeoutOfTheOuterStepStopsTheInnerExecutionBetweenSteps) {
  protograph::testing::FakeClock clock;
  std::atomic<int> second_runs = 0;
  const Graph inner = GraphBuilder("inner")
                          .Input<Movie>()
                          .Add([&](ExecCtx&, const Movie&) {
                            clock.Advance(absl::Seconds(2));
                            return DirectorProfile();
                          })
                          .Add([&](ExecCtx&, const DirectorProfile&) {
                            ++second_runs;
                            return ContentAnalysis();
                          })
                          .Build()
                          .value();
  const Graph outer = GraphBuilder("outer")
                          .Input<MovieId>()
                          .Add(
                              [&](ExecCtx& ctx, const MovieId&) -> absl::StatusOr<TagSet> {
                                const auto made = inner.Execute<ContentAnalysis>(ctx, Movie());
                                if (!made.ok()) return made.status();
                                return TagSet();
                              },
                              {.timeout = absl::Seconds(1)})
                          .Build()
                          .value();
  ExecCtx ctx({.clock = &clock});
  EXPECT_THAT(outer.Execute<TagSet>(ctx, Id(1)), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(second_runs, 0);
}

}  // namespace
