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
    const TypeKey outputs[] = {KeyOf<Output>()};
    const std::array<TypeKey, sizeof...(Inputs)> inputs = {KeyOf<Inputs>()...};
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

// ---- Groups of map steps ----

class MapGroupTest : public PlanTest {
 protected:
  // "Fetch(items) Analyze(Fetch, kept)", with "owns" and "limited" where they are so.
  static std::vector<std::string> GroupsOf(const Plan& plan) {
    std::vector<std::string> groups;
    for (const MapGroup& group : plan.map_groups) {
      std::string words;
      for (size_t i = 0; i < group.stages.size(); ++i) {
        const MapGroup::Stage& stage = group.stages[i];
        words += plan.steps[group.first + i]->info->name + "(";
        words += stage.source == MapGroup::kGroupInput
                     ? "items"
                     : plan.steps[group.first + stage.source]->info->name;
        words += stage.is_kept ? ", kept) " : ") ";
      }
      words.pop_back();
      if (group.owns_input) words += " owns";
      if (group.is_limited) words += " limited";
      groups.push_back(words);
    }
    return groups;
  }

  static Many<MovieId> Split(ExecCtx& /*ctx*/, const MovieId& /*id*/) { return {}; }
  static Movie Fetch(ExecCtx& /*ctx*/, const MovieId& /*id*/) { return {}; }
  static Poster Draw(ExecCtx& /*ctx*/, const Movie& /*movie*/) { return {}; }
  static ContentAnalysis Analyze(ExecCtx& /*ctx*/, const Movie& /*movie*/) { return {}; }
  static TagSet Sum(ExecCtx& /*ctx*/, const Many<ContentAnalysis>& /*all*/) { return {}; }

  // Split, Fetch for each, Analyze for each, Sum.
  static Graph Chain(StepOptions fetch = {}, StepOptions analyze = {}) {
    fetch.name = "Fetch";
    analyze.name = "Analyze";
    return GraphBuilder("films")
        .Input<MovieId>()
        .Add(&Sum, {.name = "Sum"})
        .Map(&Analyze, std::move(analyze))
        .Map(&Fetch, std::move(fetch))
        .Add(&Split, {.name = "Split"})
        .Build()
        .value();
  }
};

TEST_F(MapGroupTest, StepsThatFollowEachOtherRunTogether) {
  const Graph graph = Chain();
  const auto plan = PlanOf<TagSet, MovieId>(graph);
  EXPECT_THAT(StepsOf(*plan), ElementsAre("Split", "Fetch", "Analyze", "Sum"));
  EXPECT_THAT(GroupsOf(*plan), ElementsAre("Fetch(items) Analyze(Fetch, kept) owns"));
  EXPECT_EQ(plan->map_groups[0].first, 1U);
  // It is a chain as any other.
  EXPECT_FALSE(plan->wide);
}

TEST_F(MapGroupTest, PlansWithoutMapStepsHaveNone) {
  EXPECT_THAT(GroupsOf(*PlanOf<TagSet, MovieId>(MakeGraph())), IsEmpty());
  EXPECT_THAT(GroupsOf(*PlanOf<Many<MovieId>, MovieId>(Chain())), IsEmpty());
  EXPECT_THAT(GroupsOf(*PlanOf<TagSet, Many<ContentAnalysis>>(Chain())), IsEmpty());
}

TEST_F(MapGroupTest, WhatTheCallerBringsIsNotTheGroups) {
  const Graph graph = Chain();
  EXPECT_THAT(GroupsOf(*PlanOf<TagSet, Many<MovieId>>(graph)),
              ElementsAre("Fetch(items) Analyze(Fetch, kept)"));
  EXPECT_THAT(GroupsOf(*PlanOf<TagSet, Many<Movie>>(graph)), ElementsAre("Analyze(items, kept)"));
}

TEST_F(MapGroupTest, KeepsWhatTheCallerAsksFor) {
  const Graph graph = Chain();
  EXPECT_THAT(GroupsOf(*PlanOf<Many<Movie>, MovieId>(graph)),
              ElementsAre("Fetch(items, kept) owns"));
  const TypeKey outputs[] = {KeyOf<TagSet>(), KeyOf<Many<Movie>>(), KeyOf<Many<MovieId>>()};
  const TypeKey inputs[] = {KeyOf<MovieId>()};
  const auto plan = MakePlan(GraphAccess::Core(graph), outputs, inputs).value();
  EXPECT_THAT(GroupsOf(*plan), ElementsAre("Fetch(items, kept) Analyze(Fetch, kept)"));
}

TEST_F(MapGroupTest, AStepThatWantsEqualItemsOnceStandsAlone) {
  const StepOptions once = {.items = {.equal_items_once = true}};
  const std::vector<std::string> alone = {"Fetch(items, kept) owns", "Analyze(items, kept) owns"};
  EXPECT_EQ(GroupsOf(*PlanOf<TagSet, MovieId>(Chain(once))), alone);
  EXPECT_EQ(GroupsOf(*PlanOf<TagSet, MovieId>(Chain({}, once))), alone);
}

TEST_F(MapGroupTest, IsLimitedWhereOneOfItsStepsIs) {
  const StepOptions two = {.items = {.parallelism = 2}};
  const std::string limited = "Fetch(items) Analyze(Fetch, kept) owns limited";
  EXPECT_THAT(GroupsOf(*PlanOf<TagSet, MovieId>(Chain(two))), ElementsAre(limited));
  EXPECT_THAT(GroupsOf(*PlanOf<TagSet, MovieId>(Chain({}, two))), ElementsAre(limited));
}

TEST_F(MapGroupTest, AnItemsTimeoutDoesNotSuperviseThePlan) {
  // The group looks at its own attempts.
  const StepOptions timed = {.timeout = absl::Seconds(1)};
  EXPECT_FALSE((PlanOf<TagSet, MovieId>(Chain(timed, timed))->supervised));
}

TEST_F(MapGroupTest, ADiamondIsOneGroup) {
  const Graph graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add(&Split, {.name = "Split"})
          .Map(&Fetch, {.name = "Fetch"})
          .Map(&Analyze, {.name = "Analyze"})
          .Map(&Draw, {.name = "Draw"})
          .Add([](ExecCtx&, const Many<ContentAnalysis>&, const Many<Poster>&) { return TagSet(); },
               {.name = "Sum"})
          .Build()
          .value();
  const auto plan = PlanOf<TagSet, MovieId>(graph);
  EXPECT_THAT(GroupsOf(*plan),
              ElementsAre("Fetch(items) Analyze(Fetch, kept) Draw(Fetch, kept) owns"));
  EXPECT_FALSE(plan->wide);
}

TEST_F(MapGroupTest, TwoStepsOverOneSplitAreTwoGroupsAndShareIt) {
  const Graph graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add(&Split, {.name = "Split"})
          .Map(&Fetch, {.name = "Fetch"})
          .Map([](ExecCtx&, const MovieId&) { return Poster(); }, {.name = "Draw"})
          .Add([](ExecCtx&, const Many<Movie>&, const Many<Poster>&) { return TagSet(); },
               {.name = "Sum"})
          .Build()
          .value();
  const auto plan = PlanOf<TagSet, MovieId>(graph);
  EXPECT_THAT(GroupsOf(*plan), ElementsAre("Fetch(items, kept)", "Draw(items, kept)"));
  ASSERT_TRUE(plan->wide);
  EXPECT_THAT(plan->waits_for, ElementsAre(0, 1, 1, 2));
}

TEST_F(MapGroupTest, AStepThatSharesAllItemsDoesNotOwnThem) {
  const Graph graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add(&Split, {.name = "Split"})
          .Map([](ExecCtx&, const MovieId&, const Many<MovieId>&) { return Movie(); },
               {.name = "Fetch"})
          .Build()
          .value();
  EXPECT_THAT(GroupsOf(*PlanOf<Many<Movie>, MovieId>(graph)), ElementsAre("Fetch(items, kept)"));
}

TEST_F(MapGroupTest, AStepThatNeedsAllOfItsSourceWaitsForIt) {
  const Graph graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add(&Split, {.name = "Split"})
          .Map(&Fetch, {.name = "Fetch"})
          .Add([](ExecCtx&, const Many<Movie>&) { return DirectorProfile(); }, {.name = "Profile"})
          .Map([](ExecCtx&, const Movie&, const DirectorProfile&) { return ContentAnalysis(); },
               {.name = "Analyze"})
          .Build()
          .value();
  const auto plan = PlanOf<Many<ContentAnalysis>, MovieId>(graph);
  EXPECT_THAT(StepsOf(*plan), ElementsAre("Split", "Fetch", "Profile", "Analyze"));
  // Nobody else needs the movies in the end, but Profile may still read them when Analyze begins.
  EXPECT_THAT(GroupsOf(*plan), ElementsAre("Fetch(items, kept) owns", "Analyze(items, kept)"));
}

TEST_F(MapGroupTest, AStepThatNeedsAnArmOfTheGroupAsAWholeWaitsForTheGroup) {
  const Graph graph = GraphBuilder("films")
                          .Input<MovieId>()
                          .Add(&Split, {.name = "Split"})
                          .Map(&Fetch, {.name = "Fetch"})
                          .Map(&Analyze, {.name = "Analyze"})
                          .Map(&Draw, {.name = "Draw"})
                          .Map([](ExecCtx&, const Poster&,
                                  const Many<ContentAnalysis>&) { return Classification(); },
                               {.name = "Classify"})
                          .Build()
                          .value();
  EXPECT_THAT(GroupsOf(*PlanOf<Many<Classification>, MovieId>(graph)),
              ElementsAre("Fetch(items) Analyze(Fetch, kept) Draw(Fetch, kept) owns",
                          "Classify(items, kept) owns"));
}

TEST_F(MapGroupTest, WhatAGroupSharesIsMadeBeforeIt) {
  // Though it comes later in the order of the graph.
  const Graph graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Input<Many<MovieId>>()
          .Map(&Fetch, {.name = "Fetch"})
          .Add([](ExecCtx&, const MovieId&) { return DirectorProfile(); }, {.name = "Profile"})
          .Map([](ExecCtx&, const Movie&, const DirectorProfile&) { return ContentAnalysis(); },
               {.name = "Analyze"})
          .Add(&Sum, {.name = "Sum"})
          .Build()
          .value();
  const auto plan = PlanOf<TagSet, MovieId, Many<MovieId>>(graph);
  EXPECT_THAT(StepsOf(*plan), ElementsAre("Profile", "Fetch", "Analyze", "Sum"));
  EXPECT_THAT(GroupsOf(*plan), ElementsAre("Fetch(items) Analyze(Fetch, kept)"));
  EXPECT_FALSE(plan->wide);
}

TEST_F(MapGroupTest, StepsThatWaitForAGroupWaitForWhatItMakes) {
  const Graph graph =
      GraphBuilder("films")
          .Input<MovieId>()
          .Add(&Split, {.name = "Split"})
          .Add([](ExecCtx&, const MovieId&) { return DirectorProfile(); }, {.name = "Profile"})
          .Map(&Fetch, {.name = "Fetch"})
          .Map(&Analyze, {.name = "Analyze"})
          .Add([](ExecCtx&, const Many<ContentAnalysis>&,
                  const DirectorProfile&) { return TagSet(); },
               {.name = "Sum"})
          .Build()
          .value();
  const auto plan = PlanOf<TagSet, MovieId>(graph);
  EXPECT_THAT(StepsOf(*plan), ElementsAre("Split", "Profile", "Fetch", "Analyze", "Sum"));
  ASSERT_TRUE(plan->wide);
  EXPECT_THAT(plan->waits_for, ElementsAre(0, 0, 1, 1, 2));
  EXPECT_THAT(After(*plan, 0), ElementsAre(2));
  EXPECT_THAT(After(*plan, 1), ElementsAre(4));
  EXPECT_THAT(After(*plan, 2), ElementsAre(3));
  EXPECT_THAT(After(*plan, 3), ElementsAre(4));
}

TEST_F(MapGroupTest, EveryGroupOfALongChainIsFoundOnce) {
  // Each step shares all of what the step two before it has made, so that no more than two can
  // run together.
  const Graph graph =
      GraphBuilder("films")
          .Input<Many<MovieId>>()
          .Map(&Fetch, {.name = "1"})
          .Map(&Draw, {.name = "2"})
          .Map([](ExecCtx&, const Poster&, const Many<Movie>&) { return ContentAnalysis(); },
               {.name = "3"})
          .Map([](ExecCtx&, const ContentAnalysis&) { return Classification(); }, {.name = "4"})
          .Map([](ExecCtx&, const Classification&, const Many<Poster>&) { return TagSet(); },
               {.name = "5"})
          .Build()
          .value();
  EXPECT_THAT(GroupsOf(*PlanOf<Many<TagSet>, Many<MovieId>>(graph)),
              ElementsAre("1(items, kept) 2(1, kept)", "3(items) 4(3) 5(4, kept)"));
}

// ---- The table ----

std::unique_ptr<Plan> EmptyPlan(TypeKey output, TypeKey input) {
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
  const TypeKey movie[] = {KeyOf<Movie>()};
  const TypeKey id[] = {KeyOf<MovieId>()};
  EXPECT_EQ(table.FindByTypes(movie, id), plan);
  EXPECT_EQ(table.FindByTypes(id, movie), other);
  EXPECT_EQ(table.FindByTypes(movie, {}), nullptr);
}

TEST(PlanTable, TellsInputsFromOutputs) {
  PlanTable table;
  auto two_outputs = std::make_unique<Plan>();
  two_outputs->outputs = {KeyOf<Movie>(), KeyOf<MovieId>()};
  const Plan* const plan = table.Add(std::move(two_outputs));
  const TypeKey movie[] = {KeyOf<Movie>()};
  const TypeKey id[] = {KeyOf<MovieId>()};
  const TypeKey both[] = {KeyOf<Movie>(), KeyOf<MovieId>()};
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
