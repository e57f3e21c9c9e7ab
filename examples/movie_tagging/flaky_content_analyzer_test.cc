#include "flaky_content_analyzer.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "rule_based_analyzer.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Return;
using ::testing::StrictMock;

// Whether each of three calls for each of 2,000 films failed.
std::vector<bool> Failures(double probability, std::uint32_t seed, bool backwards = false) {
  FlakyContentAnalyzer analyzer(std::make_shared<RuleBasedAnalyzer>(), probability, seed);
  std::vector<bool> failed(6000);
  for (int i = 0; i < 6000; ++i) {
    const int film = backwards ? 1999 - i % 2000 : i % 2000;
    Movie movie;
    movie.set_id(film + 1);
    failed[i / 2000 * 2000 + film] = !analyzer.Analyze(movie).ok();
  }
  return failed;
}

TEST(FlakyContentAnalyzer, FailsAsOftenAsItIsTold) {
  const std::vector<bool> failed = Failures(0.2, 1);
  const auto failures = std::count(failed.begin(), failed.end(), true);
  EXPECT_NEAR(static_cast<double>(failures), 1200, 150);  // five standard deviations
}

TEST(FlakyContentAnalyzer, FailsTheSameCallsInWhateverOrderTheyCome) {
  EXPECT_EQ(Failures(0.2, 1), Failures(0.2, 1));
  EXPECT_EQ(Failures(0.2, 1), Failures(0.2, 1, /*backwards=*/true));
  EXPECT_NE(Failures(0.2, 1), Failures(0.2, 2));
}

TEST(FlakyContentAnalyzer, SaysUnavailableAndDoesNotAskFurther) {
  const auto analyzer = std::make_shared<StrictMock<MockContentAnalyzer>>();
  FlakyContentAnalyzer flaky(analyzer, 1, 1);
  EXPECT_THAT(flaky.Analyze(FromText<Movie>("id: 7")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("call 1 for film 7")));
  EXPECT_THAT(flaky.Analyze(FromText<Movie>("id: 7")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("call 2 for film 7")));
}

TEST(FlakyContentAnalyzer, NeverFailsAtProbabilityZero) {
  const auto analyzer = std::make_shared<StrictMock<MockContentAnalyzer>>();
  EXPECT_CALL(*analyzer, Analyze).Times(100).WillRepeatedly(Return(ContentAnalysis()));
  FlakyContentAnalyzer flaky(analyzer, 0, 1);
  for (int i = 0; i < 100; ++i) EXPECT_THAT(flaky.Analyze(Movie()), IsOk());
}

}  // namespace
}  // namespace movie_tagging
