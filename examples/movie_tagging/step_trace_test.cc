#include "step_trace.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "movie_graph.h"
#include "protograph/testing/testing.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::ExecCtx;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Return;

class StepTraceTest : public ::testing::Test {
 protected:
  absl::StatusOr<TagSet> Execute(const Movie& movie) {
    const absl::StatusOr<MovieGraph> graph = MakeMovieGraph({catalog_, analyzer_});
    if (!graph.ok()) return graph.status();
    ExecCtx ctx({.clock = &clock_, .observer = &trace_});
    return graph->Execute<TagSet>(ctx, movie);
  }

  const std::shared_ptr<MockMovieCatalog> catalog_ = std::make_shared<MockMovieCatalog>();
  const std::shared_ptr<MockContentAnalyzer> analyzer_ = std::make_shared<MockContentAnalyzer>();
  FakeClock clock_;
  StepTrace trace_;
};

TEST_F(StepTraceTest, TellsInputsOutputTimeAndAttemptsOfEachStep) {
  EXPECT_CALL(*analyzer_, Analyze)
      .WillOnce([this](const Movie&) {
        clock_.Advance(absl::Microseconds(250));
        return absl::UnavailableError("busy");
      })
      .WillOnce([this](const Movie&) {
        clock_.Advance(absl::Microseconds(40));
        return FromText<ContentAnalysis>("movie_id: 7 completeness: 1 pacing: PACING_SLOW");
      });
  ASSERT_THAT(Execute(FromText<Movie>("id: 7 title: 'LÈon'")), IsOk());
  const std::string text = trace_.ToText();
  EXPECT_THAT(text, AllOf(HasSubstr("AnalyzeContent: done, 2 attempts, 40.0 us\n"),
                          HasSubstr("takes Movie { id: 7 title: \"LÈon\" }\n"),
                          HasSubstr("attempt 1 failed after 250.0 us: UNAVAILABLE: busy; tried"),
                          HasSubstr("makes ContentAnalysis\n      movie_id: 7\n"),
                          HasSubstr("      pacing: PACING_SLOW\n")));
  EXPECT_THAT(text, HasSubstr("FetchDirectorProfile: done, 1 attempt, "));
  EXPECT_THAT(text, HasSubstr("makes DirectorProfile\n      (nothing set)\n"));
  EXPECT_THAT(text, ContainsRegex("4. GenerateTags: done"));
  EXPECT_THAT(text, Not(HasSubstr("FetchMovie"))) << "the caller brought the film";
}

TEST_F(StepTraceTest, TellsAFailureWithoutAnOutput) {
  EXPECT_CALL(*analyzer_, Analyze).WillOnce(Return(absl::InvalidArgumentError("no such film")));
  EXPECT_THAT(Execute(FromText<Movie>("id: 7")), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(trace_.ToText(),
              AllOf(HasSubstr("AnalyzeContent: failed, 1 attempt"),
                    HasSubstr("attempt 1 failed after 0.0 us: INVALID_ARGUMENT: no such film\n"),
                    Not(HasSubstr("makes ContentAnalysis"))));
}

TEST_F(StepTraceTest, ShortensALongInputBetweenLetters) {
  EXPECT_CALL(*analyzer_, Analyze).WillOnce(Return(FromText<ContentAnalysis>("movie_id: 7")));
  // With 15 bytes before it, a two-byte letter lies across the limit of 80 bytes.
  std::string title = "x";
  for (int i = 0; i < 100; ++i) title += "È";
  ASSERT_THAT(Execute(FromText<Movie>("id: 7 title: '" + title + "'")), IsOk());
  EXPECT_THAT(trace_.ToText(), HasSubstr("È ... }\n"));
}

}  // namespace
}  // namespace movie_tagging
