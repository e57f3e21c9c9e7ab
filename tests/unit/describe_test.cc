// Describe, Explain, the pictures and the fingerprint.

#include "protograph/describe.h"

#include <algorithm>
#include <string>
#include <vector>

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
using ::protograph::Concurrency;
using ::protograph::ExecCtx;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::Many;
using ::protograph::RetryPolicy;
using ::protograph::StepOptions;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::HasSubstr;

struct FetchMovie {
  Movie Compute(ExecCtx& /*ctx*/, const MovieId& /*id*/) const { return {}; }
};
struct FetchDirectorProfile {
  DirectorProfile Compute(ExecCtx& /*ctx*/, const Movie& /*movie*/) const { return {}; }
};
struct AnalyzeContent {
  ContentAnalysis Compute(ExecCtx& /*ctx*/, const Movie& /*movie*/) const { return {}; }
};
struct Classify {
  Classification Compute(ExecCtx& /*ctx*/, const ContentAnalysis& /*content*/,
                         const DirectorProfile& /*director*/) const {
    return {};
  }
};
struct ClassifyTheOtherWayRound {
  Classification Compute(ExecCtx& /*ctx*/, const DirectorProfile& /*director*/,
                         const ContentAnalysis& /*content*/) const {
    return {};
  }
};
struct DrawPoster {
  Poster Compute(ExecCtx& /*ctx*/, const Movie& /*movie*/) const { return {}; }
};

Graph Built(GraphBuilder& builder) {
  absl::StatusOr<Graph> graph = builder.Build();
  EXPECT_THAT(graph, IsOk());
  return *std::move(graph);
}

Graph Films(StepOptions analyze = {}) {
  return Built(GraphBuilder("films")
                   .Input<MovieId>()
                   .Add<Classify>()
                   .Add<DrawPoster>()
                   .Add<AnalyzeContent>(std::move(analyze))
                   .Add<FetchDirectorProfile>()
                   .Add<FetchMovie>());
}

TEST(Describe, TellsOfInputsStepsOutputsAndOptions) {
  const Graph graph =
      Films({.retry = RetryPolicy::Fixed({.attempts = 3, .delay = absl::Seconds(1)}),
             .timeout = absl::Milliseconds(1500),
             .concurrency = Concurrency::kAlways});
  protograph::GraphDescription expected = graph.Describe();
  EXPECT_EQ(expected.fingerprint(), graph.fingerprint());
  expected.clear_fingerprint();
  EXPECT_THAT(
      expected, EqualsProto(R"pb(
        name: "films"
        inputs: "film.MovieId"
        steps { name: "FetchMovie" output: "film.Movie" inputs: "film.MovieId" max_attempts: 1 }
        steps { name: "DrawPoster" output: "film.Poster" inputs: "film.Movie" max_attempts: 1 }
        steps {
          name: "AnalyzeContent"
          output: "film.ContentAnalysis"
          inputs: "film.Movie"
          max_attempts: 3
          retry: "up to 3 attempts, waits 1s"
          timeout { seconds: 1 nanos: 500000000 }
          concurrency: CONCURRENCY_ALWAYS
        }
        steps {
          name: "FetchDirectorProfile"
          output: "film.DirectorProfile"
          inputs: "film.Movie"
          max_attempts: 1
        }
        steps {
          name: "Classify"
          output: "film.Classification"
          inputs: "film.ContentAnalysis"
          inputs: "film.DirectorProfile"
          max_attempts: 1
        }
        final_outputs: "film.Poster"
        final_outputs: "film.Classification"
      )pb"));
}

TEST(Explain, TellsWhatWillRunInWhichOrderAndWhatSideBySide) {
  const absl::StatusOr<protograph::PlanDescription> plan = Films().Explain<Classification>();
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(
      protograph::ToText(*plan),
      "Plan of Classification in graph films: 4 steps in 3 stages.\n"
      "Bring: MovieId.\n"
      "   1. stage 1  FetchMovie            (MovieId) -> Movie\n"
      "   2. stage 2  AnalyzeContent        (Movie) -> ContentAnalysis  [independent of the 1 "
      "other of its stage]\n"
      "   3. stage 2  FetchDirectorProfile  (Movie) -> DirectorProfile  [independent of the 1 "
      "other of its stage]\n"
      "   4. stage 3  Classify              (ContentAnalysis, DirectorProfile) -> "
      "Classification\n");
}

TEST(Explain, RefusesWhatNothingMakes) {
  EXPECT_THAT(Films().Explain<TagSet>(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nothing makes TagSet")));
}

TEST(Explain, SaysThatNothingMustBeBroughtWhereNothingMust) {
  const Graph graph = Built(
      GraphBuilder("posters").Add([](ExecCtx& /*ctx*/) { return Poster(); }, {.name = "Draw"}));
  const absl::StatusOr<protograph::PlanDescription> plan = graph.Explain<Poster>();
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(protograph::ToText(*plan), HasSubstr("1 step in 1 stage.\nBring: nothing.\n"));
}

TEST(Pictures, DrawAnArrowForEachNeed) {
  const Graph graph =
      Built(GraphBuilder("fi\"lms").Input<MovieId>().Add<FetchMovie>().Add<DrawPoster>(
          {.name = "Draw \"it\" <now>"}));
  EXPECT_EQ(graph.ToDot(),
            "digraph \"fi\\\"lms\" {\n"
            "  rankdir=LR;\n"
            "  node [fontname=\"sans-serif\"];\n"
            "  n1 [label=\"MovieId\", shape=ellipse];\n"
            "  n0 [label=\"FetchMovie\\nMovie\", shape=box];\n"
            "  n2 [label=\"Draw \\\"it\\\" <now>\\nPoster\", shape=box];\n"
            "  n1 -> n0;\n"
            "  n0 -> n2;\n"
            "}\n");
  EXPECT_EQ(graph.ToMermaid(),
            "flowchart LR\n"
            "  n1([\"MovieId\"])\n"
            "  n0[\"FetchMovie<br/>Movie\"]\n"
            "  n2[\"Draw #34;it#34; #60;now#62;<br/>Poster\"]\n"
            "  n1 --> n0\n"
            "  n0 --> n2\n");
}

TEST(Fingerprint, IsTheSameInWhateverOrderStepsAreAddedAndWithWhateverOptions) {
  const Graph other = Built(GraphBuilder("another name")
                                .Add<FetchMovie>({.timeout = absl::Seconds(1)})
                                .Add<FetchDirectorProfile>()
                                .Add<AnalyzeContent>()
                                .Add<DrawPoster>()
                                .Add<ClassifyTheOtherWayRound>({.name = "Classify"})
                                .Input<MovieId>());
  EXPECT_EQ(other.fingerprint(), Films().fingerprint());
  EXPECT_THAT(other.fingerprint(), ::testing::MatchesRegex("[0-9a-f]{32}"));
}

TEST(Fingerprint, ChangesWithStepsNamesWiringAndInputs) {
  std::vector<std::string> fingerprints = {
      Films().fingerprint(),
      Films({.name = "Analyze"}).fingerprint(),
      Built(GraphBuilder("films").Input<MovieId>().Add<FetchMovie>()).fingerprint(),
      Built(GraphBuilder("films").Input<MovieId>().Add<FetchMovie>().Add<DrawPoster>())
          .fingerprint(),
      Built(GraphBuilder("films").Input<Movie>().Add<DrawPoster>()).fingerprint(),
      Built(GraphBuilder("films").Input<MovieId>().Add(
                [](ExecCtx& /*ctx*/, const MovieId& /*id*/) { return Poster(); },
                {.name = "DrawPoster"}))
          .fingerprint(),
  };
  std::sort(fingerprints.begin(), fingerprints.end());
  EXPECT_EQ(std::unique(fingerprints.begin(), fingerprints.end()), fingerprints.end());
}

TEST(BuildFaults, ACycleIsToldOfThoughAnotherStepMakesTheSame) {
  const absl::StatusOr<Graph> graph =
      GraphBuilder("films")
          .Add([](ExecCtx& /*ctx*/, const Poster& /*poster*/) { return Movie(); },
               {.name = "First"})
          .Add([](ExecCtx& /*ctx*/, const Movie& /*movie*/) { return Poster(); },
               {.name = "Second"})
          .Add([](ExecCtx& /*ctx*/) { return Movie(); }, {.name = "Third"})
          .Build();
  EXPECT_THAT(graph, StatusIs(absl::StatusCode::kInvalidArgument,
                              ::testing::AllOf(HasSubstr("First and Third both make Movie"),
                                               HasSubstr("Movie <- Poster <- Movie: a cycle"))));
}

// ---- Collections ----

struct ListMovies {
  Many<MovieId> Compute(ExecCtx& /*ctx*/, const MovieId& /*id*/) const { return {}; }
};
struct SumUp {
  TagSet Compute(ExecCtx& /*ctx*/, const Many<ContentAnalysis>& /*all*/) const { return {}; }
};

Graph Catalog() {
  return Built(GraphBuilder("catalog")
                   .Input<MovieId>()
                   .Add<ListMovies>()
                   .Map<FetchMovie>()
                   .Map<AnalyzeContent>()
                   .Add<SumUp>());
}

TEST(Describe, TellsOfCollectionsAndOfStepsThatRunForEachItem) {
  protograph::GraphDescription description = Catalog().Describe();
  description.clear_fingerprint();
  EXPECT_THAT(description, EqualsProto(R"pb(
                name: "catalog"
                inputs: "film.MovieId"
                steps {
                  name: "ListMovies"
                  output: "Many<film.MovieId>"
                  inputs: "film.MovieId"
                  max_attempts: 1
                }
                steps {
                  name: "FetchMovie"
                  output: "Many<film.Movie>"
                  inputs: "Many<film.MovieId>"
                  max_attempts: 1
                  for_each_item: true
                }
                steps {
                  name: "AnalyzeContent"
                  output: "Many<film.ContentAnalysis>"
                  inputs: "Many<film.Movie>"
                  max_attempts: 1
                  for_each_item: true
                }
                steps {
                  name: "SumUp"
                  output: "film.TagSet"
                  inputs: "Many<film.ContentAnalysis>"
                  max_attempts: 1
                }
                final_outputs: "film.TagSet"
              )pb"));
}

TEST(Describe, TellsOfCollectionsThatCallersBring) {
  const Graph graph = Built(GraphBuilder("catalog").Input<Many<MovieId>>().Map<FetchMovie>());
  EXPECT_THAT(graph.Describe().inputs(), ::testing::ElementsAre("Many<film.MovieId>"));
  EXPECT_THAT(graph.Describe().final_outputs(), ::testing::ElementsAre("Many<film.Movie>"));
}

TEST(Describe, TellsWhoseItemsMayRunOnOtherWorkers) {
  const Graph graph =
      Built(GraphBuilder("catalog")
                .Input<Many<MovieId>>()
                .Map<FetchMovie>({.items = {.place = protograph::ItemPlace::kOnWorkers}})
                .Map<AnalyzeContent>());
  EXPECT_TRUE(graph.Describe().steps(0).items_on_workers());
  EXPECT_FALSE(graph.Describe().steps(1).items_on_workers());
  // They wait for what comes back, so that no item goes from the one to the other.
  const absl::StatusOr<protograph::PlanDescription> plan = graph.Explain<Many<ContentAnalysis>>();
  ASSERT_THAT(plan, IsOk());
  EXPECT_FALSE(plan->steps(1).streams());
}

TEST(Explain, TellsWhichStepsGoItemByItem) {
  const absl::StatusOr<protograph::PlanDescription> plan = Catalog().Explain<TagSet>();
  ASSERT_THAT(plan, IsOk());
  std::vector<bool> streams;
  for (const protograph::PlannedStep& step : plan->steps()) streams.push_back(step.streams());
  EXPECT_THAT(streams, ::testing::ElementsAre(false, false, true, false));
  EXPECT_EQ(protograph::ToText(*plan),
            "Plan of TagSet in graph catalog: 4 steps in 4 stages.\n"
            "Bring: MovieId.\n"
            "   1. stage 1  ListMovies      (MovieId) -> Many<MovieId>\n"
            "   2. stage 2  FetchMovie      (Many<MovieId>) -> Many<Movie>\n"
            "   3. stage 3  AnalyzeContent  (Many<Movie>) -> Many<ContentAnalysis>  [item by "
            "item]\n"
            "   4. stage 4  SumUp           (Many<ContentAnalysis>) -> TagSet\n");
}

TEST(Explain, TellsOfItemsAndIndependenceInOneLine) {
  const Graph graph = Built(GraphBuilder("catalog")
                                .Input<Many<MovieId>>()
                                .Map<FetchMovie>()
                                .Map<AnalyzeContent>()
                                .Map<DrawPoster>()
                                .Add([](ExecCtx& /*ctx*/, const Many<ContentAnalysis>& /*all*/,
                                        const Many<Poster>& /*posters*/) { return TagSet(); },
                                     {.name = "Sum"}));
  const absl::StatusOr<protograph::PlanDescription> plan = graph.Explain<TagSet>();
  ASSERT_THAT(plan, IsOk());
  const std::string both = "  [independent of the 1 other of its stage]  [item by item]\n";
  EXPECT_THAT(protograph::ToText(*plan),
              ::testing::AllOf(HasSubstr("(Many<Movie>) -> Many<ContentAnalysis>" + both),
                               HasSubstr("(Many<Movie>) -> Many<Poster>" + both)));
}

TEST(Explain, MakesAndBringsCollections) {
  const Graph graph = Built(GraphBuilder("catalog").Input<Many<MovieId>>().Map<FetchMovie>());
  const absl::StatusOr<protograph::PlanDescription> plan = graph.Explain<Many<Movie>>();
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(protograph::ToText(*plan),
            "Plan of Many<Movie> in graph catalog: 1 step in 1 stage.\n"
            "Bring: Many<MovieId>.\n"
            "   1. stage 1  FetchMovie  (Many<MovieId>) -> Many<Movie>\n");
  EXPECT_THAT(graph.Explain<Movie>(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nothing makes Movie")));
}

TEST(Pictures, DrawTwoBordersAroundWhatRunsForEachItem) {
  const Graph graph =
      Built(GraphBuilder("catalog").Input<MovieId>().Add<ListMovies>().Map<FetchMovie>());
  EXPECT_EQ(graph.ToDot(),
            "digraph \"catalog\" {\n"
            "  rankdir=LR;\n"
            "  node [fontname=\"sans-serif\"];\n"
            "  n2 [label=\"MovieId\", shape=ellipse];\n"
            "  n1 [label=\"ListMovies\\nMany<MovieId>\", shape=box];\n"
            "  n0 [label=\"FetchMovie\\nMany<Movie>\", shape=box, peripheries=2];\n"
            "  n2 -> n1;\n"
            "  n1 -> n0;\n"
            "}\n");
  EXPECT_EQ(graph.ToMermaid(),
            "flowchart LR\n"
            "  n2([\"MovieId\"])\n"
            "  n1[\"ListMovies<br/>Many#60;MovieId#62;\"]\n"
            "  n0[[\"FetchMovie<br/>Many#60;Movie#62;\"]]\n"
            "  n2 --> n1\n"
            "  n1 --> n0\n");
}

TEST(Fingerprint, TellsAStepForEachItemFromOneForAllAndForOne) {
  std::vector<std::string> fingerprints = {
      Built(GraphBuilder("films").Input<Many<MovieId>>().Map<FetchMovie>()).fingerprint(),
      Built(GraphBuilder("films").Input<Many<MovieId>>().Add(
                [](ExecCtx& /*ctx*/, const Many<MovieId>& /*ids*/) { return Many<Movie>(); },
                {.name = "FetchMovie"}))
          .fingerprint(),
      Built(GraphBuilder("films").Input<MovieId>().Add<FetchMovie>()).fingerprint(),
      Built(GraphBuilder("films").Input<MovieId>().Add(
                [](ExecCtx& /*ctx*/, const MovieId& /*id*/) { return Many<Movie>(); },
                {.name = "FetchMovie"}))
          .fingerprint(),
      Built(GraphBuilder("films").Input<Many<MovieId>>().Add(
                [](ExecCtx& /*ctx*/, const Many<MovieId>& /*ids*/) { return Movie(); },
                {.name = "FetchMovie"}))
          .fingerprint(),
  };
  std::sort(fingerprints.begin(), fingerprints.end());
  EXPECT_EQ(std::unique(fingerprints.begin(), fingerprints.end()), fingerprints.end());
}

TEST(Fingerprint, TellsTheItemFromWhatIsShared) {
  // The same needs, and another of them taken apart.
  const auto of = [](GraphBuilder builder) { return Built(builder).fingerprint(); };
  const std::string movies =
      of(GraphBuilder("films").Input<Many<Movie>>().Input<Many<Poster>>().Map(
          [](ExecCtx& /*ctx*/, const Movie& /*movie*/, const Many<Poster>& /*posters*/) {
            return TagSet();
          },
          {.name = "Tag"}));
  const std::string posters =
      of(GraphBuilder("films").Input<Many<Movie>>().Input<Many<Poster>>().Map(
          [](ExecCtx& /*ctx*/, const Poster& /*poster*/, const Many<Movie>& /*movies*/) {
            return TagSet();
          },
          {.name = "Tag"}));
  EXPECT_NE(movies, posters);
}

TEST(Fingerprint, ItemOptionsDoNotCount) {
  const Graph plain = Built(GraphBuilder("films").Input<Many<MovieId>>().Map<FetchMovie>());
  const Graph limited = Built(GraphBuilder("films").Input<Many<MovieId>>().Map<FetchMovie>(
      {.items = {.parallelism = 3, .equal_items_once = true}}));
  EXPECT_EQ(plain.fingerprint(), limited.fingerprint());
}

}  // namespace
