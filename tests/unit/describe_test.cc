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

}  // namespace
