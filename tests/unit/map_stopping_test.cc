// Steps that run once for each item, on several threads: how threads stop each other, and what
// others can see meanwhile.

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
using ::film::Movie;
using ::film::MovieId;
using ::film::TagSet;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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

}  // namespace
}  // namespace protograph
