// Steps that run once for each item, on several threads: what runs at the same time, and never
// more than is allowed; how threads stop each other; and what others can see meanwhile.

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
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Far above what a loaded machine needs, far below the waits that are to be cut short.
constexpr absl::Duration kAtOnce = absl::Seconds(30);

// Until the item is asked to stop.
absl::Status WaitForStop(ExecCtx& ctx) {
  absl::Notification asked;
  const std::stop_callback notify(ctx.stop_token(), [&] { asked.Notify(); });
  if (!asked.WaitForNotificationWithTimeout(kAtOnce)) return absl::InternalError("not asked");
  return ctx.CheckAlive();
}

StepOptions Parallel(int parallelism, ItemOptions items = {}) {
  items.parallelism = parallelism;
  return {.concurrency = Concurrency::kAlways, .items = items};
}

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

// Two branches of map steps over one split.
struct TwoMaps {
  Catalog::Body fetch;
  Catalog::Body draw;
  StepOptions options = {.concurrency = Concurrency::kAlways};
  std::shared_ptr<ThreadPool> pool = Pool(4);

  Graph Build() const {
    StepOptions fetch_options = options;
    fetch_options.name = "Fetch";
    StepOptions draw_options = options;
    draw_options.name = "Draw";
    return GraphBuilder("films")
        .Input<MovieId>()
        .Add([](ExecCtx&, const MovieId& id) { return Ids(id.id()); }, {.name = "Split"})
        .Map(
            [body = fetch](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<Movie> {
              if (absl::Status s = body(ctx, id.id()); !s.ok()) return s;
              Movie movie;
              movie.set_id(id.id());
              return movie;
            },
            fetch_options)
        .Map(
            [body = draw](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<Poster> {
              if (absl::Status s = body(ctx, id.id()); !s.ok()) return s;
              Poster poster;
              poster.set_width(id.id());
              return poster;
            },
            draw_options)
        .Add(
            [](ExecCtx&, const Many<Movie>& movies, const Many<Poster>& posters) {
              TagSet tags;
              for (size_t i = 0; i < movies.size(); ++i) {
                tags.set_tags(tags.tags() + movies[i]->id() + posters[i]->width());
              }
              return tags;
            },
            {.name = "Sum"})
        .UsePool(pool)
        .Build()
        .value();
  }
};

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

// ---- Never more than is allowed ----

absl::Status Visit(Occupancy& occupancy) {
  const Occupancy::Visit visit(occupancy);
  std::this_thread::yield();
  return absl::OkStatus();
}

TEST(MapLimits, NoMoreItemsOfAStepRunAtOnceThanItAllows) {
  for (size_t threads : {0, 1, 4}) {
    for (int first : {0, 1, 2}) {
      for (int second : {0, 1, 3}) {
        Occupancy fetching;
        Occupancy analyzing;
        const Graph graph = Catalog{.fetch = [&](ExecCtx&, int64_t) { return Visit(fetching); },
                                    .analyze = [&](ExecCtx&, int64_t) { return Visit(analyzing); },
                                    .fetch_options = Parallel(first),
                                    .analyze_options = Parallel(second),
                                    .pool = Pool(threads)}
                                .Build();
        ExecCtx ctx;
        const auto all = graph.Execute<Many<ContentAnalysis>>(ctx, Ids(1000));
        ASSERT_THAT(all, IsOk());
        EXPECT_EQ(NumbersOf(*all), UpTo(1000));
        const int most = static_cast<int>(threads) + 1;
        EXPECT_LE(fetching.most(), first == 0 ? most : std::min(first, most));
        EXPECT_LE(analyzing.most(), second == 0 ? most : std::min(second, most));
        EXPECT_EQ(fetching.now(), 0);
        EXPECT_EQ(analyzing.now(), 0);
      }
    }
  }
}

TEST(MapLimits, EachExecutionHasItsOwn) {
  // Two executions, each of which may run one item at a time: both items run at once.
  Rendezvous both(2);
  const Graph graph = Catalog{.fetch = [&](ExecCtx&, int64_t) { return MeetOrFail(both); },
                              .fetch_options = Parallel(1)}
                          .Build();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      ExecCtx ctx;
      EXPECT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(5)), IsOk());
    });
  }
}

TEST(MapLimits, ALimitedStepBehindOneThatIsNotFindsAllItems) {
  // Items wait for the one slot; each is run once, and none is forgotten where the first step is
  // done before the second has begun with most of them.
  for (int i = 0; i < 20; ++i) {
    Occupancy analyzing;
    std::vector<std::atomic<int>> calls(700);
    const Graph graph = Catalog{.analyze =
                                    [&](ExecCtx&, int64_t number) {
                                      ++calls[static_cast<size_t>(number)];
                                      return Visit(analyzing);
                                    },
                                .fetch_options = {.concurrency = Concurrency::kAlways},
                                .analyze_options = Parallel(1)}
                            .Build();
    ExecCtx ctx;
    const auto all = graph.Execute<Many<ContentAnalysis>>(ctx, Ids(700));
    ASSERT_THAT(all, IsOk());
    ASSERT_EQ(NumbersOf(*all), UpTo(700));
    ASSERT_TRUE(std::all_of(calls.begin(), calls.end(), [](int n) { return n == 1; }));
    ASSERT_EQ(analyzing.most(), 1);
  }
}

TEST(MapLimits, AnExecutionRunsNoMoreItemsAtOnceThanItIsTold) {
  for (size_t threads : {0, 1, 4}) {
    for (int limit : {1, 2, 3}) {
      Occupancy running;
      const auto visit = [&](ExecCtx&, int64_t) { return Visit(running); };
      const Graph chain =
          Catalog{
              .fetch = visit, .analyze = visit, .fetch_options = Parallel(4), .pool = Pool(threads)}
              .Build();
      ExecCtx ctx({.item_parallelism = limit});
      const auto all = chain.Execute<Many<ContentAnalysis>>(ctx, Ids(500));
      ASSERT_THAT(all, IsOk());
      EXPECT_EQ(NumbersOf(*all), UpTo(500));
      // The same context again, and branches that run at the same time.
      const Graph branches =
          TwoMaps{.fetch = visit, .draw = visit, .options = Parallel(4), .pool = Pool(threads)}
              .Build();
      for (int i = 0; i < 5; ++i) {
        const auto tags = branches.Execute<TagSet>(ctx, Id(500));
        ASSERT_THAT(tags, IsOk());
        EXPECT_EQ(tags->tags(), 500 * 499);
      }
      EXPECT_LE(running.most(), limit);
    }
  }
}

TEST(MapLimits, AnExecutionsLimitLeavesAsManyAsItSays) {
  Rendezvous both(2);
  const Graph graph = Catalog{.fetch = [&](ExecCtx&, int64_t) { return MeetOrFail(both); },
                              .fetch_options = Parallel(5)}
                          .Build();
  ExecCtx ctx({.item_parallelism = 2});
  EXPECT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(6)), IsOk());
}

TEST(MapLimits, AnItemThatExecutesAMapItselfUsesItsOwnSlotForThat) {
  for (size_t threads : {0, 1, 4}) {
    for (int limit : {1, 2}) {
      Occupancy inside;
      const Graph inner = Catalog{.fetch = [&](ExecCtx&, int64_t) { return Visit(inside); },
                                  .fetch_options = Parallel(3),
                                  .pool = Pool(threads)}
                              .Build();
      const Graph outer =
          Catalog{.fetch = [&](ExecCtx& ctx,
                               int64_t) { return inner.Execute<TagSet>(ctx, Ids(20)).status(); },
                  .fetch_options = Parallel(3),
                  .pool = Pool(threads)}
              .Build();
      ExecCtx ctx({.item_parallelism = limit});
      EXPECT_THAT(outer.Execute<Many<Movie>>(ctx, Ids(20)), IsOk());
      EXPECT_LE(inside.most(), limit);
    }
  }
}

TEST(MapLimits, AStepOfOneMessageThatExecutesAMapWaitsForASlot) {
  Occupancy running;
  const Graph inner = Catalog{.fetch = [&](ExecCtx&, int64_t) { return Visit(running); },
                              .fetch_options = Parallel(3)}
                          .Build();
  // Beside a map step of the same execution.
  const auto outer =
      GraphBuilder("outer")
          .Input<Many<MovieId>>()
          .Input<MovieId>()
          .Map(
              [&](ExecCtx&, const MovieId&) -> absl::StatusOr<Movie> {
                if (absl::Status s = Visit(running); !s.ok()) return s;
                return Movie();
              },
              Parallel(2))
          .Add(
              [&](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<DirectorProfile> {
                const auto tags = inner.Execute<TagSet>(ctx, Ids(id.id()));
                if (!tags.ok()) return tags.status();
                return DirectorProfile();
              },
              {.concurrency = Concurrency::kAlways})
          .Add([](ExecCtx&, const Many<Movie>&, const DirectorProfile&) { return TagSet(); })
          .UsePool(Pool(4))
          .Build();
  ASSERT_THAT(outer, IsOk());
  for (int i = 0; i < 20; ++i) {
    ExecCtx ctx({.item_parallelism = 1});
    ASSERT_THAT(outer->Execute<TagSet>(ctx, Ids(100), Id(100)), IsOk());
  }
  EXPECT_EQ(running.most(), 1);
}

TEST(MapLimits, WhatAnItemExecutesCountsAsThatItem) {
  // The limit is 1, and an item has the slot: its branches do not wait for it for ever, and meet.
  Rendezvous both(2);
  const auto visit = [&](ExecCtx&, int64_t) { return MeetOrFail(both); };
  const Graph inner = TwoMaps{.fetch = visit, .draw = visit}.Build();
  const Graph outer = Catalog{.fetch = [&](ExecCtx& ctx, int64_t) {
                        return inner.Execute<TagSet>(ctx, Id(1)).status();
                      }}.Build();
  ExecCtx ctx({.item_parallelism = 1});
  EXPECT_THAT(outer.Execute<Many<Movie>>(ctx, Ids(1)), IsOk());
}

TEST(MapLimits, FailuresGiveTheirSlotsBack) {
  const Graph graph =
      Catalog{.fetch =
                  [&](ExecCtx&, int64_t number) {
                    return number == 50 ? absl::NotFoundError("none") : absl::OkStatus();
                  },
              .fetch_options = Parallel(2)}
          .Build();
  ExecCtx ctx({.item_parallelism = 1});
  for (int i = 0; i < 50; ++i) {
    ASSERT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(100)), StepFailed("Fetch"));
  }
}

// ---- Stopping ----

TEST(MapStopping, AFailureAsksTheOthersToStopAndWaitsForThem) {
  Rendezvous both(2);
  std::atomic<bool> has_ended = false;
  const Graph graph = Catalog{.fetch =
                                  [&](ExecCtx& ctx, int64_t number) {
                                    if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                                    if (number == 1) return absl::NotFoundError("none");
                                    const absl::Status status = WaitForStop(ctx);
                                    std::this_thread::sleep_for(std::chrono::milliseconds(20));
                                    has_ended = true;
                                    return status;
                                  },
                              .fetch_options = Parallel(2)}
                          .Build();
  ExecCtx ctx;
  const auto all = graph.Execute<Many<Movie>>(ctx, Ids(10));
  EXPECT_TRUE(has_ended);
  // What failed because it was asked to stop is not counted, and what was begun was run.
  EXPECT_THAT(all, StatusIs(absl::StatusCode::kNotFound,
                            "step Fetch failed for 1 of 10 items, and 8 were not run "
                            "(Many<Movie>): item 1 after 1 attempt: none"));
  EXPECT_FALSE(ctx.stop_token().stop_requested());
}

TEST(MapStopping, AFailureWakesOthersFromSleepAndBackoff) {
  for (bool backoff : {true, false}) {
    Rendezvous both(2);
    std::atomic<int> attempts = 0;
    StepOptions options = Parallel(2);
    options.retry = RetryPolicy::Fixed({.delay = absl::Hours(1)});
    const Graph graph = Catalog{.fetch =
                                    [&](ExecCtx& ctx, int64_t number) {
                                      ++attempts;
                                      if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                                      if (number == 1) return absl::NotFoundError("none");
                                      if (backoff) return absl::UnavailableError("busy");
                                      return ctx.SleepFor(absl::Hours(1));
                                    },
                                .fetch_options = options}
                            .Build();
    ExecCtx ctx;
    const absl::Time begin = absl::Now();
    EXPECT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(2)), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_LT(absl::Now() - begin, kAtOnce);
    EXPECT_EQ(attempts, 2);
  }
}

TEST(MapStopping, ToleratedFailuresStopNobody) {
  Rendezvous both(2);
  const Graph graph =
      Catalog{.fetch = [&](ExecCtx& ctx, int64_t number) -> absl::Status {
                if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                if (number % 2 == 1) return absl::NotFoundError("none");
                // The other has had its time to fail.
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                return ctx.CheckAlive();
              },
              .fetch_options = Parallel(
                  2, {.when_item_fails = WhenItemFails::kTolerate, .tolerated_share = 0.5})}
          .Build();
  ExecCtx ctx;
  const auto all = graph.Execute<Many<Movie>>(ctx, Ids(10));
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(0, -1, 2, -1, 4, -1, 6, -1, 8, -1));
}

TEST(MapStopping, NoLaterStepBeginsForAnItemOnceTheRunIsToStop) {
  // Item 0 is in the first step while item 1 fails there.
  Rendezvous both(2);
  std::atomic<int> analyzed = 0;
  const Graph graph = Catalog{.fetch =
                                  [&](ExecCtx& ctx, int64_t number) {
                                    if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                                    if (number == 1) return absl::NotFoundError("none");
                                    return absl::IsCancelled(WaitForStop(ctx))
                                               ? absl::OkStatus()
                                               : absl::InternalError("was not asked to stop");
                                  },
                              .analyze =
                                  [&](ExecCtx&, int64_t) {
                                    ++analyzed;
                                    return absl::OkStatus();
                                  },
                              .fetch_options = Parallel(2)}
                          .Build();
  ExecCtx ctx;
  const auto all = graph.Execute<Many<ContentAnalysis>>(ctx, Ids(2));
  EXPECT_THAT(all, StepFailed("Fetch"));
  EXPECT_EQ(analyzed, 0);
  EXPECT_EQ(GetStepFailure(all.status())->items().not_run(), 0);
}

TEST(MapStopping, TheCallersTokenReachesItemsOnAllThreads) {
  Rendezvous all(3);
  const Graph graph = Catalog{.fetch =
                                  [&](ExecCtx& ctx, int64_t) {
                                    if (absl::Status s = MeetOrFail(all); !s.ok()) return s;
                                    return WaitForStop(ctx);
                                  },
                              .fetch_options = Parallel(2)}
                          .Build();
  std::stop_source stop;
  std::jthread stopper([&] {
    EXPECT_TRUE(all.Meet());
    stop.request_stop();
  });
  ExecCtx ctx({.stop_token = stop.get_token()});
  EXPECT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(10)), StatusIs(absl::StatusCode::kCancelled));
}

TEST(MapStopping, CancellationFindsItemsThatWaitForSlots) {
  // Nobody waits for a slot for ever.
  for (int i = 0; i < 20; ++i) {
    std::stop_source stop;
    std::atomic<int> analyzed = 0;
    const Graph graph = Catalog{.analyze =
                                    [&](ExecCtx&, int64_t) {
                                      if (++analyzed == 20) stop.request_stop();
                                      return absl::OkStatus();
                                    },
                                .fetch_options = {.concurrency = Concurrency::kAlways},
                                .analyze_options = Parallel(1)}
                            .Build();
    ExecCtx ctx({.stop_token = stop.get_token()});
    ASSERT_THAT(graph.Execute<Many<ContentAnalysis>>(ctx, Ids(600)),
                StatusIs(absl::StatusCode::kCancelled));
    ASSERT_EQ(analyzed, 20);
  }
}

TEST(MapStopping, AFailingBranchStopsTheItemsOfAnother) {
  for (bool fetch_fails : {true, false}) {
    Rendezvous both(2);
    const auto fails = [&](ExecCtx&, int64_t) {
      if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
      return absl::NotFoundError("none");
    };
    const auto waits = [&](ExecCtx& ctx, int64_t number) {
      if (number > 0) return absl::InternalError("it was to be stopped");
      if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
      return absl::IsCancelled(WaitForStop(ctx)) ? absl::OkStatus()
                                                 : absl::InternalError("was not asked to stop");
    };
    TwoMaps maps{.fetch = waits, .draw = fails, .options = Parallel(1)};
    if (fetch_fails) std::swap(maps.fetch, maps.draw);
    const Graph graph = maps.Build();
    ExecCtx ctx;
    const auto tags = graph.Execute<TagSet>(ctx, Id(5));
    EXPECT_THAT(tags, StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(tags, StepFailed(fetch_fails ? "Fetch" : "Draw"));
  }
}

TEST(MapStopping, AnExceptionOnAnyThreadIsAFailureOfItsItem) {
  Rendezvous both(2);
  const std::thread::id caller = std::this_thread::get_id();
  for (bool caller_throws : {true, false}) {
    const Graph graph = Catalog{.fetch =
                                    [&, caller_throws](ExecCtx&, int64_t) {
                                      if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                                      if ((std::this_thread::get_id() == caller) == caller_throws) {
                                        throw std::runtime_error("out of tape");
                                      }
                                      return absl::OkStatus();
                                    },
                                .fetch_options = Parallel(2)}
                            .Build();
    ExecCtx ctx;
    EXPECT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(2)),
                StatusIs(absl::StatusCode::kUnknown, HasSubstr("out of tape")));
  }
}

// ---- Progress ----

TEST(MapProgress, IsEmptyBeforeAndTellsAllAfter) {
  const Graph graph = Catalog{.fetch_options = Parallel(3)}.Build();
  ExecCtx ctx;
  EXPECT_THAT(ctx.Progress(), IsEmpty());
  ASSERT_THAT(graph.Execute<TagSet>(ctx, Ids(1000)), IsOk());
  EXPECT_THAT(ctx.Progress(), ElementsAre(FieldsAre("Fetch", 1000, 1000, 0, 0),
                                          FieldsAre("Analyze", 1000, 1000, 0, 0)));
  // Another execution with the same context adds to that.
  ASSERT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(5)), IsOk());
  EXPECT_THAT(ctx.Progress(), ElementsAre(FieldsAre("Fetch", 1005, 1005, 0, 0),
                                          FieldsAre("Analyze", 1000, 1000, 0, 0)));
}

TEST(MapProgress, TellsWhileItemsRun) {
  Rendezvous both(2);
  const Graph graph =
      Catalog{.fetch =
                  [&](ExecCtx&, int64_t number) {
                    if (number == 1) return absl::NotFoundError("none");
                    if (number != 3) return absl::OkStatus();
                    EXPECT_TRUE(both.Meet());
                    return MeetOrFail(both);
                  },
              .fetch_options = {.concurrency = Concurrency::kNever,
                                .items = {.parallelism = 1,
                                          .when_item_fails = WhenItemFails::kTolerate,
                                          .tolerated_items = 1}}}
          .Build();
  ExecCtx ctx;
  std::vector<StepProgress> seen;
  {
    std::jthread reader([&] {
      EXPECT_TRUE(both.Meet());
      seen = ctx.Progress();
      EXPECT_TRUE(both.Meet());
    });
    ASSERT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(10)), IsOk());
  }
  EXPECT_THAT(seen, ElementsAre(FieldsAre("Fetch", 10, 3, 1, 1)));
  EXPECT_THAT(ctx.Progress(), ElementsAre(FieldsAre("Fetch", 10, 10, 1, 0)));
}

TEST(MapProgress, AnItemRunsInOneStepAtATime) {
  std::vector<StepProgress> fetching;
  std::vector<StepProgress> analyzing;
  const Graph graph = Catalog{.fetch =
                                  [&](ExecCtx& ctx, int64_t) {
                                    fetching = ctx.Progress();
                                    return absl::OkStatus();
                                  },
                              .analyze =
                                  [&](ExecCtx& ctx, int64_t) {
                                    analyzing = ctx.Progress();
                                    return absl::OkStatus();
                                  },
                              .fetch_options = {.concurrency = Concurrency::kNever}}
                          .Build();
  ExecCtx ctx;
  ASSERT_THAT(graph.Execute<TagSet>(ctx, Ids(1)), IsOk());
  ASSERT_THAT(fetching, SizeIs(2));
  EXPECT_EQ(fetching[0].running, 1);
  EXPECT_EQ(fetching[1].running, 0);
  ASSERT_THAT(analyzing, SizeIs(2));
  EXPECT_EQ(analyzing[0].running, 0);
  EXPECT_EQ(analyzing[1].running, 1);
}

TEST(MapProgress, MayBeAskedForByAnyThreadAllTheTime) {
  const Graph graph = Catalog{.fetch_options = Parallel(3)}.Build();
  ExecCtx ctx;
  std::atomic<bool> is_over = false;
  std::jthread reader([&] {
    int64_t done_before = 0;
    while (!is_over) {
      for (const StepProgress& step : ctx.Progress()) {
        EXPECT_GE(step.done, 0);
        EXPECT_LE(step.done, step.total);
        EXPECT_LE(step.running, 5);
        if (step.step != "Fetch") continue;
        EXPECT_GE(step.done, done_before);
        done_before = step.done;
      }
    }
  });
  for (int i = 0; i < 20; ++i) {
    ASSERT_THAT(graph.Execute<TagSet>(ctx, Ids(2000)), IsOk());
  }
  is_over = true;
}

TEST(MapProgress, NobodyRunsOnceTheExecutionHasFailed) {
  const Graph graph =
      Catalog{.analyze =
                  [&](ExecCtx&, int64_t number) {
                    return number == 300 ? absl::NotFoundError("none") : absl::OkStatus();
                  },
              .fetch_options = Parallel(3)}
          .Build();
  ExecCtx ctx;
  ASSERT_THAT(graph.Execute<TagSet>(ctx, Ids(1000)), StepFailed("Analyze"));
  const std::vector<StepProgress> progress = ctx.Progress();
  ASSERT_THAT(progress, SizeIs(2));
  EXPECT_EQ(progress[1].failed, 1);
  for (const StepProgress& step : progress) {
    EXPECT_EQ(step.running, 0);
    EXPECT_EQ(step.total, 1000);
    EXPECT_LE(step.done, 1000);
  }
}

TEST(MapProgress, OutlivesTheGraph) {
  ExecCtx ctx;
  {
    const Graph graph = Catalog{}.Build();
    ASSERT_THAT(graph.Execute<Many<Movie>>(ctx, Ids(3)), IsOk());
  }
  EXPECT_THAT(ctx.Progress(), ElementsAre(FieldsAre("Fetch", 3, 3, 0, 0)));
}

TEST(MapProgress, TellsTheStepsOfDifferentGraphsApart) {
  ExecCtx ctx;
  constexpr int64_t kGraphs = 20;
  for (int64_t i = 0; i < kGraphs; ++i) {
    // What it is made of may come to lie where that of the one before was.
    const auto graph = GraphBuilder("films")
                           .Input<Many<MovieId>>()
                           .Map([](ExecCtx&, const MovieId&) { return Movie(); },
                                {.name = "step " + std::to_string(i)})
                           .Build();
    ASSERT_THAT(graph, IsOk());
    ASSERT_THAT(graph->Execute<Many<Movie>>(ctx, Ids(i)), IsOk());
  }
  const std::vector<StepProgress> progress = ctx.Progress();
  ASSERT_THAT(progress, SizeIs(kGraphs));
  for (int64_t i = 0; i < kGraphs; ++i) {
    EXPECT_THAT(progress[static_cast<size_t>(i)],
                FieldsAre("step " + std::to_string(i), i, i, 0, 0));
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
