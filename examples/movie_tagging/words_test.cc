#include "words.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace movie_tagging {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Words, KnowsEveryGenreOfTheCatalogueAndNoOther) {
  EXPECT_EQ(ParseGenre("Thriller/Suspense"), GENRE_THRILLER);
  EXPECT_EQ(ParseGenre("Black Comedy"), GENRE_BLACK_COMEDY);
  EXPECT_EQ(ParseGenre(""), GENRE_UNSPECIFIED);
  EXPECT_EQ(ParseGenre("drama"), GENRE_UNSPECIFIED);
}

TEST(Words, NamesEnumsAsTagsDo) {
  EXPECT_EQ(Word(GENRE_ROMANTIC_COMEDY), "romantic-comedy");
  EXPECT_EQ(Word(MOOD_LIGHT_HEARTED), "light-hearted");
  EXPECT_EQ(Word(PACING_SLOW), "slow");
  EXPECT_EQ(Word(CINEMATOGRAPHY_STYLE_LOW_KEY), "low-key");
  EXPECT_EQ(Word(BUDGET_SCALE_TENTPOLE), "tentpole");
}

TEST(Words, MakesSlugs) {
  EXPECT_EQ(Slug("Comic/Graphic Novel"), "comic-graphic-novel");
  EXPECT_EQ(Slug("  Jeff \"\"King Jeff\"\" Hollins. "), "jeff-king-jeff-hollins");
  EXPECT_EQ(Slug("PG-13"), "pg-13");
  EXPECT_EQ(Slug("LÈon"), "lÈon");
  EXPECT_EQ(Slug("..."), "");
}

TEST(Words, SplitsTitles) {
  EXPECT_THAT(TitleWords("Sam \"The Man\": 300 Days' Rain, Part II"),
              ElementsAre("sam", "the", "man", "days", "rain", "part", "ii"));
  EXPECT_THAT(TitleWords("Rosemary's Baby Don't"), ElementsAre("rosemary", "baby", "don't"));
  EXPECT_THAT(TitleWords("AmÈlie"), ElementsAre("amÈlie"));
  EXPECT_THAT(TitleWords("1941"), IsEmpty());
  EXPECT_THAT(TitleWords(""), IsEmpty());
}

TEST(Words, ShowsAFilmByTitleAndYearAsFarAsTheyAreKnown) {
  Movie movie;
  EXPECT_EQ(DisplayName(movie), "an untitled film");
  movie.set_title("Wings");
  EXPECT_EQ(DisplayName(movie), "Wings");
  movie.mutable_release_date()->set_year(1927);
  EXPECT_EQ(DisplayName(movie), "Wings (1927)");
}

TEST(Words, CombinesConfidences) {
  EXPECT_DOUBLE_EQ(Together(0.5, 0.5), 0.75);
  EXPECT_DOUBLE_EQ(Together(1, 0.3), 1);
  EXPECT_DOUBLE_EQ(Rounded(0.12345), 0.123);
}

}  // namespace
}  // namespace movie_tagging
