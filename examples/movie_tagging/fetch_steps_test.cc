// The steps that ask a client: FetchMovie, FetchDirectorProfile, AnalyzeContent.

#include <memory>
#include <vector>

#include "analyze_content.h"
#include "fetch_director_profile.h"
#include "fetch_movie.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::ExecCtx;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::NiceMock;
using ::testing::Property;
using ::testing::Return;
using ::testing::StrictMock;

TEST(FetchMovie, AnswersWithTheCataloguesFilm) {
  const auto catalog = std::make_shared<StrictMock<MockMovieCatalog>>();
  EXPECT_CALL(*catalog, FindMovie(EqualsProto("id: 603")))
      .WillOnce(Return(FromText<Movie>("id: 603 title: 'A'")));
  ExecCtx ctx;
  EXPECT_THAT(FetchMovie(catalog).Compute(ctx, MakeId(603)),
              IsOkAndHolds(EqualsProto("id: 603 title: 'A'")));
}

TEST(FetchMovie, PassesTheCataloguesErrorOn) {
  const auto catalog = std::make_shared<StrictMock<MockMovieCatalog>>();
  EXPECT_CALL(*catalog, FindMovie).WillOnce(Return(absl::UnavailableError("catalogue is away")));
  ExecCtx ctx;
  EXPECT_THAT(FetchMovie(catalog).Compute(ctx, MakeId(603)),
              StatusIs(absl::StatusCode::kUnavailable, "catalogue is away"));
}

TEST(FetchMovie, RefusesAnIdThatNoFilmCanHaveWithoutAsking) {
  const auto catalog = std::make_shared<StrictMock<MockMovieCatalog>>();
  ExecCtx ctx;
  EXPECT_THAT(FetchMovie(catalog).Compute(ctx, MakeId(0)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("from 1 on, not 0")));
}

class FetchDirectorProfileTest : public ::testing::Test {
 protected:
  absl::StatusOr<DirectorProfile> Compute(const Movie& movie, const std::vector<Movie>& films) {
    std::vector<const Movie*> pointers;
    for (const Movie& film : films) pointers.push_back(&film);
    EXPECT_CALL(*catalog_, FindFilmsBy(std::string_view(movie.director())))
        .WillOnce(Return(std::span<const Movie* const>(pointers)));
    ExecCtx ctx;
    return FetchDirectorProfile(catalog_).Compute(ctx, movie);
  }

  const std::shared_ptr<StrictMock<MockMovieCatalog>> catalog_ =
      std::make_shared<StrictMock<MockMovieCatalog>>();
};

TEST_F(FetchDirectorProfileTest, SaysUnknownWithoutAskingWhereTheFilmNamesNoDirector) {
  ExecCtx ctx;
  EXPECT_THAT(FetchDirectorProfile(catalog_).Compute(ctx, FromText<Movie>("id: 1 title: 'A'")),
              IsOkAndHolds(EqualsProto("known: false")));
}

TEST_F(FetchDirectorProfileTest, SumsUpTheOtherFilms) {
  const std::vector<Movie> films = {
      FromText<Movie>(R"pb(
        id: 1
        director: "D"
        major_genre: "Drama"
        creative_type: "Fantasy"
        source: "Remake"
        running_time_minutes: 100
        production_budget_dollars: 20000000
        imdb_rating: 6
        rotten_tomatoes_rating: 40
        release_date { year: 2010 })pb"),
      FromText<Movie>(R"pb(
        id: 2
        director: "D"
        major_genre: "Drama"
        creative_type: "Fantasy"
        source: "Remake"
        running_time_minutes: 120
        production_budget_dollars: 60000000
        imdb_rating: 7
        rotten_tomatoes_rating: 61
        release_date { year: 2010 })pb"),
      FromText<Movie>(R"pb(
        id: 3
        director: "D"
        major_genre: "Horror"
        creative_type: "Factual"
        source: "Remake"
        release_date { year: 1999 })pb"),
      FromText<Movie>("id: 4 director: 'D'"),
      // The film in hand: different in everything, and counted in nothing but film_count.
      FromText<Movie>(R"pb(
        id: 5
        director: "D"
        major_genre: "Western"
        creative_type: "Factual"
        source: "Based on TV"
        running_time_minutes: 500
        production_budget_dollars: 1
        imdb_rating: 1
        rotten_tomatoes_rating: 1
        release_date { year: 1930 })pb"),
  };
  EXPECT_THAT(Compute(films[4], films), IsOkAndHolds(EqualsProto(R"pb(
                known: true
                name: "D"
                film_count: 5
                genre_shares { genre: GENRE_DRAMA share: 0.667 }
                genre_shares { genre: GENRE_HORROR share: 0.333 }
                median_running_time_minutes: 110
                usual_budget_scale: BUDGET_SCALE_HIGH
                mean_rotten_tomatoes_rating: 50.5
                mean_imdb_rating: 6.5
                first_year: 1999
                last_year: 2010
                recurring_creative_types { what: "Fantasy" films: 2 }
                recurring_sources { what: "Remake" films: 3 })pb")));
}

TEST_F(FetchDirectorProfileTest, KnowsNoPatternOfADirectorWithOneFilm) {
  const auto only = FromText<Movie>("id: 1 director: 'D' major_genre: 'Drama' imdb_rating: 9");
  EXPECT_THAT(Compute(only, {only}),
              IsOkAndHolds(EqualsProto("known: true name: 'D' film_count: 1")));
}

TEST_F(FetchDirectorProfileTest, TakesTheMiddleOfAnOddNumberOfFilms) {
  const std::vector<Movie> films = {
      FromText<Movie>("id: 1 director: 'D' running_time_minutes: 300"),
      FromText<Movie>("id: 2 director: 'D' running_time_minutes: 90"),
      FromText<Movie>("id: 3 director: 'D' running_time_minutes: 95"),
      FromText<Movie>("id: 4 director: 'D'"),
  };
  EXPECT_THAT(Compute(films[3], films),
              IsOkAndHolds(Property(&DirectorProfile::median_running_time_minutes, 95)));
}

TEST_F(FetchDirectorProfileTest, PassesTheCataloguesErrorOn) {
  EXPECT_CALL(*catalog_, FindFilmsBy).WillOnce(Return(absl::UnavailableError("away")));
  ExecCtx ctx;
  EXPECT_THAT(FetchDirectorProfile(catalog_).Compute(ctx, FromText<Movie>("director: 'D'")),
              StatusIs(absl::StatusCode::kUnavailable, "away"));
}

TEST(AnalyzeContent, AsksTheAnalyzerOnce) {
  const auto analyzer = std::make_shared<StrictMock<MockContentAnalyzer>>();
  EXPECT_CALL(*analyzer, Analyze(EqualsProto("id: 7 title: 'A'")))
      .WillOnce(Return(FromText<ContentAnalysis>("movie_id: 7 pacing: PACING_SLOW")));
  ExecCtx ctx;
  EXPECT_THAT(AnalyzeContent(analyzer).Compute(ctx, FromText<Movie>("id: 7 title: 'A'")),
              IsOkAndHolds(EqualsProto("movie_id: 7 pacing: PACING_SLOW")));
}

TEST(AnalyzeContent, PassesTheAnalyzersErrorOn) {
  const auto analyzer = std::make_shared<NiceMock<MockContentAnalyzer>>();
  ON_CALL(*analyzer, Analyze).WillByDefault(Return(absl::UnavailableError("busy")));
  ExecCtx ctx;
  EXPECT_THAT(AnalyzeContent(analyzer).Compute(ctx, FromText<Movie>("id: 7")),
              StatusIs(absl::StatusCode::kUnavailable, "busy"));
}

TEST(AnalyzeContent, RefusesAnAnswerAboutAnotherFilm) {
  const auto analyzer = std::make_shared<NiceMock<MockContentAnalyzer>>();
  ON_CALL(*analyzer, Analyze).WillByDefault(Return(FromText<ContentAnalysis>("movie_id: 8")));
  ExecCtx ctx;
  EXPECT_THAT(AnalyzeContent(analyzer).Compute(ctx, FromText<Movie>("id: 7")),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("about film 8")));
}

}  // namespace
}  // namespace movie_tagging
