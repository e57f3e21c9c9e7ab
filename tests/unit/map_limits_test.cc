// Steps that run once for each item: never more items at a time than the step, and the execution,
// allow.

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

using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::TagSet;
using ::protograph::testing::IsOk;
using ::protograph::testing::StepFailed;

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

}  // namespace
}  // namespace protograph
