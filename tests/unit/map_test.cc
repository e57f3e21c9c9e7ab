// Steps that run once for each item: what they take and make, in which order, and how collections
// flow through a graph. Failures: map_failure_test.cc. Threads: map_threads_test.cc.

#include "protograph/map.h"

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
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As many ids as `id` says, from 0.
struct ListMovies {
  Many<MovieId> Compute(ExecCtx& /*ctx*/, const MovieId& id) const { return Ids(id.id()); }
};

struct FetchMovie {
  absl::StatusOr<Movie> Compute(ExecCtx& /*ctx*/, const MovieId& id) const {
    Movie movie;
    movie.set_id(id.id());
    return movie;
  }
};

struct AnalyzeMovie {
  ContentAnalysis Compute(ExecCtx& /*ctx*/, const Movie& movie, const DirectorProfile& all) const {
    ContentAnalysis analysis;
    analysis.set_themes(movie.id() + all.films());
    return analysis;
  }
};

struct Profile {
  DirectorProfile Compute(ExecCtx& /*ctx*/, const MovieId& /*id*/) const {
    DirectorProfile profile;
    profile.set_films(1000);
    return profile;
  }
};

struct SumUp {
  TagSet Compute(ExecCtx& /*ctx*/, const Many<ContentAnalysis>& all) const {
    TagSet tags;
    for (const ContentAnalysis& analysis : all) tags.set_tags(tags.tags() + analysis.themes());
    for (const ItemFailure& failure : all.failures()) {
      tags.add_trail(std::to_string(failure.index) + ": " + std::string(failure.status.message()));
    }
    return tags;
  }
};

using CatalogGraph =
    StaticGraph<Inputs<MovieId>, ListMovies, Map<FetchMovie>, Map<AnalyzeMovie>, Profile, SumUp>;

Movie MovieOf(const MovieId& id) {
  Movie movie;
  movie.set_id(id.id());
  return movie;
}
ContentAnalysis AnalysisOf(const Movie& movie) {
  ContentAnalysis analysis;
  analysis.set_themes(movie.id());
  return analysis;
}
Poster PosterOf(const Movie& movie) {
  Poster poster;
  poster.set_width(movie.id());
  return poster;
}

// What happened, in order.
class Log {
 public:
  void Add(const std::string& what, int64_t item) {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.push_back(what + std::to_string(item));
  }
  std::vector<std::string> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

// ---- Order and size ----

TEST(Map, RunsOnceForEachItemAndKeepsTheirOrder) {
  const absl::StatusOr<CatalogGraph> graph = CatalogGraph::Builder("catalog").Build();
  ASSERT_THAT(graph, IsOk());
  for (int64_t n : {0, 1, 2, 3, 511, 512, 513, 5000}) {
    ExecCtx ctx;
    const absl::StatusOr<TagSet> tags = graph->Execute<TagSet>(ctx, Id(n));
    ASSERT_THAT(tags, IsOk());
    EXPECT_EQ(tags->tags(), n * 1000 + n * (n - 1) / 2) << n;
    const absl::StatusOr<Many<ContentAnalysis>> all =
        graph->Execute<Many<ContentAnalysis>>(ctx, Id(n));
    ASSERT_THAT(all, IsOk());
    ASSERT_EQ(all->size(), static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_EQ((*all)[static_cast<size_t>(i)]->themes(), 1000 + i);
    }
  }
}

TEST(Map, RunsEachItemExactlyOnceWhateverHelps) {
  for (size_t threads : {0, 1, 4}) {
    for (Concurrency concurrency :
         {Concurrency::kAuto, Concurrency::kAlways, Concurrency::kNever}) {
      for (int parallelism : {0, 1, 3}) {
        std::vector<std::atomic<int>> calls(2000);
        const auto count = [&](ExecCtx&, int64_t number) {
          ++calls[static_cast<size_t>(number)];
          return absl::OkStatus();
        };
        const Graph graph = Catalog{.fetch = count,
                                    .analyze = count,
                                    .fetch_options = {.concurrency = concurrency},
                                    .analyze_options = {.items = {.parallelism = parallelism}},
                                    .pool = Pool(threads)}
                                .Build();
        // Twice: the second time it is known what an item takes.
        for (int times : {2, 4}) {
          ExecCtx ctx;
          const auto all = graph.Execute<Many<ContentAnalysis>>(ctx, Ids(2000));
          ASSERT_THAT(all, IsOk());
          ASSERT_EQ(NumbersOf(*all), UpTo(2000));
          ASSERT_TRUE(std::all_of(calls.begin(), calls.end(), [&](int n) { return n == times; }));
        }
      }
    }
  }
}

TEST(Map, IsNotRunForAnEmptyCollection) {
  int calls = 0;
  const auto count = [&](ExecCtx&, int64_t) {
    ++calls;
    return absl::OkStatus();
  };
  const Graph graph = Catalog{.fetch = count, .analyze = count}.Build();
  ExecCtx ctx;
  const auto all = graph.Execute<Many<Movie>>(ctx, Ids(0));
  ASSERT_THAT(all, IsOk());
  EXPECT_TRUE(all->empty());
  // What takes all of them is run.
  const auto tags = graph.Execute<TagSet>(ctx, Ids(0));
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 0);
  EXPECT_EQ(calls, 0);
}

TEST(Map, ExecutionsOfDifferentSizesDoNotSeeEachOther) {
  const Graph graph = Catalog{}.Build();
  for (int64_t n : {700, 3, 0, 513, 1, 1025, 512}) {
    ExecCtx ctx;
    const auto all = graph.Execute<Many<ContentAnalysis>>(ctx, Ids(n));
    ASSERT_THAT(all, IsOk());
    ASSERT_EQ(NumbersOf(*all), UpTo(n));
  }
}

// ---- Collections as inputs and outputs of calls ----

TEST(Map, LeavesTheCallersCollectionAsItWas) {
  const Graph graph = Catalog{}.Build();
  const Many<MovieId> ids = Ids(1500);
  ExecCtx ctx;
  ASSERT_THAT(graph.Execute<TagSet>(ctx, ids), IsOk());
  EXPECT_EQ(NumbersOf(ids), UpTo(1500));
}

TEST(Map, BeginsFromACollectionThatAStepCouldMake) {
  int fetched = 0;
  const Graph graph = Catalog{.fetch = [&](ExecCtx&, int64_t) {
                        ++fetched;
                        return absl::OkStatus();
                      }}.Build();
  Many<Movie> movies;
  for (int64_t i = 0; i < 600; ++i) movies.Add().set_id(2 * i);
  ExecCtx ctx;
  const auto tags = graph.Execute<TagSet>(ctx, movies);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 600 * 599);
  EXPECT_EQ(fetched, 0);
  EXPECT_EQ(movies.size(), 600U);
  EXPECT_EQ(movies[599]->id(), 1198);
}

TEST(Map, GivesBackACollectionThatTheCallerBrought) {
  const Graph graph = Catalog{}.Build();
  const Many<MovieId> ids = Ids(600);
  ExecCtx ctx;
  const auto same = graph.Execute<Many<MovieId>>(ctx, ids);
  ASSERT_THAT(same, IsOk());
  EXPECT_EQ(NumbersOf(*same), UpTo(600));
  EXPECT_EQ(NumbersOf(ids), UpTo(600));
}

TEST(Map, GivesAllCollectionsOfOneExecution) {
  std::atomic<int> fetched = 0;
  const Graph graph = Catalog{.fetch = [&](ExecCtx&, int64_t) {
                        ++fetched;
                        return absl::OkStatus();
                      }}.Build();
  const Many<MovieId> ids = Ids(1300);
  ExecCtx ctx;
  const auto all =
      graph.ExecuteAll<Many<ContentAnalysis>, TagSet, Many<MovieId>, Many<Movie>>(ctx, ids);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(NumbersOf(std::get<0>(*all)), UpTo(1300));
  EXPECT_EQ(std::get<1>(*all).tags(), 1300 * 1299 / 2);
  EXPECT_EQ(NumbersOf(std::get<2>(*all)), UpTo(1300));
  EXPECT_EQ(NumbersOf(std::get<3>(*all)), UpTo(1300));
  EXPECT_EQ(NumbersOf(ids), UpTo(1300));
  EXPECT_EQ(fetched, 1300);
}

TEST(Map, ItsResultMayGrowInTheCallersHands) {
  const Graph graph = Catalog{}.Build();
  for (int64_t n : {1, 100, 511, 512, 513, 600, 1024}) {
    ExecCtx ctx;
    auto all = graph.Execute<Many<Movie>>(ctx, Ids(n));
    ASSERT_THAT(all, IsOk());
    for (int64_t i = n; i < n + 700; ++i) all->Add().set_id(i);
    EXPECT_EQ(NumbersOf(*all), UpTo(n + 700));
  }
}

TEST(Map, LeavesOutItemsThatTheCallerBroughtAsErrors) {
  std::vector<int64_t> seen;
  const Graph graph = Catalog{.fetch =
                                  [&](ExecCtx&, int64_t number) {
                                    seen.push_back(number);
                                    return absl::OkStatus();
                                  },
                              .fetch_options = {.concurrency = Concurrency::kNever}}
                          .Build();
  Many<MovieId> ids = IdsOf({0});
  ids.AddError(absl::DataLossError("torn page"));
  ids.Add(Id(2));
  ids.AddError(absl::NotFoundError("no page"));
  ExecCtx ctx;
  const auto all = graph.ExecuteAll<Many<Movie>, TagSet>(ctx, ids);
  // They are no failures of the step, which does not tolerate any.
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(seen, ElementsAre(0, 2));
  EXPECT_THAT(NumbersOf(std::get<0>(*all)), ElementsAre(0, -1, 2, -1));
  EXPECT_THAT(std::get<0>(*all)[1], StatusIs(absl::StatusCode::kDataLoss, "torn page"));
  EXPECT_THAT(std::get<1>(*all).trail(), ElementsAre("1: torn page", "3: no page"));
  EXPECT_THAT(ctx.Progress(), ElementsAre(::testing::FieldsAre("Fetch", 4, 4, 0, 0),
                                          ::testing::FieldsAre("Analyze", 4, 4, 0, 0)));
}

TEST(Map, AStepThatSplitsMayFail) {
  const auto graph = GraphBuilder("catalog")
                         .Input<MovieId>()
                         .Add(
                             [](ExecCtx&, const MovieId& id) -> absl::StatusOr<Many<MovieId>> {
                               if (id.id() < 0) return absl::NotFoundError("no such catalogue");
                               return Ids(id.id());
                             },
                             {.name = "Split"})
                         .Map<FetchMovie>()
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(graph->Execute<Many<Movie>>(ctx, Id(-1)),
              AllOf(StatusIs(absl::StatusCode::kNotFound,
                             "step Split failed after 1 attempt (Many<Movie> <- Many<MovieId>): "
                             "no such catalogue"),
                    StepFailed("Split")));
  const auto all = graph->Execute<Many<Movie>>(ctx, Id(600));
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(NumbersOf(*all), UpTo(600));
}

TEST(Map, CollectionsFlowBetweenStepsThatTakeAllOfThem) {
  const auto graph = GraphBuilder("catalog")
                         .Input<Many<MovieId>>()
                         .Add([](ExecCtx&, const Many<MovieId>& ids) {
                           Many<Movie> movies;
                           for (const MovieId& id : ids) movies.Add(MovieOf(id));
                           return movies;
                         })
                         .Add([](ExecCtx&, const Many<Movie>& movies, const Many<MovieId>& ids) {
                           TagSet tags;
                           tags.set_tags(static_cast<int64_t>(movies.size() + ids.size()));
                           return tags;
                         })
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto tags = graph->Execute<TagSet>(ctx, Ids(600));
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 1200);
}

// ---- What can be a step ----

Poster DrawPoster(ExecCtx& /*ctx*/, const Movie& movie) { return PosterOf(movie); }

struct CountsItself {
  Movie operator()(ExecCtx& /*ctx*/, const MovieId& id) {
    ++*calls;
    return MovieOf(id);
  }
  std::shared_ptr<int> calls;
};

TEST(Map, TakesCallablesOfAllKinds) {
  const auto calls = std::make_shared<int>(0);
  const int64_t offset = 7;
  const auto graph = GraphBuilder("catalog")
                         .Input<Many<MovieId>>()
                         .Map(CountsItself{calls}, {.concurrency = Concurrency::kNever})
                         .Map(&DrawPoster)
                         .Map(
                             [offset](ExecCtx&, const Poster& poster) {
                               ContentAnalysis analysis;
                               analysis.set_themes(poster.width() + offset);
                               return analysis;
                             },
                             {.name = "Shift"})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto all = graph->Execute<Many<ContentAnalysis>>(ctx, Ids(3));
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(7, 8, 9));
  EXPECT_EQ(*calls, 3);
  std::vector<std::string> names;
  const GraphDescription description = graph->Describe();
  for (const StepDescription& step : description.steps()) names.push_back(step.name());
  EXPECT_THAT(names, ElementsAre("Many<Movie>", "Many<Poster>", "Shift"));
}

// Takes its arguments from what was provided, or in place.
class Shifted {
 public:
  explicit Shifted(std::shared_ptr<int> by) : by_(std::move(by)) {}
  Movie Compute(ExecCtx& /*ctx*/, const MovieId& id) const {
    Movie movie;
    movie.set_id(id.id() + *by_);
    return movie;
  }

 private:
  std::shared_ptr<int> by_;
};

TEST(Map, MakesItsStepLikeAnyOther) {
  ExecCtx ctx;
  const auto provided = GraphBuilder("catalog")
                            .Provide(std::make_shared<int>(10))
                            .Input<Many<MovieId>>()
                            .Map<Shifted>()
                            .Build();
  ASSERT_THAT(provided, IsOk());
  EXPECT_THAT(NumbersOf(*provided->Execute<Many<Movie>>(ctx, Ids(2))), ElementsAre(10, 11));
  EXPECT_EQ(provided->Describe().steps(0).name(), "Shifted");

  const auto in_place = GraphBuilder("catalog")
                            .Input<Many<MovieId>>()
                            .Map<Shifted>(StepOptions{.name = "In place"}, std::make_shared<int>(5))
                            .Build();
  ASSERT_THAT(in_place, IsOk());
  EXPECT_THAT(NumbersOf(*in_place->Execute<Many<Movie>>(ctx, Ids(2))), ElementsAre(5, 6));
  EXPECT_EQ(in_place->Describe().steps(0).name(), "In place");
}

TEST(Map, IsConfiguredByItsClassOrByItsEntry) {
  using Films = StaticGraph<Inputs<Many<MovieId>>, Map<Shifted>>;
  ExecCtx ctx;
  const auto by_class = Films::Builder("films")
                            .Configure<Shifted>({.name = "By class"}, std::make_shared<int>(1))
                            .Build();
  ASSERT_THAT(by_class, IsOk());
  EXPECT_THAT(NumbersOf(*by_class->Execute<Many<Movie>>(ctx, Ids(2))), ElementsAre(1, 2));
  EXPECT_EQ(by_class->Describe().steps(0).name(), "By class");
  const auto by_entry = Films::Builder("films")
                            .Configure<Map<Shifted>>({.name = "By entry"}, std::make_shared<int>(2))
                            .Build();
  ASSERT_THAT(by_entry, IsOk());
  EXPECT_THAT(NumbersOf(*by_entry->Execute<Many<Movie>>(ctx, Ids(2))), ElementsAre(2, 3));
  EXPECT_EQ(by_entry->Describe().steps(0).name(), "By entry");
}

TEST(Map, MayHaveAStepForOneMessageBesideItThatMakesTheSame) {
  // Movie and Many<Movie> are two things.
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Input<Many<MovieId>>()
                         .Add<FetchMovie>({.name = "One"})
                         .Map<FetchMovie>({.name = "All"})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_EQ(graph->Execute<Movie>(ctx, Id(7))->id(), 7);
  EXPECT_THAT(NumbersOf(*graph->Execute<Many<Movie>>(ctx, IdsOf({3, 1}))), ElementsAre(3, 1));
}

// ---- Shared parameters ----

TEST(Map, SharesItsOtherMessagesAmongAllItems) {
  std::set<const DirectorProfile*> seen;
  const auto graph = GraphBuilder("films")
                         .Input<Many<Movie>>()
                         .Input<DirectorProfile>()
                         .Input<Poster>()
                         .Map(
                             [&](ExecCtx&, const Movie& movie, const DirectorProfile& profile,
                                 const Poster& poster) {
                               seen.insert(&profile);
                               ContentAnalysis analysis;
                               analysis.set_themes(movie.id() + profile.films() * poster.width());
                               return analysis;
                             },
                             {.concurrency = Concurrency::kNever})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  DirectorProfile profile;
  profile.set_films(10);
  Poster poster;
  poster.set_width(5);
  Many<Movie> movies;
  for (int64_t i = 0; i < 600; ++i) movies.Add().set_id(i);
  ExecCtx ctx;
  const auto all = graph->Execute<Many<ContentAnalysis>>(ctx, poster, movies, profile);
  ASSERT_THAT(all, IsOk());
  for (int64_t i = 0; i < 600; ++i) ASSERT_EQ((*all)[static_cast<size_t>(i)]->themes(), 50 + i);
  EXPECT_THAT(seen, ElementsAre(&profile));
}

TEST(Map, MayShareTheCollectionWhoseItemsItTakes) {
  // Of each item, how many are larger. Over more than a chunk: none may be freed early.
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Add<ListMovies>()
                         .Map([](ExecCtx&, const MovieId& id, const Many<MovieId>& all) {
                           Movie movie;
                           for (const MovieId& other : all) {
                             if (other.id() > id.id()) movie.set_id(movie.id() + 1);
                           }
                           return movie;
                         })
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto all = graph->Execute<Many<Movie>>(ctx, Id(700));
  ASSERT_THAT(all, IsOk());
  std::vector<int64_t> expected = UpTo(700);
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(NumbersOf(*all), expected);
}

TEST(Map, MaySharesWhatAllItemsOfAnotherMake) {
  // Another collection, which is no part of the group.
  const auto graph =
      GraphBuilder("films")
          .Input<Many<MovieId>>()
          .Input<Many<Poster>>()
          .Map<FetchMovie>()
          .Map([](ExecCtx&, const Movie& movie, const Many<Poster>& posters) {
            ContentAnalysis analysis;
            analysis.set_themes(movie.id() * 100 + static_cast<int64_t>(posters.size()));
            return analysis;
          })
          .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto all =
      graph->Execute<Many<ContentAnalysis>>(ctx, Ids(3), Many<Poster>(std::vector<Poster>(7)));
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(7, 107, 207));
}

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

// ---- Equal items ----

TEST(MapEqualItems, RunOnceAndAreCopied) {
  std::map<int64_t, int> calls;
  std::mutex mutex;
  const Graph graph = Catalog{.fetch =
                                  [&](ExecCtx&, int64_t number) {
                                    const std::lock_guard<std::mutex> lock(mutex);
                                    ++calls[number];
                                    return absl::OkStatus();
                                  },
                              .fetch_options = {.items = {.equal_items_once = true}}}
                          .Build();
  ExecCtx ctx;
  const auto all = graph.Execute<Many<ContentAnalysis>>(ctx, IdsOf({3, 1, 3, 2, 1, 3, 0}));
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(3, 1, 3, 2, 1, 3, 0));
  EXPECT_EQ(calls, (std::map<int64_t, int>{{0, 1}, {1, 1}, {2, 1}, {3, 1}}));
  EXPECT_THAT(ctx.Progress(), ElementsAre(::testing::FieldsAre("Fetch", 7, 7, 0, 0),
                                          ::testing::FieldsAre("Analyze", 7, 7, 0, 0)));
}

TEST(MapEqualItems, AreNotSoughtUnlessAskedFor) {
  std::atomic<int> calls = 0;
  const Graph graph = Catalog{.fetch = [&](ExecCtx&, int64_t) {
                        ++calls;
                        return absl::OkStatus();
                      }}.Build();
  ExecCtx ctx;
  ASSERT_THAT(graph.Execute<Many<Movie>>(ctx, IdsOf({1, 1, 1})), IsOk());
  EXPECT_EQ(calls, 3);
}

TEST(MapEqualItems, AreFoundOverManyChunksAndThreads) {
  std::atomic<int> calls = 0;
  const Graph graph =
      Catalog{.fetch =
                  [&](ExecCtx&, int64_t) {
                    ++calls;
                    return absl::OkStatus();
                  },
              .fetch_options = {.concurrency = Concurrency::kAlways,
                                .items = {.parallelism = 3, .equal_items_once = true}}}
          .Build();
  Many<MovieId> ids;
  std::vector<int64_t> expected;
  for (int64_t i = 0; i < 5000; ++i) {
    expected.push_back(i % 1700);
    ids.Add(Id(expected.back()));
  }
  ExecCtx ctx;
  const auto all = graph.Execute<Many<ContentAnalysis>>(ctx, ids);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(NumbersOf(*all), expected);
  EXPECT_EQ(calls, 1700);
}

TEST(MapEqualItems, ErrorsAreNoItems) {
  std::atomic<int> calls = 0;
  const Graph graph = Catalog{.fetch =
                                  [&](ExecCtx&, int64_t) {
                                    ++calls;
                                    return absl::OkStatus();
                                  },
                              .fetch_options = {.items = {.equal_items_once = true}}}
                          .Build();
  Many<MovieId> ids;
  ids.AddError(absl::NotFoundError("first"));
  ids.Add(Id(0));
  ids.AddError(absl::NotFoundError("second"));
  ids.Add(Id(0));
  ExecCtx ctx;
  const auto all = graph.Execute<Many<Movie>>(ctx, ids);
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(-1, 0, -1, 0));
  EXPECT_THAT((*all)[0], StatusIs(absl::StatusCode::kNotFound, "first"));
  EXPECT_THAT((*all)[2], StatusIs(absl::StatusCode::kNotFound, "second"));
  EXPECT_EQ(calls, 1);
}

TEST(MapEqualItems, WaitForAllOfThemBeforeTheFirstRuns) {
  Log log;
  const auto write = [&](const std::string& what) {
    return [&, what](ExecCtx&, int64_t number) {
      log.Add(what, number);
      return absl::OkStatus();
    };
  };
  const Graph graph = Catalog{.fetch = write("fetch "),
                              .analyze = write("analyze "),
                              .fetch_options = {.concurrency = Concurrency::kNever},
                              .analyze_options = {.concurrency = Concurrency::kNever,
                                                  .items = {.equal_items_once = true}}}
                          .Build();
  ExecCtx ctx;
  ASSERT_THAT(graph.Execute<TagSet>(ctx, IdsOf({1, 2, 1})), IsOk());
  EXPECT_THAT(log.Take(), ElementsAre("fetch 1", "fetch 2", "fetch 1", "analyze 1", "analyze 2"));
}

// ---- What an item sees ----

TEST(MapContext, TellsTheItemWhatItRunsFor) {
  struct Request {
    int number;
  };
  const Graph graph = Catalog{
      .fetch =
          [](ExecCtx& ctx, int64_t) {
            EXPECT_EQ(ctx.step_name(), "Fetch");
            EXPECT_EQ(ctx.attempt(), 1);
            EXPECT_EQ(ctx.Value<Request>()->number, 7);
            EXPECT_EQ(ctx.execution_id(), "run");
            return ctx.CheckAlive();
          },
      .analyze =
          [](ExecCtx& ctx, int64_t) {
            EXPECT_EQ(ctx.step_name(), "Analyze");
            return absl::OkStatus();
          }}.Build();
  ExecCtx ctx({.execution_id = "run", .values = ContextValues().With(Request{7})});
  ASSERT_THAT(graph.Execute<TagSet>(ctx, Ids(100)), IsOk());
  EXPECT_EQ(ctx.step_name(), "");
  EXPECT_EQ(ctx.attempt(), 0);
}

TEST(MapContext, GivesEachItemAnIdempotencyKeyOfItsOwn) {
  std::mutex mutex;
  std::map<int64_t, std::set<std::string>> fetch;
  std::map<int64_t, std::set<std::string>> analyze;
  const auto note = [&](auto& keys) {
    return [&](ExecCtx& ctx, int64_t number) {
      const std::lock_guard<std::mutex> lock(mutex);
      keys[number].insert(ctx.IdempotencyKey());
      return absl::OkStatus();
    };
  };
  const Graph graph = Catalog{.fetch = note(fetch), .analyze = note(analyze)}.Build();
  ExecCtx ctx({.execution_id = "run"});
  ASSERT_THAT(graph.Execute<TagSet>(ctx, IdsOf({1, 2, 1, 3})), IsOk());
  std::set<std::string> all;
  for (const auto* keys : {&fetch, &analyze}) {
    ASSERT_THAT(*keys, SizeIs(3));
    for (const auto& [number, of_number] : *keys) {
      // Equal items have one, wherever they stand.
      EXPECT_THAT(of_number, SizeIs(1)) << number;
      all.insert(of_number.begin(), of_number.end());
    }
  }
  EXPECT_THAT(all, SizeIs(6));

  // The same in another run with the same id, whatever the other items are.
  const auto before = fetch;
  ExecCtx again({.execution_id = "run"});
  ASSERT_THAT(graph.Execute<TagSet>(again, IdsOf({3, 2, 1})), IsOk());
  EXPECT_EQ(fetch, before);
  ExecCtx other({.execution_id = "another"});
  ASSERT_THAT(graph.Execute<TagSet>(other, IdsOf({1})), IsOk());
  EXPECT_THAT(fetch[1], SizeIs(2));
}

TEST(MapContext, TheIdempotencyKeyHangsOnWhatIsShared) {
  std::set<std::string> keys;
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Input<DirectorProfile>()
                         .Map(
                             [&](ExecCtx& ctx, const MovieId& id, const DirectorProfile&) {
                               keys.insert(ctx.IdempotencyKey());
                               return MovieOf(id);
                             },
                             {.concurrency = Concurrency::kNever})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  for (int64_t films : {1, 2, 1}) {
    DirectorProfile profile;
    profile.set_films(films);
    ExecCtx ctx({.execution_id = "run"});
    ASSERT_THAT(graph->Execute<Many<Movie>>(ctx, IdsOf({5}), profile), IsOk());
  }
  EXPECT_THAT(keys, SizeIs(2));
}

TEST(MapContext, AStepThatTakesAllItemsHasAKeyOfThem) {
  std::vector<std::string> keys;
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Add([&](ExecCtx& ctx, const Many<MovieId>&) {
                           keys.push_back(ctx.IdempotencyKey());
                           return TagSet();
                         })
                         .Build();
  ASSERT_THAT(graph, IsOk());
  Many<MovieId> with_error = IdsOf({1, 2});
  with_error.AddError(absl::NotFoundError("no page"));
  for (const Many<MovieId>& ids :
       {IdsOf({1, 2}), IdsOf({2, 1}), IdsOf({1, 2, 0}), IdsOf({}), with_error, IdsOf({1, 2})}) {
    ExecCtx ctx({.execution_id = "run"});
    ASSERT_THAT(graph->Execute<TagSet>(ctx, ids), IsOk());
  }
  EXPECT_EQ(keys.front(), keys.back());
  EXPECT_THAT(std::set<std::string>(keys.begin(), keys.end()), SizeIs(5));
}

TEST(MapContext, ItemsMayExecuteOtherGraphsAndTheirOwnCopy) {
  const Graph inner = Catalog{}.Build();
  const auto outer = GraphBuilder("outer")
                         .Input<Many<MovieId>>()
                         .Map(
                             [&](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<Movie> {
                               const std::string name(ctx.step_name());
                               const std::string key = ctx.IdempotencyKey();
                               absl::StatusOr<TagSet> tags =
                                   inner.Execute<TagSet>(ctx, Ids(id.id()));
                               if (!tags.ok()) return tags.status();
                               // The context is again that of this item.
                               EXPECT_EQ(ctx.step_name(), name);
                               EXPECT_EQ(ctx.attempt(), 1);
                               EXPECT_EQ(ctx.IdempotencyKey(), key);
                               Movie movie;
                               movie.set_id(tags->tags());
                               return movie;
                             },
                             {.name = "Outer"})
                         .Build();
  ASSERT_THAT(outer, IsOk());
  ExecCtx ctx;
  const auto all = outer->Execute<Many<Movie>>(ctx, Ids(100));
  ASSERT_THAT(all, IsOk());
  for (int64_t i = 0; i < 100; ++i) {
    ASSERT_EQ((*all)[static_cast<size_t>(i)]->id(), i * (i - 1) / 2);
  }
  // The inner steps have run a hundred times.
  EXPECT_THAT(ctx.Progress(),
              ::testing::UnorderedElementsAre(::testing::FieldsAre("Outer", 100, 100, 0, 0),
                                              ::testing::FieldsAre("Fetch", 4950, 4950, 0, 0),
                                              ::testing::FieldsAre("Analyze", 4950, 4950, 0, 0)));
}

TEST(MapContext, AnItemMayAddToItsOwnResult) {
  // The item that it takes is another's, the one that it makes is its own.
  const auto graph = GraphBuilder("films")
                         .Input<Many<TagSet>>()
                         .Map([](ExecCtx&, const TagSet& tags) {
                           Movie movie;
                           movie.set_title(tags.trail(0));
                           return movie;
                         })
                         .Map([](ExecCtx&, const Movie& movie) {
                           ContentAnalysis analysis;
                           analysis.set_themes(static_cast<int64_t>(movie.title().size()));
                           return analysis;
                         })
                         .Build();
  ASSERT_THAT(graph, IsOk());
  Many<TagSet> given;
  for (size_t i = 0; i < 1100; ++i) given.Add().add_trail(std::string(i, 'x'));
  ExecCtx ctx;
  const auto all = graph->Execute<Many<ContentAnalysis>>(ctx, given);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(NumbersOf(*all), UpTo(1100));
}

// ---- What observers see ----

class Events : public ExecutionObserver {
 public:
  struct Event {
    std::string what;
    std::string step;
    std::string output_type;
    int64_t item;
    int attempt;
    std::vector<std::string> inputs;
    std::string output;
    friend bool operator==(const Event&, const Event&) = default;
  };

  void OnAttemptStart(const ExecCtx& ctx, const StepEvent& event) override {
    EXPECT_EQ(ctx.step_name(), event.step);
    Note("start", event, nullptr);
  }
  void OnAttemptEnd(const ExecCtx&, const StepEvent& event, const absl::Status& status,
                    const google::protobuf::Message* output) override {
    Note(status.ok() ? "end" : "failed", event, output);
  }
  void OnBackoff(const ExecCtx&, const StepEvent& event, absl::Duration,
                 const absl::Status&) override {
    Note("backoff", event, nullptr);
  }
  std::vector<Event> events() const { return events_; }

 private:
  static std::string Text(const google::protobuf::Message* message) {
    return message == nullptr ? "none" : message->ShortDebugString();
  }
  void Note(const std::string& what, const StepEvent& event,
            const google::protobuf::Message* output) {
    Event noted = {.what = what,
                   .step = std::string(event.step),
                   .output_type = std::string(event.output_type),
                   .item = event.item,
                   .attempt = event.attempt,
                   .inputs = {},
                   .output = Text(output)};
    for (const auto* input : event.inputs) noted.inputs.push_back(Text(input));
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.push_back(std::move(noted));
  }

  std::mutex mutex_;
  std::vector<Event> events_;
};

TEST(MapObserver, IsToldOfEachItemWithItsNumber) {
  Events events;
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Input<DirectorProfile>()
                         .Map(
                             [](ExecCtx& ctx, const MovieId& id, const DirectorProfile&,
                                const Many<MovieId>&) -> absl::StatusOr<Movie> {
                               if (id.id() == 8 && ctx.attempt() == 1)
                                 return absl::UnavailableError("busy");
                               return MovieOf(id);
                             },
                             {.name = "Fetch",
                              .retry = RetryPolicy::Fixed({.delay = absl::ZeroDuration()}),
                              .concurrency = Concurrency::kNever})
                         .Add([](ExecCtx&, const Many<Movie>&) { return Many<Poster>{Poster()}; },
                              {.name = "Draw"})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  DirectorProfile profile;
  profile.set_films(4);
  ExecCtx ctx({.observer = &events});
  ASSERT_THAT(graph->Execute<Many<Poster>>(ctx, IdsOf({7, 8}), profile), IsOk());
  const std::vector<std::string> seven = {"id: 7", "films: 4", "none"};
  const std::vector<std::string> eight = {"id: 8", "films: 4", "none"};
  const std::vector<Events::Event> seen = events.events();
  ASSERT_THAT(seen, SizeIs(9));
  EXPECT_EQ(seen[0], (Events::Event{"start", "Fetch", "film.Movie", 0, 1, seven, "none"}));
  EXPECT_EQ(seen[1], (Events::Event{"end", "Fetch", "film.Movie", 0, 1, seven, "id: 7"}));
  EXPECT_EQ(seen[2], (Events::Event{"start", "Fetch", "film.Movie", 1, 1, eight, "none"}));
  EXPECT_EQ(seen[3], (Events::Event{"failed", "Fetch", "film.Movie", 1, 1, eight, "none"}));
  EXPECT_EQ(seen[4], (Events::Event{"backoff", "Fetch", "film.Movie", 1, 1, eight, "none"}));
  EXPECT_EQ(seen[5], (Events::Event{"start", "Fetch", "film.Movie", 1, 2, eight, "none"}));
  EXPECT_EQ(seen[6], (Events::Event{"end", "Fetch", "film.Movie", 1, 2, eight, "id: 8"}));
  // A step that is no map step has no item, and a collection is no message.
  EXPECT_EQ(seen[7].item, -1);
  EXPECT_THAT(seen[7].inputs, ElementsAre("none"));
  EXPECT_EQ(seen[8].what, "end");
  EXPECT_EQ(seen[8].output, "none");
}

TEST(MapObserver, IsToldByAllThreads) {
  Events events;
  const Graph graph =
      Catalog{.fetch_options = {.concurrency = Concurrency::kAlways, .items = {.parallelism = 3}}}
          .Build();
  ExecCtx ctx({.observer = &events});
  ASSERT_THAT(graph.Execute<Many<ContentAnalysis>>(ctx, Ids(1000)), IsOk());
  std::map<std::pair<std::string, std::string>, std::vector<int64_t>> items;
  for (const Events::Event& event : events.events()) {
    items[{event.step, event.what}].push_back(event.item);
  }
  ASSERT_THAT(items, SizeIs(4));
  for (auto& [what, numbers] : items) {
    std::sort(numbers.begin(), numbers.end());
    EXPECT_EQ(numbers, UpTo(1000)) << what.first << what.second;
  }
}

TEST(MapObserver, IsNotToldOfItemsThatAreLeftOut) {
  Events events;
  const Graph graph =
      Catalog{.fetch =
                  [](ExecCtx&, int64_t number) {
                    return number == 1 ? absl::NotFoundError("none") : absl::OkStatus();
                  },
              .fetch_options = {.concurrency = Concurrency::kNever,
                                .items = {.when_item_fails = WhenItemFails::kTolerate,
                                          .tolerated_items = 1}}}
          .Build();
  ExecCtx ctx({.observer = &events});
  ASSERT_THAT(graph.Execute<Many<ContentAnalysis>>(ctx, Ids(3)), IsOk());
  std::vector<int64_t> analyzed;
  for (const Events::Event& event : events.events()) {
    if (event.step == "Analyze" && event.what == "start") analyzed.push_back(event.item);
  }
  EXPECT_THAT(analyzed, ElementsAre(0, 2));
}

// ---- Calls that cannot be ----

TEST(MapCalls, AreRefusedInTheWordsOfOthers) {
  const Graph graph = Catalog{}.Build();
  ExecCtx ctx;
  EXPECT_THAT(graph.Execute<TagSet>(ctx),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<TagSet> of graph catalog was not given Many<MovieId>, which it "
                       "needs (TagSet <- Many<ContentAnalysis> <- Many<Movie> <- Many<MovieId>): "
                       "pass a Many<MovieId>"));
  EXPECT_THAT(graph.Execute<Movie>(ctx, Ids(1)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<Movie> of graph catalog: nothing makes Movie: ask for a message "
                       "that the graph makes (Many<Movie>, Many<ContentAnalysis>, TagSet)"));
  EXPECT_THAT(
      graph.Execute<Many<Poster>>(ctx, Ids(1)),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nothing makes Many<Poster>")));
  EXPECT_THAT(graph.Execute<TagSet>(ctx, Ids(1), Ids(1)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<TagSet> of graph catalog was given Many<MovieId> twice: pass it "
                       "once"));
  EXPECT_THAT(graph.Execute<TagSet>(ctx, Ids(1), Many<Movie>()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<TagSet> of graph catalog does not need Many<MovieId>: leave that "
                       "input away"));
  EXPECT_THAT(graph.Execute<TagSet>(ctx, Id(1)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Execute<TagSet> of graph catalog does not need MovieId: leave that input "
                       "away"));
  EXPECT_THAT((graph.ExecuteAll<Many<Movie>, Many<Movie>>(ctx, Ids(1))),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "ExecuteAll<Many<Movie>, Many<Movie>> of graph catalog asks for Many<Movie> "
                       "twice: name it once"));
}

}  // namespace
}  // namespace protograph
