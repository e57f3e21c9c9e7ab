#include "classify_genre_and_mood.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::testing::EqualsProto;
using ::testing::ElementsAre;
using ::testing::Property;

Classification Classify(const std::string& content, const std::string& director = "") {
  protograph::ExecCtx ctx;
  return ClassifyGenreAndMood().Compute(ctx, FromText<ContentAnalysis>(content),
                                        FromText<DirectorProfile>(director));
}

constexpr char kHorrorDirector[] =
    "known: true film_count: 7 genre_shares { genre: GENRE_HORROR share: 1 }";

TEST(ClassifyGenreAndMood, NamesNothingWhereNothingIsKnown) {
  EXPECT_THAT(Classify("movie_id: 7"), EqualsProto("movie_id: 7"));
}

TEST(ClassifyGenreAndMood, FollowsTheFilmsOwnSigns) {
  const Classification c = Classify("genre_signs { genre: GENRE_DRAMA weight: 1 }");
  EXPECT_EQ(c.genre(), GENRE_DRAMA);
  EXPECT_EQ(c.genre_confidence(), 0.75);
  EXPECT_FALSE(c.genre_from_director());
  EXPECT_THAT(c.moods(), ElementsAre(Property(&ScoredMood::mood, MOOD_REFLECTIVE),
                                     Property(&ScoredMood::mood, MOOD_MELANCHOLY)));
}

TEST(ClassifyGenreAndMood, LetsADirectorConfirmAGenreButNotOverruleTheCatalogue) {
  const Classification alone = Classify("genre_signs { genre: GENRE_HORROR weight: 0.5 }");
  const Classification confirmed =
      Classify("genre_signs { genre: GENRE_HORROR weight: 0.5 }", kHorrorDirector);
  EXPECT_GT(confirmed.genre_confidence(), alone.genre_confidence());

  const Classification overruled =
      Classify("genre_signs { genre: GENRE_DRAMA weight: 1 }", kHorrorDirector);
  EXPECT_EQ(overruled.genre(), GENRE_DRAMA);
  EXPECT_THAT(overruled.further_genres(), ElementsAre(Property(&ScoredGenre::genre, GENRE_HORROR)));
}

TEST(ClassifyGenreAndMood, LetsTheDirectorDecideBetweenWeakSigns) {
  constexpr char kSigns[] =
      "genre_signs { genre: GENRE_COMEDY weight: 0.25 } "
      "genre_signs { genre: GENRE_DRAMA weight: 0.25 }";
  EXPECT_EQ(Classify(kSigns).genre(), GENRE_COMEDY);
  EXPECT_EQ(Classify(kSigns,
                     "known: true film_count: 7 "
                     "genre_shares { genre: GENRE_DRAMA share: 1 }")
                .genre(),
            GENRE_DRAMA);
}

TEST(ClassifyGenreAndMood, TakesTheDirectorsGenreWhereTheFilmShowsNone) {
  const Classification c = Classify("movie_id: 7", kHorrorDirector);
  EXPECT_EQ(c.genre(), GENRE_HORROR);
  EXPECT_TRUE(c.genre_from_director());
  // Six other films: 6 / (6 + 3).
  EXPECT_EQ(c.genre_confidence(), 0.667);
}

TEST(ClassifyGenreAndMood, TrustsADirectorMoreTheMoreFilmsThereAre) {
  const Classification few =
      Classify("", "known: true film_count: 2 genre_shares { genre: GENRE_HORROR share: 1 }");
  EXPECT_EQ(few.genre_confidence(), 0.25);
}

TEST(ClassifyGenreAndMood, KeepsScoresWithinOne) {
  const Classification c = Classify(
      "genre_signs { genre: GENRE_ACTION weight: 1 } genre_signs { genre: GENRE_HORROR weight: 1 } "
      "themes { name: 'love' confidence: 1 } themes { name: 'war' confidence: 1 }",
      kHorrorDirector);
  double genres = c.genre_confidence();
  for (const ScoredGenre& genre : c.further_genres()) genres += genre.score();
  EXPECT_LE(genres, 1.001);
  EXPECT_EQ(c.genre(), GENRE_HORROR);
  double moods = 0;
  for (const ScoredMood& mood : c.moods()) moods += mood.score();
  EXPECT_LE(moods, 1.001);
}

TEST(ClassifyGenreAndMood, ReadsMoodsFromThemesWhereNoGenreIsKnown) {
  const Classification c = Classify("themes { name: 'love' confidence: 0.6 }");
  EXPECT_EQ(c.genre(), GENRE_UNSPECIFIED);
  EXPECT_THAT(c.moods(), ElementsAre(EqualsProto("mood: MOOD_ROMANTIC score: 0.36")));
}

TEST(ClassifyGenreAndMood, LetsPacingShiftAMood) {
  constexpr char kWestern[] = "genre_signs { genre: GENRE_WESTERN weight: 1 } ";
  EXPECT_GT(Classify(std::string(kWestern) + "pacing: PACING_FRENETIC").moods(0).score(),
            Classify(kWestern).moods(0).score());
  EXPECT_THAT(Classify("pacing: PACING_FRENETIC"), EqualsProto("")) << "it makes none";
}

}  // namespace
}  // namespace movie_tagging
