// What Build refuses: every fault, in its exact words, all of them at once and in a stable order.

#include "protograph/graph_builder.h"

#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace {

using ::film::Classification;
using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::film::TagSet;
using ::protograph::Durability;
using ::protograph::ExecCtx;
using ::protograph::GetGraphFaults;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::GraphFaults;
using ::protograph::ItemOptions;
using ::protograph::ItemPlace;
using ::protograph::Many;
using ::protograph::RetryPolicy;
using ::protograph::StepOptions;
using ::protograph::ThreadPool;
using ::protograph::ThreadPoolOptions;
using ::protograph::WhenItemFails;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;

struct FetchMovie {
  Movie Compute(ExecCtx&, const MovieId& id) const {
    Movie movie;
    movie.set_id(id.id());
    return movie;
  }
};
struct GuessMovie {
  Movie Compute(ExecCtx&, const MovieId&) const { return {}; }
};
struct FetchDirectorProfile {
  DirectorProfile Compute(ExecCtx&, const Movie&) const { return {}; }
};
struct AnalyzeContent {
  ContentAnalysis Compute(ExecCtx&, const Movie&) const { return {}; }
};
struct Classify {
  Classification Compute(ExecCtx&, const ContentAnalysis&, const DirectorProfile&) const {
    return {};
  }
};
struct GenerateTags {
  TagSet Compute(ExecCtx&, const Movie& movie, const Classification&) const {
    TagSet tags;
    tags.set_tags(movie.id());
    return tags;
  }
};
// Closes a circle: Classify needs what it makes.
struct ProfileByGenre {
  DirectorProfile Compute(ExecCtx&, const Classification&) const { return {}; }
};

class Catalog {};
class Prices {};
struct FetchPoster {
  explicit FetchPoster(std::shared_ptr<Catalog> /*catalog*/) {}
  Poster Compute(ExecCtx&, const Movie&) const { return {}; }
};
struct BuyPoster {
  BuyPoster(Catalog& /*catalog*/, const Prices* /*prices*/) {}
  Poster Compute(ExecCtx&, const Movie&) const { return {}; }
};
struct ReadsCatalog {
  explicit ReadsCatalog(const Catalog& /*catalog*/) {}
  ContentAnalysis Compute(ExecCtx&, const Movie&) const { return {}; }
};
struct Throwing {
  explicit Throwing(int /*most*/) { throw std::runtime_error("no catalogue"); }
  Movie Compute(ExecCtx&, const MovieId&) const { return {}; }
};

std::vector<std::string> FaultsOf(const GraphBuilder& builder) {
  const std::optional<GraphFaults> faults = GetGraphFaults(builder.Build().status());
  if (!faults.has_value()) return {};
  return {faults->faults().begin(), faults->faults().end()};
}

GraphBuilder WholeGraph() {
  GraphBuilder builder("films");
  builder.Input<MovieId>()
      .Add<FetchMovie>()
      .Add<FetchDirectorProfile>()
      .Add<AnalyzeContent>()
      .Add<Classify>()
      .Add<GenerateTags>();
  return builder;
}

// ---- Single faults ----

TEST(GraphBuilder, RefusesAGraphWithoutSteps) {
  EXPECT_THAT(FaultsOf(GraphBuilder("films")),
              ElementsAre("graph films has no steps: call Add<Step>() before Build()"));
}

TEST(GraphBuilder, RefusesTwoStepsOfOneName) {
  EXPECT_THAT(FaultsOf(WholeGraph().Add([](ExecCtx&, const Movie&) { return Poster(); },
                                        {.name = "Classify"})),
              ElementsAre("two steps are named Classify, one makes Classification and one makes "
                          "Poster: give one of them another name with StepOptions::name"));
}

TEST(GraphBuilder, RefusesAPolicyThatSaysNothingSensible) {
  EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<MovieId>().Add<FetchMovie>(
                  {.retry = RetryPolicy::Fixed({.attempts = 0})})),
              ElementsAre("step FetchMovie has a retry policy with " +
                          std::string(RetryPolicy::Fixed({.attempts = 0}).Validate().message())));
}

TEST(GraphBuilder, RefusesATimeoutThatLeavesNoTime) {
  EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<MovieId>().Add<FetchMovie>(
                  {.timeout = absl::ZeroDuration()})),
              ElementsAre("step FetchMovie has a timeout of 0: give it a positive one, or none"));
  EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<MovieId>().Add<FetchMovie>(
                  {.timeout = -absl::Seconds(1)})),
              ElementsAre("step FetchMovie has a timeout of -1s: give it a positive one, or none"));
}

TEST(GraphBuilder, RefusesWhatIsProvidedAsNull) {
  EXPECT_THAT(FaultsOf(WholeGraph().Provide(std::shared_ptr<Catalog>())),
              ElementsAre("Catalog was provided as null: call Provide<Catalog>(...) with an "
                          "object"));
  EXPECT_THAT(FaultsOf(WholeGraph().Provide(std::unique_ptr<Catalog>()).Add<FetchPoster>()),
              ElementsAre("Catalog, which step FetchPoster needs, was provided as null: call "
                          "Provide<Catalog>(...) with an object"));
}

TEST(GraphBuilder, RefusesWhatIsProvidedTwice) {
  Catalog catalog;
  EXPECT_THAT(FaultsOf(WholeGraph().Provide(catalog).Provide(catalog)),
              ElementsAre("Catalog was provided more than once: leave one Provide<Catalog>(...)"));
  // However often that is.
  EXPECT_THAT(FaultsOf(WholeGraph()
                           .Provide(catalog)
                           .Provide(std::make_unique<Catalog>())
                           .Provide(std::make_shared<const Catalog>())
                           .Add<FetchPoster>()),
              ElementsAre("Catalog, which step FetchPoster needs, was provided more than once: "
                          "leave one Provide<Catalog>(...)"));
}

TEST(GraphBuilder, NamesAllStepsThatNeedWhatIsProvidedTwice) {
  Catalog catalog;
  EXPECT_THAT(FaultsOf(GraphBuilder("films")
                           .Input<Movie>()
                           .Provide(catalog)
                           .Provide(catalog)
                           .Add<FetchPoster>()
                           .Add<ReadsCatalog>()),
              ElementsAre("Catalog, which steps FetchPoster and ReadsCatalog need, was provided "
                          "more than once: leave one Provide<Catalog>(...)"));
}

TEST(GraphBuilder, RefusesAStepWhoseDependencyNobodyProvided) {
  EXPECT_THAT(FaultsOf(WholeGraph().Add<FetchPoster>()),
              ElementsAre("step FetchPoster needs Catalog, which was not provided: call "
                          "Provide<Catalog>(...) before Build(), or give the constructor's "
                          "arguments in place"));
}

TEST(GraphBuilder, NamesEachDependencyThatNobodyProvided) {
  EXPECT_THAT(FaultsOf(WholeGraph().Add<BuyPoster>()),
              ElementsAre("step BuyPoster needs Catalog, which was not provided: call "
                          "Provide<Catalog>(...) before Build(), or give the constructor's "
                          "arguments in place",
                          "step BuyPoster needs Prices, which was not provided: call "
                          "Provide<Prices>(...) before Build(), or give the constructor's "
                          "arguments in place"));
}

TEST(GraphBuilder, RefusesAConstObjectForAStepThatMayChangeIt) {
  EXPECT_THAT(
      FaultsOf(WholeGraph().Provide(std::make_shared<const Catalog>()).Add<FetchPoster>()),
      ElementsAre("step FetchPoster needs a Catalog that it may change, but a const one was "
                  "provided: provide it without const, or let the step take const "
                  "Catalog"));
}

TEST(GraphBuilder, RefusesAStepWhoseConstructorThrew) {
  EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<MovieId>().Add<Throwing>(StepOptions{}, 3)),
              ElementsAre("step Throwing could not be made, its constructor threw "
                          "std::runtime_error: no catalogue: mend what it was given in place"));
}

TEST(GraphBuilder, RefusesTwoStepsForOneOutput) {
  EXPECT_THAT(
      FaultsOf(WholeGraph().Add<GuessMovie>()),
      ElementsAre("steps FetchMovie and GuessMovie both make Movie: remove one, or give one "
                  "an output type of its own"));
}

TEST(GraphBuilder, TellsOfAStepThatWasAddedTwiceOnce) {
  EXPECT_THAT(
      FaultsOf(WholeGraph().Add<FetchMovie>()),
      ElementsAre("steps FetchMovie and FetchMovie both make Movie: remove one, or give one "
                  "an output type of its own"));
}

TEST(GraphBuilder, RefusesAnInputThatIsDeclaredTwice) {
  EXPECT_THAT(FaultsOf(WholeGraph().Input<MovieId>()),
              ElementsAre("MovieId is declared as an input twice: leave one Input<MovieId>()"));
}

TEST(GraphBuilder, RefusesAnInputThatAStepMakes) {
  EXPECT_THAT(FaultsOf(WholeGraph().Input<Movie>()),
              ElementsAre("Movie is declared as an input and made by step FetchMovie: remove "
                          "Input<Movie>(), as a caller may give Execute a Movie in any case"));
}

TEST(GraphBuilder, RefusesAnInputThatNoStepNeeds) {
  EXPECT_THAT(FaultsOf(WholeGraph().Input<Poster>()),
              ElementsAre("Poster is declared as an input and no step needs it: remove "
                          "Input<Poster>()"));
}

TEST(GraphBuilder, RefusesANeedThatNothingMeetsAndShowsItsPath) {
  EXPECT_THAT(FaultsOf(GraphBuilder("films")
                           .Input<MovieId>()
                           .Add<FetchMovie>()
                           .Add<AnalyzeContent>()
                           .Add<Classify>()
                           .Add<GenerateTags>()),
              ElementsAre("TagSet <- Classification <- DirectorProfile: nothing makes "
                          "DirectorProfile: add a step that makes it, or declare "
                          "Input<DirectorProfile>()"));
}

TEST(GraphBuilder, TellsOfAMissingMessageOnceHoweverManyStepsNeedIt) {
  EXPECT_THAT(
      FaultsOf(GraphBuilder("films").Add<FetchDirectorProfile>().Add<AnalyzeContent>()),
      ElementsAre("DirectorProfile <- Movie: nothing makes Movie: add a step that makes it, "
                  "or declare Input<Movie>()"));
}

TEST(GraphBuilder, RefusesACycleAndShowsIt) {
  EXPECT_THAT(
      FaultsOf(GraphBuilder("films")
                   .Input<MovieId>()
                   .Add<FetchMovie>()
                   .Add<AnalyzeContent>()
                   .Add<GenerateTags>()
                   .Add<Classify>()
                   .Add<ProfileByGenre>()),
      ElementsAre("Classification <- DirectorProfile <- Classification: a cycle: let one of "
                  "the steps Classify, ProfileByGenre do without what it takes from the "
                  "next"));
}

// ---- Several faults ----

// Steps first, then what they are made with, then the wiring; inside of each in the order of the
// calls.
GraphBuilder GraphOfAllFaults() {
  GraphBuilder builder("ruin");
  builder.Provide(std::shared_ptr<Prices>())
      .Input<Poster>()
      .Input<Movie>()
      .Input<Poster>()
      .Add<Throwing>(StepOptions{}, 1)
      .Add<FetchMovie>({.name = "Classify", .timeout = -absl::Seconds(2)})
      .Add<Classify>({.retry = RetryPolicy::Fixed({.attempts = -1})})
      .Add<ProfileByGenre>()
      .Add<GenerateTags>()
      .Add<BuyPoster>();
  return builder;
}

std::vector<std::string> AllFaults() {
  return {
      "two steps are named Classify, one makes Movie and one makes Classification: give one of "
      "them "
      "another name with StepOptions::name",
      "step Classify has a timeout of -2s: give it a positive one, or none",
      "step Classify has a retry policy with " +
          std::string(RetryPolicy::Fixed({.attempts = -1}).Validate().message()),
      "Prices, which step BuyPoster needs, was provided as null: call Provide<Prices>(...) with an "
      "object",
      "step BuyPoster needs Catalog, which was not provided: call Provide<Catalog>(...) before "
      "Build(), or give the constructor's arguments in place",
      "step Throwing could not be made, its constructor threw std::runtime_error: no catalogue: "
      "mend "
      "what it was given in place",
      "steps Throwing and Classify both make Movie: remove one, or give one an output type of its "
      "own",
      "Poster is declared as an input and made by step BuyPoster: remove Input<Poster>(), as a "
      "caller may give Execute a Poster in any case",
      "Movie is declared as an input and made by step Throwing: remove Input<Movie>(), as a caller "
      "may give Execute a Movie in any case",
      "Poster is declared as an input twice: leave one Input<Poster>()",
      "TagSet <- Movie <- MovieId: nothing makes MovieId: add a step that makes it, or declare "
      "Input<MovieId>()",
      "TagSet <- Classification <- ContentAnalysis: nothing makes ContentAnalysis: add a step that "
      "makes it, or declare Input<ContentAnalysis>()",
      "Classification <- DirectorProfile <- Classification: a cycle: let one of the steps "
      "Classify, "
      "ProfileByGenre do without what it takes from the next",
  };
}

TEST(GraphBuilder, ReportsAllFaultsAtOnceAndInAStableOrder) {
  EXPECT_EQ(FaultsOf(GraphOfAllFaults()), AllFaults());
  const GraphBuilder again = GraphOfAllFaults();
  EXPECT_EQ(FaultsOf(again), AllFaults());
  EXPECT_EQ(FaultsOf(again), AllFaults());
}

TEST(GraphBuilder, SaysTheSameInTheStatusMessageNumbered) {
  std::string message = "graph ruin has 13 faults:";
  const std::vector<std::string> faults = AllFaults();
  for (size_t i = 0; i < faults.size(); ++i) {
    message += "\n  " + std::to_string(i + 1) + ". " + faults[i];
  }
  EXPECT_THAT(GraphOfAllFaults().Build(), StatusIs(absl::StatusCode::kInvalidArgument, message));
  EXPECT_THAT(GraphBuilder("films").Build(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "graph films has 1 fault:\n  1. graph films has no steps: call Add<Step>() "
                       "before Build()"));
}

TEST(GraphBuilder, OnlyARefusalHasFaults) {
  EXPECT_EQ(GetGraphFaults(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(GetGraphFaults(absl::InvalidArgumentError("graph films has 1 fault")), std::nullopt);
  const Graph graph = WholeGraph().Build().value();
  ExecCtx ctx;
  EXPECT_EQ(GetGraphFaults(graph.Execute<TagSet>(ctx).status()), std::nullopt);
}

// ---- Build again, and what the order of the calls means ----

TEST(GraphBuilder, CanBuildTwice) {
  const GraphBuilder builder = WholeGraph();
  const absl::StatusOr<Graph> first = builder.Build();
  const absl::StatusOr<Graph> second = builder.Build();
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->fingerprint(), second->fingerprint());
  MovieId id;
  id.set_id(603);
  ExecCtx ctx;
  EXPECT_THAT(first->Execute<TagSet>(ctx, id), IsOkAndHolds(EqualsProto("tags: 603")));
  EXPECT_THAT(second->Execute<TagSet>(ctx, id), IsOkAndHolds(EqualsProto("tags: 603")));
}

TEST(GraphBuilder, CanBeMendedAndBuiltAgain) {
  GraphBuilder builder("films");
  builder.Add<FetchPoster>();
  EXPECT_THAT(FaultsOf(builder), ::testing::SizeIs(2));
  builder.Input<Movie>();
  EXPECT_THAT(FaultsOf(builder), ::testing::SizeIs(1));
  builder.Provide(std::make_unique<Catalog>());
  EXPECT_THAT(builder.Build(), IsOk());
}

// Says how often it was made, and how often it was asked.
struct Counting {
  explicit Counting(int& made) { ++made; }
  Movie Compute(ExecCtx&) {
    Movie movie;
    movie.set_id(++asked);
    return movie;
  }
  int asked = 0;
};

TEST(GraphBuilder, GraphsOfOneBuilderShareOnlyTheStepsThatWereGivenInPlace) {
  int made = 0;
  ExecCtx ctx;
  GraphBuilder in_place("films");
  in_place.Add<Counting>(StepOptions{}, made);
  EXPECT_THAT(in_place.Build()->Execute<Movie>(ctx), IsOkAndHolds(EqualsProto("id: 1")));
  EXPECT_THAT(in_place.Build()->Execute<Movie>(ctx), IsOkAndHolds(EqualsProto("id: 2")));
  EXPECT_EQ(made, 1);

  made = 0;
  GraphBuilder provided("films");
  provided.Provide(made).Add<Counting>();
  EXPECT_EQ(made, 0);
  EXPECT_THAT(provided.Build()->Execute<Movie>(ctx), IsOkAndHolds(EqualsProto("id: 1")));
  EXPECT_THAT(provided.Build()->Execute<Movie>(ctx), IsOkAndHolds(EqualsProto("id: 1")));
  EXPECT_EQ(made, 2);
}

TEST(GraphBuilder, DoesNotCareForTheOrderOfTheCalls) {
  const absl::StatusOr<Graph> reversed = GraphBuilder("films")
                                             .Add<GenerateTags>()
                                             .Add<Classify>()
                                             .Add<AnalyzeContent>()
                                             .Add<FetchDirectorProfile>()
                                             .Add<FetchMovie>()
                                             .Input<MovieId>()
                                             .Build();
  ASSERT_THAT(reversed, IsOk());
  EXPECT_EQ(reversed->fingerprint(), WholeGraph().Build()->fingerprint());
}

TEST(GraphBuilder, KeepsThePoolItIsGiven) {
  auto pool = std::make_shared<ThreadPool>(ThreadPoolOptions{.max_threads = 1});
  const std::weak_ptr<ThreadPool> watched = pool;
  {
    const Graph graph = WholeGraph().UsePool(std::move(pool)).Build().value();
    EXPECT_FALSE(watched.expired());
  }
  EXPECT_TRUE(watched.expired());
}

// ---- Collections, and steps that run once for each item ----

// A map step with these options, and nothing else.
GraphBuilder MapGraph(ItemOptions items) {
  GraphBuilder builder("films");
  builder.Input<Many<MovieId>>().Map<FetchMovie>({.items = items});
  return builder;
}

TEST(GraphBuilderMap, TakesOptionsThatMakeSense) {
  const ItemOptions sensible[] = {
      {},
      {.parallelism = 1},
      {.parallelism = 1000, .equal_items_once = true},
      {.when_item_fails = WhenItemFails::kCollectErrors},
      {.when_item_fails = WhenItemFails::kTolerate, .tolerated_items = 1},
      {.when_item_fails = WhenItemFails::kTolerate, .tolerated_share = 1},
      {.when_item_fails = WhenItemFails::kTolerate, .tolerated_items = 3, .tolerated_share = 0.1}};
  for (const ItemOptions& items : sensible) {
    EXPECT_THAT(FaultsOf(MapGraph(items)), ::testing::IsEmpty());
    EXPECT_THAT(MapGraph(items).Build(), IsOk());
  }
}

TEST(GraphBuilderMap, RefusesItemOptionsOfAStepThatHasNoItems) {
  const std::string fault =
      "step FetchMovie has StepOptions::items and does not run once for each item: add it with "
      "Map, or leave them away";
  for (const ItemOptions& items :
       {ItemOptions{.parallelism = 2}, ItemOptions{.equal_items_once = true},
        ItemOptions{.when_item_fails = WhenItemFails::kCollectErrors},
        // No more is said of what is not looked at.
        ItemOptions{.parallelism = -1, .tolerated_items = -1}}) {
    EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<MovieId>().Add<FetchMovie>({.items = items})),
                ElementsAre(fault));
  }
}

TEST(GraphBuilderMap, RefusesALessThanZeroParallelism) {
  EXPECT_THAT(FaultsOf(MapGraph({.parallelism = -2})),
              ElementsAre("step FetchMovie has an ItemOptions::parallelism of -2: give it a "
                          "positive one, or 0 for no limit"));
}

TEST(GraphBuilderMap, RefusesABatchThatNobodyMakes) {
  EXPECT_THAT(
      FaultsOf(MapGraph({.place = ItemPlace::kOnWorkers, .batch = -1})),
      ElementsAre("step FetchMovie has an ItemOptions::batch of -1: give it a positive one, "
                  "or 0 to let it be chosen"));
  EXPECT_THAT(FaultsOf(MapGraph({.batch = 10})),
              ElementsAre("step FetchMovie has an ItemOptions::batch and runs its items in its own "
                          "process: set ItemOptions::place to ItemPlace::kOnWorkers, or leave the "
                          "batch away"));
}

TEST(GraphBuilderMap, RefusesToShareTheItemsOnWorkers) {
  const auto with = [](ItemPlace place) {
    return GraphBuilder("films").Input<Many<MovieId>>().Map(
        [](ExecCtx& /*ctx*/, const MovieId& /*id*/, const Many<MovieId>& /*all*/) {
          return Movie();
        },
        {.name = "FetchMovie", .items = {.place = place}});
  };
  EXPECT_THAT(with(ItemPlace::kHere).Build(), IsOk());
  EXPECT_THAT(
      FaultsOf(with(ItemPlace::kOnWorkers)),
      ElementsAre("step FetchMovie has ItemPlace::kOnWorkers and shares the collection that "
                  "its items come from, which no worker has as a whole: leave the place "
                  "away, or make a message of what the items need of it in a step before"));
}

TEST(GraphBuilderMap, RefusesNumbersAndSharesThatNoItemsCanBe) {
  const auto fault = [](const std::string& numbers) {
    return "step FetchMovie tolerates " + numbers +
           ": give it a number from 0, and a share from 0 to 1";
  };
  constexpr WhenItemFails kTolerate = WhenItemFails::kTolerate;
  EXPECT_THAT(FaultsOf(MapGraph({.when_item_fails = kTolerate, .tolerated_items = -1})),
              ElementsAre(fault("-1 items and a share of 0")));
  EXPECT_THAT(FaultsOf(MapGraph({.when_item_fails = kTolerate, .tolerated_share = 1.5})),
              ElementsAre(fault("0 items and a share of 1.5")));
  EXPECT_THAT(FaultsOf(MapGraph(
                  {.when_item_fails = kTolerate, .tolerated_items = 7, .tolerated_share = -0.25})),
              ElementsAre(fault("7 items and a share of -0.25")));
  EXPECT_THAT(FaultsOf(MapGraph({.when_item_fails = kTolerate,
                                 .tolerated_share = std::numeric_limits<double>::quiet_NaN()})),
              ElementsAre(fault("0 items and a share of nan")));
  EXPECT_THAT(FaultsOf(MapGraph({.when_item_fails = kTolerate,
                                 .tolerated_share = std::numeric_limits<double>::infinity()})),
              ElementsAre(fault("0 items and a share of inf")));
  // Of a step that tolerates nothing only this is said.
  EXPECT_THAT(FaultsOf(MapGraph({.tolerated_items = -1})),
              ElementsAre(fault("-1 items and a share of 0")));
}

TEST(GraphBuilderMap, RefusesToTolerateNoItem) {
  EXPECT_THAT(FaultsOf(MapGraph({.when_item_fails = WhenItemFails::kTolerate})),
              ElementsAre("step FetchMovie has WhenItemFails::kTolerate and tolerates no item: set "
                          "ItemOptions::tolerated_items or tolerated_share"));
}

TEST(GraphBuilderMap, RefusesANumberOfFailuresThatNothingTolerates) {
  const std::string fault =
      "step FetchMovie says how many items may fail, and not WhenItemFails::kTolerate: set "
      "ItemOptions::when_item_fails, or leave them away";
  EXPECT_THAT(FaultsOf(MapGraph({.tolerated_items = 1})), ElementsAre(fault));
  EXPECT_THAT(FaultsOf(MapGraph(
                  {.when_item_fails = WhenItemFails::kCollectErrors, .tolerated_share = 0.5})),
              ElementsAre(fault));
}

TEST(GraphBuilderMap, RefusesACommitOfACollection) {
  const std::string fault =
      "step FetchMovie has Durability::kSync and makes a collection, of which there is no "
      "checkpoint: leave it away, and give it to the step that takes the collection";
  EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<Many<MovieId>>().Map<FetchMovie>(
                  {.durability = Durability::kSync})),
              ElementsAre(fault));
  EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<MovieId>().Add(
                  [](ExecCtx&, const MovieId&) { return Many<Movie>(); },
                  {.name = "FetchMovie", .durability = Durability::kSync})),
              ElementsAre(fault));
  EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<Many<MovieId>>().Add(
                  [](ExecCtx&, const Many<MovieId>&) { return TagSet(); },
                  {.durability = Durability::kSync})),
              ::testing::IsEmpty());
}

TEST(GraphBuilderMap, TellsAllFaultsOfAStepAtOnce) {
  EXPECT_THAT(
      FaultsOf(GraphBuilder("films").Input<Many<MovieId>>().Map<FetchMovie>(
          {.timeout = absl::ZeroDuration(),
           .durability = Durability::kSync,
           .items = {.parallelism = -1, .tolerated_items = 2}})),
      ElementsAre(::testing::HasSubstr("a timeout of 0"), ::testing::HasSubstr("Durability::kSync"),
                  ::testing::HasSubstr("an ItemOptions::parallelism of -1"),
                  ::testing::HasSubstr("says how many items may fail")));
}

TEST(GraphBuilderMap, RefusesToMapWhatNobodySplits) {
  EXPECT_THAT(
      FaultsOf(GraphBuilder("films").Map<FetchMovie>()),
      ElementsAre("Many<Movie> <- Many<MovieId>: nothing makes Many<MovieId>: add a step that "
                  "makes it, or declare Input<Many<MovieId>>()"));
  // One message is no collection of one.
  EXPECT_THAT(
      FaultsOf(GraphBuilder("films").Input<MovieId>().Map<FetchMovie>().Add(
          [](ExecCtx&, const Many<Movie>&) { return TagSet(); })),
      ElementsAre("MovieId is declared as an input and no step needs it: remove Input<MovieId>()",
                  "TagSet <- Many<Movie> <- Many<MovieId>: nothing makes Many<MovieId>: add a step "
                  "that makes it, or declare Input<Many<MovieId>>()"));
}

TEST(GraphBuilderMap, RefusesAStepForOneMessageWhereThereIsACollection) {
  EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<Many<MovieId>>().Map<FetchMovie>().Add(
                  [](ExecCtx&, const Movie&) { return TagSet(); })),
              ElementsAre("TagSet <- Movie: nothing makes Movie: add a step that makes it, or "
                          "declare Input<Movie>()"));
}

TEST(GraphBuilderMap, RefusesTwoStepsForOneCollection) {
  EXPECT_THAT(
      FaultsOf(GraphBuilder("films").Input<Many<MovieId>>().Map<FetchMovie>().Map<GuessMovie>()),
      ElementsAre("steps FetchMovie and GuessMovie both make Many<Movie>: remove one, or "
                  "give one an output type of its own"));
  EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<Many<MovieId>>().Map<FetchMovie>().Add(
                  [](ExecCtx&, const Many<MovieId>&) { return Many<Movie>(); }, {.name = "All"})),
              ElementsAre("steps FetchMovie and All both make Many<Movie>: remove one, or give one "
                          "an output type of its own"));
}

TEST(GraphBuilderMap, RefusesInputsAsOfMessages) {
  EXPECT_THAT(
      FaultsOf(GraphBuilder("films")
                   .Input<Many<MovieId>>()
                   .Input<Many<MovieId>>()
                   .Input<Many<Movie>>()
                   .Input<Many<Poster>>()
                   .Map<FetchMovie>()),
      ElementsAre("Many<MovieId> is declared as an input twice: leave one Input<Many<MovieId>>()",
                  "Many<Movie> is declared as an input and made by step FetchMovie: remove "
                  "Input<Many<Movie>>(), as a caller may give Execute a Many<Movie> in any case",
                  "Many<Poster> is declared as an input and no step needs it: remove "
                  "Input<Many<Poster>>()"));
}

TEST(GraphBuilderMap, RefusesACycleThroughWhatItemsShare) {
  EXPECT_THAT(
      FaultsOf(GraphBuilder("films")
                   .Input<Many<MovieId>>()
                   .Map([](ExecCtx&, const MovieId&, const TagSet&) { return Movie(); },
                        {.name = "Fetch"})
                   .Add([](ExecCtx&, const Many<Movie>&) { return TagSet(); }, {.name = "Sum"})),
      ElementsAre("Many<Movie> <- TagSet <- Many<Movie>: a cycle: let one of the steps Fetch, Sum "
                  "do without what it takes from the next"));
}

TEST(GraphBuilderMap, TellsOfStepsThatCannotBeMade) {
  EXPECT_THAT(
      FaultsOf(GraphBuilder("films").Input<Many<MovieId>>().Map<Throwing>(StepOptions{}, 5)),
      ElementsAre("step Throwing could not be made, its constructor threw std::runtime_error: no "
                  "catalogue: mend what it was given in place"));
  EXPECT_THAT(FaultsOf(GraphBuilder("films").Input<Many<Movie>>().Map<FetchPoster>()),
              ElementsAre(::testing::HasSubstr("step FetchPoster needs ")));
}

}  // namespace
