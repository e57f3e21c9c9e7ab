// Execute and ExecuteAll: what runs, what is refused, what happens to the messages.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
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

using ::film::Classification;
using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::film::TagSet;
using ::protograph::ContextValues;
using ::protograph::ExecCtx;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::ThreadPool;
using ::protograph::internal::DefineStep;
using ::protograph::internal::GraphAccess;
using ::protograph::internal::GraphParts;
using ::protograph::internal::MakeGraphCore;
using ::protograph::internal::PartsOf;
using ::protograph::testing::IsOk;
using ::protograph::testing::Recorder;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Each step adds to what it is given, so that results tell which steps they came through.
struct FetchMovie {
  Movie Compute(ExecCtx&, const MovieId& id) const {
    Movie movie;
    movie.set_id(id.id());
    movie.set_title("a title that is too long for the small string inside std::string");
    return movie;
  }
};
struct FetchDirectorProfile {
  absl::StatusOr<DirectorProfile> Compute(ExecCtx&, const Movie& movie) const {
    DirectorProfile profile;
    profile.set_films(movie.id() + 10);
    return profile;
  }
};
struct AnalyzeContent {
  absl::StatusOr<ContentAnalysis> Compute(ExecCtx&, const Movie& movie) {
    ContentAnalysis analysis;
    analysis.set_themes(movie.id() + 100);
    return analysis;
  }
};
struct Classify {
  Classification Compute(ExecCtx&, const ContentAnalysis& content,
                         const DirectorProfile& director) const noexcept {
    Classification classification;
    classification.set_genre(content.themes() * 1000 + director.films());
    return classification;
  }
};
struct GenerateTags {
  absl::StatusOr<TagSet> Compute(ExecCtx&, const Movie& movie,
                                 const Classification& classification) const {
    TagSet tags;
    tags.set_tags(classification.genre());
    tags.add_trail(movie.title());
    return tags;
  }
};

GraphBuilder FilmBuilder() {
  GraphBuilder builder("films");
  builder.Input<MovieId>()
      .Add<GenerateTags>()
      .Add<Classify>()
      .Add<AnalyzeContent>()
      .Add<FetchDirectorProfile>()
      .Add<FetchMovie>();
  return builder;
}

MovieId Id(int64_t id) {
  MovieId message;
  message.set_id(id);
  return message;
}

class ExecutionTest : public ::testing::Test {
 protected:
  const Graph graph_ = FilmBuilder().Build().value();
  Recorder recorder_;
};

TEST_F(ExecutionTest, AnswersWithWhatTheStepsMake) {
  ExecCtx ctx;
  const auto tags = graph_.Execute<TagSet>(ctx, Id(7));
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 107 * 1000 + 17);
}

TEST_F(ExecutionTest, RunsEachStepOnceAndAfterThoseItNeeds) {
  ExecCtx ctx({.observer = &recorder_});
  ASSERT_THAT(graph_.Execute<TagSet>(ctx, Id(7)), IsOk());
  const std::vector<std::string> order = recorder_.order();
  ASSERT_EQ(order.size(), 5U);
  EXPECT_EQ(order[0], "FetchMovie");
  EXPECT_EQ(order[3], "Classify");
  EXPECT_EQ(order[4], "GenerateTags");
  EXPECT_THAT(order, UnorderedElementsAre("FetchMovie", "FetchDirectorProfile", "AnalyzeContent",
                                          "Classify", "GenerateTags"));
}

TEST_F(ExecutionTest, RunsOnlyWhatTheOutputNeeds) {
  ExecCtx ctx({.observer = &recorder_});
  const auto profile = graph_.Execute<DirectorProfile>(ctx, Id(7));
  ASSERT_THAT(profile, IsOk());
  EXPECT_EQ(profile->films(), 17);
  EXPECT_THAT(recorder_.order(), ElementsAre("FetchMovie", "FetchDirectorProfile"));
}

TEST_F(ExecutionTest, AnInputTakesThePlaceOfTheStepThatMakesItAndOfWhatLiesBehindIt) {
  ExecCtx ctx({.observer = &recorder_});
  Movie movie;
  movie.set_id(3);
  const auto classification = graph_.Execute<Classification>(ctx, movie);
  ASSERT_THAT(classification, IsOk());
  EXPECT_EQ(classification->genre(), 103 * 1000 + 13);
  EXPECT_THAT(recorder_.order(),
              UnorderedElementsAre("FetchDirectorProfile", "AnalyzeContent", "Classify"));
}

TEST_F(ExecutionTest, AnInputMayTakeThePlaceOfAStepBesideTheOneItWouldFeed) {
  ExecCtx ctx({.observer = &recorder_});
  DirectorProfile profile;
  profile.set_films(5);
  const auto classification = graph_.Execute<Classification>(ctx, Id(7), profile);
  ASSERT_THAT(classification, IsOk());
  EXPECT_EQ(classification->genre(), 107 * 1000 + 5);
  EXPECT_THAT(recorder_.order(), ElementsAre("FetchMovie", "AnalyzeContent", "Classify"));
}

TEST_F(ExecutionTest, TakesInputsInAnyOrder) {
  Movie movie;
  movie.set_title("brought");
  Classification classification;
  classification.set_genre(9);
  ExecCtx ctx;
  const auto one = graph_.Execute<TagSet>(ctx, movie, classification);
  const auto other = graph_.Execute<TagSet>(ctx, classification, movie);
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(one->tags(), 9);
  EXPECT_EQ(other->tags(), 9);
  EXPECT_THAT(one->trail(), ElementsAre("brought"));
  EXPECT_THAT(other->trail(), ElementsAre("brought"));
}

TEST_F(ExecutionTest, AnswersWithACopyOfAnInputThatIsAskedFor) {
  ExecCtx ctx({.observer = &recorder_});
  Movie movie;
  movie.set_title("brought by the caller, who still wants to have it afterwards");
  const auto answer = graph_.Execute<Movie>(ctx, movie);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->title(), movie.title());
  EXPECT_EQ(movie.title(), "brought by the caller, who still wants to have it afterwards");
  EXPECT_THAT(graph_.Execute<MovieId>(ctx, Id(4)), IsOk());
  EXPECT_THAT(recorder_.order(), IsEmpty());
}

TEST_F(ExecutionTest, ExecuteAllMakesWhatItsOutputsShareOnce) {
  ExecCtx ctx({.observer = &recorder_});
  const auto all = graph_.ExecuteAll<ContentAnalysis, Movie, DirectorProfile>(ctx, Id(7));
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(std::get<0>(*all).themes(), 107);
  EXPECT_EQ(std::get<1>(*all).id(), 7);
  EXPECT_EQ(std::get<2>(*all).films(), 17);
  EXPECT_THAT(recorder_.order(),
              UnorderedElementsAre("FetchMovie", "FetchDirectorProfile", "AnalyzeContent"));
}

TEST_F(ExecutionTest, ExecuteAllCopiesAnAnswerThatTheCallerBrought) {
  ExecCtx ctx;
  Movie movie;
  movie.set_id(3);
  movie.set_title("brought by the caller, who still wants to have it afterwards");
  const auto all = graph_.ExecuteAll<Movie, DirectorProfile>(ctx, movie);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(std::get<0>(*all).title(), movie.title());
  EXPECT_EQ(std::get<1>(*all).films(), 13);
}

TEST_F(ExecutionTest, NamesTheInputThatIsMissingAndWhoNeedsIt) {
  ExecCtx ctx({.observer = &recorder_});
  EXPECT_THAT(graph_.Execute<TagSet>(ctx),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<TagSet> of graph films was not given MovieId, which it needs "
                       "(TagSet <- Movie <- MovieId): pass a MovieId"));
  EXPECT_THAT(graph_.ExecuteAll<DirectorProfile>(ctx),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<DirectorProfile> of graph films was not given MovieId, which it "
                       "needs (DirectorProfile <- Movie <- MovieId): pass a MovieId"));
  EXPECT_THAT(graph_.Execute<MovieId>(ctx), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(recorder_.order(), IsEmpty());
}

TEST_F(ExecutionTest, RefusesAnInputThatIsGivenTwice) {
  ExecCtx ctx({.observer = &recorder_});
  EXPECT_THAT(graph_.Execute<TagSet>(ctx, Id(1), Id(2)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<TagSet> of graph films was given MovieId twice: pass it once"));
  EXPECT_THAT(recorder_.order(), IsEmpty());
}

TEST_F(ExecutionTest, RefusesAnInputThatIsNotNeeded) {
  ExecCtx ctx({.observer = &recorder_});
  // Known to the graph, but behind what was brought.
  EXPECT_THAT(graph_.Execute<DirectorProfile>(ctx, Movie(), Id(1)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<DirectorProfile> of graph films does not need MovieId: leave that "
                       "input away"));
  // Not known to the graph.
  EXPECT_THAT((graph_.ExecuteAll<DirectorProfile, Movie>(ctx, Id(1), Poster())),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "ExecuteAll<DirectorProfile, Movie> of graph films does not need Poster: "
                       "leave that input away"));
  EXPECT_THAT(recorder_.order(), IsEmpty());
}

TEST_F(ExecutionTest, RefusesAnOutputThatNothingMakes) {
  ExecCtx ctx;
  EXPECT_THAT(graph_.Execute<Poster>(ctx, Id(1)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<Poster> of graph films: nothing makes Poster: ask for a message "
                       "that the graph makes (Movie, DirectorProfile, ContentAnalysis, "
                       "Classification, TagSet)"));
}

TEST_F(ExecutionTest, RefusesAnOutputThatIsNamedTwice) {
  ExecCtx ctx;
  EXPECT_THAT((graph_.ExecuteAll<Movie, Movie>(ctx, Id(1))),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "ExecuteAll<Movie, Movie> of graph films asks for Movie twice: name it "
                       "once"));
}

TEST_F(ExecutionTest, RefusalsComeAgainAndDoNotDisturbOtherCalls) {
  ExecCtx ctx;
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(graph_.Execute<TagSet>(ctx), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(graph_.Execute<TagSet>(ctx, Id(1)), IsOk());
  }
  EXPECT_EQ(ctx.attempt(), 0);
  EXPECT_EQ(ctx.step_name(), "");
}

TEST_F(ExecutionTest, CopiesOfAGraphOutliveItsBuilderAndEachOther) {
  std::optional<GraphBuilder> builder(FilmBuilder());
  auto shared = std::make_shared<int>(5);
  builder->Add([shared](ExecCtx&, const MovieId&) {
    Poster poster;
    poster.set_width(*shared);
    return poster;
  });
  std::optional<Graph> first(builder->Build().value());
  builder.reset();
  const Graph second = *first;
  first.reset();
  ExecCtx ctx;
  const auto poster = second.Execute<Poster>(ctx, Id(1));
  ASSERT_THAT(poster, IsOk());
  EXPECT_EQ(poster->width(), 5);
  EXPECT_EQ(shared.use_count(), 2);
}

TEST_F(ExecutionTest, AnyNumberOfThreadsMayExecuteOneGraph) {
  constexpr int kThreads = 4;
  constexpr int kExecutions = 500;
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kExecutions; ++i) {
          const int64_t id = t * kExecutions + i;
          ExecCtx ctx;
          Movie movie;
          movie.set_id(id);
          // Some kinds of call are made for the first time by several threads at once.
          const auto tags = graph_.Execute<TagSet>(ctx, Id(id));
          const auto profile = graph_.Execute<DirectorProfile>(ctx, movie);
          const auto all = graph_.ExecuteAll<Movie, ContentAnalysis>(ctx, Id(id));
          if (!tags.ok() || tags->tags() != (id + 100) * 1000 + id + 10) ++wrong;
          if (!profile.ok() || profile->films() != id + 10) ++wrong;
          if (!all.ok() || std::get<1>(*all).themes() != id + 100) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
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

// A step whose result keeps a token for as long as it exists.
struct Token {
  static inline std::atomic<int> alive = 0;
  Token() { ++alive; }
  Token(const Token&) { ++alive; }
  Token(Token&&) noexcept { ++alive; }
  Token& operator=(const Token&) = default;
  Token& operator=(Token&&) = default;
  ~Token() { --alive; }
};

// Has the frame count the results of the step: its layout gets room for a token.
template <class Step>
protograph::internal::StepDefinition Counted(Step step, size_t extra_bytes = 0) {
  using Shell =
      protograph::internal::StepShell<Step,
                                      typename protograph::internal::StepTraits<Step>::Inputs>;
  using Result = typename Shell::Result;
  struct Place {
    static constexpr size_t kTokenAt = (sizeof(Result) + alignof(Token)) / alignof(Token);
    static void* TokenOf(void* place) { return static_cast<std::byte*>(place) + kTokenAt; }
    static const google::protobuf::Message* Invoke(const protograph::internal::StepRecord& record,
                                                   protograph::internal::StepCall& call) {
      const google::protobuf::Message* message = Shell::Invoke(record, call);
      if (call.thrown.ok()) ::new (TokenOf(call.frame + record.place)) Token;
      return message;
    }
    static void Destroy(void* place) {
      static_cast<Token*>(TokenOf(place))->~Token();
      Shell::Destroy(place);
    }
    static absl::Status TakeError(void* place) {
      static_cast<Token*>(TokenOf(place))->~Token();
      return Shell::TakeError(place);
    }
  };
  protograph::internal::StepDefinition definition = DefineStep<Step>({}, std::move(step));
  definition.invoke = &Place::Invoke;
  definition.answer = nullptr;
  definition.layout.size = Place::kTokenAt + sizeof(Token) + extra_bytes;
  definition.layout.destroy = &Place::Destroy;
  definition.layout.take_error = &Place::TakeError;
  return definition;
}

Graph MakeGraph(GraphParts parts) {
  return GraphAccess::Make(MakeGraphCore(std::move(parts)).value());
}

// FetchMovie, and DirectorProfile and ContentAnalysis from it; the results take so much more room.
GraphParts CountedParts(size_t extra_bytes, absl::Status (*fate)(int64_t id)) {
  GraphParts parts;
  parts.name = "counted";
  parts.inputs = {protograph::internal::KeyOf<MovieId>()};
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

struct Depth {
  int levels;
};

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
