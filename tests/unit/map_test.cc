// Steps that run once for each item: what they take and make, in which order, and how collections
// flow through a graph. What runs together: map_streaming_test.cc. What an item sees:
// map_items_test.cc. Failures: map_failure_test.cc. Threads: map_threads_test.cc.

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
#include "map_steps.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::film::TagSet;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

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
  const auto offset = std::make_shared<int64_t>(7);
  const auto graph = GraphBuilder("catalog")
                         .Input<Many<MovieId>>()
                         .Map(CountsItself{calls}, {.concurrency = Concurrency::kNever})
                         .Map(&DrawPoster)
                         .Map(
                             [offset](ExecCtx&, const Poster& poster) {
                               ContentAnalysis analysis;
                               analysis.set_themes(poster.width() + *offset);
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
