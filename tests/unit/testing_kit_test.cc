// The testing kit (protograph/testing) but for its matchers, tested on a small film pipeline.

#include <cstdint>
#include <memory>
#include <sstream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace {

using ::film::ContentAnalysis;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::film::TagSet;
using ::protograph::ExecCtx;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::Many;
using ::protograph::Map;
using ::protograph::RetryPolicy;
using ::protograph::StepFailure;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::FailStep;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::Recorder;
using ::protograph::testing::ReplaceMapStep;
using ::protograph::testing::ReplaceStep;
using ::protograph::testing::SeededRandom;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Property;
using ::testing::SizeIs;

// Counts its calls: a step whose instance the copies of a graph share.
class FetchMovie {
 public:
  absl::StatusOr<Movie> Compute(ExecCtx& /*ctx*/, const MovieId& id) {
    if (id.id() == 0) return absl::NotFoundError("no film has the id 0");
    Movie movie;
    movie.set_id(id.id());
    movie.set_title("film " + std::to_string(++calls_));
    return movie;
  }

 private:
  int calls_ = 0;
};

struct AnalyzeContent {
  ContentAnalysis Compute(ExecCtx& /*ctx*/, const Movie& movie) const {
    ContentAnalysis analysis;
    analysis.set_themes(movie.id() * 10);
    return analysis;
  }
};

struct GenerateTags {
  TagSet Compute(ExecCtx& /*ctx*/, const Movie& movie, const ContentAnalysis& analysis) const {
    TagSet tags;
    tags.set_tags(analysis.themes() + 1);
    tags.add_trail(movie.title());
    return tags;
  }
};

using FilmGraph =
    protograph::StaticGraph<protograph::Inputs<MovieId>, FetchMovie, AnalyzeContent, GenerateTags>;

MovieId Id(int64_t id) {
  MovieId message;
  message.set_id(id);
  return message;
}

absl::StatusOr<Graph> MakeFilms() {
  return GraphBuilder("films")
      .Input<MovieId>()
      .Add<FetchMovie>()
      .Add<AnalyzeContent>({.retry = RetryPolicy::Fixed({.attempts = 3})})
      .Add<GenerateTags>()
      .Build();
}

class KitTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_THAT(films_, IsOk()); }

  absl::StatusOr<TagSet> Tag(const Graph& graph, int64_t id) {
    ExecCtx ctx({.clock = &clock_, .observer = &recorder_});
    return graph.Execute<TagSet>(ctx, Id(id));
  }

  const absl::StatusOr<Graph> films_ = MakeFilms();
  FakeClock clock_;
  Recorder recorder_;
};

// ---- FakeClock ----

TEST(FakeClockTest, SleepsAtOnceAndRemembers) {
  FakeClock clock;
  const absl::Time begin = clock.Now();
  EXPECT_EQ(absl::FormatTime(begin, absl::UTCTimeZone()), "2025-01-01T00:00:00+00:00");
  EXPECT_TRUE(clock.SleepUntil(begin + absl::Hours(1), {}));
  EXPECT_TRUE(clock.SleepUntil(begin + absl::Hours(3), {}));
  EXPECT_EQ(clock.Now(), begin + absl::Hours(3));
  EXPECT_THAT(clock.sleeps(), ElementsAre(absl::Hours(1), absl::Hours(2)));
  clock.ClearSleeps();
  EXPECT_THAT(clock.sleeps(), IsEmpty());
}

TEST(FakeClockTest, NeverGoesBackBySleeping) {
  FakeClock clock;
  const absl::Time begin = clock.Now();
  EXPECT_TRUE(clock.SleepUntil(begin - absl::Hours(1), {}));
  EXPECT_EQ(clock.Now(), begin);
  EXPECT_THAT(clock.sleeps(), ElementsAre(absl::ZeroDuration()));
}

TEST(FakeClockTest, DoesNotSleepOnceAskedToStop) {
  FakeClock clock;
  const absl::Time begin = clock.Now();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock.SleepUntil(begin + absl::Hours(1), stop.get_token()));
  EXPECT_EQ(clock.Now(), begin);
  EXPECT_THAT(clock.sleeps(), IsEmpty());
}

TEST(FakeClockTest, GoesWhereTheTestPutsIt) {
  FakeClock clock(absl::UnixEpoch());
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(5));
  clock.SetNow(absl::FromUnixSeconds(2));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(2));
}

TEST(FakeClockTest, MayBeSharedByThreads) {
  FakeClock clock(absl::UnixEpoch());
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&clock] {
        for (int k = 0; k < 1000; ++k) clock.Advance(absl::Nanoseconds(1));
      });
    }
  }
  EXPECT_EQ(clock.Now(), absl::FromUnixMicros(4));
}

// ---- SeededRandom ----

TEST(SeededRandomTest, RepeatsItself) {
  SeededRandom a(42);
  SeededRandom b(42);
  SeededRandom other(43);
  for (int i = 0; i < 100; ++i) {
    const uint64_t number = a.Next();
    EXPECT_EQ(number, b.Next());
    EXPECT_NE(number, other.Next());
  }
}

TEST(SeededRandomTest, GivesTheNumbersThatTheStandardDefines) {
  // [rand.predef]: the 10,000th number of a default-constructed mt19937_64, whose seed is 5489.
  SeededRandom random(5489);
  for (int i = 1; i < 10000; ++i) random.Next();
  EXPECT_EQ(random.Next(), 9981545732273789042U);
}

TEST(SeededRandomTest, PrintsItsSeed) {
  const SeededRandom random(42);
  std::ostringstream out;
  out << random;
  EXPECT_EQ(out.str(), "SeededRandom(42)");
  EXPECT_EQ(random.seed(), 42U);
}

// ---- Recorder ----

TEST_F(KitTest, RecorderTellsOrderAndCounts) {
  ASSERT_THAT(Tag(*films_, 603), IsOk());
  EXPECT_THAT(recorder_.order(), ElementsAre("FetchMovie", "AnalyzeContent", "GenerateTags"));
  ASSERT_THAT(Tag(*films_, 604), IsOk());
  EXPECT_THAT(recorder_.order(), SizeIs(6));
  EXPECT_EQ(recorder_.count("AnalyzeContent"), 2);
  EXPECT_EQ(recorder_.attempts("AnalyzeContent"), 2);
  EXPECT_EQ(recorder_.count("DrawPoster"), 0);
}

TEST_F(KitTest, RecorderCopiesWhatStepsTookAndMade) {
  ASSERT_THAT(Tag(*films_, 603), IsOk());
  ASSERT_THAT(Tag(*films_, 604), IsOk());
  EXPECT_THAT(recorder_.Inputs<MovieId>("FetchMovie"),
              ElementsAre(EqualsProto("id: 603"), EqualsProto("id: 604")));
  EXPECT_THAT(recorder_.Inputs<ContentAnalysis>("GenerateTags"),
              ElementsAre(EqualsProto("themes: 6030"), EqualsProto("themes: 6040")));
  EXPECT_THAT(recorder_.Outputs<TagSet>("GenerateTags"),
              ElementsAre(EqualsProto("tags: 6031 trail: 'film 1'"),
                          EqualsProto("tags: 6041 trail: 'film 2'")));
  EXPECT_THAT(recorder_.Inputs<Poster>("GenerateTags"), IsEmpty());
  EXPECT_THAT(recorder_.Outputs<Movie>("GenerateTags"), IsEmpty());
}

TEST_F(KitTest, RecorderTellsAttemptsFailuresAndBackoffs) {
  const auto flaky = FailStep(*films_, "AnalyzeContent", 1, absl::UnavailableError("busy"));
  ASSERT_THAT(flaky, IsOk());
  ASSERT_THAT(Tag(*flaky, 603), IsOk());
  EXPECT_EQ(recorder_.count("AnalyzeContent"), 1);
  EXPECT_EQ(recorder_.attempts("AnalyzeContent"), 2);
  EXPECT_THAT(recorder_.failures("AnalyzeContent"),
              ElementsAre(StatusIs(absl::StatusCode::kUnavailable, "busy")));
  EXPECT_THAT(recorder_.backoffs("AnalyzeContent"), ElementsAre(absl::Milliseconds(100)));
  EXPECT_THAT(recorder_.Inputs<Movie>("AnalyzeContent"), SizeIs(1));
  EXPECT_THAT(recorder_.order(), ElementsAre("FetchMovie", "AnalyzeContent", "GenerateTags"));
}

TEST_F(KitTest, RecorderForgetsWhenAsked) {
  ASSERT_THAT(Tag(*films_, 603), IsOk());
  recorder_.Clear();
  EXPECT_THAT(recorder_.order(), IsEmpty());
  EXPECT_EQ(recorder_.count("FetchMovie"), 0);
  EXPECT_THAT(recorder_.Inputs<MovieId>("FetchMovie"), IsEmpty());
}

TEST_F(KitTest, RecorderMayWatchManyThreads) {
  const auto graph = ReplaceStep(*films_, [](ExecCtx&, const MovieId&) { return Movie(); });
  ASSERT_THAT(graph, IsOk());
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 100; ++k) EXPECT_THAT(Tag(*graph, k), IsOk());
      });
    }
  }
  EXPECT_EQ(recorder_.count("FetchMovie"), 400);
  EXPECT_THAT(recorder_.Outputs<TagSet>("GenerateTags"), SizeIs(400));
}

// ---- ReplaceStep ----

TEST_F(KitTest, ReplacesTheStepThatMakesTheSame) {
  const auto offline = ReplaceStep(*films_, [](ExecCtx&, const MovieId& id) {
    Movie movie;
    movie.set_id(id.id());
    movie.set_title("offline");
    return movie;
  });
  ASSERT_THAT(offline, IsOk());
  EXPECT_THAT(Tag(*offline, 603), IsOkAndHolds(EqualsProto("tags: 6031 trail: 'offline'")));
  // The graph itself has stayed as it was, down to the number of its calls.
  EXPECT_THAT(Tag(*films_, 603), IsOkAndHolds(EqualsProto("tags: 6031 trail: 'film 1'")));
}

TEST_F(KitTest, CopiesShareTheOtherSteps) {
  const auto copy = ReplaceStep(*films_, [](ExecCtx&, const Movie&) { return ContentAnalysis(); });
  ASSERT_THAT(copy, IsOk());
  EXPECT_THAT(Tag(*films_, 603), IsOkAndHolds(EqualsProto("tags: 6031 trail: 'film 1'")));
  EXPECT_THAT(Tag(*copy, 603), IsOkAndHolds(EqualsProto("tags: 1 trail: 'film 2'")));
}

TEST(ReplaceStepTest, KeepsSharedStepsAliveAfterTheGraph) {
  absl::StatusOr<Graph> copy = absl::UnknownError("not made");
  {
    const absl::StatusOr<Graph> films = MakeFilms();
    ASSERT_THAT(films, IsOk());
    copy = ReplaceStep(*films, [](ExecCtx&, const Movie&) { return ContentAnalysis(); });
    ASSERT_THAT(copy, IsOk());
    copy = FailStep(*copy, "FetchMovie", 2, absl::DataLossError("second"));
  }
  ASSERT_THAT(copy, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(copy->Execute<TagSet>(ctx, Id(1)),
              IsOkAndHolds(EqualsProto("tags: 1 trail: 'film 1'")));
  EXPECT_THAT(copy->Execute<TagSet>(ctx, Id(1)), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(KitTest, ReplacementKeepsNameAndOptionsOfTheStep) {
  const auto failing =
      ReplaceStep(*films_, [](ExecCtx&, const Movie&) -> absl::StatusOr<ContentAnalysis> {
        return absl::UnavailableError("down");
      });
  ASSERT_THAT(failing, IsOk());
  EXPECT_THAT(Tag(*failing, 603),
              StepFailed("AnalyzeContent", Property(&StepFailure::attempts, 3)));
}

TEST_F(KitTest, ReplacementMayHaveOptionsOfItsOwn) {
  const auto down = [](ExecCtx&, const Movie&) -> absl::StatusOr<ContentAnalysis> {
    return absl::UnavailableError("down");
  };
  const auto unnamed = ReplaceStep(*films_, down, {.retry = RetryPolicy::Fixed({.attempts = 5})});
  ASSERT_THAT(unnamed, IsOk());
  EXPECT_THAT(Tag(*unnamed, 603),
              StepFailed("AnalyzeContent", Property(&StepFailure::attempts, 5)));
  const auto named = ReplaceStep(*films_, down, {.name = "Broken"});
  ASSERT_THAT(named, IsOk());
  EXPECT_THAT(Tag(*named, 603), StepFailed("Broken", Property(&StepFailure::attempts, 1)));
}

TEST_F(KitTest, InputsThatOnlyTheReplacedStepNeededAreNotAskedFor) {
  const auto fixed = ReplaceStep(*films_, [](ExecCtx&) { return Movie(); });
  ASSERT_THAT(fixed, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(fixed->Execute<TagSet>(ctx), IsOkAndHolds(EqualsProto("tags: 1 trail: ''")));
  EXPECT_THAT(fixed->Describe().inputs(), IsEmpty());
}

TEST_F(KitTest, ReplacingWhatNothingMakesIsAnError) {
  EXPECT_THAT(
      ReplaceStep(*films_, [](ExecCtx&, const Movie&) { return Poster(); }),
      StatusIs(
          absl::StatusCode::kInvalidArgument,
          "ReplaceStep: no step of graph films makes film.Poster: let the callable return what "
          "the step makes that it is to replace (FetchMovie makes film.Movie, AnalyzeContent "
          "makes film.ContentAnalysis, GenerateTags makes film.TagSet)"));
}

TEST_F(KitTest, ReplacementIsValidatedLikeAnyStep) {
  EXPECT_THAT(ReplaceStep(*films_, [](ExecCtx&, const Poster&) { return Movie(); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nothing makes Poster")));
  EXPECT_THAT(ReplaceStep(*films_, [](ExecCtx&, const TagSet&) { return Movie(); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a cycle")));
  EXPECT_THAT(
      ReplaceStep(*films_, [](ExecCtx&, const MovieId&) { return Movie(); },
                  {.name = "GenerateTags"}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("two steps are named GenerateTags")));
}

// ---- FailStep ----

TEST_F(KitTest, FailsTheStepOnOneCallOverAllExecutions) {
  const auto broken = FailStep(*films_, "GenerateTags", 2, absl::DataLossError("torn page"));
  ASSERT_THAT(broken, IsOk());
  EXPECT_THAT(Tag(*broken, 603), IsOk());
  EXPECT_THAT(Tag(*broken, 603),
              AllOf(StatusIs(absl::StatusCode::kDataLoss, HasSubstr("torn page")),
                    StepFailed("GenerateTags")));
  EXPECT_THAT(Tag(*broken, 603), IsOk());
  EXPECT_THAT(Tag(*films_, 603), IsOk());
}

// The executor has a shorter way for the last step of an execution that nobody watches.
TEST_F(KitTest, FailsTheLastStepOfAnUnwatchedExecutionToo) {
  const auto broken = FailStep(*films_, "GenerateTags", 2, absl::DataLossError("torn page"));
  ASSERT_THAT(broken, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(broken->Execute<TagSet>(ctx, Id(603)), IsOk());
  EXPECT_THAT(broken->Execute<TagSet>(ctx, Id(603)), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(broken->Execute<TagSet>(ctx, Id(603)), IsOk());
}

TEST_F(KitTest, FailedCallsAreRetriedLikeAnyOther) {
  auto flaky = FailStep(*films_, "AnalyzeContent", 1, absl::UnavailableError("busy"));
  ASSERT_THAT(flaky, IsOk());
  flaky = FailStep(*flaky, "AnalyzeContent", 2, absl::UnavailableError("still busy"));
  ASSERT_THAT(flaky, IsOk());
  EXPECT_THAT(Tag(*flaky, 603), IsOk());
  EXPECT_THAT(recorder_.failures("AnalyzeContent"),
              ElementsAre(StatusIs(absl::StatusCode::kUnavailable, "busy"),
                          StatusIs(absl::StatusCode::kUnavailable, "still busy")));
  EXPECT_THAT(clock_.sleeps(), ElementsAre(absl::Milliseconds(100), absl::Milliseconds(100)));
}

TEST_F(KitTest, FailuresAddUpInAnyOrder) {
  auto flaky = FailStep(*films_, "GenerateTags", 2, absl::DataLossError("two"));
  ASSERT_THAT(flaky, IsOk());
  flaky = FailStep(*flaky, "GenerateTags", 1, absl::AbortedError("one"));
  ASSERT_THAT(flaky, IsOk());
  EXPECT_THAT(Tag(*flaky, 603), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Tag(*flaky, 603), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Tag(*flaky, 603), IsOk());
}

TEST_F(KitTest, FailedCallDoesNotReachTheStep) {
  const auto broken = FailStep(*films_, "FetchMovie", 1, absl::DataLossError("gone"));
  ASSERT_THAT(broken, IsOk());
  EXPECT_THAT(Tag(*broken, 603), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Tag(*broken, 603), IsOkAndHolds(EqualsProto("tags: 6031 trail: 'film 1'")));
}

TEST_F(KitTest, FailStepRefusesWhatCannotBe) {
  const absl::Status busy = absl::UnavailableError("busy");
  EXPECT_THAT(FailStep(*films_, "Analyze", 1, busy),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "FailStep: graph films has no step Analyze: name one of FetchMovie, "
                       "AnalyzeContent, GenerateTags"));
  EXPECT_THAT(FailStep(*films_, "FetchMovie", 0, busy),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "FailStep: step FetchMovie is to fail on call 0: calls are counted from 1"));
  EXPECT_THAT(FailStep(*films_, "FetchMovie", 1, absl::OkStatus()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "FailStep: step FetchMovie is to fail with OK: give an error"));
}

TEST(GraphSurgery, TakesStaticGraphs) {
  const absl::StatusOr<FilmGraph> films = FilmGraph::Builder("films").Build();
  ASSERT_THAT(films, IsOk());
  const auto offline = ReplaceStep(*films, [](ExecCtx&, const MovieId&) { return Movie(); });
  ASSERT_THAT(offline, IsOk());
  const auto renamed =
      ReplaceStep(*films, [](ExecCtx&, const MovieId&) { return Movie(); }, {.name = "Offline"});
  ASSERT_THAT(renamed, IsOk());
  const auto broken = FailStep(*films, "FetchMovie", 1, absl::DataLossError("gone"));
  ASSERT_THAT(broken, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(offline->Execute<TagSet>(ctx, Id(603)),
              IsOkAndHolds(EqualsProto("tags: 1 trail: ''")));
  EXPECT_EQ(renamed->Describe().steps(0).name(), "Offline");
  EXPECT_THAT(broken->Execute<TagSet>(ctx, Id(603)), StepFailed("FetchMovie"));
}

// ---- Steps that run once for each item ----

struct ListFilms {
  Many<MovieId> Compute(ExecCtx& /*ctx*/, const MovieId& id) const {
    Many<MovieId> ids;
    for (int64_t i = 1; i <= id.id(); ++i) ids.Add(Id(i));
    return ids;
  }
};

struct SumFilms {
  TagSet Compute(ExecCtx& /*ctx*/, const Many<Movie>& movies) const {
    TagSet tags;
    for (const Movie& movie : movies) {
      tags.set_tags(tags.tags() + movie.id());
      tags.add_trail(movie.title());
    }
    return tags;
  }
};

using CatalogGraph =
    protograph::StaticGraph<protograph::Inputs<MovieId>, ListFilms, Map<FetchMovie>, SumFilms>;

// One thread, so that calls have an order.
class MapKitTest : public KitTest {
 protected:
  void SetUp() override { ASSERT_THAT(catalog_, IsOk()); }

  static absl::StatusOr<Graph> MakeCatalog(protograph::ItemOptions items = {}) {
    return GraphBuilder("catalog")
        .Input<MovieId>()
        .Add<ListFilms>()
        .Map<FetchMovie>({.retry = RetryPolicy::Fixed({.attempts = 3}),
                          .concurrency = protograph::Concurrency::kNever,
                          .items = items})
        .Add<SumFilms>()
        .Build();
  }

  const absl::StatusOr<Graph> catalog_ = MakeCatalog();
};

TEST_F(MapKitTest, RecorderTellsOfEachItemAsARun) {
  ASSERT_THAT(Tag(*catalog_, 3), IsOk());
  EXPECT_THAT(recorder_.order(),
              ElementsAre("ListFilms", "FetchMovie", "FetchMovie", "FetchMovie", "SumFilms"));
  EXPECT_EQ(recorder_.count("FetchMovie"), 3);
  EXPECT_EQ(recorder_.attempts("FetchMovie"), 3);
  EXPECT_THAT(recorder_.Inputs<MovieId>("FetchMovie"),
              ElementsAre(EqualsProto("id: 1"), EqualsProto("id: 2"), EqualsProto("id: 3")));
  EXPECT_THAT(
      recorder_.Outputs<Movie>("FetchMovie"),
      ElementsAre(EqualsProto("id: 1 title: 'film 1'"), EqualsProto("id: 2 title: 'film 2'"),
                  EqualsProto("id: 3 title: 'film 3'")));
}

TEST_F(MapKitTest, RecorderHasNoCopiesOfCollections) {
  ASSERT_THAT(Tag(*catalog_, 3), IsOk());
  EXPECT_EQ(recorder_.count("ListFilms"), 1);
  EXPECT_THAT(recorder_.Outputs<MovieId>("ListFilms"), IsEmpty());
  EXPECT_THAT(recorder_.Inputs<Movie>("SumFilms"), IsEmpty());
  // What made one, or took one, has not failed.
  EXPECT_THAT(recorder_.failures("ListFilms"), IsEmpty());
  EXPECT_THAT(recorder_.failures("SumFilms"), IsEmpty());
  EXPECT_THAT(recorder_.Outputs<TagSet>("SumFilms"), SizeIs(1));
}

TEST_F(MapKitTest, ReplacesTheStepForEachItem) {
  const auto offline = ReplaceMapStep(*catalog_, [](ExecCtx&, const MovieId& id) {
    Movie movie;
    movie.set_id(10 * id.id());
    return movie;
  });
  ASSERT_THAT(offline, IsOk());
  EXPECT_EQ(Tag(*offline, 3)->tags(), 60);
  EXPECT_EQ(Tag(*catalog_, 3)->tags(), 6);
}

TEST_F(MapKitTest, ReplacementForEachItemKeepsNameAndOptions) {
  const auto catalog =
      MakeCatalog({.when_item_fails = protograph::WhenItemFails::kTolerate, .tolerated_items = 1});
  ASSERT_THAT(catalog, IsOk());
  const auto flaky =
      ReplaceMapStep(*catalog, [](ExecCtx&, const MovieId& id) -> absl::StatusOr<Movie> {
        if (id.id() <= 2) return absl::UnavailableError("down");
        return Movie();
      });
  ASSERT_THAT(flaky, IsOk());
  EXPECT_THAT(Tag(*flaky, 1), IsOk());
  EXPECT_EQ(recorder_.attempts("FetchMovie"), 3);
  EXPECT_THAT(Tag(*flaky, 3), StepFailed("FetchMovie", Property(&StepFailure::attempts, 3)));
}

TEST_F(MapKitTest, ReplacementForEachItemMayTakeOtherMessages) {
  const auto shared =
      ReplaceMapStep(*catalog_, [](ExecCtx&, const MovieId& id, const Many<MovieId>& all) {
        Movie movie;
        movie.set_id(id.id() * static_cast<int64_t>(all.size()));
        return movie;
      });
  ASSERT_THAT(shared, IsOk());
  EXPECT_EQ(Tag(*shared, 3)->tags(), 18);
}

TEST_F(MapKitTest, AStepForEachItemMayBeReplacedByOneForAllAndBack) {
  const auto plain = GraphBuilder("catalog")
                         .Input<MovieId>()
                         .Add<ListFilms>()
                         .Map<FetchMovie>()
                         .Add<SumFilms>()
                         .Build();
  ASSERT_THAT(plain, IsOk());
  const auto all = ReplaceStep(*plain, [](ExecCtx&, const Many<MovieId>& ids) {
    Many<Movie> movies;
    movies.Add().set_id(static_cast<int64_t>(ids.size()) * 100);
    return movies;
  });
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(Tag(*all, 3)->tags(), 300);
  EXPECT_FALSE(all->Describe().steps(1).for_each_item());
  const auto each = ReplaceMapStep(*all, [](ExecCtx&, const MovieId&) {
    Movie movie;
    movie.set_id(7);
    return movie;
  });
  ASSERT_THAT(each, IsOk());
  EXPECT_EQ(Tag(*each, 3)->tags(), 21);
  EXPECT_TRUE(each->Describe().steps(1).for_each_item());
}

TEST_F(MapKitTest, AStepForEachItemWithItemOptionsMayBeReplacedByOneForAll) {
  // Of the step's options, those of its items mean nothing to the replacement.
  const auto catalog = MakeCatalog({.parallelism = 2});
  ASSERT_THAT(catalog, IsOk());
  EXPECT_THAT(ReplaceStep(*catalog, [](ExecCtx&, const Many<MovieId>&) { return Many<Movie>(); }),
              IsOk());
}

TEST_F(MapKitTest, ReplacingItemsThatNothingMakesIsAnError) {
  EXPECT_THAT(
      ReplaceMapStep(*catalog_, [](ExecCtx&, const MovieId&) { return Poster(); }),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr(": no step of graph catalog makes Many<film.Poster>: let the callable "
                         "return what the step makes that it is to replace (ListFilms makes "
                         "Many<film.MovieId>, FetchMovie makes Many<film.Movie>, SumFilms makes "
                         "film.TagSet)")));
  // A step for one message does not stand for one for each item.
  EXPECT_THAT(ReplaceStep(*catalog_, [](ExecCtx&, const MovieId&) { return Movie(); }),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no step of graph catalog makes film.Movie")));
}

TEST_F(MapKitTest, FailsTheStepForOneItem) {
  const auto broken = FailStep(*catalog_, "FetchMovie", 2, absl::DataLossError("torn page"));
  ASSERT_THAT(broken, IsOk());
  const auto tags = Tag(*broken, 3);
  EXPECT_THAT(tags, AllOf(StatusIs(absl::StatusCode::kDataLoss,
                                   HasSubstr("failed for 1 of 3 items, and 1 was not run")),
                          StepFailed("FetchMovie")));
  EXPECT_EQ(protograph::GetStepFailure(tags.status())->items().first(0).index(), 1);
  EXPECT_THAT(Tag(*broken, 3), IsOk());
  EXPECT_THAT(Tag(*catalog_, 3), IsOk());
}

TEST_F(MapKitTest, EachAttemptAtEachItemIsACall) {
  auto flaky = FailStep(*catalog_, "FetchMovie", 2, absl::UnavailableError("busy"));
  ASSERT_THAT(flaky, IsOk());
  flaky = FailStep(*flaky, "FetchMovie", 3, absl::UnavailableError("still busy"));
  ASSERT_THAT(flaky, IsOk());
  ASSERT_THAT(Tag(*flaky, 3), IsOk());
  EXPECT_EQ(recorder_.attempts("FetchMovie"), 5);
  EXPECT_EQ(recorder_.count("FetchMovie"), 3);
  EXPECT_THAT(recorder_.failures("FetchMovie"),
              ElementsAre(StatusIs(absl::StatusCode::kUnavailable, "busy"),
                          StatusIs(absl::StatusCode::kUnavailable, "still busy")));
}

TEST_F(MapKitTest, FailsItemsOfUnwatchedExecutionsToo) {
  const auto broken = FailStep(*catalog_, "FetchMovie", 700, absl::DataLossError("torn page"));
  ASSERT_THAT(broken, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(broken->Execute<TagSet>(ctx, Id(1000)), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(broken->Execute<TagSet>(ctx, Id(1000)), IsOk());
}

TEST(MapGraphSurgery, TakesStaticGraphs) {
  const absl::StatusOr<CatalogGraph> catalog =
      CatalogGraph::Builder("catalog")
          .Configure<FetchMovie>({.concurrency = protograph::Concurrency::kNever})
          .Build();
  ASSERT_THAT(catalog, IsOk());
  const auto offline = ReplaceMapStep(*catalog, [](ExecCtx&, const MovieId&) { return Movie(); });
  ASSERT_THAT(offline, IsOk());
  const auto broken = FailStep(*catalog, "FetchMovie", 1, absl::DataLossError("gone"));
  ASSERT_THAT(broken, IsOk());
  ExecCtx ctx;
  EXPECT_EQ(offline->Execute<TagSet>(ctx, Id(3))->tags(), 0);
  EXPECT_THAT(broken->Execute<TagSet>(ctx, Id(3)), StepFailed("FetchMovie"));
}

}  // namespace
