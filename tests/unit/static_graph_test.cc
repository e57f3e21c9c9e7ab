// StaticGraph is Graph with a proof: the same results, the same errors, the same descriptions. What
// the proof refuses is in tests/compile_fail.

#include "protograph/static_graph.h"

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
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
using ::protograph::ExecCtx;
using ::protograph::ExecOptions;
using ::protograph::GetGraphFaults;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::Inputs;
using ::protograph::RetryPolicy;
using ::protograph::StaticGraph;
using ::protograph::StepFailure;
using ::protograph::StepOptions;
using ::protograph::ThreadPool;
using ::protograph::ThreadPoolOptions;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::Recorder;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::ElementsAre;
using ::testing::Property;

MovieId Id(int64_t id) {
  MovieId message;
  message.set_id(id);
  return message;
}

struct Catalog {
  int64_t first = 0;
};

class FetchMovie {
 public:
  explicit FetchMovie(std::shared_ptr<const Catalog> catalog) : catalog_(std::move(catalog)) {}
  absl::StatusOr<Movie> Compute(ExecCtx&, const MovieId& id) const {
    if (id.id() < catalog_->first) return absl::NotFoundError("no such film");
    Movie movie;
    movie.set_id(id.id());
    return movie;
  }

 private:
  std::shared_ptr<const Catalog> catalog_;
};
struct FetchDirectorProfile {
  DirectorProfile Compute(ExecCtx&, const Movie& movie) const {
    DirectorProfile director;
    director.set_films(movie.id() + 1);
    return director;
  }
};
struct AnalyzeContent {
  absl::StatusOr<ContentAnalysis> Compute(ExecCtx& ctx, const Movie& movie) const {
    if (movie.id() == 13 && ctx.attempt() < 3) return absl::UnavailableError("busy");
    ContentAnalysis content;
    content.set_themes(2 * movie.id());
    return content;
  }
};
struct Classify {
  Classification Compute(ExecCtx&, const ContentAnalysis& content,
                         const DirectorProfile& director) const {
    Classification classification;
    classification.set_genre(content.themes() * director.films());
    return classification;
  }
};
struct GenerateTags {
  TagSet Compute(ExecCtx&, const Movie& movie, const ContentAnalysis& content,
                 const Classification& classification) const {
    TagSet tags;
    tags.set_tags(movie.id() + content.themes() + classification.genre());
    return tags;
  }
};

using FilmGraph = StaticGraph<Inputs<MovieId>, FetchMovie, FetchDirectorProfile, AnalyzeContent,
                              Classify, GenerateTags>;

std::shared_ptr<const Catalog> SomeCatalog() {
  return std::make_shared<const Catalog>(Catalog{.first = 5});
}

StepOptions Retried() { return {.retry = RetryPolicy::Fixed({.attempts = 3})}; }

FilmGraph Proved() {
  return FilmGraph::Builder("films")
      .Provide(SomeCatalog())
      .Configure<AnalyzeContent>(Retried())
      .Build()
      .value();
}

Graph Unproved() {
  return GraphBuilder("films")
      .Provide(SomeCatalog())
      .Input<MovieId>()
      .Add<FetchMovie>()
      .Add<FetchDirectorProfile>()
      .Add<AnalyzeContent>(Retried())
      .Add<Classify>()
      .Add<GenerateTags>()
      .Build()
      .value();
}

// ---- The same as Graph ----

TEST(StaticGraph, ComputesWhatGraphDoes) {
  const FilmGraph proved = Proved();
  const Graph unproved = Unproved();
  FakeClock clock;
  for (int64_t id : {5, 7, 13, 603}) {
    ExecCtx ctx(ExecOptions{.clock = &clock});
    const absl::StatusOr<TagSet> tags = proved.Execute<TagSet>(ctx, Id(id));
    ASSERT_THAT(tags, IsOk());
    EXPECT_EQ(tags->tags(), 3 * id + 2 * id * (id + 1));
    EXPECT_THAT(unproved.Execute<TagSet>(ctx, Id(id)), IsOkAndHolds(EqualsProto(*tags)));
  }
}

TEST(StaticGraph, FailsAsGraphDoes) {
  ExecCtx ctx;
  const absl::Status proved = Proved().Execute<TagSet>(ctx, Id(1)).status();
  EXPECT_EQ(proved, Unproved().Execute<TagSet>(ctx, Id(1)).status());
  EXPECT_THAT(proved,
              StatusIs(absl::StatusCode::kNotFound,
                       "step FetchMovie failed after 1 attempt (TagSet <- Movie): no such film"));
}

TEST(StaticGraph, DescribesItselfAsGraphDoes) {
  const FilmGraph proved = Proved();
  const Graph unproved = Unproved();
  EXPECT_THAT(proved.Describe(), EqualsProto(unproved.Describe()));
  EXPECT_EQ(proved.ToDot(), unproved.ToDot());
  EXPECT_EQ(proved.ToMermaid(), unproved.ToMermaid());
  EXPECT_EQ(proved.fingerprint(), unproved.fingerprint());
  EXPECT_THAT(proved.Explain<Classification>(),
              IsOkAndHolds(EqualsProto(unproved.Explain<Classification>().value())));
  EXPECT_EQ(proved.graph().fingerprint(), unproved.fingerprint());
}

TEST(StaticGraph, MakesSeveralOutputsInOneExecution) {
  const FilmGraph graph = Proved();
  Recorder recorder;
  ExecCtx ctx(ExecOptions{.observer = &recorder});
  const absl::StatusOr<std::tuple<DirectorProfile, ContentAnalysis>> both =
      graph.ExecuteAll<DirectorProfile, ContentAnalysis>(ctx, Id(7));
  ASSERT_THAT(both, IsOk());
  EXPECT_THAT(std::get<0>(*both), EqualsProto("films: 8"));
  EXPECT_THAT(std::get<1>(*both), EqualsProto("themes: 14"));
  EXPECT_EQ(recorder.count("FetchMovie"), 1);
}

TEST(StaticGraph, TakesAMessageInThePlaceOfTheStepThatMakesIt) {
  const FilmGraph graph = Proved();
  Movie movie;
  movie.set_id(1);
  ContentAnalysis content;
  content.set_themes(10);
  Recorder recorder;
  ExecCtx ctx(ExecOptions{.observer = &recorder});
  EXPECT_THAT(graph.Execute<Classification>(ctx, movie, content),
              IsOkAndHolds(EqualsProto("genre: 20")));
  EXPECT_THAT(recorder.order(), ElementsAre("FetchDirectorProfile", "Classify"));
  // Even of the one that was asked for.
  EXPECT_THAT(graph.Execute<Movie>(ctx, movie), IsOkAndHolds(EqualsProto("id: 1")));
}

TEST(StaticGraph, CopiesShareTheGraph) {
  const FilmGraph graph = Proved();
  const FilmGraph copy = graph;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_EQ(&copy.fingerprint(), &graph.fingerprint());
  static_assert(std::is_copy_assignable_v<FilmGraph>);
  static_assert(std::is_nothrow_move_constructible_v<FilmGraph>);
}

TEST(StaticGraph, MayBeginFromNothingAndFromSeveralInputs) {
  struct MakeId {
    MovieId Compute(ExecCtx&) const { return Id(9); }
  };
  using Nothing = StaticGraph<Inputs<>, MakeId>;
  ExecCtx ctx;
  EXPECT_THAT(Nothing::Builder("nothing").Build()->Execute<MovieId>(ctx),
              IsOkAndHolds(EqualsProto("id: 9")));

  using Late = StaticGraph<Inputs<DirectorProfile, ContentAnalysis>, Classify>;
  DirectorProfile director;
  director.set_films(2);
  ContentAnalysis content;
  content.set_themes(3);
  const Late late = Late::Builder("late").Build().value();
  EXPECT_THAT(late.Execute<Classification>(ctx, director, content),
              IsOkAndHolds(EqualsProto("genre: 6")));
  // The order of the inputs says nothing.
  EXPECT_THAT(late.Execute<Classification>(ctx, content, director),
              IsOkAndHolds(EqualsProto("genre: 6")));
}

// ---- The builder ----

TEST(StaticGraphBuilder, ConfiguresAStepsOptions) {
  struct Case {
    StepOptions options;
    int attempts;
  };
  for (const auto& [options, attempts] : {Case{StepOptions{}, 1}, Case{Retried(), 3}}) {
    const FilmGraph graph = FilmGraph::Builder("films")
                                .Provide(SomeCatalog())
                                .Configure<AnalyzeContent>(options)
                                .Build()
                                .value();
    FakeClock clock;
    ExecCtx ctx(ExecOptions{.clock = &clock});
    const absl::StatusOr<TagSet> tags = graph.Execute<TagSet>(ctx, Id(13));
    if (attempts == 3) {
      EXPECT_THAT(tags, IsOk());
    } else {
      EXPECT_THAT(tags, StepFailed("AnalyzeContent", Property(&StepFailure::attempts, attempts)));
    }
  }
}

struct Scale {
  explicit Scale(int64_t factor) : factor(factor) {}
  ContentAnalysis Compute(ExecCtx&, const Movie& movie) const {
    ContentAnalysis content;
    content.set_themes(movie.id() * factor);
    return content;
  }
  int64_t factor;
};

TEST(StaticGraphBuilder, TheLastConfigureOfAStepCounts) {
  using Scaled = StaticGraph<Inputs<Movie>, Scale>;
  const Scaled graph = Scaled::Builder("scaled")
                           .Configure<Scale>({.name = "First"}, 100)
                           .Configure<Scale>({.name = "Last"}, 4)
                           .Build()
                           .value();
  Movie movie;
  movie.set_id(7);
  ExecCtx ctx;
  EXPECT_THAT(graph.Execute<ContentAnalysis>(ctx, movie), IsOkAndHolds(EqualsProto("themes: 28")));
  EXPECT_EQ(graph.Explain<ContentAnalysis>()->steps(0).name(), "Last");
}

TEST(StaticGraphBuilder, ProvidesInAllForms) {
  Catalog catalog{.first = 1000};
  const auto refuses = [](const absl::StatusOr<FilmGraph>& graph) {
    ExecCtx ctx;
    return absl::IsNotFound(graph.value().Execute<Movie>(ctx, Id(603)).status());
  };
  using B = FilmGraph::Builder;
  EXPECT_TRUE(refuses(B("films").Provide(catalog).Build()));
  EXPECT_TRUE(refuses(B("films").Provide(std::make_unique<Catalog>(catalog)).Build()));
  const auto shared = std::make_shared<Catalog>(catalog);
  EXPECT_TRUE(refuses(B("films").Provide(shared).Build()));

  struct NamedCatalog : Catalog {};
  const auto derived = std::make_shared<NamedCatalog>();
  derived->first = 1000;
  EXPECT_TRUE(refuses(B("films").Provide<Catalog>(derived).Build()));
  EXPECT_TRUE(refuses(B("films").Provide<const Catalog>(catalog).Build()));
}

TEST(StaticGraphBuilder, ReportsWhatOnlyExistsAtRunTimeInTheWordsOfGraphBuilder) {
  const absl::Status status = FilmGraph::Builder("films")
                                  .Configure<Classify>({.timeout = absl::ZeroDuration()})
                                  .Configure<GenerateTags>({.name = "Classify"})
                                  .Build()
                                  .status();
  ASSERT_TRUE(GetGraphFaults(status).has_value());
  EXPECT_THAT(GetGraphFaults(status)->faults(),
              ElementsAre("two steps are named Classify, one makes Classification and one makes "
                          "TagSet: give one of them another name with StepOptions::name",
                          "step Classify has a timeout of 0: give it a positive one, or none",
                          "step FetchMovie needs Catalog, which was not provided: call "
                          "Provide<Catalog>(...) before Build(), or give the constructor's "
                          "arguments in place"));
}

// Cannot be injected: nothing that is provided can be owned.
struct Owning {
  explicit Owning(std::unique_ptr<Catalog> catalog) : catalog(std::move(catalog)) {}
  Poster Compute(ExecCtx&, const Movie&) const {
    Poster poster;
    poster.set_width(catalog->first);
    return poster;
  }
  std::unique_ptr<Catalog> catalog;
};

TEST(StaticGraphBuilder, AsksForTheArgumentsThatCannotBeProvided) {
  using Posters = StaticGraph<Inputs<Movie>, Owning>;
  EXPECT_THAT(Posters::Builder("posters").Build(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "graph posters has 1 fault:\n  1. step Owning has a constructor whose "
                       "arguments cannot be "
                       "found among what was provided: call Configure<Owning>(options, args...) "
                       "before Build()"));
  const absl::StatusOr<Posters> posters =
      Posters::Builder("posters")
          .Configure<Owning>({}, std::make_unique<Catalog>(Catalog{.first = 3}))
          .Build();
  ASSERT_THAT(posters, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(posters->Execute<Poster>(ctx, Movie()), IsOkAndHolds(EqualsProto("width: 3")));
}

TEST(StaticGraphBuilder, CanBuildTwice) {
  FilmGraph::Builder builder("films");
  builder.Provide(SomeCatalog());
  const absl::StatusOr<FilmGraph> first = builder.Build();
  const absl::StatusOr<FilmGraph> second = builder.Build();
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(first->Execute<ContentAnalysis>(ctx, Id(7)), IsOkAndHolds(EqualsProto("themes: 14")));
  EXPECT_THAT(second->Execute<ContentAnalysis>(ctx, Id(7)),
              IsOkAndHolds(EqualsProto("themes: 14")));
}

TEST(StaticGraphBuilder, KeepsThePoolItIsGiven) {
  auto pool = std::make_shared<ThreadPool>(ThreadPoolOptions{.max_threads = 1});
  const std::weak_ptr<ThreadPool> watched = pool;
  {
    const FilmGraph graph =
        FilmGraph::Builder("films").Provide(SomeCatalog()).UsePool(std::move(pool)).Build().value();
    EXPECT_FALSE(watched.expired());
  }
  EXPECT_TRUE(watched.expired());
}

}  // namespace
