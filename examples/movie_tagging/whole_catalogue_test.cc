// Every film of examples/data/movies.csv through the graph. MOVIE_TAGGING_DATA is its path.

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "csv_movie_catalog.h"
#include "flaky_content_analyzer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "movie_graph.h"
#include "protograph/testing/testing.h"
#include "rule_based_analyzer.h"
#include "tag_all.h"
#include "test_clients.h"
#include "words.h"

namespace movie_tagging {
namespace {

using ::protograph::ExecCtx;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::testing::Contains;
using ::testing::SizeIs;

const CsvMovieCatalog& Catalog() {
  static const auto& catalog = *new auto(CsvMovieCatalog::Load(MOVIE_TAGGING_DATA).value());
  return *catalog;
}

std::shared_ptr<const MovieCatalog> SharedCatalog() {
  return std::shared_ptr<const MovieCatalog>(std::shared_ptr<void>(), &Catalog());
}

MovieGraph Graph() {
  return MakeMovieGraph({SharedCatalog(), std::make_shared<RuleBasedAnalyzer>()}).value();
}

std::vector<MovieId> AllIds() {
  std::vector<MovieId> ids;
  for (const Movie& movie : Catalog().movies()) ids.push_back(MakeId(movie.id()));
  return ids;
}

TEST(WholeCatalogue, IsReadAsItIsDescribed) {
  int without_director = 0;
  int corrected = 0;
  int undated = 0;
  int untitled = 0;
  int without_takings = 0;
  for (const Movie& movie : Catalog().movies()) {
    without_director += movie.has_director() ? 0 : 1;
    corrected += movie.release_century_corrected() ? 1 : 0;
    undated += movie.has_release_date() ? 0 : 1;
    untitled += movie.has_title() ? 0 : 1;
    without_takings += movie.has_worldwide_gross_dollars() ? 0 : 1;
    if (movie.has_release_date()) {
      EXPECT_GE(movie.release_date().year(), 1915) << movie.title();
      EXPECT_LE(movie.release_date().year(), 2011) << movie.title();
    }
    if (movie.has_major_genre()) {
      EXPECT_NE(ParseGenre(movie.major_genre()), GENRE_UNSPECIFIED) << movie.major_genre();
    }
  }
  EXPECT_THAT(Catalog().movies(), SizeIs(3201));
  EXPECT_EQ(without_director, 1331);
  EXPECT_EQ(corrected, 22);
  EXPECT_EQ(undated, 8);
  EXPECT_EQ(untitled, 1);
  EXPECT_EQ(without_takings, 54);  // 47 zeros, 7 empty cells
}

TEST(WholeCatalogue, IsTaggedWithoutAFailure) {
  const TagAllResult result = TagAll(Graph(), AllIds(), {.threads = 2});
  const TagSummary summary = Summarize(result);
  EXPECT_EQ(summary.tagged, 3201) << ToText(summary);
  for (const absl::StatusOr<TagSet>& tags : result.tag_sets) {
    ASSERT_THAT(tags, IsOk());
    EXPECT_GE(tags->tags_size(), 1) << tags->movie_id();
    std::set<std::string> names;
    for (int i = 0; i < tags->tags_size(); ++i) {
      const Tag& tag = tags->tags(i);
      EXPECT_TRUE(names.insert(tag.name()).second) << tag.name() << " twice";
      EXPECT_GE(tag.confidence(), 0.2);
      EXPECT_LE(tag.confidence(), 1);
      EXPECT_NE(tag.source(), TAG_SOURCE_UNSPECIFIED);
      if (i > 0) {
        const Tag& before = tags->tags(i - 1);
        EXPECT_TRUE(before.confidence() > tag.confidence() || before.name() < tag.name());
      }
    }
  }
}

TEST(WholeCatalogue, GivesTheSameTagsOnAnyNumberOfThreads) {
  const MovieGraph graph = Graph();
  const TagAllResult one = TagAll(graph, AllIds(), {.threads = 1});
  const TagAllResult four = TagAll(graph, AllIds(), {.threads = 4});
  for (std::size_t i = 0; i < one.tag_sets.size(); ++i) {
    ASSERT_EQ(one.tag_sets[i]->SerializeAsString(), four.tag_sets[i]->SerializeAsString());
  }
}

std::vector<std::string> TagsOf(int id) {
  ExecCtx ctx;
  const absl::StatusOr<TagSet> tags = Graph().Execute<TagSet>(ctx, MakeId(id));
  EXPECT_THAT(tags, IsOk());
  std::vector<std::string> names;
  if (!tags.ok()) return names;
  for (const Tag& tag : tags->tags()) names.push_back(tag.name());
  return names;
}

TEST(WholeCatalogue, TagsOddFilmsOnPurpose) {
  EXPECT_THAT(TagsOf(1046), Contains("decade:1930s")) << "The Wizard of Oz, written 2039";
  EXPECT_THAT(TagsOf(2968), Contains("decade:2010s")) << "Tintin, announced for 2011";
  EXPECT_THAT(TagsOf(23), Contains("genre:comedy")) << "1941, a title and no year";
  EXPECT_THAT(TagsOf(1378), testing::ElementsAre("data:sparse"))
      << "Barney's Version: no date, genre, director or takings";
  EXPECT_THAT(TagsOf(3054), Contains("genre:thriller")) << "has no title";
  EXPECT_THAT(TagsOf(268), Contains("director:tom-tykwer")) << "no genre, but a director";
}

TEST(WholeCatalogue, KnowsADirectorByTheOtherFilms) {
  ExecCtx ctx;
  const auto profile = Graph().Execute<DirectorProfile>(ctx, FromText<Movie>(R"pb(
                                                          id: 1000000
                                                          director: "Steven Spielberg")pb"));
  ASSERT_THAT(profile, IsOk());
  EXPECT_EQ(profile->film_count(), 23);
  EXPECT_EQ(profile->usual_budget_scale(), BUDGET_SCALE_HIGH);
  EXPECT_EQ(profile->first_year(), 1975);
  EXPECT_GT(profile->mean_imdb_rating(), 7);
}

// Hides each film's genre and looks whether the pipeline finds it out: a rule that says nothing
// about real films would do no better than naming the most frequent genre each time.
TEST(WholeCatalogue, ConcludesHiddenGenresFarBetterThanByGuessing) {
  const MovieGraph graph = Graph();
  std::map<std::string, int> films_by_genre;
  int known = 0;
  int right = 0;
  for (const Movie& movie : Catalog().movies()) {
    if (!movie.has_major_genre()) continue;
    ++known;
    ++films_by_genre[movie.major_genre()];
    Movie hidden = movie;
    hidden.clear_major_genre();
    ExecCtx ctx;
    const auto classification = graph.Execute<Classification>(ctx, hidden);
    ASSERT_THAT(classification, IsOk());
    if (classification->genre() == ParseGenre(movie.major_genre())) ++right;
  }
  int most_frequent = 0;
  for (const auto& [genre, films] : films_by_genre) most_frequent = std::max(most_frequent, films);
  RecordProperty("right", right);
  RecordProperty("known", known);
  EXPECT_GT(right, 1.4 * most_frequent) << right << " of " << known;
}

TEST(WholeCatalogue, FailsOnlyWhereThreeCallsInARowFail) {
  const auto analyzer =
      std::make_shared<FlakyContentAnalyzer>(std::make_shared<RuleBasedAnalyzer>(), 0.2, 1);
  const MovieGraph graph = MakeMovieGraph({SharedCatalog(), analyzer}).value();
  FakeClock clock;
  int failed = 0;
  for (const MovieId& id : AllIds()) {
    ExecCtx ctx({.clock = &clock});
    const auto tags = graph.Execute<TagSet>(ctx, id);
    if (tags.ok()) continue;
    ++failed;
    const auto failure = protograph::GetStepFailure(tags.status());
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->step(), "AnalyzeContent");
    EXPECT_EQ(failure->attempts(), 3);
  }
  // 3201 * 0.2^3 = 25.6, give or take three standard deviations; the seed makes it 25.
  EXPECT_EQ(failed, 25);
}

}  // namespace
}  // namespace movie_tagging
