#include "generate_tags.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::testing::EqualsProto;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TagSet Generate(const std::string& movie, const std::string& content = "completeness: 1",
                const std::string& classification = "") {
  protograph::ExecCtx ctx;
  return GenerateTags().Compute(ctx, FromText<Movie>(movie), FromText<ContentAnalysis>(content),
                                FromText<Classification>(classification));
}

std::vector<std::string> Names(const TagSet& set) {
  std::vector<std::string> names;
  for (const Tag& tag : set.tags()) names.push_back(tag.name());
  return names;
}

TEST(GenerateTags, TagsWhatTheCatalogueSays) {
  EXPECT_THAT(Names(Generate(R"pb(
                id: 7
                title: "Jaws"
                director: "Steven Spielberg"
                release_date { year: 1975 }
                mpaa_rating: "PG"
                source: "Based on Book/Short Story"
                creative_type: "Contemporary Fiction"
                major_genre: "Horror")pb")),
              ElementsAre("decade:1970s", "director:steven-spielberg", "genre:horror", "rating:pg",
                          "source:book-short-story", "type:contemporary-fiction"));
}

TEST(GenerateTags, KeepsIdAndTitle) {
  EXPECT_THAT(Generate("id: 7 title: '1941'"), EqualsProto("movie_id: 7 title: '1941'"));
  EXPECT_FALSE(Generate("id: 7").has_title());
}

TEST(GenerateTags, MakesNoTagOfWhatIsUnknown) {
  EXPECT_THAT(Names(Generate("id: 7 title: 'A'")), IsEmpty());
}

TEST(GenerateTags, TagsAFilmAboutWhichLittleIsKnown) {
  EXPECT_THAT(Names(Generate("id: 7", "completeness: 0.286")), ElementsAre("data:sparse"));
}

TEST(GenerateTags, TagsConclusionsWithTheirConfidenceAndSource) {
  const TagSet set = Generate("id: 7",
                              R"pb(
                                completeness: 1
                                pacing: PACING_BRISK
                                themes { name: "war" confidence: 0.55 }
                                styles { style: CINEMATOGRAPHY_STYLE_LOW_KEY confidence: 0.6 })pb",
                              R"pb(
                                genre: GENRE_DRAMA
                                genre_confidence: 0.4
                                further_genres { genre: GENRE_ACTION score: 0.3 }
                                moods { mood: MOOD_TENSE score: 0.7 })pb");
  EXPECT_THAT(
      set.tags(),
      ElementsAre(
          EqualsProto("name: 'mood:tense' source: TAG_SOURCE_CLASSIFICATION confidence: 0.7"),
          EqualsProto("name: 'style:low-key' source: TAG_SOURCE_CONTENT confidence: 0.6"),
          EqualsProto("name: 'theme:war' source: TAG_SOURCE_CONTENT confidence: 0.55"),
          EqualsProto("name: 'pacing:brisk' source: TAG_SOURCE_CONTENT confidence: 0.5"),
          EqualsProto("name: 'genre:drama' source: TAG_SOURCE_CLASSIFICATION confidence: 0.4"),
          EqualsProto("name: 'genre:action' source: TAG_SOURCE_CLASSIFICATION confidence: 0.3")));
}

TEST(GenerateTags, LeavesWeakConclusionsOut) {
  EXPECT_THAT(Names(Generate("id: 7",
                             "completeness: 1 themes { name: 'war' confidence: 0.2 } "
                             "themes { name: 'love' confidence: 0.199 }")),
              ElementsAre("theme:war"));
}

TEST(GenerateTags, KeepsTheMoreConfidentOfTwoTagsWithOneName) {
  const TagSet set = Generate("id: 7 major_genre: 'Drama'", "completeness: 1",
                              "genre: GENRE_DRAMA genre_confidence: 0.6");
  EXPECT_THAT(
      set.tags(),
      ElementsAre(EqualsProto("name: 'genre:drama' source: TAG_SOURCE_CATALOGUE confidence: 1")));
}

TEST(GenerateTags, JudgesReceptionOnlyByEnoughVotes) {
  EXPECT_THAT(Names(Generate("rotten_tomatoes_rating: 85")), ElementsAre("critics:acclaimed"));
  EXPECT_THAT(Names(Generate("rotten_tomatoes_rating: 0")), ElementsAre("critics:panned"));
  EXPECT_THAT(Names(Generate("imdb_rating: 8.5 imdb_votes: 10000")),
              ElementsAre("viewers:favourite"));
  EXPECT_THAT(Names(Generate("imdb_rating: 8.5 imdb_votes: 9999")),
              ElementsAre("viewers:hidden-gem"));
  EXPECT_THAT(Names(Generate("imdb_rating: 2 imdb_votes: 9999")), IsEmpty());
  EXPECT_THAT(Names(Generate("imdb_rating: 2 imdb_votes: 10000")), ElementsAre("viewers:disliked"));
  EXPECT_THAT(Names(Generate("imdb_rating: 8.5")), IsEmpty()) << "votes are unknown";
}

TEST(GenerateTags, JudgesTheBoxOfficeOnlyWhereTakingsWereReported) {
  constexpr char kBudget[] = "production_budget_dollars: 1000000 ";
  EXPECT_THAT(Names(Generate(kBudget)), IsEmpty());
  EXPECT_THAT(Names(Generate(std::string(kBudget) + "worldwide_gross_dollars: 999999")),
              ElementsAre("box-office:flop"));
  EXPECT_THAT(Names(Generate(std::string(kBudget) + "worldwide_gross_dollars: 1000000")),
              IsEmpty());
  EXPECT_THAT(Names(Generate(std::string(kBudget) + "worldwide_gross_dollars: 3000000")),
              ElementsAre("box-office:hit"));
}

TEST(GenerateTags, ComparesMoneyInDollarsOfOneDay) {
  constexpr char kTakings[] = "worldwide_gross_dollars: 200000000 ";
  EXPECT_THAT(Names(Generate(std::string(kTakings) + "release_date { year: 1939 }")),
              Contains("box-office:blockbuster"));
  EXPECT_THAT(Names(Generate(std::string(kTakings) + "release_date { year: 2009 }")),
              Not(Contains("box-office:blockbuster")));
  EXPECT_THAT(Names(Generate("production_budget_dollars: 3900000 release_date { year: 1939 }")),
              ElementsAre("budget:high", "decade:1930s"));
}

TEST(GenerateTags, TagsUnusualLengths) {
  EXPECT_THAT(Names(Generate("running_time_minutes: 84")), ElementsAre("length:short"));
  EXPECT_THAT(Names(Generate("running_time_minutes: 85")), IsEmpty());
  EXPECT_THAT(Names(Generate("running_time_minutes: 150")), ElementsAre("length:long"));
}

}  // namespace
}  // namespace movie_tagging
