#include "rule_based_analyzer.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::testing::EqualsProto;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Property;

ContentAnalysis Analyze(const std::string& movie) {
  const auto analysis = RuleBasedAnalyzer().Analyze(FromText<Movie>(movie));
  EXPECT_TRUE(analysis.ok()) << analysis.status();
  return analysis.value_or(ContentAnalysis());
}

auto IsTheme(const std::string& name) { return Property(&Theme::name, name); }
auto IsStyle(CinematographyStyle style) { return Property(&Style::style, style); }

TEST(RuleBasedAnalyzer, ConcludesNothingFromNothing) {
  EXPECT_THAT(Analyze("id: 7"), EqualsProto("movie_id: 7"));
}

TEST(RuleBasedAnalyzer, ConcludesNothingFromATitleThatIsANumber) {
  EXPECT_THAT(Analyze("id: 23 title: '1941'"), EqualsProto("movie_id: 23 completeness: 0.143"));
}

TEST(RuleBasedAnalyzer, ReadsTheWordsOfATitle) {
  const ContentAnalysis analysis = Analyze("title: \"Charlie Wilson's War\"");
  EXPECT_THAT(analysis.themes(), ElementsAre(EqualsProto(R"pb(
                name: "war"
                confidence: 0.55
                evidence: "the title has 'war'")pb")));
  EXPECT_THAT(Analyze("title: 'Warlock'").themes(), IsEmpty()) << "only whole words count";
}

TEST(RuleBasedAnalyzer, CountsOneWordOfARuleOnly) {
  const ContentAnalysis once = Analyze("title: 'War'");
  const ContentAnalysis twice = Analyze("title: 'War, War Soldiers'");
  EXPECT_EQ(once.themes(0).confidence(), twice.themes(0).confidence());
}

TEST(RuleBasedAnalyzer, AddsUpWhatSpeaksForATheme) {
  const ContentAnalysis analysis = Analyze("title: 'Magic' creative_type: 'Fantasy'");
  EXPECT_THAT(analysis.themes(), ElementsAre(EqualsProto(R"pb(
                name: "magic"
                confidence: 0.75
                evidence: "creative type Fantasy; the title has 'magic'")pb")));
}

TEST(RuleBasedAnalyzer, TakesTheCataloguesGenreForCertain) {
  const ContentAnalysis analysis = Analyze("title: 'Scream' major_genre: 'Western'");
  EXPECT_THAT(analysis.genre_signs(0),
              EqualsProto("genre: GENRE_WESTERN weight: 1 evidence: 'genre Western'"));
  EXPECT_THAT(analysis.genre_signs(1), AllOf(Property(&GenreSign::genre, GENRE_HORROR),
                                             Property(&GenreSign::evidence, HasSubstr("scream"))));
  EXPECT_THAT(analysis.themes(), Contains(IsTheme("the-west")));
}

TEST(RuleBasedAnalyzer, ReadsTheSource) {
  EXPECT_THAT(Analyze("source: 'Based on Real Life Events'").themes(),
              ElementsAre(IsTheme("true-story")));
}

TEST(RuleBasedAnalyzer, JudgesPacingByGenreAndRunningTime) {
  EXPECT_EQ(Analyze("major_genre: 'Action'").pacing(), PACING_FRENETIC);
  EXPECT_EQ(Analyze("major_genre: 'Action' running_time_minutes: 150").pacing(), PACING_BRISK);
  EXPECT_EQ(Analyze("major_genre: 'Drama'").pacing(), PACING_MEASURED);
  EXPECT_EQ(Analyze("major_genre: 'Drama' running_time_minutes: 170").pacing(), PACING_SLOW);
  EXPECT_EQ(Analyze("running_time_minutes: 107").pacing_score(), 0.5);
}

TEST(RuleBasedAnalyzer, BoundsWhatAnExtremeRunningTimeSays) {
  EXPECT_EQ(Analyze("running_time_minutes: 900").pacing_score(), 0.25);
  EXPECT_EQ(Analyze("running_time_minutes: 1").pacing_score(), 0.75);
}

TEST(RuleBasedAnalyzer, DoesNotJudgePacingWhereNeitherIsKnown) {
  const ContentAnalysis analysis = Analyze("title: 'A' source: 'Remake'");
  EXPECT_EQ(analysis.pacing(), PACING_UNSPECIFIED);
  EXPECT_FALSE(analysis.has_pacing_score());
}

TEST(RuleBasedAnalyzer, JudgesStyleByEra) {
  EXPECT_THAT(Analyze("release_date { year: 1927 }").styles(),
              ElementsAre(IsStyle(CINEMATOGRAPHY_STYLE_SILENT_ERA)));
  EXPECT_THAT(Analyze("release_date { year: 1928 }").styles(),
              ElementsAre(IsStyle(CINEMATOGRAPHY_STYLE_STUDIO_ERA)));
  EXPECT_THAT(Analyze("release_date { year: 1960 }").styles(), IsEmpty());
}

TEST(RuleBasedAnalyzer, JudgesStyleByBudgetInDollarsOfOneDay) {
  const std::string effects = "creative_type: 'Science Fiction' production_budget_dollars: ";
  const auto driven = Contains(IsStyle(CINEMATOGRAPHY_STYLE_EFFECTS_DRIVEN));
  EXPECT_THAT(Analyze(effects + "11000000 release_date { year: 2010 }").styles(), Not(driven));
  EXPECT_THAT(Analyze(effects + "11000000 release_date { year: 1968 }").styles(), driven);
  EXPECT_THAT(Analyze(effects + "200000000").styles(), Not(driven)) << "the year is unknown";
  EXPECT_THAT(Analyze("production_budget_dollars: 218 release_date { year: 2004 }").styles(),
              ElementsAre(IsStyle(CINEMATOGRAPHY_STYLE_INTIMATE)));
}

TEST(RuleBasedAnalyzer, GivesEveryGenreAStyleButAction) {
  for (const char* genre :
       {"Adventure", "Black Comedy", "Comedy", "Concert/Performance", "Documentary", "Drama",
        "Horror", "Musical", "Romantic Comedy", "Thriller/Suspense", "Western"}) {
    EXPECT_EQ(Analyze("major_genre: '" + std::string(genre) + "'").styles_size(), 1) << genre;
  }
  EXPECT_THAT(Analyze("major_genre: 'Action'").styles(), IsEmpty());
}

TEST(RuleBasedAnalyzer, SaysHowMuchIsKnown) {
  EXPECT_EQ(Analyze(R"pb(title: "A"
                         major_genre: "Drama"
                         creative_type: "Factual"
                         source: "Remake"
                         release_date { year: 2000 }
                         running_time_minutes: 90
                         production_budget_dollars: 5)pb")
                .completeness(),
            1);
}

}  // namespace
}  // namespace movie_tagging
