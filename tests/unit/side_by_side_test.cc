// Steps that do not depend on each other: which of them run at the same time.

#include <array>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "branches.h"
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
using ::protograph::testing::Recorder;
using ::testing::Each;
using ::testing::ElementsAre;

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

}  // namespace
}  // namespace protograph
