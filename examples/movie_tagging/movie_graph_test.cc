#include "movie_graph.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/testing.h"
#include "rule_based_analyzer.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::ExecCtx;
using ::protograph::Graph;
using ::protograph::StepFailure;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::FailStep;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::Recorder;
using ::protograph::testing::ReplaceStep;
using ::protograph::testing::SeededRandom;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::InSequence;
using ::testing::Le;
using ::testing::NiceMock;
using ::testing::Property;
using ::testing::Return;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class MovieGraphTest : public ::testing::Test {
 protected:
  MovieGraphTest() {
    ON_CALL(*catalog_, FindMovie)
        .WillByDefault(Return(FromText<Movie>("id: 7 title: 'War' director: 'D'")));
    ON_CALL(*catalog_, FindFilmsBy).WillByDefault(Return(std::span<const Movie* const>()));
    ON_CALL(*analyzer_, Analyze)
        .WillByDefault(Return(FromText<ContentAnalysis>("movie_id: 7 completeness: 1")));
    absl::StatusOr<MovieGraph> graph = MakeMovieGraph({catalog_, analyzer_});
    EXPECT_THAT(graph, IsOk());
    if (graph.ok()) graph_.emplace(*std::move(graph));
  }

  void SetUp() override { ASSERT_TRUE(graph_.has_value()); }

  const std::shared_ptr<NiceMock<MockMovieCatalog>> catalog_ =
      std::make_shared<NiceMock<MockMovieCatalog>>();
  const std::shared_ptr<NiceMock<MockContentAnalyzer>> analyzer_ =
      std::make_shared<NiceMock<MockContentAnalyzer>>();
  std::optional<MovieGraph> graph_;
  FakeClock clock_;
  SeededRandom random_{1};
  Recorder recorder_;
  ExecCtx ctx_{{.clock = &clock_, .random = &random_, .observer = &recorder_}};
};

TEST_F(MovieGraphTest, RunsEachStepOnceAfterThoseItNeeds) {
  EXPECT_THAT(graph_->Execute<TagSet>(ctx_, MakeId(7)), IsOk());
  const std::vector<std::string> order = recorder_.order();
  ASSERT_THAT(order, SizeIs(5));
  EXPECT_EQ(order[0], "FetchMovie");
  EXPECT_THAT((std::vector(order.begin() + 1, order.begin() + 3)),
              UnorderedElementsAre("FetchDirectorProfile", "AnalyzeContent"));
  EXPECT_EQ(order[3], "ClassifyGenreAndMood");
  EXPECT_EQ(order[4], "GenerateTags");
  EXPECT_THAT(recorder_.Inputs<Movie>("AnalyzeContent"),
              ElementsAre(EqualsProto("id: 7 title: 'War' director: 'D'")));
}

TEST_F(MovieGraphTest, RunsOnlyWhatTheOutputNeeds) {
  EXPECT_CALL(*analyzer_, Analyze).Times(0);
  EXPECT_THAT(graph_->Execute<DirectorProfile>(ctx_, MakeId(7)), IsOk());
  EXPECT_THAT(recorder_.order(), ElementsAre("FetchMovie", "FetchDirectorProfile"));
}

TEST_F(MovieGraphTest, TakesAMovieOfTheCallerInPlaceOfTheCatalogues) {
  EXPECT_CALL(*catalog_, FindMovie).Times(0);
  EXPECT_THAT(graph_->Execute<TagSet>(ctx_, FromText<Movie>("id: 7 title: 'Mine'")),
              IsOkAndHolds(Property(&TagSet::title, "Mine")));
}

TEST_F(MovieGraphTest, AsksTheAnalyzerAgainWhereItIsUnavailable) {
  InSequence sequence;
  EXPECT_CALL(*analyzer_, Analyze).Times(2).WillRepeatedly(Return(absl::UnavailableError("busy")));
  EXPECT_CALL(*analyzer_, Analyze)
      .WillOnce(Return(FromText<ContentAnalysis>("movie_id: 7 completeness: 1")));
  EXPECT_THAT(graph_->Execute<TagSet>(ctx_, MakeId(7)), IsOk());
  EXPECT_EQ(recorder_.attempts("AnalyzeContent"), 3);
  EXPECT_EQ(recorder_.attempts("FetchMovie"), 1);
  // Full jitter: anything up to 5 ms, then anything up to 10.
  EXPECT_THAT(clock_.sleeps(),
              ElementsAre(AllOf(Ge(absl::ZeroDuration()), Le(absl::Milliseconds(5))),
                          AllOf(Ge(absl::ZeroDuration()), Le(absl::Milliseconds(10)))));
}

TEST_F(MovieGraphTest, GivesUpAfterThreeAttemptsAndSaysWhere) {
  EXPECT_CALL(*analyzer_, Analyze).Times(3).WillRepeatedly(Return(absl::UnavailableError("busy")));
  const auto tags = graph_->Execute<TagSet>(ctx_, MakeId(7));
  EXPECT_THAT(tags,
              StepFailed("AnalyzeContent", AllOf(Property(&StepFailure::attempts, 3),
                                                 Property(&StepFailure::last_error, "busy"))));
  EXPECT_THAT(tags, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("AnalyzeContent")));
  EXPECT_EQ(recorder_.count("GenerateTags"), 0);
}

TEST_F(MovieGraphTest, TriesNothingElseAgain) {
  EXPECT_CALL(*analyzer_, Analyze).WillOnce(Return(absl::InvalidArgumentError("no")));
  EXPECT_THAT(graph_->Execute<TagSet>(ctx_, MakeId(7)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_CALL(*catalog_, FindMovie).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_THAT(graph_->Execute<TagSet>(ctx_, MakeId(7)),
              StepFailed("FetchMovie", Property(&StepFailure::attempts, 1)));
  EXPECT_THAT(clock_.sleeps(), ElementsAre());
}

TEST_F(MovieGraphTest, DoesNotWaitBeyondTheDeadline) {
  EXPECT_CALL(*analyzer_, Analyze).WillOnce(Return(absl::UnavailableError("busy")));
  ExecCtx late({.deadline = clock_.Now() + absl::Nanoseconds(1),
                .clock = &clock_,
                .random = &random_,
                .observer = &recorder_});
  EXPECT_THAT(graph_->Execute<TagSet>(late, MakeId(7)),
              StepFailed("AnalyzeContent", Property(&StepFailure::attempts, 1)));
}

TEST_F(MovieGraphTest, CanBeTestedWithAStepReplaced) {
  const absl::StatusOr<Graph> copy = ReplaceStep(*graph_, [](ExecCtx&, const Movie& movie) {
    ContentAnalysis analysis;
    analysis.set_movie_id(movie.id());
    analysis.set_completeness(1);
    Theme& theme = *analysis.add_themes();
    theme.set_name("made-up");
    theme.set_confidence(0.9);
    return analysis;
  });
  ASSERT_THAT(copy, IsOk());
  EXPECT_THAT(copy->Execute<TagSet>(ctx_, FromText<Movie>("id: 7")),
              IsOkAndHolds(EqualsProto("movie_id: 7 tags { name: 'theme:made-up' "
                                       "source: TAG_SOURCE_CONTENT confidence: 0.9 }")));
}

TEST_F(MovieGraphTest, SurvivesOneFailureOfTheAnalyzerOnARealFilm) {
  const absl::StatusOr<Graph> flaky =
      FailStep(*graph_, "AnalyzeContent", /*on_call=*/1, absl::UnavailableError("busy"));
  ASSERT_THAT(flaky, IsOk());
  EXPECT_THAT(flaky->Execute<TagSet>(ctx_, MakeId(7)), IsOk());
  EXPECT_EQ(recorder_.attempts("AnalyzeContent"), 2);
  EXPECT_THAT(clock_.sleeps(), SizeIs(1));
}

TEST_F(MovieGraphTest, ExplainsItsPlan) {
  const auto plan = graph_->Explain<TagSet>();
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->steps_size(), 5);
  EXPECT_EQ(plan->stages(), 4);
  EXPECT_THAT(plan->inputs(), ElementsAre("movie_tagging.MovieId"));
}

TEST(MakeMovieGraph, NamesAClientThatIsMissing) {
  EXPECT_THAT(MakeMovieGraph({nullptr, std::make_shared<RuleBasedAnalyzer>()}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("MovieCatalog")));
  EXPECT_THAT(MakeMovieGraph({std::make_shared<NiceMock<MockMovieCatalog>>(), nullptr}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ContentAnalyzer")));
}

}  // namespace
}  // namespace movie_tagging
