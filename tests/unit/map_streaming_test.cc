// Steps that run once for each item and follow each other: which of them run together, item by
// item, and which wait for all.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "collections.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "map_steps.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::film::Classification;
using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::film::TagSet;
using ::protograph::testing::IsOk;
using ::testing::ElementsAre;

// ---- Streaming ----

TEST(Map, GivesEachItemToTheNextMapStepAtOnce) {
  Log log;
  const auto write = [&](const std::string& what) {
    return [&, what](ExecCtx&, int64_t number) {
      log.Add(what, number);
      return absl::OkStatus();
    };
  };
  const Graph graph = Catalog{.fetch = write("fetch "),
                              .analyze = write("analyze "),
                              .fetch_options = {.concurrency = Concurrency::kNever}}
                          .Build();
  ExecCtx ctx;
  ASSERT_THAT(graph.Execute<TagSet>(ctx, Ids(3)), IsOk());
  EXPECT_THAT(log.Take(),
              ElementsAre("fetch 0", "analyze 0", "fetch 1", "analyze 1", "fetch 2", "analyze 2"));
}

TEST(Map, StreamsThroughStepsThatAreLimitedToo) {
  Log log;
  const auto write = [&](const std::string& what) {
    return [&, what](ExecCtx&, int64_t number) {
      log.Add(what, number);
      return absl::OkStatus();
    };
  };
  for (int first : {0, 1, 2}) {
    for (int second : {0, 1, 2}) {
      const Graph graph = Catalog{.fetch = write("fetch "),
                                  .analyze = write("analyze "),
                                  .fetch_options = {.concurrency = Concurrency::kNever,
                                                    .items = {.parallelism = first}},
                                  .analyze_options = {.items = {.parallelism = second}}}
                              .Build();
      ExecCtx ctx;
      ASSERT_THAT(graph.Execute<TagSet>(ctx, Ids(3)), IsOk());
      EXPECT_THAT(log.Take(), ElementsAre("fetch 0", "analyze 0", "fetch 1", "analyze 1", "fetch 2",
                                          "analyze 2"));
    }
  }
}

TEST(Map, WaitsForWhatItSharesAndStreamsFromThen) {
  Log log;
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Input<MovieId>()
                         .Map(
                             [&](ExecCtx&, const MovieId& id) {
                               log.Add("fetch ", id.id());
                               return MovieOf(id);
                             },
                             {.concurrency = Concurrency::kNever})
                         .Add(
                             [&](ExecCtx&, const MovieId& id) {
                               log.Add("profile ", id.id());
                               return DirectorProfile();
                             },
                             {.concurrency = Concurrency::kNever})
                         .Map(
                             [&](ExecCtx&, const Movie& movie, const DirectorProfile&) {
                               log.Add("analyze ", movie.id());
                               return AnalysisOf(movie);
                             },
                             {.concurrency = Concurrency::kNever})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  ASSERT_THAT(graph->Execute<Many<ContentAnalysis>>(ctx, Ids(2), Id(7)), IsOk());
  EXPECT_THAT(log.Take(), ElementsAre("profile 7", "fetch 0", "analyze 0", "fetch 1", "analyze 1"));
}

// Over more than a chunk, in which all is freed that nobody needs any more.
constexpr int64_t kSeveralChunks = 1300;

TEST(Map, AStepThatSharesASumOfWhatItMapsWaitsForAll) {
  // Many<Movie> -> DirectorProfile, which the step that takes each Movie shares: in one group they
  // would wait for each other.
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Add<ListMovies>()
                         .Map<FetchMovie>()
                         .Add([](ExecCtx&, const Many<Movie>& all) {
                           DirectorProfile profile;
                           profile.set_films(static_cast<int64_t>(all.size()));
                           return profile;
                         })
                         .Map<AnalyzeMovie>()
                         .Add<SumUp>()
                         .Build();
  ASSERT_THAT(graph, IsOk());
  for (int64_t n : {int64_t{0}, int64_t{1}, int64_t{3}, kSeveralChunks}) {
    ExecCtx ctx;
    const auto tags = graph->Execute<TagSet>(ctx, Id(n));
    ASSERT_THAT(tags, IsOk());
    EXPECT_EQ(tags->tags(), n * n + n * (n - 1) / 2);
  }
}

TEST(Map, AStepThatSharesASumOfTheSplitWaitsForThat) {
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Add<ListMovies>()
                         .Add([](ExecCtx&, const Many<MovieId>& all) {
                           DirectorProfile profile;
                           profile.set_films(static_cast<int64_t>(all.size()));
                           return profile;
                         })
                         .Map([](ExecCtx&, const MovieId& id, const DirectorProfile& profile) {
                           Movie movie;
                           movie.set_id(id.id() + profile.films());
                           return movie;
                         })
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto all = graph->Execute<Many<Movie>>(ctx, Id(kSeveralChunks));
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ((*all)[0]->id(), kSeveralChunks);
  EXPECT_EQ((*all)[kSeveralChunks - 1]->id(), 2 * kSeveralChunks - 1);
}

TEST(Map, AStepThatNeedsAnotherOfItsGroupAsAWholeWaitsForTheGroup) {
  // Analyze and Draw take each Movie; Draw shares what sums up all of Analyze.
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Map<FetchMovie>()
                         .Map([](ExecCtx&, const Movie& movie) { return AnalysisOf(movie); })
                         .Add<SumUp>()
                         .Map([](ExecCtx&, const Movie& movie, const TagSet& sum) {
                           Poster poster;
                           poster.set_width(movie.id() + sum.tags());
                           return poster;
                         })
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto all = graph->Execute<Many<Poster>>(ctx, Ids(kSeveralChunks));
  ASSERT_THAT(all, IsOk());
  const int64_t sum = kSeveralChunks * (kSeveralChunks - 1) / 2;
  for (int64_t i = 0; i < kSeveralChunks; ++i) {
    ASSERT_EQ((*all)[static_cast<size_t>(i)]->width(), sum + i);
  }
}

TEST(Map, TwoStepsMayTakeTheItemsOfOneSplit) {
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Add<ListMovies>()
                         .Map<FetchMovie>()
                         .Map([](ExecCtx&, const MovieId& id) {
                           Poster poster;
                           poster.set_width(10 * id.id());
                           return poster;
                         })
                         .Add([](ExecCtx&, const Many<Movie>& movies, const Many<Poster>& posters,
                                 const Many<MovieId>& ids) {
                           TagSet tags;
                           for (size_t i = 0; i < ids.size(); ++i) {
                             tags.set_tags(tags.tags() + movies[i]->id() + posters[i]->width() +
                                           100 * ids[i]->id());
                           }
                           return tags;
                         })
                         .Build();
  ASSERT_THAT(graph, IsOk());
  for (int i = 0; i < 5; ++i) {
    ExecCtx ctx;
    const auto tags = graph->Execute<TagSet>(ctx, Id(kSeveralChunks));
    ASSERT_THAT(tags, IsOk());
    EXPECT_EQ(tags->tags(), 111 * kSeveralChunks * (kSeveralChunks - 1) / 2);
  }
}

TEST(Map, ADiamondOfMapStepsRunsItemByItem) {
  Log log;
  const auto graph =
      GraphBuilder("films")
          .Input<Many<MovieId>>()
          .Map(
              [&](ExecCtx&, const MovieId& id) {
                log.Add("fetch ", id.id());
                return MovieOf(id);
              },
              {.concurrency = Concurrency::kNever})
          .Map([&](ExecCtx&, const Movie& movie) {
            log.Add("analyze ", movie.id());
            return AnalysisOf(movie);
          })
          .Map([&](ExecCtx&, const Movie& movie) {
            log.Add("draw ", movie.id());
            return PosterOf(movie);
          })
          .Add([](ExecCtx&, const Many<ContentAnalysis>& all, const Many<Poster>& posters) {
            TagSet tags;
            for (size_t i = 0; i < all.size(); ++i) {
              tags.set_tags(tags.tags() + all[i]->themes() * 1000 + posters[i]->width());
            }
            return tags;
          })
          .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto tags = graph->Execute<TagSet>(ctx, Ids(2));
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 1001);
  EXPECT_THAT(log.Take(),
              ElementsAre("fetch 0", "analyze 0", "draw 0", "fetch 1", "analyze 1", "draw 1"));
  const auto many = graph->Execute<TagSet>(ctx, Ids(kSeveralChunks));
  ASSERT_THAT(many, IsOk());
  EXPECT_EQ(many->tags(), 1001 * kSeveralChunks * (kSeveralChunks - 1) / 2);
}

TEST(Map, GroupsThatNeedEachOthersResultsFollowEachOther) {
  // Draw takes the items of one arm of a diamond and shares all of the other.
  const auto graph =
      GraphBuilder("films")
          .Input<Many<MovieId>>()
          .Map<FetchMovie>()
          .Map([](ExecCtx&, const Movie& movie) { return AnalysisOf(movie); })
          .Map([](ExecCtx&, const Movie& movie) { return PosterOf(movie); })
          .Map([](ExecCtx&, const Poster& poster, const Many<ContentAnalysis>& all) {
            Classification classification;
            classification.set_genre(poster.width() + static_cast<int64_t>(all.size()) +
                                     all[all.size() - 1]->themes());
            return classification;
          })
          .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto all = graph->Execute<Many<Classification>>(ctx, Ids(kSeveralChunks));
  ASSERT_THAT(all, IsOk());
  for (int64_t i = 0; i < kSeveralChunks; ++i) {
    ASSERT_EQ((*all)[static_cast<size_t>(i)]->genre(), i + 2 * kSeveralChunks - 1);
  }
}

TEST(Map, KeepsWhatAStepBesideTheGroupNeeds) {
  // The sum takes what is between the steps of a group, too.
  const auto graph =
      GraphBuilder("films")
          .Input<Many<MovieId>>()
          .Map<FetchMovie>()
          .Map([](ExecCtx&, const Movie& movie) { return PosterOf(movie); })
          .Map([](ExecCtx&, const Poster& poster) {
            ContentAnalysis analysis;
            analysis.set_themes(poster.width());
            return analysis;
          })
          .Add([](ExecCtx&, const Many<Movie>& movies, const Many<ContentAnalysis>& all) {
            TagSet tags;
            for (size_t i = 0; i < all.size(); ++i) {
              tags.set_tags(tags.tags() + all[i]->themes() * movies[i]->id());
            }
            return tags;
          })
          .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto tags = graph->Execute<TagSet>(ctx, Ids(kSeveralChunks));
  ASSERT_THAT(tags, IsOk());
  const int64_t n = kSeveralChunks - 1;
  EXPECT_EQ(tags->tags(), n * (n + 1) * (2 * n + 1) / 6);
}

TEST(Map, ALongChainOfMapStepsWorksOverManyChunks) {
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Add<ListMovies>()
                         .Map<FetchMovie>()
                         .Map([](ExecCtx&, const Movie& movie) { return PosterOf(movie); })
                         .Map([](ExecCtx&, const Poster& poster) {
                           Classification classification;
                           classification.set_genre(poster.width());
                           return classification;
                         })
                         .Map([](ExecCtx&, const Classification& classification) {
                           ContentAnalysis analysis;
                           analysis.set_themes(classification.genre());
                           return analysis;
                         })
                         .Add<SumUp>()
                         .Build();
  ASSERT_THAT(graph, IsOk());
  for (int i = 0; i < 5; ++i) {
    ExecCtx ctx;
    const auto tags = graph->Execute<TagSet>(ctx, Id(20'000));
    ASSERT_THAT(tags, IsOk());
    ASSERT_EQ(tags->tags(), int64_t{20'000} * 19'999 / 2);
  }
}

}  // namespace
}  // namespace protograph
