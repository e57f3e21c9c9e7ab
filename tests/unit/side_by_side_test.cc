// Steps that do not depend on each other: when they run at the same time, and what becomes of them
// when one fails or the execution is to stop.

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
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
using ::protograph::testing::Recorder;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Far above what a loaded machine needs, far below the waits that are to be cut short.
constexpr absl::Duration kAtOnce = absl::Seconds(30);

std::shared_ptr<ThreadPool> Pool(size_t max_threads) {
  return std::make_shared<ThreadPool>(ThreadPoolOptions{.max_threads = max_threads});
}

// Two branches, DirectorProfile and ContentAnalysis, both from Movie and both behind
// Classification.
struct Branches {
  using Body = std::function<absl::Status(ExecCtx&)>;

  Body director;
  Body content;
  StepOptions director_options = {};
  StepOptions content_options = {};
  std::shared_ptr<ThreadPool> pool = Pool(4);

  absl::StatusOr<Graph> Build() const {
    return GraphBuilder("branches")
        .Input<Movie>()
        .Add(
            [body = director](ExecCtx& ctx, const Movie& movie) -> absl::StatusOr<DirectorProfile> {
              if (absl::Status status = body(ctx); !status.ok()) return status;
              DirectorProfile profile;
              profile.set_films(movie.id() + 1);
              return profile;
            },
            director_options)
        .Add(
            [body = content](ExecCtx& ctx, const Movie& movie) -> absl::StatusOr<ContentAnalysis> {
              if (absl::Status status = body(ctx); !status.ok()) return status;
              ContentAnalysis analysis;
              analysis.set_themes(movie.id() + 2);
              return analysis;
            },
            content_options)
        .Add([](ExecCtx&, const DirectorProfile& profile, const ContentAnalysis& analysis) {
          Classification classification;
          classification.set_genre(profile.films() * analysis.themes());
          return classification;
        })
        .UsePool(pool)
        .Build();
  }
};

Branches SameBody(const Branches::Body& body, Concurrency concurrency) {
  return {.director = body,
          .content = body,
          .director_options = {.concurrency = concurrency},
          .content_options = {.concurrency = concurrency}};
}

absl::Status MeetOrFail(Rendezvous& rendezvous) {
  return rendezvous.Meet() ? absl::OkStatus() : absl::InternalError("the other did not come");
}

// Until the step is asked to stop.
absl::Status WaitForStop(ExecCtx& ctx) {
  absl::Notification asked;
  const std::stop_callback notify(ctx.stop_token(), [&] { asked.Notify(); });
  if (!asked.WaitForNotificationWithTimeout(kAtOnce)) return absl::InternalError("not asked");
  return ctx.CheckAlive();
}

Movie SomeMovie() {
  Movie movie;
  movie.set_id(10);
  return movie;
}

// ---- Which steps run at the same time ----

TEST(SideBySide, BranchesThatMayBlockOverlapInTheVeryFirstExecution) {
  Rendezvous both(2);
  const auto graph =
      SameBody([&](ExecCtx&) { return MeetOrFail(both); }, Concurrency::kAuto).Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const auto classification = graph->Execute<Classification>(ctx, SomeMovie());
  ASSERT_THAT(classification, IsOk());
  EXPECT_EQ(classification->genre(), 11 * 12);
}

TEST(SideBySide, BranchesThatBlockStayBesideEachOther) {
  Rendezvous both(2);
  const auto graph = SameBody(
                         [&](ExecCtx& ctx) {
                           // What the measurement sees as long, even where both come at once.
                           if (absl::Status s = ctx.SleepFor(absl::Milliseconds(1)); !s.ok())
                             return s;
                           return MeetOrFail(both);
                         },
                         Concurrency::kAuto)
                         .Build();
  ASSERT_THAT(graph, IsOk());
  for (int i = 0; i < 100; ++i) {
    ExecCtx ctx;
    ASSERT_THAT(graph->Execute<Classification>(ctx, SomeMovie()), IsOk());
  }
}

TEST(SideBySide, StepsThatAlwaysRunBesideOthersDoSoHoweverShortTheyAre) {
  Rendezvous both(2);
  const auto graph =
      SameBody([&](ExecCtx&) { return MeetOrFail(both); }, Concurrency::kAlways).Build();
  ASSERT_THAT(graph, IsOk());
  for (int i = 0; i < 200; ++i) {
    ExecCtx ctx;
    ASSERT_THAT(graph->Execute<Classification>(ctx, SomeMovie()), IsOk());
  }
}

TEST(SideBySide, OneStepThatIsAlwaysHandedOutRunsBesideAnyOther) {
  for (Concurrency other : {Concurrency::kAuto, Concurrency::kNever}) {
    Rendezvous both(2);
    Branches branches = SameBody([&](ExecCtx&) { return MeetOrFail(both); }, Concurrency::kAlways);
    branches.content_options.concurrency = other;
    const auto graph = branches.Build();
    ASSERT_THAT(graph, IsOk());
    ExecCtx ctx;
    EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()), IsOk());
  }
}

TEST(SideBySide, StepsThatAreNoReasonForAnotherThreadRunInOrder) {
  Occupancy occupancy;
  std::vector<std::thread::id> threads;
  Branches branches = SameBody(
      [&](ExecCtx& ctx) {
        const Occupancy::Visit visit(occupancy);
        threads.push_back(std::this_thread::get_id());
        return ctx.SleepFor(absl::Milliseconds(2));
      },
      Concurrency::kNever);
  const auto graph = branches.Build();
  ASSERT_THAT(graph, IsOk());
  for (int i = 0; i < 100; ++i) {
    ExecCtx ctx;
    ASSERT_THAT(graph->Execute<Classification>(ctx, SomeMovie()), IsOk());
  }
  EXPECT_EQ(occupancy.most(), 1);
  EXPECT_THAT(threads, Each(std::this_thread::get_id()));
  EXPECT_EQ(branches.pool->thread_count(), 0U);
}

TEST(SideBySide, WithoutAnyThreadToHelpTheStepsRunInOrderOnTheCallersThread) {
  std::vector<std::thread::id> threads;
  Branches branches = SameBody(
      [&](ExecCtx&) {
        threads.push_back(std::this_thread::get_id());
        return absl::OkStatus();
      },
      Concurrency::kAlways);
  branches.pool = Pool(0);
  const auto graph = branches.Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()), IsOk());
  EXPECT_THAT(threads, ElementsAre(std::this_thread::get_id(), std::this_thread::get_id()));
}

TEST(SideBySide, WhatAStepMakesReadyRunsAtTheSameTimeToo) {
  // Three steps behind one, then two behind two chains.
  Rendezvous three(3);
  const auto graph = GraphBuilder("fan")
                         .Input<MovieId>()
                         .Add([](ExecCtx&, const MovieId&) { return Movie(); })
                         .Add([&](ExecCtx&, const Movie&) {
                           EXPECT_TRUE(three.Meet());
                           return DirectorProfile();
                         })
                         .Add([&](ExecCtx&, const Movie&) {
                           EXPECT_TRUE(three.Meet());
                           return ContentAnalysis();
                         })
                         .Add([&](ExecCtx&, const Movie&) {
                           EXPECT_TRUE(three.Meet());
                           return Poster();
                         })
                         .Add([](ExecCtx&, const DirectorProfile&, const ContentAnalysis&,
                                 const Poster&) { return TagSet(); })
                         .UsePool(Pool(2))
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(graph->Execute<TagSet>(ctx, MovieId()), IsOk());
}

TEST(SideBySide, ChainsRunBesideEachOtherFromEndToEnd) {
  Rendezvous first(2);
  Rendezvous second(2);
  const StepOptions always = {.concurrency = Concurrency::kAlways};
  const auto graph = GraphBuilder("chains")
                         .Input<MovieId>()
                         .Add(
                             [&](ExecCtx&, const MovieId&) {
                               EXPECT_TRUE(first.Meet());
                               return Movie();
                             },
                             always)
                         .Add(
                             [&](ExecCtx&, const MovieId&) {
                               EXPECT_TRUE(first.Meet());
                               return Poster();
                             },
                             always)
                         .Add(
                             [&](ExecCtx&, const Movie&) {
                               EXPECT_TRUE(second.Meet());
                               return DirectorProfile();
                             },
                             always)
                         .Add(
                             [&](ExecCtx&, const Poster&) {
                               EXPECT_TRUE(second.Meet());
                               return ContentAnalysis();
                             },
                             always)
                         .UsePool(Pool(1))
                         .Build();
  ASSERT_THAT(graph, IsOk());
  for (int i = 0; i < 100; ++i) {
    ExecCtx ctx;
    ASSERT_THAT((graph->ExecuteAll<DirectorProfile, ContentAnalysis>(ctx, MovieId())), IsOk());
  }
}

TEST(SideBySide, StepsOnAllThreadsShareWhatBelongsToTheExecution) {
  struct RequestId {
    std::string id;
  };
  Rendezvous both(2);
  std::mutex mutex;
  std::set<std::string> ids;
  std::set<std::string> names;
  const auto graph = SameBody(
                         [&](ExecCtx& ctx) {
                           EXPECT_EQ(ctx.Value<RequestId>()->id, "r1");
                           EXPECT_EQ(ctx.attempt(), 1);
                           EXPECT_LT(ctx.deadline(), absl::InfiniteFuture());
                           {
                             const std::lock_guard<std::mutex> lock(mutex);
                             ids.insert(ctx.execution_id());
                             names.insert(std::string(ctx.step_name()));
                           }
                           return MeetOrFail(both);
                         },
                         Concurrency::kAlways)
                         .Build();
  ASSERT_THAT(graph, IsOk());
  Recorder recorder;
  ExecCtx ctx({.deadline = absl::Now() + absl::Hours(1),
               .values = ContextValues().With(RequestId{"r1"}),
               .observer = &recorder});
  ASSERT_THAT(graph->Execute<Classification>(ctx, SomeMovie()), IsOk());
  EXPECT_THAT(ids, ElementsAre(ctx.execution_id()));
  EXPECT_THAT(names, ElementsAre("ContentAnalysis", "DirectorProfile"));
  EXPECT_EQ(recorder.order().size(), 3U);
  EXPECT_EQ(recorder.order().back(), "Classification");
}

// ---- Steps that execute their own graph ----

// Each of the two branches executes the graph with one level less; the answer counts the leaves.
absl::StatusOr<Graph> MakeTree(std::optional<Graph>& self, size_t pool_size) {
  const auto count = [&self](ExecCtx& ctx, int64_t levels) -> absl::StatusOr<int64_t> {
    if (levels == 0) return 1;
    Movie movie;
    movie.set_id(levels - 1);
    const auto inner = self->Execute<Classification>(ctx, movie);
    if (!inner.ok()) return inner.status();
    return inner->genre();
  };
  const StepOptions always = {.concurrency = Concurrency::kAlways};
  return GraphBuilder("tree")
      .Input<Movie>()
      .Add(
          [count](ExecCtx& ctx, const Movie& movie) -> absl::StatusOr<DirectorProfile> {
            const absl::StatusOr<int64_t> leaves = count(ctx, movie.id());
            if (!leaves.ok()) return leaves.status();
            DirectorProfile profile;
            profile.set_films(*leaves);
            return profile;
          },
          always)
      .Add(
          [count](ExecCtx& ctx, const Movie& movie) -> absl::StatusOr<ContentAnalysis> {
            const absl::StatusOr<int64_t> leaves = count(ctx, movie.id());
            if (!leaves.ok()) return leaves.status();
            ContentAnalysis analysis;
            analysis.set_themes(*leaves);
            return analysis;
          },
          always)
      .Add([](ExecCtx&, const DirectorProfile& profile, const ContentAnalysis& analysis) {
        Classification classification;
        classification.set_genre(profile.films() + analysis.themes());
        return classification;
      })
      .UsePool(Pool(pool_size))
      .Build();
}

class NestedSideBySide : public ::testing::TestWithParam<size_t> {};

TEST_P(NestedSideBySide, EndsAtAnySizeOfPool) {
  std::optional<Graph> tree;
  const auto made = MakeTree(tree, GetParam());
  ASSERT_THAT(made, IsOk());
  tree.emplace(*made);
  constexpr int64_t kLevels = 6;
  std::array<absl::StatusOr<Classification>, 3> answers;
  {
    std::vector<std::jthread> threads;
    for (auto& answer : answers) {
      threads.emplace_back([&] {
        Movie movie;
        movie.set_id(kLevels);
        for (int i = 0; i < 5; ++i) {
          ExecCtx ctx;
          answer = tree->Execute<Classification>(ctx, movie);
        }
      });
    }
  }
  for (const auto& answer : answers) {
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->genre(), 2 << kLevels);
  }
}

INSTANTIATE_TEST_SUITE_P(PoolSizes, NestedSideBySide, ::testing::Values(0, 1, 2, 8));

// ---- Failing and stopping ----

TEST(SideBySideFailure, AsksTheOthersToStopAndReturnsOnlyWhenTheyHaveEnded) {
  for (bool director_fails : {true, false}) {
    Rendezvous both(2);
    std::atomic<bool> has_ended = false;
    const Branches::Body fails = [&](ExecCtx&) {
      if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
      return absl::NotFoundError("no such film");
    };
    const Branches::Body waits = [&](ExecCtx& ctx) {
      if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
      const absl::Status status = WaitForStop(ctx);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      has_ended = true;
      return status;
    };
    const auto graph = Branches{.director = director_fails ? fails : waits,
                                .content = director_fails ? waits : fails}
                           .Build();
    ASSERT_THAT(graph, IsOk());
    ExecCtx ctx;
    const auto answer = graph->Execute<Classification>(ctx, SomeMovie());
    EXPECT_TRUE(has_ended);
    EXPECT_THAT(answer, StatusIs(absl::StatusCode::kNotFound, HasSubstr("no such film")));
    EXPECT_THAT(answer, StepFailed(director_fails ? "DirectorProfile" : "ContentAnalysis"));
    EXPECT_FALSE(ctx.stop_token().stop_requested());
  }
}

TEST(SideBySideFailure, WakesASleepingSibling) {
  Rendezvous both(2);
  const auto graph = Branches{
      .director =
          [&](ExecCtx&) {
            if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
            return absl::NotFoundError("no such film");
          },
      .content =
          [&](ExecCtx& ctx) {
            if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
            return ctx.SleepFor(absl::Hours(1));
          }}.Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(SideBySideFailure, WakesASiblingFromItsBackoff) {
  Rendezvous both(2);
  std::atomic<int> attempts = 0;
  const auto graph =
      Branches{.director =
                   [&](ExecCtx&) {
                     if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                     return absl::NotFoundError("no such film");
                   },
               .content =
                   [&](ExecCtx&) {
                     ++attempts;
                     if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                     return absl::UnavailableError("busy");
                   },
               .content_options = {.retry = RetryPolicy::Fixed({.delay = absl::Hours(1)})}}
          .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const absl::Time begin = absl::Now();
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_LT(absl::Now() - begin, kAtOnce);
  EXPECT_EQ(attempts, 1);
}

TEST(SideBySideFailure, TheFirstFailureWins) {
  Rendezvous both(2);
  const auto graph = Branches{
      .director =
          [&](ExecCtx& ctx) {
            if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
            if (WaitForStop(ctx).ok()) return absl::OkStatus();
            return absl::DataLossError("second");
          },
      .content =
          [&](ExecCtx&) {
            if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
            return absl::NotFoundError("first");
          }}.Build();
  ASSERT_THAT(graph, IsOk());
  for (int i = 0; i < 20; ++i) {
    ExecCtx ctx;
    const auto answer = graph->Execute<Classification>(ctx, SomeMovie());
    ASSERT_THAT(answer, StatusIs(absl::StatusCode::kNotFound, HasSubstr("first")));
    ASSERT_THAT(answer, StepFailed("ContentAnalysis"));
  }
}

TEST(SideBySideFailure, AnExceptionOnAnyThreadIsAFailureOfItsStep) {
  Rendezvous both(2);
  const std::thread::id caller = std::this_thread::get_id();
  for (bool caller_throws : {true, false}) {
    const auto graph = SameBody(
                           [&, caller_throws](ExecCtx&) {
                             if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                             if ((std::this_thread::get_id() == caller) == caller_throws) {
                               throw std::runtime_error("out of tape");
                             }
                             return absl::OkStatus();
                           },
                           Concurrency::kAlways)
                           .Build();
    ASSERT_THAT(graph, IsOk());
    ExecCtx ctx;
    EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
                StatusIs(absl::StatusCode::kUnknown, HasSubstr("out of tape")));
  }
}

TEST(SideBySideFailure, BeginsNoFurtherStep) {
  std::atomic<int> begun = 0;
  Rendezvous both(2);
  const auto graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add([&](ExecCtx&, const MovieId&) -> absl::StatusOr<Movie> {
            EXPECT_TRUE(both.Meet());
            return absl::NotFoundError("no such film");
          })
          .Add([&](ExecCtx& ctx, const MovieId&) {
            EXPECT_TRUE(both.Meet());
            EXPECT_FALSE(WaitForStop(ctx).ok());
            return Poster();
          })
          .Add([&](ExecCtx&, const Poster&) {
            ++begun;
            return DirectorProfile();
          })
          .Add([](ExecCtx&, const Movie&, const DirectorProfile&) { return TagSet(); })
          .UsePool(Pool(3))
          .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(graph->Execute<TagSet>(ctx, MovieId()), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(begun, 0);
}

TEST(SideBySideStopping, TheCallersTokenReachesStepsOnAllThreads) {
  Rendezvous all(3);
  const auto graph = SameBody(
                         [&](ExecCtx& ctx) {
                           if (absl::Status s = MeetOrFail(all); !s.ok()) return s;
                           return WaitForStop(ctx);
                         },
                         Concurrency::kAlways)
                         .Build();
  ASSERT_THAT(graph, IsOk());
  std::stop_source stop;
  std::jthread stopper([&] {
    EXPECT_TRUE(all.Meet());
    stop.request_stop();
  });
  ExecCtx ctx({.stop_token = stop.get_token()});
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST(SideBySideStopping, ADeadlineEndsTheSleepOfStepsOnAllThreads) {
  Rendezvous both(2);
  const auto graph = SameBody(
                         [&](ExecCtx& ctx) {
                           if (absl::Status s = MeetOrFail(both); !s.ok()) return s;
                           return ctx.SleepFor(absl::Hours(1));
                         },
                         Concurrency::kAlways)
                         .Build();
  ASSERT_THAT(graph, IsOk());
  const absl::Time begin = absl::Now();
  // Long enough for both to begin.
  ExecCtx ctx({.deadline = begin + absl::Seconds(1)});
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - begin, kAtOnce);
}

TEST(SideBySideStopping, NoStepBeginsAfterTheDeadline) {
  FakeClock clock;
  const auto graph = SameBody(
                         [&](ExecCtx&) {
                           clock.Advance(absl::Seconds(10));
                           return absl::OkStatus();
                         },
                         Concurrency::kAlways)
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx({.deadline = clock.Now() + absl::Seconds(1), .clock = &clock});
  EXPECT_THAT(graph->Execute<Classification>(ctx, SomeMovie()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

// ---- The measurement ----

// Branches that can be made slow, and that tell whether the last execution ran them in order: a
// step is then given the caller's own context, as it has no thread to share it with.
class Measured {
 public:
  Measured() {
    const Branches::Body body = [this](ExecCtx& ctx) {
      if (&ctx != caller_ctx_) in_order_ = false;
      if (!is_slow_) return absl::OkStatus();
      if (std::this_thread::get_id() != caller_) on_other_thread_ = true;
      return ctx.SleepFor(absl::Milliseconds(3));
    };
    graph_.emplace(SameBody(body, Concurrency::kAuto).Build().value());
  }

  void SetSlow(bool slow) { is_slow_ = slow; }

  // Whether it ran in order.
  bool Execute() {
    ExecCtx ctx;
    caller_ctx_ = &ctx;
    in_order_ = true;
    EXPECT_THAT(graph_->Execute<Classification>(ctx, SomeMovie()), IsOk());
    return in_order_;
  }

  // Whether it ran in order so many times running before so many executions were over.
  bool Settles(int running, int before) {
    int in_a_row = 0;
    for (int i = 0; i < before && in_a_row < running; ++i) in_a_row = Execute() ? in_a_row + 1 : 0;
    return in_a_row == running;
  }

  bool was_on_other_thread() const { return on_other_thread_; }

 private:
  const std::thread::id caller_ = std::this_thread::get_id();
  std::atomic<bool> is_slow_ = false;
  std::atomic<bool> in_order_ = true;
  std::atomic<bool> on_other_thread_ = false;
  const ExecCtx* caller_ctx_ = nullptr;
  std::optional<Graph> graph_;
};

// Executions of a kind of call after which it must have been measured once more.
constexpr int kSamplingPeriod = 64;
// A loaded machine stops threads inside a step now and then, which makes the step look long.
constexpr int kPlenty = 20'000;

TEST(Measurement, SwitchesToOrderForTrivialStepsAndBackWhenTheyBecomeSlow) {
  Measured measured;
  ASSERT_TRUE(measured.Settles(2 * kSamplingPeriod, kPlenty));
  measured.SetSlow(true);
  EXPECT_FALSE(measured.Settles(kSamplingPeriod, kSamplingPeriod));
  // And stays there, with a thread that helps.
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(measured.Execute());
  EXPECT_TRUE(measured.was_on_other_thread());
  measured.SetSlow(false);
  EXPECT_TRUE(measured.Settles(2 * kSamplingPeriod, kPlenty));
}

TEST(Measurement, ReachesEachOfSeveralGraphsThatTakeTurns) {
  for (size_t count : {2, 3, 4, 8}) {
    std::vector<Measured> graphs(count);
    for (Measured& graph : graphs) ASSERT_TRUE(graph.Settles(2 * kSamplingPeriod, kPlenty));
    for (Measured& graph : graphs) graph.SetSlow(true);
    std::vector<bool> is_on(count, false);
    const size_t turns = 2 * kSamplingPeriod;
    for (size_t i = 0; i < turns && std::count(is_on.begin(), is_on.end(), false) > 0; ++i) {
      for (size_t k = 0; k < count; ++k) {
        if (!is_on[k]) is_on[k] = !graphs[k].Execute();
      }
    }
    EXPECT_THAT(is_on, Each(true)) << count << " graphs";
  }
}

TEST(Measurement, AnExecutionThatFailsBeforeTheBranchesSaysNothingAboutThem) {
  bool fails = true;
  Rendezvous both(2);
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Add([&](ExecCtx&, const MovieId&) -> absl::StatusOr<Movie> {
                           if (std::exchange(fails, false)) return absl::NotFoundError("not yet");
                           return Movie();
                         })
                         .Add([&](ExecCtx&, const Movie&) {
                           EXPECT_TRUE(both.Meet());
                           return DirectorProfile();
                         })
                         .Add([&](ExecCtx&, const Movie&) {
                           EXPECT_TRUE(both.Meet());
                           return Poster();
                         })
                         .UsePool(Pool(1))
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_THAT((graph->ExecuteAll<DirectorProfile, Poster>(ctx, MovieId())),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT((graph->ExecuteAll<DirectorProfile, Poster>(ctx, MovieId())), IsOk());
}

}  // namespace
}  // namespace protograph
