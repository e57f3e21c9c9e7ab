// Plans: which steps they hold, what waits for what, when there is something to run side by side;
// and the table that finds them.

#include "graph/plan.h"

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "film.pb.h"
#include "gmock/gmock.h"
#include "graph/core.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"

namespace protograph::internal {
namespace {

using ::film::Classification;
using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::film::TagSet;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// MovieId -> Movie -> DirectorProfile and ContentAnalysis -> Classification -> TagSet, which takes
// the Movie too.
class PlanTest : public ::testing::Test {
 protected:
  static Graph MakeGraph(StepOptions director = {}, StepOptions content = {}) {
    director.name = "Director";
    content.name = "Content";
    return GraphBuilder("films")
        .Input<MovieId>()
        .Add([](ExecCtx&, const Movie&, const Classification&) { return TagSet(); },
             {.name = "Tags"})
        .Add([](ExecCtx&, const MovieId&) { return Movie(); }, {.name = "Fetch"})
        .Add([](ExecCtx&, const Movie&) { return DirectorProfile(); }, std::move(director))
        .Add([](ExecCtx&, const Movie&) { return ContentAnalysis(); }, std::move(content))
        .Add([](ExecCtx&, const DirectorProfile&,
                const ContentAnalysis&) { return Classification(); },
             {.name = "Classify", .concurrency = Concurrency::kNever})
        .Build()
        .value();
  }

  template <class Output, class... Inputs>
  static std::unique_ptr<Plan> PlanOf(const Graph& graph) {
    const MessageKey outputs[] = {KeyOf<Output>()};
    const std::array<MessageKey, sizeof...(Inputs)> inputs = {KeyOf<Inputs>()...};
    return MakePlan(GraphAccess::Core(graph), outputs, inputs).value();
  }

  static std::vector<std::string> StepsOf(const Plan& plan) {
    std::vector<std::string> names;
    for (const StepRecord* step : plan.steps) names.push_back(step->info->name);
    return names;
  }

  // Places of the steps that wait for the one at `place`.
  static std::vector<uint32_t> After(const Plan& plan, size_t place) {
    return {plan.successors.begin() + plan.successors_begin[place],
            plan.successors.begin() + plan.successors_begin[place + 1]};
  }
};

TEST_F(PlanTest, HoldsTheStepsInAnOrderInWhichTheyCanRun) {
  const Graph graph = MakeGraph();
  EXPECT_THAT(StepsOf(*PlanOf<TagSet, MovieId>(graph)),
              ElementsAre("Fetch", "Director", "Content", "Classify", "Tags"));
  EXPECT_THAT(StepsOf(*PlanOf<ContentAnalysis, MovieId>(graph)), ElementsAre("Fetch", "Content"));
  EXPECT_THAT(StepsOf(*PlanOf<Classification, ContentAnalysis, Movie>(graph)),
              ElementsAre("Director", "Classify"));
  EXPECT_THAT(StepsOf(*PlanOf<Movie, Movie>(graph)), IsEmpty());
}

TEST_F(PlanTest, KnowsWhatWaitsForWhat) {
  const Graph graph = MakeGraph();
  const auto plan = PlanOf<TagSet, MovieId>(graph);
  ASSERT_TRUE(plan->wide);
  EXPECT_THAT(plan->waits_for, ElementsAre(0, 1, 1, 2, 2));
  EXPECT_THAT(After(*plan, 0), ElementsAre(1, 2, 4));
  EXPECT_THAT(After(*plan, 1), ElementsAre(3));
  EXPECT_THAT(After(*plan, 2), ElementsAre(3));
  EXPECT_THAT(After(*plan, 3), ElementsAre(4));
  EXPECT_THAT(After(*plan, 4), IsEmpty());
}

TEST_F(PlanTest, StepsDoNotWaitForWhatTheCallerBrings) {
  const Graph graph = MakeGraph();
  const auto plan = PlanOf<Classification, Movie>(graph);
  ASSERT_TRUE(plan->wide);
  EXPECT_THAT(plan->waits_for, ElementsAre(0, 0, 2));
}

TEST_F(PlanTest, IsWideOnlyWhereStepsDoNotDependOnEachOther) {
  const Graph graph = MakeGraph();
  EXPECT_FALSE((PlanOf<ContentAnalysis, MovieId>(graph)->wide));
  EXPECT_FALSE((PlanOf<Classification, Movie, ContentAnalysis>(graph)->wide));
  EXPECT_FALSE((PlanOf<MovieId, MovieId>(graph)->wide));
  EXPECT_TRUE((PlanOf<Classification, MovieId>(graph)->wide));
}

TEST_F(PlanTest, BeginsSideBySideWhereTwoStepsAreMeasured) {
  const Graph both = MakeGraph();
  EXPECT_EQ((PlanOf<Classification, Movie>(both)->mode), Plan::Mode::kSideBySide);
  EXPECT_FALSE((PlanOf<Classification, Movie>(both)->always_side_by_side));

  const Graph neither =
      MakeGraph({.concurrency = Concurrency::kNever}, {.concurrency = Concurrency::kNever});
  EXPECT_EQ((PlanOf<Classification, Movie>(neither)->mode), Plan::Mode::kInOrder);
}

TEST_F(PlanTest, RunsSideBySideAlwaysWhereAStepThatAsksForItHasACompanion) {
  const Graph graph =
      MakeGraph({.concurrency = Concurrency::kAlways}, {.concurrency = Concurrency::kNever});
  EXPECT_TRUE((PlanOf<Classification, Movie>(graph)->always_side_by_side));
  EXPECT_EQ((PlanOf<Classification, Movie>(graph)->mode), Plan::Mode::kSideBySide);
  // Here it has none.
  EXPECT_FALSE((PlanOf<DirectorProfile, MovieId>(graph)->always_side_by_side));
}

TEST_F(PlanTest, IsSupervisedWhereAnAttemptIsTimed) {
  EXPECT_FALSE((PlanOf<TagSet, MovieId>(MakeGraph())->supervised));
  const Graph timeout = MakeGraph({.timeout = absl::Seconds(1)});
  EXPECT_TRUE((PlanOf<TagSet, MovieId>(timeout)->supervised));
  EXPECT_FALSE((PlanOf<ContentAnalysis, MovieId>(timeout)->supervised));
  const Graph budget = MakeGraph({.retry = RetryPolicy::Fixed({}).WithBudget(absl::Seconds(1))});
  EXPECT_TRUE((PlanOf<TagSet, MovieId>(budget)->supervised));
}

TEST_F(PlanTest, PathsAreTheShortestThroughThePlan) {
  const Graph graph = MakeGraph();
  const GraphCore& core = GraphAccess::Core(graph);
  const auto whole = PlanOf<TagSet, MovieId>(graph);
  EXPECT_THAT(PathTo(core, *whole, KeyOf<MovieId>()),
              ElementsAre(KeyOf<TagSet>(), KeyOf<Movie>(), KeyOf<MovieId>()));
  EXPECT_THAT(PathTo(core, *whole, KeyOf<DirectorProfile>()),
              ElementsAre(KeyOf<TagSet>(), KeyOf<Classification>(), KeyOf<DirectorProfile>()));
  EXPECT_THAT(PathTo(core, *whole, KeyOf<TagSet>()), ElementsAre(KeyOf<TagSet>()));
  // Nothing leads past what the caller brings.
  const auto part = PlanOf<DirectorProfile, Movie>(graph);
  EXPECT_THAT(PathTo(core, *part, KeyOf<MovieId>()), ElementsAre(KeyOf<MovieId>()));
}

// ---- The table ----

std::unique_ptr<Plan> EmptyPlan(MessageKey output, MessageKey input) {
  auto plan = std::make_unique<Plan>();
  plan->outputs = {output};
  plan->inputs = {input};
  return plan;
}

TEST(PlanTable, FindsByTagWhatWasTagged) {
  PlanTable table;
  constexpr char kTags[2] = {};
  EXPECT_EQ(table.Find(&kTags[0]), nullptr);
  const Plan* const plan = table.Add(EmptyPlan(KeyOf<Movie>(), KeyOf<MovieId>()));
  EXPECT_EQ(table.Find(&kTags[0]), nullptr);
  table.Tag(&kTags[0], plan);
  table.Tag(&kTags[0], plan);
  EXPECT_EQ(table.Find(&kTags[0]), plan);
  EXPECT_EQ(table.Find(&kTags[1]), nullptr);
  table.Tag(&kTags[1], plan);
  EXPECT_EQ(table.Find(&kTags[1]), plan);
}

TEST(PlanTable, KeepsOnePlanForACallHoweverItIsTagged) {
  PlanTable table;
  const Plan* const plan = table.Add(EmptyPlan(KeyOf<Movie>(), KeyOf<MovieId>()));
  EXPECT_EQ(table.Add(EmptyPlan(KeyOf<Movie>(), KeyOf<MovieId>())), plan);
  const Plan* const other = table.Add(EmptyPlan(KeyOf<MovieId>(), KeyOf<Movie>()));
  EXPECT_NE(other, plan);
  const MessageKey movie[] = {KeyOf<Movie>()};
  const MessageKey id[] = {KeyOf<MovieId>()};
  EXPECT_EQ(table.FindByTypes(movie, id), plan);
  EXPECT_EQ(table.FindByTypes(id, movie), other);
  EXPECT_EQ(table.FindByTypes(movie, {}), nullptr);
}

TEST(PlanTable, TellsInputsFromOutputs) {
  PlanTable table;
  auto two_outputs = std::make_unique<Plan>();
  two_outputs->outputs = {KeyOf<Movie>(), KeyOf<MovieId>()};
  const Plan* const plan = table.Add(std::move(two_outputs));
  const MessageKey movie[] = {KeyOf<Movie>()};
  const MessageKey id[] = {KeyOf<MovieId>()};
  const MessageKey both[] = {KeyOf<Movie>(), KeyOf<MovieId>()};
  EXPECT_EQ(table.FindByTypes(movie, id), nullptr);
  EXPECT_EQ(table.FindByTypes(both, {}), plan);
}

TEST(PlanTable, GrowsWhileOtherThreadsRead) {
  constexpr size_t kTags = 5'000;
  const std::vector<char> tags(kTags);
  PlanTable table;
  const std::array<const Plan*, 3> plans = {
      table.Add(EmptyPlan(KeyOf<Movie>(), KeyOf<MovieId>())),
      table.Add(EmptyPlan(KeyOf<Poster>(), KeyOf<MovieId>())),
      table.Add(EmptyPlan(KeyOf<TagSet>(), KeyOf<MovieId>()))};
  const auto plan_of = [&](size_t i) { return plans[i % plans.size()]; };
  std::atomic<bool> is_full = false;
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    // Two writers that tag the same, and two readers.
    for (int writer = 0; writer < 2; ++writer) {
      threads.emplace_back([&] {
        for (size_t i = 0; i < kTags; ++i) {
          table.Tag(&tags[i], plan_of(i));
          if (table.Find(&tags[i]) != plan_of(i)) ++wrong;
        }
        is_full = true;
      });
    }
    for (size_t reader = 0; reader < 2; ++reader) {
      threads.emplace_back([&, reader] {
        for (size_t i = reader; !is_full; i += 7) {
          const Plan* const found = table.Find(&tags[i % kTags]);
          if (found != nullptr && found != plan_of(i % kTags)) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  for (size_t i = 0; i < kTags; ++i) ASSERT_EQ(table.Find(&tags[i]), plan_of(i));
}

}  // namespace
}  // namespace protograph::internal
