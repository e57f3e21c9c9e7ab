// Steps that run once for each item: items that are equal, what an item sees, and what observers
// see of it.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "collections.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "map_steps.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::film::TagSet;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::SizeIs;

// ---- Equal items ----

TEST(MapEqualItems, RunOnceAndAreCopied) {
  std::map<int64_t, int> calls;
  std::mutex mutex;
  const Graph graph = Catalog{.fetch =
                                  [&](ExecCtx&, int64_t number) {
                                    const std::lock_guard<std::mutex> lock(mutex);
                                    ++calls[number];
                                    return absl::OkStatus();
                                  },
                              .fetch_options = {.items = {.equal_items_once = true}}}
                          .Build();
  ExecCtx ctx;
  const auto all = graph.Execute<Many<ContentAnalysis>>(ctx, IdsOf({3, 1, 3, 2, 1, 3, 0}));
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(3, 1, 3, 2, 1, 3, 0));
  EXPECT_EQ(calls, (std::map<int64_t, int>{{0, 1}, {1, 1}, {2, 1}, {3, 1}}));
  EXPECT_THAT(ctx.Progress(), ElementsAre(::testing::FieldsAre("Fetch", 7, 7, 0, 0),
                                          ::testing::FieldsAre("Analyze", 7, 7, 0, 0)));
}

TEST(MapEqualItems, AreNotSoughtUnlessAskedFor) {
  std::atomic<int> calls = 0;
  const Graph graph = Catalog{.fetch = [&](ExecCtx&, int64_t) {
                        ++calls;
                        return absl::OkStatus();
                      }}.Build();
  ExecCtx ctx;
  ASSERT_THAT(graph.Execute<Many<Movie>>(ctx, IdsOf({1, 1, 1})), IsOk());
  EXPECT_EQ(calls, 3);
}

TEST(MapEqualItems, AreFoundOverManyChunksAndThreads) {
  std::atomic<int> calls = 0;
  const Graph graph =
      Catalog{.fetch =
                  [&](ExecCtx&, int64_t) {
                    ++calls;
                    return absl::OkStatus();
                  },
              .fetch_options = {.concurrency = Concurrency::kAlways,
                                .items = {.parallelism = 3, .equal_items_once = true}}}
          .Build();
  Many<MovieId> ids;
  std::vector<int64_t> expected;
  for (int64_t i = 0; i < 5000; ++i) {
    expected.push_back(i % 1700);
    ids.Add(Id(expected.back()));
  }
  ExecCtx ctx;
  const auto all = graph.Execute<Many<ContentAnalysis>>(ctx, ids);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(NumbersOf(*all), expected);
  EXPECT_EQ(calls, 1700);
}

TEST(MapEqualItems, ErrorsAreNoItems) {
  std::atomic<int> calls = 0;
  const Graph graph = Catalog{.fetch =
                                  [&](ExecCtx&, int64_t) {
                                    ++calls;
                                    return absl::OkStatus();
                                  },
                              .fetch_options = {.items = {.equal_items_once = true}}}
                          .Build();
  Many<MovieId> ids;
  ids.AddError(absl::NotFoundError("first"));
  ids.Add(Id(0));
  ids.AddError(absl::NotFoundError("second"));
  ids.Add(Id(0));
  ExecCtx ctx;
  const auto all = graph.Execute<Many<Movie>>(ctx, ids);
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(-1, 0, -1, 0));
  EXPECT_THAT((*all)[0], StatusIs(absl::StatusCode::kNotFound, "first"));
  EXPECT_THAT((*all)[2], StatusIs(absl::StatusCode::kNotFound, "second"));
  EXPECT_EQ(calls, 1);
}

TEST(MapEqualItems, WaitForAllOfThemBeforeTheFirstRuns) {
  Log log;
  const auto write = [&](const std::string& what) {
    return [&, what](ExecCtx&, int64_t number) {
      log.Add(what, number);
      return absl::OkStatus();
    };
  };
  const Graph graph = Catalog{.fetch = write("fetch "),
                              .analyze = write("analyze "),
                              .fetch_options = {.concurrency = Concurrency::kNever},
                              .analyze_options = {.concurrency = Concurrency::kNever,
                                                  .items = {.equal_items_once = true}}}
                          .Build();
  ExecCtx ctx;
  ASSERT_THAT(graph.Execute<TagSet>(ctx, IdsOf({1, 2, 1})), IsOk());
  EXPECT_THAT(log.Take(), ElementsAre("fetch 1", "fetch 2", "fetch 1", "analyze 1", "analyze 2"));
}

// ---- What an item sees ----

TEST(MapContext, TellsTheItemWhatItRunsFor) {
  struct Request {
    int number;
  };
  const Graph graph = Catalog{
      .fetch =
          [](ExecCtx& ctx, int64_t) {
            EXPECT_EQ(ctx.step_name(), "Fetch");
            EXPECT_EQ(ctx.attempt(), 1);
            EXPECT_EQ(ctx.Value<Request>()->number, 7);
            EXPECT_EQ(ctx.execution_id(), "run");
            return ctx.CheckAlive();
          },
      .analyze =
          [](ExecCtx& ctx, int64_t) {
            EXPECT_EQ(ctx.step_name(), "Analyze");
            return absl::OkStatus();
          }}.Build();
  ExecCtx ctx({.execution_id = "run", .values = ContextValues().With(Request{7})});
  ASSERT_THAT(graph.Execute<TagSet>(ctx, Ids(100)), IsOk());
  EXPECT_EQ(ctx.step_name(), "");
  EXPECT_EQ(ctx.attempt(), 0);
}

TEST(MapContext, GivesEachItemAnIdempotencyKeyOfItsOwn) {
  std::mutex mutex;
  std::map<int64_t, std::set<std::string>> fetch;
  std::map<int64_t, std::set<std::string>> analyze;
  const auto note = [&](auto& keys) {
    return [&](ExecCtx& ctx, int64_t number) {
      const std::lock_guard<std::mutex> lock(mutex);
      keys[number].insert(ctx.IdempotencyKey());
      return absl::OkStatus();
    };
  };
  const Graph graph = Catalog{.fetch = note(fetch), .analyze = note(analyze)}.Build();
  ExecCtx ctx({.execution_id = "run"});
  ASSERT_THAT(graph.Execute<TagSet>(ctx, IdsOf({1, 2, 1, 3})), IsOk());
  std::set<std::string> all;
  for (const auto* keys : {&fetch, &analyze}) {
    ASSERT_THAT(*keys, SizeIs(3));
    for (const auto& [number, of_number] : *keys) {
      // Equal items have one, wherever they stand.
      EXPECT_THAT(of_number, SizeIs(1)) << number;
      all.insert(of_number.begin(), of_number.end());
    }
  }
  EXPECT_THAT(all, SizeIs(6));

  // The same in another run with the same id, whatever the other items are.
  const auto before = fetch;
  ExecCtx again({.execution_id = "run"});
  ASSERT_THAT(graph.Execute<TagSet>(again, IdsOf({3, 2, 1})), IsOk());
  EXPECT_EQ(fetch, before);
  ExecCtx other({.execution_id = "another"});
  ASSERT_THAT(graph.Execute<TagSet>(other, IdsOf({1})), IsOk());
  EXPECT_THAT(fetch[1], SizeIs(2));
}

TEST(MapContext, TheIdempotencyKeyHangsOnWhatIsShared) {
  std::set<std::string> keys;
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Input<DirectorProfile>()
                         .Map(
                             [&](ExecCtx& ctx, const MovieId& id, const DirectorProfile&) {
                               keys.insert(ctx.IdempotencyKey());
                               return MovieOf(id);
                             },
                             {.concurrency = Concurrency::kNever})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  for (int64_t films : {1, 2, 1}) {
    DirectorProfile profile;
    profile.set_films(films);
    ExecCtx ctx({.execution_id = "run"});
    ASSERT_THAT(graph->Execute<Many<Movie>>(ctx, IdsOf({5}), profile), IsOk());
  }
  EXPECT_THAT(keys, SizeIs(2));
}

TEST(MapContext, AStepThatTakesAllItemsHasAKeyOfThem) {
  std::vector<std::string> keys;
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Add([&](ExecCtx& ctx, const Many<MovieId>&) {
                           keys.push_back(ctx.IdempotencyKey());
                           return TagSet();
                         })
                         .Build();
  ASSERT_THAT(graph, IsOk());
  Many<MovieId> with_error = IdsOf({1, 2});
  with_error.AddError(absl::NotFoundError("no page"));
  for (const Many<MovieId>& ids :
       {IdsOf({1, 2}), IdsOf({2, 1}), IdsOf({1, 2, 0}), IdsOf({}), with_error, IdsOf({1, 2})}) {
    ExecCtx ctx({.execution_id = "run"});
    ASSERT_THAT(graph->Execute<TagSet>(ctx, ids), IsOk());
  }
  EXPECT_EQ(keys.front(), keys.back());
  EXPECT_THAT(std::set<std::string>(keys.begin(), keys.end()), SizeIs(5));
}

TEST(MapContext, ItemsMayExecuteOtherGraphsAndTheirOwnCopy) {
  const Graph inner = Catalog{}.Build();
  const auto outer = GraphBuilder("outer")
                         .Input<Many<MovieId>>()
                         .Map(
                             [&](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<Movie> {
                               const std::string name(ctx.step_name());
                               const std::string key = ctx.IdempotencyKey();
                               absl::StatusOr<TagSet> tags =
                                   inner.Execute<TagSet>(ctx, Ids(id.id()));
                               if (!tags.ok()) return tags.status();
                               // The context is again that of this item.
                               EXPECT_EQ(ctx.step_name(), name);
                               EXPECT_EQ(ctx.attempt(), 1);
                               EXPECT_EQ(ctx.IdempotencyKey(), key);
                               Movie movie;
                               movie.set_id(tags->tags());
                               return movie;
                             },
                             {.name = "Outer"})
                         .Build();
  ASSERT_THAT(outer, IsOk());
  ExecCtx ctx;
  const auto all = outer->Execute<Many<Movie>>(ctx, Ids(100));
  ASSERT_THAT(all, IsOk());
  for (int64_t i = 0; i < 100; ++i) {
    ASSERT_EQ((*all)[static_cast<size_t>(i)]->id(), i * (i - 1) / 2);
  }
  // The inner steps have run a hundred times.
  EXPECT_THAT(ctx.Progress(),
              ::testing::UnorderedElementsAre(::testing::FieldsAre("Outer", 100, 100, 0, 0),
                                              ::testing::FieldsAre("Fetch", 4950, 4950, 0, 0),
                                              ::testing::FieldsAre("Analyze", 4950, 4950, 0, 0)));
}

TEST(MapContext, AnItemMayAddToItsOwnResult) {
  // The item that it takes is another's, the one that it makes is its own.
  const auto graph = GraphBuilder("films")
                         .Input<Many<TagSet>>()
                         .Map([](ExecCtx&, const TagSet& tags) {
                           Movie movie;
                           movie.set_title(tags.trail(0));
                           return movie;
                         })
                         .Map([](ExecCtx&, const Movie& movie) {
                           ContentAnalysis analysis;
                           analysis.set_themes(static_cast<int64_t>(movie.title().size()));
                           return analysis;
                         })
                         .Build();
  ASSERT_THAT(graph, IsOk());
  Many<TagSet> given;
  for (size_t i = 0; i < 1100; ++i) given.Add().add_trail(std::string(i, 'x'));
  ExecCtx ctx;
  const auto all = graph->Execute<Many<ContentAnalysis>>(ctx, given);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(NumbersOf(*all), UpTo(1100));
}

// ---- What observers see ----

class Events : public ExecutionObserver {
 public:
  struct Event {
    std::string what;
    std::string step;
    std::string output_type;
    int64_t item;
    int attempt;
    std::vector<std::string> inputs;
    std::string output;
    friend bool operator==(const Event&, const Event&) = default;
  };

  void OnAttemptStart(const ExecCtx& ctx, const StepEvent& event) override {
    EXPECT_EQ(ctx.step_name(), event.step);
    Note("start", event, nullptr);
  }
  void OnAttemptEnd(const ExecCtx&, const StepEvent& event, const absl::Status& status,
                    const google::protobuf::Message* output) override {
    Note(status.ok() ? "end" : "failed", event, output);
  }
  void OnBackoff(const ExecCtx&, const StepEvent& event, absl::Duration,
                 const absl::Status&) override {
    Note("backoff", event, nullptr);
  }
  std::vector<Event> events() const { return events_; }

 private:
  static std::string Text(const google::protobuf::Message* message) {
    return message == nullptr ? "none" : message->ShortDebugString();
  }
  void Note(const std::string& what, const StepEvent& event,
            const google::protobuf::Message* output) {
    Event noted = {.what = what,
                   .step = std::string(event.step),
                   .output_type = std::string(event.output_type),
                   .item = event.item,
                   .attempt = event.attempt,
                   .inputs = {},
                   .output = Text(output)};
    for (const auto* input : event.inputs) noted.inputs.push_back(Text(input));
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.push_back(std::move(noted));
  }

  std::mutex mutex_;
  std::vector<Event> events_;
};

TEST(MapObserver, IsToldOfEachItemWithItsNumber) {
  Events events;
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Input<DirectorProfile>()
                         .Map(
                             [](ExecCtx& ctx, const MovieId& id, const DirectorProfile&,
                                const Many<MovieId>&) -> absl::StatusOr<Movie> {
                               if (id.id() == 8 && ctx.attempt() == 1)
                                 return absl::UnavailableError("busy");
                               return MovieOf(id);
                             },
                             {.name = "Fetch",
                              .retry = RetryPolicy::Fixed({.delay = absl::ZeroDuration()}),
                              .concurrency = Concurrency::kNever})
                         .Add([](ExecCtx&, const Many<Movie>&) { return Many<Poster>{Poster()}; },
                              {.name = "Draw"})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  DirectorProfile profile;
  profile.set_films(4);
  ExecCtx ctx({.observer = &events});
  ASSERT_THAT(graph->Execute<Many<Poster>>(ctx, IdsOf({7, 8}), profile), IsOk());
  const std::vector<std::string> seven = {"id: 7", "films: 4", "none"};
  const std::vector<std::string> eight = {"id: 8", "films: 4", "none"};
  const std::vector<Events::Event> seen = events.events();
  ASSERT_THAT(seen, SizeIs(9));
  EXPECT_EQ(seen[0], (Events::Event{"start", "Fetch", "film.Movie", 0, 1, seven, "none"}));
  EXPECT_EQ(seen[1], (Events::Event{"end", "Fetch", "film.Movie", 0, 1, seven, "id: 7"}));
  EXPECT_EQ(seen[2], (Events::Event{"start", "Fetch", "film.Movie", 1, 1, eight, "none"}));
  EXPECT_EQ(seen[3], (Events::Event{"failed", "Fetch", "film.Movie", 1, 1, eight, "none"}));
  EXPECT_EQ(seen[4], (Events::Event{"backoff", "Fetch", "film.Movie", 1, 1, eight, "none"}));
  EXPECT_EQ(seen[5], (Events::Event{"start", "Fetch", "film.Movie", 1, 2, eight, "none"}));
  EXPECT_EQ(seen[6], (Events::Event{"end", "Fetch", "film.Movie", 1, 2, eight, "id: 8"}));
  // A step that is no map step has no item, and a collection is no message.
  EXPECT_EQ(seen[7].item, -1);
  EXPECT_THAT(seen[7].inputs, ElementsAre("none"));
  EXPECT_EQ(seen[8].what, "end");
  EXPECT_EQ(seen[8].output, "none");
}

TEST(MapObserver, IsToldByAllThreads) {
  Events events;
  const Graph graph =
      Catalog{.fetch_options = {.concurrency = Concurrency::kAlways, .items = {.parallelism = 3}}}
          .Build();
  ExecCtx ctx({.observer = &events});
  ASSERT_THAT(graph.Execute<Many<ContentAnalysis>>(ctx, Ids(1000)), IsOk());
  std::map<std::pair<std::string, std::string>, std::vector<int64_t>> items;
  for (const Events::Event& event : events.events()) {
    items[{event.step, event.what}].push_back(event.item);
  }
  ASSERT_THAT(items, SizeIs(4));
  for (auto& [what, numbers] : items) {
    std::sort(numbers.begin(), numbers.end());
    EXPECT_EQ(numbers, UpTo(1000)) << what.first << what.second;
  }
}

TEST(MapObserver, IsNotToldOfItemsThatAreLeftOut) {
  Events events;
  const Graph graph =
      Catalog{.fetch =
                  [](ExecCtx&, int64_t number) {
                    return number == 1 ? absl::NotFoundError("none") : absl::OkStatus();
                  },
              .fetch_options = {.concurrency = Concurrency::kNever,
                                .items = {.when_item_fails = WhenItemFails::kTolerate,
                                          .tolerated_items = 1}}}
          .Build();
  ExecCtx ctx({.observer = &events});
  ASSERT_THAT(graph.Execute<Many<ContentAnalysis>>(ctx, Ids(3)), IsOk());
  std::vector<int64_t> analyzed;
  for (const Events::Event& event : events.events()) {
    if (event.step == "Analyze" && event.what == "start") analyzed.push_back(event.item);
  }
  EXPECT_THAT(analyzed, ElementsAre(0, 2));
}

}  // namespace
}  // namespace protograph
