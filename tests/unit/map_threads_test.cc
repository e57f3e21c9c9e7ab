// Steps that run once for each item, on several threads: what runs at the same time.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "branches.h"
#include "collections.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"
#include "rendezvous.h"

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
using ::protograph::testing::StepFailed;
using ::testing::ElementsAre;

// ---- What runs at the same time ----

TEST(MapThreads, AsManyItemsRunAtOnceAsTheStepAsksFor) {
  for (int parallelism : {2, 3, 5}) {
    Rendezvous all(static_cast<size_t>(parallelism));
    const Graph graph = Catalog{.fetch = [&](ExecCtx&, int64_t) { return MeetOrFail(all); },
                                .fetch_options = Parallel(parallelism)}
                            .Build();
    ExecCtx ctx;
    EXPECT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(4 * parallelism)), IsOk());
  }
}

TEST(MapThreads, ThreadsComeToStepsThatAreNotToldToUseAny) {
  // As an item's time is not known before the first has run.
  Rendezvous both(2);
  const Graph graph = Catalog{.fetch = [&](ExecCtx&, int64_t) { return MeetOrFail(both); },
                              .fetch_options = {.items = {.parallelism = 2}}}
                          .Build();
  ExecCtx ctx;
  EXPECT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(10)), IsOk());
}

TEST(MapThreads, AStepThatAsksForThreadsGetsThemThoughItsItemsUsedToBeShort) {
  // ItemOptions::parallelism: "that many threads are asked for".
  Rendezvous both(2);
  bool meet = false;
  const Graph graph =
      Catalog{
          .fetch = [&](ExecCtx&, int64_t) { return meet ? MeetOrFail(both) : absl::OkStatus(); },
          .fetch_options = {.items = {.parallelism = 2}}}
          .Build();
  ExecCtx ctx;
  for (int i = 0; i < 5; ++i) ASSERT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(100)), IsOk());
  meet = true;
  EXPECT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(2)), IsOk());
}

TEST(MapThreads, ItemsThatBlockGetAsManyThreadsAsThereAre) {
  Rendezvous all(5);
  bool meet = false;
  const Graph graph = Catalog{.fetch =
                                  [&](ExecCtx&, int64_t) {
                                    if (meet) return MeetOrFail(all);
                                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                                    return absl::OkStatus();
                                  },
                              .pool = Pool(4)}
                          .Build();
  ExecCtx ctx;
  // It is seen that they block, and then that many threads are asked for from the first on.
  ASSERT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(20)), IsOk());
  meet = true;
  EXPECT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(5)), IsOk());
}

TEST(MapThreads, AllRunOnTheCallersThreadWhereNoOtherMayHelp) {
  for (bool never : {true, false}) {
    std::set<std::thread::id> threads;
    const auto note = [&](ExecCtx&, int64_t) {
      threads.insert(std::this_thread::get_id());
      return absl::OkStatus();
    };
    Catalog catalog{.fetch = note, .analyze = note, .pool = Pool(never ? 4 : 0)};
    if (never) {
      catalog.fetch_options.concurrency = Concurrency::kNever;
      catalog.analyze_options.concurrency = Concurrency::kNever;
    } else {
      catalog.fetch_options = Parallel(3);
    }
    const Graph graph = catalog.Build();
    ExecCtx ctx;
    ASSERT_THAT(graph.Execute<TagSet>(ctx, Ids(2000)), IsOk());
    EXPECT_THAT(threads, ElementsAre(std::this_thread::get_id()));
  }
}

TEST(MapThreads, AnItemMeetsItsNextStepWhileOthersAreStillInTheFirst) {
  // Neither step runs for two items at once, and yet both run: Fetch for 1 while Analyze runs for
  // 0.
  for (int fetch : {0, 1, 2}) {
    Rendezvous both(2);
    const Graph graph = Catalog{
        .fetch = [&](ExecCtx&,
                     int64_t number) { return number == 1 ? MeetOrFail(both) : absl::OkStatus(); },
        .analyze =
            [&](ExecCtx&, int64_t number) {
              return number == 0 ? MeetOrFail(both) : absl::OkStatus();
            },
        .fetch_options = Parallel(fetch),
        .analyze_options = Parallel(1)}
                            .Build();
    ExecCtx ctx;
    EXPECT_THAT(graph.Execute<Many<ContentAnalysis>>(ctx, Ids(2)), IsOk()) << fetch;
  }
}

TEST(MapThreads, AMapStepRunsBesideAnIndependentStep) {
  Rendezvous both(2);
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Input<MovieId>()
                         .Map(
                             [&](ExecCtx&, const MovieId&) -> absl::StatusOr<Movie> {
                               if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                               return Movie();
                             },
                             {.concurrency = Concurrency::kAlways})
                         .Add(
                             [&](ExecCtx&, const MovieId&) -> absl::StatusOr<DirectorProfile> {
                               if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                               return DirectorProfile();
                             },
                             {.concurrency = Concurrency::kAlways})
                         .Add([](ExecCtx&, const Many<Movie>& movies, const DirectorProfile&) {
                           TagSet tags;
                           tags.set_tags(static_cast<int64_t>(movies.size()));
                           return tags;
                         })
                         .UsePool(Pool(2))
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto tags = graph->Execute<TagSet>(ctx, Ids(1), Id(1));
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 1);
}

TEST(MapThreads, TwoMapStepsOverOneSplitRunSideBySide) {
  Rendezvous both(2);
  const auto meet = [&](ExecCtx&, int64_t) { return MeetOrFail(both); };
  const Graph graph = TwoMaps{.fetch = meet, .draw = meet}.Build();
  ExecCtx ctx;
  EXPECT_THAT(graph.Execute<TagSet>(ctx, Id(1)), IsOk());
}

TEST(MapThreads, BranchesOfManyItemsGiveTheSameAsOneThread) {
  const Graph graph = TwoMaps{.fetch = Catalog::Succeed, .draw = Catalog::Succeed}.Build();
  for (int64_t n : {0, 1, 2, 3000, 512, 5000}) {
    ExecCtx ctx;
    const auto tags = graph.Execute<TagSet>(ctx, Id(n));
    ASSERT_THAT(tags, IsOk());
    ASSERT_EQ(tags->tags(), n * (n - 1));
  }
}

// ---- Many of everything ----

TEST(MapThreads, ManyThreadsExecuteOneGraphAtOnce) {
  const Graph graph =
      Catalog{.analyze =
                  [](ExecCtx&, int64_t number) {
                    return number == 900 ? absl::NotFoundError("none") : absl::OkStatus();
                  },
              .fetch_options = Parallel(2),
              .pool = Pool(3)}
          .Build();
  std::vector<std::jthread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const int64_t n = (t + i) % 2 == 0 ? 700 : 1100;
        ExecCtx ctx;
        const auto tags = graph.Execute<TagSet>(ctx, Ids(n));
        if (n == 700) {
          ASSERT_THAT(tags, IsOk());
          ASSERT_EQ(tags->tags(), n * (n - 1) / 2);
        } else {
          ASSERT_THAT(tags, StepFailed("Analyze"));
        }
      }
    });
  }
}

TEST(MapThreads, ItemsThatExecuteMapsOnTheSamePoolWaitForNobody) {
  for (size_t threads : {0, 1, 3}) {
    const auto pool = Pool(threads);
    const Graph inner = Catalog{.fetch_options = Parallel(3), .pool = pool}.Build();
    const Graph outer = Catalog{.fetch =
                                    [&](ExecCtx& ctx, int64_t number) {
                                      const auto tags = inner.Execute<TagSet>(ctx, Ids(number));
                                      if (!tags.ok()) return tags.status();
                                      return tags->tags() == number * (number - 1) / 2
                                                 ? absl::OkStatus()
                                                 : absl::InternalError("a wrong sum");
                                    },
                                .fetch_options = Parallel(3),
                                .pool = pool}
                            .Build();
    ExecCtx ctx;
    EXPECT_THAT(outer.Execute<TagSet>(ctx, Ids(200)), IsOk());
  }
}

TEST(MapThreads, LongChainsOfManyItemsLoseNothing) {
  // What is between the steps is freed chunk by chunk, while other threads are in other chunks.
  const auto graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add([](ExecCtx&, const MovieId& id) { return Ids(id.id()); })
          .Map(
              [](ExecCtx&, const MovieId& id) {
                Movie movie;
                movie.set_id(id.id());
                movie.set_title(std::string(100, 'x'));
                return movie;
              },
              {.concurrency = Concurrency::kAlways})
          .Map([](ExecCtx&, const Movie& movie) {
            TagSet tags;
            tags.set_tags(movie.id() + static_cast<int64_t>(movie.title().size()));
            tags.add_trail(movie.title());
            return tags;
          })
          .Map([](ExecCtx&, const TagSet& tags) {
            Poster poster;
            poster.set_width(tags.tags() + static_cast<int64_t>(tags.trail(0).size()));
            return poster;
          })
          .Add([](ExecCtx&, const Many<Poster>& posters) {
            Classification sum;
            for (const Poster& poster : posters) {
              sum.set_genre(sum.genre() + poster.width());
            }
            return sum;
          })
          .UsePool(Pool(4))
          .Build();
  ASSERT_THAT(graph, IsOk());
  for (int i = 0; i < 20; ++i) {
    ExecCtx ctx;
    const auto sum = graph->Execute<Classification>(ctx, Id(5000));
    ASSERT_THAT(sum, IsOk());
    ASSERT_EQ(sum->genre(), int64_t{5000} * 4999 / 2 + 5000 * 200);
  }
}

}  // namespace
}  // namespace protograph
