#include "tag_all.h"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::NiceMock;
using ::testing::Pair;

// Film 3 is not there; the analyzer does not answer about film 4, and only the second time about 5.
class TagAllTest : public ::testing::Test {
 protected:
  TagAllTest() {
    ON_CALL(*catalog_, FindMovie).WillByDefault([](const MovieId& id) -> absl::StatusOr<Movie> {
      if (id.id() == 3) return absl::NotFoundError("there is no film 3");
      return FromText<Movie>("id: " + std::to_string(id.id()) +
                             " title: 'A' major_genre: 'Drama' release_date { year: 1960 }");
    });
    ON_CALL(*analyzer_, Analyze)
        .WillByDefault([this](const Movie& movie) -> absl::StatusOr<ContentAnalysis> {
          if (movie.id() == 4) return absl::UnavailableError("busy");
          if (movie.id() == 5 && calls_for_5_++ == 0) return absl::UnavailableError("busy");
          return FromText<ContentAnalysis>("completeness: 1 movie_id: " +
                                           std::to_string(movie.id()));
        });
  }

  TagAllResult Run(int threads) {
    const absl::StatusOr<MovieGraph> graph = MakeMovieGraph({catalog_, analyzer_});
    EXPECT_THAT(graph, IsOk());
    std::vector<MovieId> ids;
    for (int id = 1; id <= 5; ++id) ids.push_back(MakeId(id));
    return TagAll(*graph, ids, {.threads = threads});
  }

  const std::shared_ptr<NiceMock<MockMovieCatalog>> catalog_ =
      std::make_shared<NiceMock<MockMovieCatalog>>();
  const std::shared_ptr<NiceMock<MockContentAnalyzer>> analyzer_ =
      std::make_shared<NiceMock<MockContentAnalyzer>>();
  int calls_for_5_ = 0;  // one film is only ever with one thread
};

TEST_F(TagAllTest, AnswersForEachFilmInOrderOnAnyNumberOfThreads) {
  for (const int threads : {1, 2, 8}) {
    calls_for_5_ = 0;
    const TagAllResult result = Run(threads);
    ASSERT_EQ(result.tag_sets.size(), 5u);
    for (const int film : {1, 2, 5}) {
      ASSERT_THAT(result.tag_sets[film - 1], IsOk());
      EXPECT_EQ(result.tag_sets[film - 1]->movie_id(), film);
    }
    EXPECT_THAT(result.tag_sets[2], StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(result.tag_sets[3], StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_EQ(result.retries, 3);
  }
}

TEST_F(TagAllTest, SumsUp) {
  const TagSummary summary = Summarize(Run(1));
  EXPECT_EQ(summary.films, 5);
  EXPECT_EQ(summary.tagged, 3);
  EXPECT_EQ(summary.failed(), 2);
  EXPECT_EQ(summary.retries, 3);
  EXPECT_EQ(summary.failed_after_retries, 1);
  EXPECT_EQ(summary.films_by_tag.at("genre:drama"), 3);
  EXPECT_THAT(summary.failures, ElementsAre(Pair("AnalyzeContent: UNAVAILABLE", testing::_),
                                            Pair("FetchMovie: NOT_FOUND", testing::_)));
  EXPECT_THAT(
      ToText(summary),
      AllOf(HasSubstr("3 of 5 films tagged in "), HasSubstr("films a second"),
            HasSubstr("decade:1960s"), HasSubstr("100.0%"),
            HasSubstr("Retries: 3 (1 films failed after all attempts)"), HasSubstr("Failures: 2"),
            HasSubstr("FetchMovie: NOT_FOUND: 1 films"), HasSubstr("there is no film 3")));
}

TEST_F(TagAllTest, WritesOneLineOfJsonForEachFilmThatHasTags) {
  std::ostringstream out;
  EXPECT_THAT(WriteJsonLines(Run(2).tag_sets, out), IsOk());
  std::istringstream lines(out.str());
  std::vector<std::string> starts;
  for (std::string line; std::getline(lines, line);) starts.push_back(line.substr(0, 14));
  EXPECT_THAT(starts, ElementsAre("{\"movie_id\":1,", "{\"movie_id\":2,", "{\"movie_id\":5,"));
  EXPECT_THAT(out.str(), HasSubstr(R"({"name":"decade:1960s","source":"TAG_SOURCE_CATALOGUE",)"));
}

TEST_F(TagAllTest, SaysWhereTheLinesCannotBeWritten) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_THAT(WriteJsonLines(Run(1).tag_sets, out),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("could not be written")));
}

TEST(TagSummary, OfNothingIsNoDivisionByZero) {
  EXPECT_THAT(ToText(Summarize({})), HasSubstr("0 of 0 films tagged"));
}

}  // namespace
}  // namespace movie_tagging
