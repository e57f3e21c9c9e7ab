// Execute and ExecuteAll: what runs, what is refused, what happens to the messages.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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
using ::protograph::Graph;
using ::protograph::GraphBuilder;
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
                       "that the graph makes (Movie, ContentAnalysis, DirectorProfile, "
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

}  // namespace
