// Checkpoints of the items of steps that run once for each.

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::TagSet;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Lists as many films as the id says; Fetch and then Analyze each, together with a profile that all
// share; Sum. Counts what it runs, by step and film.
class CatalogSteps {
 public:
  using Hook = std::function<absl::Status(ExecCtx& ctx, int64_t film)>;

  void Set(const std::string& step, Hook hook) {
    const std::lock_guard<std::mutex> lock(mutex_);
    hooks_[step] = std::move(hook);
  }
  void Heal() {
    const std::lock_guard<std::mutex> lock(mutex_);
    hooks_.clear();
  }
  // The films that the step has run for, in order, since the last call.
  std::vector<int64_t> TakeRuns(const std::string& step) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<int64_t> films(runs_[step].begin(), runs_[step].end());
    runs_[step].clear();
    return films;
  }

  Graph Build(StepOptions fetch = {}, StepOptions analyze = {}, StepOptions sum = {}) {
    fetch.name = "Fetch";
    analyze.name = "Analyze";
    sum.name = "Sum";
    absl::StatusOr<Graph> graph =
        GraphBuilder("catalog")
            .Input<MovieId>()
            .Add(
                [](ExecCtx&, const MovieId& count) {
                  Many<MovieId> films;
                  for (int64_t i = 0; i < count.id(); ++i) films.Add().set_id(i % 100);
                  return films;
                },
                {.name = "List"})
            .Add(
                [this](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<DirectorProfile> {
                  if (absl::Status s = Run("Profile", ctx, 0); !s.ok()) return s;
                  DirectorProfile profile;
                  profile.set_films(1000 * id.id());
                  return profile;
                },
                {.name = "Profile"})
            .Map(
                [this](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<Movie> {
                  if (absl::Status s = Run("Fetch", ctx, id.id()); !s.ok()) return s;
                  Movie movie;
                  movie.set_id(id.id());
                  return movie;
                },
                std::move(fetch))
            .Map(
                [this](ExecCtx& ctx, const Movie& movie,
                       const DirectorProfile& profile) -> absl::StatusOr<ContentAnalysis> {
                  if (absl::Status s = Run("Analyze", ctx, movie.id()); !s.ok()) return s;
                  ContentAnalysis analysis;
                  analysis.set_themes(movie.id() + profile.films());
                  return analysis;
                },
                std::move(analyze))
            .Add(
                [this](ExecCtx& ctx, const Many<ContentAnalysis>& all) -> absl::StatusOr<TagSet> {
                  if (absl::Status s = Run("Sum", ctx, 0); !s.ok()) return s;
                  TagSet tags;
                  for (const ContentAnalysis& each : all)
                    tags.set_tags(tags.tags() + each.themes());
                  for (const ItemFailure& failure : all.failures()) {
                    tags.add_trail(std::to_string(failure.index));
                  }
                  return tags;
                },
                std::move(sum))
            .Build();
    if (!graph.ok()) throw std::logic_error(std::string(graph.status().message()));
    return *std::move(graph);
  }

 private:
  absl::Status Run(const std::string& step, ExecCtx& ctx, int64_t film) {
    Hook hook;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      runs_[step].insert(film);
      const auto found = hooks_.find(step);
      if (found != hooks_.end()) hook = found->second;
    }
    return hook == nullptr ? absl::OkStatus() : hook(ctx, film);
  }

  std::mutex mutex_;
  std::map<std::string, Hook> hooks_;
  std::map<std::string, std::multiset<int64_t>> runs_;
};

TagSet SumOf(int64_t films) {
  TagSet tags;
  for (int64_t i = 0; i < films; ++i) tags.set_tags(tags.tags() + i % 100 + 1000 * films);
  return tags;
}

class ItemCheckpointTest : public EngineTest {
 protected:
  // Before the steps go.
  ~ItemCheckpointTest() override { Release(); }

  // How many checkpoints of the workflow there are, by type.
  std::map<std::string, int> Written(const std::string& workflow) {
    std::map<std::string, int> counts;
    const absl::StatusOr<std::vector<Checkpoint>> all = memory_->Load(workflow);
    EXPECT_THAT(all, IsOk());
    for (const Checkpoint& checkpoint : *all) ++counts[checkpoint.output_type];
    return counts;
  }

  // Executes up to `step` of that film, has everything before written, and dies there.
  void CrashAt(const std::string& step, int64_t film, const Graph& graph, int64_t films) {
    Gate reached;
    catalog_.Set(step, [&, film](ExecCtx&, int64_t current) {
      if (current == film) {
        reached.Open();
        released_.Wait();
      }
      return absl::OkStatus();
    });
    threads_.emplace_back(
        [graph, films, this] { Execute(*engine_, graph, "work", films).IgnoreError(); });
    reached.Wait();
    ASSERT_THAT(engine_->Flush(), IsOk());
    store_->FailWith(absl::UnavailableError("killed"));
    ASSERT_THAT(memory_->DeclareDead(store_->owner_id()), IsOk());
    catalog_.Heal();
    for (const char* each : {"Profile", "Fetch", "Analyze", "Sum"}) catalog_.TakeRuns(each);
  }

  CatalogSteps catalog_;
};

// One item at a time, in order.
const StepOptions kInOrder = {.concurrency = Concurrency::kNever};

TEST_F(ItemCheckpointTest, IsWrittenForEachItemAndRemovedAtTheEnd) {
  const Graph graph = catalog_.Build();
  Gate reached;
  catalog_.Set("Sum", [&](ExecCtx&, int64_t) {
    reached.Open();
    released_.Wait();
    return absl::OkStatus();
  });
  absl::StatusOr<TagSet> tags;
  std::thread thread([&] { tags = Execute(*engine_, graph, "work", 5); });
  reached.Wait();
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(Written("work"),
            (std::map<std::string, int>{
                {"film.Movie", 5}, {"film.ContentAnalysis", 5}, {"film.DirectorProfile", 1}}));
  Release();
  thread.join();
  EXPECT_THAT(tags, IsOkAndHolds(EqualsProto(SumOf(5))));
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_THAT(Written("work"), IsEmpty());
}

TEST_F(ItemCheckpointTest, OfThreeOfFiveLeavesTwoToBeComputed) {
  const Graph graph = catalog_.Build(kInOrder);
  CrashAt("Fetch", 3, graph, 5);
  EXPECT_EQ(Written("work")["film.ContentAnalysis"], 3);
  auto second = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*second, graph, "work", 5), IsOkAndHolds(EqualsProto(SumOf(5))));
  EXPECT_THAT(catalog_.TakeRuns("Fetch"), ElementsAre(3, 4));
  EXPECT_THAT(catalog_.TakeRuns("Analyze"), ElementsAre(3, 4));
  EXPECT_THAT(catalog_.TakeRuns("Profile"), IsEmpty());
}

TEST_F(ItemCheckpointTest, OfAnItemThatWasUnderWayIsTakenForTheStepsItHadBehindIt) {
  const Graph graph = catalog_.Build(kInOrder);
  CrashAt("Analyze", 2, graph, 4);
  auto second = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*second, graph, "work", 4), IsOkAndHolds(EqualsProto(SumOf(4))));
  EXPECT_THAT(catalog_.TakeRuns("Fetch"), ElementsAre(3));
  EXPECT_THAT(catalog_.TakeRuns("Analyze"), ElementsAre(2, 3));
}

TEST_F(ItemCheckpointTest, IsThereForAStepThatRestsOnAllItems) {
  const Graph graph = catalog_.Build();
  CrashAt("Sum", 0, graph, 300);
  auto second = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*second, graph, "work", 300), IsOkAndHolds(EqualsProto(SumOf(300))));
  EXPECT_THAT(catalog_.TakeRuns("Fetch"), IsEmpty());
  EXPECT_THAT(catalog_.TakeRuns("Analyze"), IsEmpty());
  EXPECT_THAT(catalog_.TakeRuns("Sum"), ElementsAre(0));
}

TEST_F(ItemCheckpointTest, IsOneForItemsThatAreEqual) {
  const Graph graph = catalog_.Build();
  CrashAt("Sum", 0, graph, 250);  // each film twice or thrice
  EXPECT_EQ(Written("work")["film.Movie"], 100);
}

TEST_F(ItemCheckpointTest, OfAFailedExecutionIsTakenByTheNextAttemptInThisProcess) {
  const Graph graph = catalog_.Build(kInOrder);
  catalog_.Set("Analyze", [](ExecCtx&, int64_t film) {
    return film == 3 ? absl::InternalError("no such film") : absl::OkStatus();
  });
  EXPECT_THAT(Execute(*engine_, graph, "work", 5),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("item 3 after 1 attempt")));
  catalog_.Heal();
  EXPECT_THAT(catalog_.TakeRuns("Fetch"), ElementsAre(0, 1, 2, 3));
  catalog_.TakeRuns("Analyze");
  const int loads = store_->loads();
  EXPECT_THAT(Execute(*engine_, graph, "work", 5), IsOkAndHolds(EqualsProto(SumOf(5))));
  EXPECT_THAT(catalog_.TakeRuns("Fetch"), ElementsAre(4));
  EXPECT_THAT(catalog_.TakeRuns("Analyze"), ElementsAre(3, 4));
  EXPECT_EQ(store_->loads(), loads);
}

TEST_F(ItemCheckpointTest, OfAFailedExecutionIsTakenByTheNextProcess) {
  const Graph graph = catalog_.Build(kInOrder);
  catalog_.Set("Analyze", [](ExecCtx&, int64_t film) {
    return film == 3 ? absl::InternalError("no such film") : absl::OkStatus();
  });
  EXPECT_THAT(Execute(*engine_, graph, "work", 5), StatusIs(absl::StatusCode::kInternal));
  catalog_.Heal();
  ASSERT_THAT(engine_->Flush(), IsOk());
  engine_ = nullptr;
  catalog_.TakeRuns("Fetch");
  catalog_.TakeRuns("Analyze");
  auto second = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*second, graph, "work", 5, Resume::kAlways),
              IsOkAndHolds(EqualsProto(SumOf(5))));
  EXPECT_THAT(catalog_.TakeRuns("Fetch"), ElementsAre(4));
  EXPECT_THAT(catalog_.TakeRuns("Analyze"), ElementsAre(3, 4));
}

TEST_F(ItemCheckpointTest, IsNotWrittenOfAnItemThatHasFailed) {
  const Graph graph = catalog_.Build(
      {.items = {.when_item_fails = WhenItemFails::kTolerate, .tolerated_items = 2}});
  catalog_.Set("Fetch", [](ExecCtx&, int64_t film) {
    return film == 1 ? absl::InternalError("no such film") : absl::OkStatus();
  });
  Gate reached;
  catalog_.Set("Sum", [&](ExecCtx&, int64_t) {
    reached.Open();
    released_.Wait();
    return absl::OkStatus();
  });
  threads_.emplace_back([graph, this] { Execute(*engine_, graph, "work", 4).IgnoreError(); });
  reached.Wait();
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(Written("work")["film.Movie"], 3);
  EXPECT_EQ(Written("work")["film.ContentAnalysis"], 3);
  store_->FailWith(absl::UnavailableError("killed"));
  ASSERT_THAT(memory_->DeclareDead(store_->owner_id()), IsOk());
  catalog_.Heal();
  catalog_.TakeRuns("Fetch");
  auto second = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*second, graph, "work", 4), IsOkAndHolds(EqualsProto(SumOf(4))));
  EXPECT_THAT(catalog_.TakeRuns("Fetch"), ElementsAre(1));
}

TEST_F(ItemCheckpointTest, IsNotWrittenOfAStepWithoutDurability) {
  StepOptions fetch = kInOrder;
  fetch.durability = Durability::kNone;
  const Graph graph = catalog_.Build(fetch);
  CrashAt("Sum", 0, graph, 5);
  EXPECT_EQ(Written("work")["film.Movie"], 0);
  EXPECT_EQ(Written("work")["film.ContentAnalysis"], 5);
  auto second = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*second, graph, "work", 5), IsOkAndHolds(EqualsProto(SumOf(5))));
  EXPECT_THAT(catalog_.TakeRuns("Fetch"), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(catalog_.TakeRuns("Analyze"), IsEmpty());
}

TEST_F(ItemCheckpointTest, IsFoundByTheStepsVersionAndByWhatItemsShare) {
  const Graph graph = catalog_.Build();
  CrashAt("Sum", 0, graph, 5);
  StepOptions newer;
  newer.version = 1;
  auto second = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*second, catalog_.Build({}, newer), "work", 5),
              IsOkAndHolds(EqualsProto(SumOf(5))));
  EXPECT_THAT(catalog_.TakeRuns("Fetch"), IsEmpty());
  EXPECT_THAT(catalog_.TakeRuns("Analyze"), ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(ItemCheckpointTest, OfItemsThatRunSideBySideIsWrittenAndTaken) {
  constexpr int kThreads = 8;
  StepOptions many;
  many.items.parallelism = kThreads;
  const Graph graph = catalog_.Build(many, many);
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  catalog_.Set("Analyze", [&](ExecCtx&, int64_t film) {
    if (film < 60) return absl::OkStatus();
    {
      // Both are gone soon after the last one.
      const std::lock_guard<std::mutex> lock(mutex);
      ++waiting;
      changed.notify_all();
    }
    released_.Wait();
    return absl::OkStatus();
  });
  threads_.emplace_back([graph, this] { Execute(*engine_, graph, "work", 100).IgnoreError(); });
  {
    // Nothing goes on beside the crash: what this process runs after it would count.
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return waiting == kThreads; });
  }
  ASSERT_THAT(engine_->Flush(), IsOk());
  store_->FailWith(absl::UnavailableError("killed"));
  ASSERT_THAT(memory_->DeclareDead(store_->owner_id()), IsOk());
  catalog_.Heal();
  catalog_.TakeRuns("Analyze");

  const int written = Written("work")["film.ContentAnalysis"];
  EXPECT_GT(written, 0);
  auto second = StartEngine(memory_, Options());
  EXPECT_THAT(Execute(*second, graph, "work", 100), IsOkAndHolds(EqualsProto(SumOf(100))));
  EXPECT_EQ(catalog_.TakeRuns("Analyze").size(), static_cast<size_t>(100 - written));
}

TEST_F(ItemCheckpointTest, ItemsKeepTheirIdempotencyKeys) {
  const Graph graph = catalog_.Build(kInOrder);
  std::mutex mutex;
  std::map<int64_t, std::set<std::string>> keys;
  const auto take_key = [&](ExecCtx& ctx, int64_t film) {
    const std::lock_guard<std::mutex> lock(mutex);
    keys[film].insert(ctx.IdempotencyKey());
    return absl::OkStatus();
  };
  catalog_.Set("Analyze", [&](ExecCtx& ctx, int64_t film) {
    take_key(ctx, film).IgnoreError();
    return film == 4 ? absl::InternalError("not yet") : absl::OkStatus();
  });
  EXPECT_THAT(Execute(*engine_, graph, "work", 5), StatusIs(absl::StatusCode::kInternal));
  catalog_.Set("Analyze", take_key);
  EXPECT_THAT(Execute(*engine_, graph, "work", 5), IsOk());
  std::set<std::string> all;
  for (const auto& [film, of_film] : keys) {
    EXPECT_EQ(of_film.size(), 1U) << film;
    all.insert(of_film.begin(), of_film.end());
  }
  EXPECT_EQ(all.size(), 5U);
}

TEST_F(ItemCheckpointTest, OfACollectionThatTheCallerBringsAndDestroys) {
  const Graph graph = catalog_.Build(kInOrder);
  const auto execute = [&]() -> absl::Status {
    Many<MovieId> ids;
    for (int64_t i = 0; i < 700; ++i) ids.Add(FilmId(i));
    ExecCtx ctx = engine_->NewExecution({.workflow_id = "work"});
    return graph.Execute<Many<Movie>>(ctx, ids).status();
  };
  catalog_.Set("Fetch", [](ExecCtx&, int64_t film) {
    return film == 650 ? absl::InternalError("not yet") : absl::OkStatus();
  });
  EXPECT_THAT(execute(), StatusIs(absl::StatusCode::kInternal));
  // The collection is gone by now.
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(Written("work")["film.Movie"], 650);
  catalog_.TakeRuns("Fetch");
  catalog_.Heal();
  EXPECT_THAT(execute(), IsOk());
  EXPECT_EQ(catalog_.TakeRuns("Fetch").size(), 50U);
}

TEST_F(ItemCheckpointTest, IsNoReasonToKeepTheStoreWaitingOrToAskIt) {
  engine_ = StartEngine(store_, {.flush_interval = absl::Seconds(10)});
  const Graph graph = catalog_.Build();
  const int before = store_->writes();
  for (int i = 0; i < 20; ++i) {
    ASSERT_THAT(Execute(*engine_, graph, "work-" + std::to_string(i), 1000), IsOk());
  }
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(store_->writes(), before);
  EXPECT_EQ(store_->loads(), 0);
}

TEST_F(ItemCheckpointTest, ACrashAtAnyItemIsSurvived) {
  const Graph graph = catalog_.Build(kInOrder);
  // List, Profile, three times Fetch and Analyze, Sum; and after the last.
  EXPECT_THAT(testing::CrashEverywhere<TagSet>(graph, FilmId(3)), IsOkAndHolds(10));
}

}  // namespace
}  // namespace protograph
