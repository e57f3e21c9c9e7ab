// Calls by name: judged like Execute judges them, from the graph and from its description.

#include "graph/call_check.h"

#include <algorithm>
#include <string>
#include <vector>

#include "film.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "protograph/describe.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace protograph::internal {
namespace {

using ::film::Classification;
using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::film::TagSet;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Graph MakeGraph() {
  return GraphBuilder("films")
      .Input<MovieId>()
      .Input<Poster>()
      .Add([](ExecCtx&, const MovieId&) { return Movie(); }, {.name = "Fetch"})
      .Add([](ExecCtx&, const Movie&, const Poster&) { return DirectorProfile(); },
           {.name = "Director"})
      .Add([](ExecCtx&, const Movie&) { return ContentAnalysis(); }, {.name = "Content"})
      .Add(
          [](ExecCtx&, const DirectorProfile&, const ContentAnalysis&) { return Classification(); },
          {.name = "Classify"})
      .Add([](ExecCtx&, const Movie&, const Classification&) { return TagSet(); }, {.name = "Tags"})
      .Build()
      .value();
}

// The words for full names are those for short ones.
std::string WithoutPackages(const absl::Status& status) {
  std::string text(status.message());
  for (size_t at; (at = text.find("film.")) != std::string::npos;) text.erase(at, 5);
  return text;
}

TEST(CallCheck, AgreesWithTheOtherFormOnEveryCallOfAGraph) {
  const Graph graph = MakeGraph();
  const GraphDescription description = graph.Describe();
  const std::vector<std::string> types = {
      "film.MovieId",         "film.Poster",         "film.Movie",  "film.DirectorProfile",
      "film.ContentAnalysis", "film.Classification", "film.TagSet", "film.Unknown"};
  int possible = 0;
  for (const std::string& output : types) {
    for (size_t given = 0; given < size_t{1} << types.size(); ++given) {
      std::vector<std::string> inputs;
      for (size_t i = 0; i < types.size(); ++i) {
        if ((given >> i & 1) != 0) inputs.push_back(types[i]);
      }
      // The order in which they are given is the order in which they are complained of.
      if (given % 2 == 1) std::reverse(inputs.begin(), inputs.end());
      const absl::Status status = CheckCall(graph, output, inputs);
      const absl::Status described = CheckCall(description, output, inputs);
      ASSERT_EQ(status.code(), described.code()) << status << described;
      ASSERT_EQ(WithoutPackages(status), WithoutPackages(described));
      possible += status.ok() ? 1 : 0;
    }
  }
  // Each message may be given, or be made of what may be given: Movie of MovieId (2 calls),
  // DirectorProfile and ContentAnalysis of Movie (1 + 2 each), Classification of these two, either
  // given or made, but from one Movie (1 + 1 + 2 + 2 + 2), TagSet of Movie and of Classification
  // given or made (1 + 2 + 4 * 2).
  EXPECT_EQ(possible, 1 + 1 + 2 + 3 + 3 + 8 + 11);
}

TEST(CallCheck, HasTheWordsOfExecute) {
  const Graph graph = MakeGraph();
  ExecCtx ctx;
  const auto words = [](const absl::Status& status) { return std::string(status.message()); };
  EXPECT_EQ(words(CheckCall(graph, "film.TagSet", {{"film.MovieId"}})),
            words(graph.Execute<TagSet>(ctx, MovieId()).status()));
  EXPECT_EQ(words(CheckCall(graph, "film.Movie", {{"film.MovieId", "film.Poster"}})),
            words(graph.Execute<Movie>(ctx, MovieId(), Poster()).status()));
  EXPECT_EQ(words(CheckCall(graph, "film.Movie", {{"film.MovieId", "film.MovieId"}})),
            words(graph.Execute<Movie>(ctx, MovieId(), MovieId()).status()));
}

TEST(CallCheck, NamesWhatIsMissingAndThePathToIt) {
  EXPECT_THAT(CheckCall(MakeGraph().Describe(), "film.DirectorProfile", {{"film.MovieId"}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<film.DirectorProfile> of graph films was not given film.Poster, "
                       "which it needs (film.DirectorProfile <- film.Poster): pass a film.Poster"));
}

TEST(CallCheck, SaysOfAnInputThatIsGivenTwiceThatOneIsEnough) {
  const std::vector<std::string> inputs = {"film.MovieId", "film.MovieId"};
  EXPECT_THAT(
      CheckCall(MakeGraph().Describe(), "film.Movie", inputs),
      StatusIs(absl::StatusCode::kInvalidArgument,
               "Execute<film.Movie> of graph films was given film.MovieId twice: pass it once"));
}

TEST(CallCheck, NamesWhatAGraphMakesWhereItIsAskedForSomethingElse) {
  const Graph graph = MakeGraph();
  for (const absl::Status& status :
       {CheckCall(graph, "film.Nothing", {}), CheckCall(graph.Describe(), "film.Nothing", {})}) {
    EXPECT_THAT(status,
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(StartsWith("Execute<film.Nothing> of graph films: nothing makes "
                                          "film.Nothing: ask for a message that the graph makes ("),
                               HasSubstr("Movie, "), EndsWith("TagSet)"))));
  }
}

TEST(CallCheck, TakesADescriptionThatNoBuilderWouldMakeForWhatItSays) {
  GraphDescription circle;
  circle.set_name("circle");
  for (const auto& [output, input] : {std::pair("a.A", "a.B"), std::pair("a.B", "a.A")}) {
    StepDescription& step = *circle.add_steps();
    step.set_output(output);
    step.add_inputs(input);
  }
  EXPECT_THAT(CheckCall(circle, "a.A", {{"a.B"}}), IsOk());
  circle.mutable_steps(1)->set_inputs(0, "a.Undeclared");
  EXPECT_THAT(CheckCall(circle, "a.A", {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("was not given a.Undeclared, which it needs (a.A <- a.B <- "
                                 "a.Undeclared)")));
  EXPECT_THAT(CheckCall(GraphDescription(), "", {{""}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CallCheck, WalksChainsOfAnyLength) {
  GraphDescription chain;
  chain.add_inputs("t0");
  constexpr int kSteps = 200'000;
  for (int i = 1; i <= kSteps; ++i) {
    StepDescription& step = *chain.add_steps();
    step.set_output("t" + std::to_string(i));
    step.add_inputs("t" + std::to_string(i - 1));
  }
  EXPECT_THAT(CheckCall(chain, "t" + std::to_string(kSteps), {{"t0"}}), IsOk());
}

// ---- Collections ----

Graph MakeCatalog() {
  return GraphBuilder("catalog")
      .Input<MovieId>()
      .Input<Many<Poster>>()
      .Add([](ExecCtx&, const MovieId&) { return Many<MovieId>(); }, {.name = "Split"})
      .Map([](ExecCtx&, const MovieId&) { return Movie(); }, {.name = "Fetch"})
      .Add([](ExecCtx&, const Many<Movie>&) { return TagSet(); }, {.name = "Sum"})
      .Add([](ExecCtx&, const TagSet&, const Many<Poster>&) { return Classification(); },
           {.name = "Classify"})
      .Build()
      .value();
}

TEST(CallCheckOfCollections, AgreesWithTheOtherFormOnEveryCall) {
  const Graph graph = MakeCatalog();
  const GraphDescription description = graph.Describe();
  const std::vector<std::string> types = {
      "film.MovieId", "Many<film.MovieId>", "Many<film.Movie>",   "film.Movie",
      "film.TagSet",  "Many<film.Poster>",  "Many<film.Unknown>", "Many<"};
  int possible = 0;
  for (const std::string& output : types) {
    for (size_t given = 0; given < size_t{1} << types.size(); ++given) {
      std::vector<std::string> inputs;
      for (size_t i = 0; i < types.size(); ++i) {
        if ((given >> i & 1) != 0) inputs.push_back(types[i]);
      }
      if (given % 2 == 1) std::reverse(inputs.begin(), inputs.end());
      // Once more what was given last.
      for (bool twice : {false, true}) {
        if (twice && inputs.empty()) continue;
        if (twice) inputs.push_back(inputs.back());
        const absl::Status status = CheckCall(graph, output, inputs);
        const absl::Status described = CheckCall(description, output, inputs);
        ASSERT_EQ(status.code(), described.code()) << status << described;
        ASSERT_EQ(WithoutPackages(status), WithoutPackages(described));
        possible += status.ok() ? 1 : 0;
      }
    }
  }
  // MovieId of itself; TagSet of itself and of MovieId.
  EXPECT_EQ(possible, 1 + 2);
}

TEST(CallCheckOfCollections, RefusesThemByName) {
  const Graph graph = MakeCatalog();
  const auto words = [](const std::string& call, const std::string& name) {
    return "Execute<" + call + "> of graph catalog: " + name +
           " is a collection, and a call that names its types takes and returns messages: name "
           "one that a step makes the collection from, or of it";
  };
  const std::vector<std::string> id = {"film.MovieId"};
  const std::vector<std::string> ids = {"Many<film.MovieId>"};
  EXPECT_THAT(
      CheckCall(graph.Describe(), "Many<film.Movie>", id),
      StatusIs(absl::StatusCode::kInvalidArgument, words("Many<film.Movie>", "Many<film.Movie>")));
  EXPECT_THAT(
      CheckCall(graph.Describe(), "film.TagSet", ids),
      StatusIs(absl::StatusCode::kInvalidArgument, words("film.TagSet", "Many<film.MovieId>")));
  EXPECT_THAT(CheckCall(graph, "Many<film.Movie>", id),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("Movie> is a collection, and a call that names its types")));
  EXPECT_THAT(CheckCall(graph, "film.TagSet", ids),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("MovieId> is a collection, and a call that names its types")));
}

TEST(CallCheckOfCollections, NamesACollectionThatIsMissing) {
  // A call by name cannot bring it.
  EXPECT_THAT(
      CheckCall(MakeCatalog().Describe(), "film.Classification", {{"film.MovieId"}}),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("was not given Many<film.Poster>, which it needs (film.Classification <- "
                         "Many<film.Poster>)")));
}

TEST(CallCheckOfCollections, TheirMessagesAreDescribed) {
  const google::protobuf::FileDescriptorSet files = DescriptorsOf(
      GraphBuilder("catalog")
          .Input<Many<MovieId>>()
          .Map([](ExecCtx&, const MovieId&) { return StepDescription(); }, {.name = "Describe"})
          .Build()
          .value());
  std::vector<std::string> names;
  for (const auto& file : files.file()) names.push_back(file.name());
  EXPECT_THAT(names, ElementsAre(EndsWith("film.proto"), "google/protobuf/duration.proto",
                                 "protograph/description.proto"));
}

TEST(DescriptorsOf, HoldsAllThatIsNeededToReadTheMessagesEachOnce) {
  const Graph graph =
      GraphBuilder("described")
          .Input<MovieId>()
          .Add([](ExecCtx&, const MovieId&) { return StepDescription(); }, {.name = "Describe"})
          .Add([](ExecCtx&, const StepDescription&) { return GraphDescription(); },
               {.name = "Collect"})
          .Build()
          .value();
  const google::protobuf::FileDescriptorSet files = DescriptorsOf(graph);
  std::vector<std::string> names;
  for (const auto& file : files.file()) names.push_back(file.name());
  EXPECT_THAT(names, ElementsAre(EndsWith("film.proto"), "google/protobuf/duration.proto",
                                 "protograph/description.proto"));
  google::protobuf::DescriptorPool pool;
  for (const auto& file : files.file()) ASSERT_NE(pool.BuildFile(file), nullptr) << file.name();
  const google::protobuf::Descriptor* step =
      pool.FindMessageTypeByName("protograph.StepDescription");
  ASSERT_NE(step, nullptr);
  EXPECT_EQ(step->FindFieldByName("timeout")->message_type()->full_name(),
            "google.protobuf.Duration");
}

}  // namespace
}  // namespace protograph::internal
