// Jobs whose items are jobs of their own.

#include <algorithm>
#include <atomic>
#include <functional>
#include <initializer_list>
#include <map>
#include <random>
#include <set>

#include "absl/time/clock.h"
#include "durability/engine_access.h"
#include "durability/engine_core.h"
#include "unsteady_store.h"
#include "worker_fixture.h"

namespace protograph::tests {
namespace {

using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::TagSet;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Property;
using ::testing::SizeIs;

// ListMovies splits; FetchMovie and AnalyzeMovie, which takes a profile that all share, are run for
// each item by others; SumUp takes them all.
class FanOutTest : public WorkerTest {
 protected:
  FanOutTest() = default;
  explicit FanOutTest(std::shared_ptr<Store> store) : WorkerTest(std::move(store)) {}

  // What a step does with an item before it makes its message.
  using Hook = std::function<absl::Status(ExecCtx& ctx, int64_t item)>;

  struct Options {
    ItemOptions fetch = {.place = ItemPlace::kOnWorkers};
    ItemOptions analyze = {.place = ItemPlace::kOnWorkers};
  };

  Graph Build(const Options& options) {
    absl::StatusOr<Graph> graph =
        GraphBuilder("catalog")
            .Input<MovieId>()
            .Add(
                [this](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<Many<MovieId>> {
                  if (absl::Status status = Begin("ListMovies", ctx, 0); !status.ok()) {
                    return status;
                  }
                  Many<MovieId> ids;
                  for (int64_t i = 0; i < id.id(); ++i) ids.Add().set_id(i % different_);
                  return ids;
                },
                {.name = "ListMovies"})
            .Add(
                [this](ExecCtx&, const MovieId&) {
                  Note("Profile", "", 0);
                  DirectorProfile profile;
                  profile.set_films(1000);
                  return profile;
                },
                {.name = "Profile"})
            .Map(
                [this](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<Movie> {
                  if (absl::Status status = Begin("FetchMovie", ctx, id.id()); !status.ok()) {
                    return status;
                  }
                  Movie movie;
                  movie.set_id(id.id());
                  movie.set_title(std::string(title_bytes_, 'x'));
                  return movie;
                },
                {.name = "FetchMovie", .items = options.fetch})
            .Map(
                [this](ExecCtx& ctx, const Movie& movie,
                       const DirectorProfile& profile) -> absl::StatusOr<ContentAnalysis> {
                  if (absl::Status status = Begin("AnalyzeMovie", ctx, movie.id()); !status.ok()) {
                    return status;
                  }
                  ContentAnalysis analysis;
                  analysis.set_themes(movie.id() + profile.films());
                  return analysis;
                },
                {.name = "AnalyzeMovie", .items = options.analyze})
            .Add(
                [](ExecCtx&, const Many<ContentAnalysis>& all) {
                  TagSet tags;
                  for (const ContentAnalysis& one : all) tags.set_tags(tags.tags() + one.themes());
                  for (const ItemFailure& failure : all.failures()) {
                    tags.add_trail(std::to_string(failure.index) + ": " +
                                   std::string(failure.status.message()));
                  }
                  return tags;
                },
                {.name = "SumUp"})
            .Build();
    EXPECT_THAT(graph, IsOk());
    return *graph;
  }
  static int64_t SumOf(int64_t items) { return items * 1000 + items * (items - 1) / 2; }

  std::unique_ptr<RunningWorker> StartWith(const Options& options,
                                           WorkerOptions of_worker = WorkerTest::Options()) {
    return StartWith(*engine_, options, std::move(of_worker));
  }
  std::unique_ptr<RunningWorker> StartWith(Engine& engine, const Options& options,
                                           WorkerOptions of_worker = WorkerTest::Options()) {
    return std::make_unique<RunningWorker>(engine, std::vector<Graph>{Build(options)},
                                           std::move(of_worker));
  }

  JobId SubmitCatalog(int64_t items, const SubmitOptions& options = Once()) {
    absl::StatusOr<JobId> job = client_->Submit<TagSet>("catalog", FilmId(items), options);
    EXPECT_THAT(job, IsOk());
    return job.ok() ? *job : "";
  }
  std::vector<JobRecord> Children(const JobId& parent) {
    absl::StatusOr<std::vector<JobRecord>> children =
        client_->List({.parent_id = parent}, "", 1000);
    EXPECT_THAT(children, IsOk());
    return children.ok() ? *std::move(children) : std::vector<JobRecord>();
  }

  void Set(const std::string& step, Hook hook) {
    const std::lock_guard<std::mutex> lock(mutex_);
    hooks_[step] = std::move(hook);
  }
  void BlockItems(const std::string& step) {
    Set(step, [this](ExecCtx&, int64_t) {
      reached_.Enter();
      released_.Wait();
      reached_.Leave();
      return absl::OkStatus();
    });
  }
  void FailItem(const std::string& step, int64_t failing) {
    Set(step, [failing](ExecCtx&, int64_t item) {
      return item == failing ? absl::InternalError("it is broken") : absl::OkStatus();
    });
  }

  int Runs(const std::string& step) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = runs_.find(step);
    return found == runs_.end() ? 0 : static_cast<int>(found->second.size());
  }
  int Runs(const std::string& step, int64_t item) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = runs_.find(step);
    return found == runs_.end() ? 0 : static_cast<int>(found->second.count(item));
  }
  // Jobs that have run the step.
  std::set<std::string> JobsOf(const std::string& step) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = jobs_.find(step);
    return found == jobs_.end() ? std::set<std::string>() : found->second;
  }

  // ListMovies lists items of so many kinds.
  int64_t different_ = 1 << 20;
  size_t title_bytes_ = 0;

 private:
  void Note(const std::string& step, const std::string& job, int64_t item) {
    const std::lock_guard<std::mutex> lock(mutex_);
    runs_[step].insert(item);
    jobs_[step].insert(job);
  }
  absl::Status Begin(const std::string& step, ExecCtx& ctx, int64_t item) {
    const JobInfo* const info = ctx.Value<JobInfo>();
    Note(step, info == nullptr ? "" : info->job_id, item);
    Hook hook;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      hook = hooks_[step];
    }
    return hook == nullptr ? absl::OkStatus() : hook(ctx, item);
  }

  mutable std::mutex mutex_;
  std::map<std::string, Hook> hooks_;
  std::map<std::string, std::multiset<int64_t>> runs_;
  std::map<std::string, std::set<std::string>> jobs_;
};

TEST_F(FanOutTest, ItemsAreJobsOfTheirOwn) {
  SubmitOptions options = Once();
  options.priority = 7;
  options.tags = {"nightly"};
  options.concurrency_key = "tenant";
  const JobId job = SubmitCatalog(1000, options);
  const auto worker = StartWith({});
  const absl::StatusOr<TagSet> tags = Wait(job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(1000));

  // As many as make at most 256.
  const std::vector<JobRecord> children = Children(job);
  EXPECT_THAT(children, SizeIs(250));
  EXPECT_THAT(children,
              Each(AllOf(Field(&JobRecord::parent_id, job), Field(&JobRecord::priority, 7),
                         Field(&JobRecord::tags, ElementsAre("nightly")),
                         Field(&JobRecord::concurrency_key, "tenant"))));
  EXPECT_TRUE(Eventually([&] {
    const std::vector<JobRecord> now = Children(job);
    return std::all_of(now.begin(), now.end(),
                       [](const JobRecord& child) { return child.state == JobState::kSucceeded; });
  }));
  // Each item once, and both steps of an item in one job.
  EXPECT_EQ(Runs("FetchMovie"), 1000);
  EXPECT_EQ(Runs("AnalyzeMovie"), 1000);
  EXPECT_EQ(JobsOf("FetchMovie"), JobsOf("AnalyzeMovie"));
  EXPECT_THAT(JobsOf("FetchMovie"), SizeIs(250));
  EXPECT_FALSE(JobsOf("FetchMovie").contains(job));
  // Jobs are listed without the items of others.
  EXPECT_THAT(client_->List({}), IsOkAndHolds(ElementsAre(Field(&JobRecord::job_id, job))));
}

TEST_F(FanOutTest, TheJobGivesItsThreadBack) {
  const auto worker = StartWith({}, {.threads = 1, .poll_interval = absl::Milliseconds(10)});
  const JobId job = SubmitCatalog(40);
  ASSERT_THAT(Wait(job), IsOk());
  EXPECT_THAT(Children(job), SizeIs(40));
}

TEST_F(FanOutTest, ItIsRunningWhileItWaits) {
  BlockItems("AnalyzeMovie");
  const auto worker = StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 5},
                                 .analyze = {.place = ItemPlace::kOnWorkers}});
  const JobId job = SubmitCatalog(20);
  reached_.WaitForMost(2);
  EXPECT_THAT(Record(job), AllOf(Field(&JobRecord::state, JobState::kRunning),
                                 Field(&JobRecord::attempt, 1), Field(&JobRecord::owner_id, "")));
  EXPECT_THAT(Children(job), SizeIs(4));
  EXPECT_TRUE(Eventually([&] {
    const absl::StatusOr<std::vector<StepProgress>> progress = client_->Progress(job);
    return progress.ok() && progress->size() == 1 && progress->front().step == "FetchMovie" &&
           progress->front().total == 20 && progress->front().running > 0;
  }));
  released_.Open();
  ASSERT_THAT(Wait(job), IsOk());
}

TEST_F(FanOutTest, FewItemsAreRunByTheJobItself) {
  const auto worker = StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 50},
                                 .analyze = {.place = ItemPlace::kOnWorkers}});
  for (const int items : {0, 1, 50}) {
    const JobId job = SubmitCatalog(items);
    const absl::StatusOr<TagSet> tags = Wait(job);
    ASSERT_THAT(tags, IsOk());
    EXPECT_EQ(tags->tags(), SumOf(items));
    EXPECT_THAT(Children(job), IsEmpty());
  }
}

TEST_F(FanOutTest, StepsThatFollowHereTakeWhatOthersHaveMade) {
  const auto worker =
      StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 10}, .analyze = {}});
  const JobId job = SubmitCatalog(95);
  const absl::StatusOr<TagSet> tags = Wait(job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(95));
  EXPECT_THAT(Children(job), SizeIs(10));
  EXPECT_THAT(JobsOf("AnalyzeMovie"), ElementsAre(job));
}

TEST_F(FanOutTest, OneFanOutAfterAnother) {
  // Of items that are equal the step must see all before the first: it stands alone.
  const auto worker = StartWith(
      {.fetch = {.place = ItemPlace::kOnWorkers, .batch = 10},
       .analyze = {.equal_items_once = true, .place = ItemPlace::kOnWorkers, .batch = 20}});
  different_ = 50;
  const JobId job = SubmitCatalog(100);
  const absl::StatusOr<TagSet> tags = Wait(job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 2 * SumOf(50));
  EXPECT_EQ(Runs("FetchMovie"), 100);
  EXPECT_EQ(Runs("AnalyzeMovie"), 50);
  EXPECT_THAT(Children(job), SizeIs(10 + 3));
}

TEST_F(FanOutTest, SeveralWorkersShareTheItems) {
  const std::unique_ptr<Engine> other = StartEngine();
  Counter inside;
  Set("FetchMovie", [&](ExecCtx&, int64_t) {
    inside.Enter();
    inside.WaitForMost(4);
    inside.Leave();
    return absl::OkStatus();
  });
  const Options options = {.fetch = {.place = ItemPlace::kOnWorkers, .batch = 1},
                           .analyze = {.place = ItemPlace::kOnWorkers}};
  const WorkerOptions of_worker = {
      .threads = 2, .prefetch = 1, .poll_interval = absl::Milliseconds(10)};
  const auto one = StartWith(options, of_worker);
  const auto two = StartWith(*other, options, of_worker);
  const JobId job = SubmitCatalog(30);
  ASSERT_THAT(Wait(job), IsOk());
  EXPECT_EQ(Runs("FetchMovie"), 30);
}

TEST_F(FanOutTest, AnItemThatFailsEndsTheJobAtOnce) {
  // The others wait until they are asked to stop.
  Set("AnalyzeMovie", [](ExecCtx& ctx, int64_t item) {
    return item == 3 ? absl::InternalError("it is broken") : ctx.SleepFor(absl::InfiniteDuration());
  });
  WorkerOptions of_worker = WorkerTest::Options();
  of_worker.threads = 8;
  const auto worker = StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 1},
                                 .analyze = {.place = ItemPlace::kOnWorkers}},
                                of_worker);
  const JobId job = SubmitCatalog(20);
  const absl::StatusOr<TagSet> tags = Wait(job);
  EXPECT_THAT(tags, StatusIs(absl::StatusCode::kInternal,
                             AllOf(HasSubstr("AnalyzeMovie"), HasSubstr("it is broken"),
                                   HasSubstr("20 items"))));
  EXPECT_TRUE(Eventually([&] {
    const std::vector<JobRecord> children = Children(job);
    return std::all_of(children.begin(), children.end(),
                       [](const JobRecord& child) { return IsFinal(child.state); });
  }));
}

TEST_F(FanOutTest, FailuresAreCollectedFromAllBatches) {
  Set("FetchMovie", [](ExecCtx&, int64_t item) {
    return item % 10 == 3 ? absl::InternalError("it is broken") : absl::OkStatus();
  });
  const auto worker = StartWith({.fetch = {.when_item_fails = WhenItemFails::kCollectErrors,
                                           .place = ItemPlace::kOnWorkers,
                                           .batch = 7},
                                 .analyze = {.place = ItemPlace::kOnWorkers}});
  const JobId job = SubmitCatalog(100);
  EXPECT_THAT(Wait(job), StatusIs(absl::StatusCode::kInternal,
                                  AllOf(HasSubstr("10 of 100"), HasSubstr("it is broken"))));
  EXPECT_EQ(Runs("FetchMovie"), 100);
  EXPECT_EQ(Runs("AnalyzeMovie"), 90);
}

TEST_F(FanOutTest, FailuresAreToleratedOverAllBatches) {
  Set("FetchMovie", [](ExecCtx&, int64_t item) {
    return item % 25 == 3 ? absl::InternalError("it is broken") : absl::OkStatus();
  });
  const auto worker = StartWith({.fetch = {.when_item_fails = WhenItemFails::kTolerate,
                                           .tolerated_items = 4,
                                           .place = ItemPlace::kOnWorkers,
                                           .batch = 10},
                                 .analyze = {.place = ItemPlace::kOnWorkers}});
  JobId job = SubmitCatalog(100);
  absl::StatusOr<TagSet> tags = Wait(job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(100) - 4 * 1000 - (3 + 28 + 53 + 78));
  EXPECT_THAT(tags->trail(), ElementsAre(HasSubstr("3: "), HasSubstr("28: "), HasSubstr("53: "),
                                         AllOf(HasSubstr("78: "), HasSubstr("it is broken"))));

  job = SubmitCatalog(125);
  EXPECT_THAT(Wait(job), StatusIs(absl::StatusCode::kInternal, HasSubstr("5 of 125")));
}

TEST_F(FanOutTest, AnotherAttemptRunsOnlyWhatIsMissing) {
  Set("AnalyzeMovie", [this](ExecCtx&, int64_t item) {
    return item == 42 && Runs("AnalyzeMovie", 42) == 1 ? absl::InternalError("it is broken")
                                                       : absl::OkStatus();
  });
  const auto worker = StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 10},
                                 .analyze = {.when_item_fails = WhenItemFails::kCollectErrors,
                                             .place = ItemPlace::kOnWorkers}});
  const JobId job = SubmitCatalog(100, Times(2));
  const absl::StatusOr<TagSet> tags = Wait(job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(100));
  EXPECT_EQ(Record(job).attempt, 2);
  EXPECT_EQ(Runs("AnalyzeMovie"), 101);
  EXPECT_EQ(Runs("AnalyzeMovie", 42), 2);
}

TEST_F(FanOutTest, AJobThatIsRetriedByHandRunsOnlyWhatIsMissing) {
  FailItem("AnalyzeMovie", 42);
  const auto worker = StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 10},
                                 .analyze = {.when_item_fails = WhenItemFails::kCollectErrors,
                                             .place = ItemPlace::kOnWorkers}});
  const JobId job = SubmitCatalog(100);
  ASSERT_THAT(Wait(job), Not(IsOk()));
  Set("AnalyzeMovie", nullptr);
  ASSERT_THAT(client_->Retry(job), IsOk());
  const absl::StatusOr<TagSet> tags = Wait(job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(100));
  EXPECT_EQ(Runs("AnalyzeMovie"), 101);
}

TEST_F(FanOutTest, CancellingTheJobCancelsItsItems) {
  Counter inside;
  Set("AnalyzeMovie", [&](ExecCtx& ctx, int64_t) {
    inside.Enter();
    return ctx.SleepFor(absl::InfiniteDuration());
  });
  const auto worker = StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 5},
                                 .analyze = {.place = ItemPlace::kOnWorkers}});
  const JobId job = SubmitCatalog(50);
  inside.WaitForMost(2);
  EXPECT_THAT(client_->Cancel(job), IsOkAndHolds(JobState::kCancelled));
  EXPECT_TRUE(Eventually([&] {
    const std::vector<JobRecord> children = Children(job);
    return std::all_of(children.begin(), children.end(),
                       [](const JobRecord& child) { return child.state == JobState::kCancelled; });
  }));
  EXPECT_THAT(Wait(job), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(FanOutTest, ItemsHaveTheJobsDeadline) {
  std::mutex mutex;
  std::set<absl::Duration> left;
  Set("FetchMovie", [&](ExecCtx& ctx, int64_t) {
    const std::lock_guard<std::mutex> lock(mutex);
    left.insert(ctx.deadline() - absl::Now());
    return absl::OkStatus();
  });
  const auto worker = StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 1},
                                 .analyze = {.place = ItemPlace::kOnWorkers}});
  SubmitOptions options = Once();
  options.timeout = absl::Minutes(30);
  ASSERT_THAT(Wait(SubmitCatalog(5, options)), IsOk());
  EXPECT_THAT(left, Each(AllOf(Ge(absl::Minutes(25)), ::testing::Le(absl::Minutes(30)))));
}

TEST_F(FanOutTest, AJobWhoseTimeIsOverWaitsNoMore) {
  Set("FetchMovie", [&](ExecCtx& ctx, int64_t) { return ctx.SleepFor(absl::InfiniteDuration()); });
  const auto worker = StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 1},
                                 .analyze = {.place = ItemPlace::kOnWorkers}});
  SubmitOptions options = Once();
  options.timeout = absl::Milliseconds(300);
  EXPECT_THAT(Wait(SubmitCatalog(20, options)), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

// An item that waits until its time is over, for the first time.
auto OnceTooLong(std::set<int64_t> slow, std::shared_ptr<std::mutex> mutex) {
  return [slow, mutex](ExecCtx& ctx, int64_t item) mutable {
    {
      const std::lock_guard<std::mutex> lock(*mutex);
      if (slow.erase(item) == 0) return absl::OkStatus();
    }
    return ctx.SleepFor(absl::InfiniteDuration());
  };
}

TEST_F(FanOutTest, WhatIsDoneWhenTheTimeIsOverIsKept) {
  auto hook = std::make_shared<Hook>(OnceTooLong({7}, std::make_shared<std::mutex>()));
  Set("FetchMovie", [hook](ExecCtx& ctx, int64_t item) { return (*hook)(ctx, item); });
  const auto worker = StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 50},
                                 .analyze = {.place = ItemPlace::kOnWorkers}});
  SubmitOptions options = Times(2);
  options.timeout = absl::Milliseconds(500);
  const JobId job = SubmitCatalog(100, options);
  const absl::StatusOr<TagSet> tags = Wait(job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(100));
  EXPECT_EQ(Record(job).attempt, 2);
  EXPECT_EQ(Runs("FetchMovie", 7), 2);
  EXPECT_EQ(Runs("FetchMovie"), 101);
}

TEST_F(FanOutTest, RetriedByHandItHasAllItsTimeAgain) {
  auto hook = std::make_shared<Hook>(OnceTooLong({7, 57}, std::make_shared<std::mutex>()));
  Set("FetchMovie", [hook](ExecCtx& ctx, int64_t item) { return (*hook)(ctx, item); });
  const auto worker = StartWith({.fetch = {.place = ItemPlace::kOnWorkers, .batch = 1},
                                 .analyze = {.place = ItemPlace::kOnWorkers}});
  SubmitOptions options = Once();
  options.timeout = absl::Milliseconds(500);
  const JobId job = SubmitCatalog(60, options);
  EXPECT_THAT(Wait(job), StatusIs(absl::StatusCode::kDeadlineExceeded));
  ASSERT_THAT(client_->Retry(job), IsOk());
  const absl::StatusOr<TagSet> tags = Wait(job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(60));
  EXPECT_EQ(Runs("FetchMovie", 7), 2);
}

TEST_F(FanOutTest, AWorkerThatWasTakenForDeadLeavesTheItemsOfAnotherOneAlone) {
  auto is_first = std::make_shared<std::atomic<bool>>(true);
  Gate listed;
  Set("ListMovies", [&, is_first](ExecCtx&, int64_t) {
    if (is_first->exchange(false)) {
      reached_.Enter();
      listed.Wait();
    }
    return absl::OkStatus();
  });
  Counter items;
  Set("FetchMovie", [&](ExecCtx&, int64_t) {
    items.Enter();
    released_.Wait();
    return absl::OkStatus();
  });
  const Options options = {.fetch = {.place = ItemPlace::kOnWorkers, .batch = 5},
                           .analyze = {.place = ItemPlace::kOnWorkers}};
  const auto zombie = StartWith(options);
  const JobId job = SubmitCatalog(20);
  reached_.WaitForMost(1);
  ASSERT_THAT(store_->DeclareDead(internal::EngineAccess::Core(*engine_).owner_id()), IsOk());
  const std::unique_ptr<Engine> other = StartEngine();
  const auto worker = StartWith(*other, options);
  items.WaitForMost(2);
  listed.Open();
  ASSERT_TRUE(Eventually([&] { return zombie->stats().refused == 1; }));
  released_.Open();
  const absl::StatusOr<TagSet> tags = Wait(job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(20));
  EXPECT_THAT(Children(job), AllOf(SizeIs(4), Each(Field(&JobRecord::cancel_requested, false))));
}

TEST_F(FanOutTest, AStepThatIgnoresItsDeadlineKeepsNoThread) {
  auto is_first = std::make_shared<std::atomic<bool>>(true);
  Set("FetchMovie", [this, is_first](ExecCtx&, int64_t) {
    if (is_first->exchange(false)) released_.Wait();
    return absl::OkStatus();
  });
  const auto worker = StartWith(
      {.fetch = {.parallelism = 1, .place = ItemPlace::kOnWorkers, .batch = 5}, .analyze = {}},
      {.threads = 1,
       .poll_interval = absl::Milliseconds(10),
       .stuck_after = absl::Milliseconds(10),
       .logger = &logger_});
  SubmitOptions options = Times(2);
  options.timeout = absl::Seconds(1);
  const JobId job = SubmitCatalog(20, options);
  EXPECT_TRUE(Eventually([&] { return worker->stats().stuck > 0; }));
  EXPECT_THAT(Wait(job), IsOk());
  released_.Open();
}

TEST_F(FanOutTest, LargeItemsAreHandedOverWithSeveralCalls) {
  title_bytes_ = size_t{3} << 20;
  const auto worker =
      StartWith({.fetch = {}, .analyze = {.place = ItemPlace::kOnWorkers, .batch = 100}});
  // Two of them are more than a batch has, and all of them more than a call.
  const JobId job = SubmitCatalog(101);
  const absl::StatusOr<TagSet> tags = Wait(job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(101));
  EXPECT_THAT(Children(job), SizeIs(101));
}

TEST_F(FanOutTest, AnItemsIdempotencyKeyStaysTheSame) {
  std::mutex mutex;
  std::set<std::string> keys;
  Set("FetchMovie", [&](ExecCtx& ctx, int64_t item) {
    if (item != 7) return absl::OkStatus();
    const std::lock_guard<std::mutex> lock(mutex);
    keys.insert(ctx.IdempotencyKey());
    return Runs("FetchMovie", 7) < 3 ? absl::InternalError("it is broken") : absl::OkStatus();
  });
  const auto worker = StartWith({.fetch = {.when_item_fails = WhenItemFails::kCollectErrors,
                                           .place = ItemPlace::kOnWorkers,
                                           .batch = 3},
                                 .analyze = {.place = ItemPlace::kOnWorkers}});
  ASSERT_THAT(Wait(SubmitCatalog(20, Times(3))), IsOk());
  // In a batch of the first attempt and, as the only one that is missing, in the job itself.
  EXPECT_EQ(Runs("FetchMovie", 7), 3);
  EXPECT_THAT(keys, SizeIs(1));
}

// Where items run makes no difference to what comes of them.
TEST_F(FanOutTest, RandomFanOutsEndAsTheSameGraphDoesHere) {
  std::minstd_rand random(20261126);
  const auto any_of = [&](std::initializer_list<int> values) {
    return values.begin()[random() % values.size()];
  };
  const std::unique_ptr<Engine> other = StartEngine();
  int succeeded = 0;
  int failed = 0;
  for (int round = 0; round < 120; ++round) {
    const auto any_items = [&](ItemPlace place) {
      ItemOptions items = {.parallelism = any_of({0, 0, 1, 3}),
                           .equal_items_once = any_of({0, 0, 1}) == 1,
                           .place = place};
      if (place == ItemPlace::kOnWorkers) items.batch = any_of({0, 1, 3, 7, 40});
      items.when_item_fails = static_cast<WhenItemFails>(any_of({0, 1, 2, 2}));
      if (items.when_item_fails == WhenItemFails::kTolerate) {
        items.tolerated_items = any_of({1, 5, 50});
      }
      return items;
    };
    const Options options = {
        .fetch = any_items(ItemPlace::kOnWorkers),
        .analyze = any_items(any_of({0, 1, 1}) == 1 ? ItemPlace::kOnWorkers : ItemPlace::kHere)};
    const int items = any_of({0, 1, 2, 20, 90});
    different_ = any_of({1, 10, 1000});
    for (const std::string step : {"FetchMovie", "AnalyzeMovie"}) {
      const int percent = any_of({0, 3, 10, 40});
      const auto salt = random();
      Set(step, [percent, salt](ExecCtx&, int64_t item) {
        std::minstd_rand dice(static_cast<unsigned>(salt + 7919 * item));
        dice();
        return static_cast<int>(dice() % 100) < percent
                   ? absl::NotFoundError("there is no " + std::to_string(item))
                   : absl::OkStatus();
      });
    }
    SCOPED_TRACE("round " + std::to_string(round) + " of " + std::to_string(items) + " items");

    ExecCtx ctx;
    const absl::StatusOr<TagSet> here = Build(options).Execute<TagSet>(ctx, FilmId(items));
    const auto one = StartWith(options);
    const auto two = StartWith(*other, options);
    const absl::StatusOr<TagSet> elsewhere = Wait(SubmitCatalog(items));
    if (here.ok()) {
      ++succeeded;
      EXPECT_THAT(elsewhere, IsOkAndHolds(testing::EqualsProto(*here)));
      continue;
    }
    ++failed;
    ASSERT_THAT(elsewhere, StatusIs(here.status().code()));
    // Of several items that fail, those that were not asked to stop before are told of.
    const bool fails_fast = options.fetch.when_item_fails == WhenItemFails::kFailFast ||
                            options.analyze.when_item_fails == WhenItemFails::kFailFast ||
                            options.fetch.when_item_fails == WhenItemFails::kTolerate ||
                            options.analyze.when_item_fails == WhenItemFails::kTolerate;
    if (!fails_fast) {
      EXPECT_EQ(GetJobFailure(elsewhere.status())->message(), here.status().message());
    }
  }
  // Otherwise little was tried.
  EXPECT_GT(succeeded, 30);
  EXPECT_GT(failed, 30);
}

class FanOutFaultTest : public FanOutTest, public ::testing::WithParamInterface<const char*> {
 protected:
  FanOutFaultTest()
      : FanOutFaultTest(std::make_shared<UnsteadyStore>(std::make_shared<MemoryStore>())) {}

  // The call fails some times.
  static Fault Failing(const std::string& name, int times) {
    auto left = std::make_shared<std::atomic<int>>(times);
    return [name, left](std::string_view call) {
      return call == name && left->fetch_sub(1) > 0 ? absl::UnavailableError("it is away")
                                                    : absl::OkStatus();
    };
  }
  // A job in whose course each call is made: its items fail once, and it is tried again.
  void ExpectItIsDone() {
    Set("AnalyzeMovie", [this](ExecCtx&, int64_t item) {
      return item % 10 == 3 && Runs("AnalyzeMovie", item) == 1 ? absl::InternalError("it is broken")
                                                               : absl::OkStatus();
    });
    const auto worker = StartWith({.fetch = {.when_item_fails = WhenItemFails::kCollectErrors,
                                             .place = ItemPlace::kOnWorkers,
                                             .batch = 2},
                                   .analyze = {.when_item_fails = WhenItemFails::kCollectErrors,
                                               .place = ItemPlace::kOnWorkers}});
    const JobId job = SubmitCatalog(40, Times(2));
    const absl::StatusOr<TagSet> tags = Wait(job);
    ASSERT_THAT(tags, IsOk());
    EXPECT_EQ(tags->tags(), SumOf(40));
    EXPECT_EQ(Record(job).attempt, 2);
    EXPECT_EQ(Runs("AnalyzeMovie"), 44);
  }

  Faults& faults_;

 private:
  explicit FanOutFaultTest(const std::shared_ptr<UnsteadyStore>& store)
      : FanOutTest(store), faults_(store->faults()) {}
};

TEST_P(FanOutFaultTest, ACallThatIsNotMadeIsRepeated) {
  faults_.SetBefore(Failing(GetParam(), 2));
  ExpectItIsDone();
}

TEST_P(FanOutFaultTest, ACallWhoseAnswerIsLostIsRepeated) {
  faults_.SetAfter(Failing(GetParam(), 2));
  ExpectItIsDone();
}

INSTANTIATE_TEST_SUITE_P(Calls, FanOutFaultTest,
                         ::testing::Values("HandOver", "Find", "TimeLeft", "Batches",
                                           "CancelBatches", "StoreResults", "Finish", "Resume"),
                         [](const auto& call) { return call.param; });

TEST_F(FanOutTest, WithoutAJobItemsAreRunHere) {
  const Graph graph = Build({});
  ExecCtx plain;
  absl::StatusOr<TagSet> tags = graph.Execute<TagSet>(plain, FilmId(100));
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(100));
  ExecCtx durable = engine_->NewExecution({.workflow_id = "by-hand"});
  tags = graph.Execute<TagSet>(durable, FilmId(100));
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(100));
}

TEST_F(FanOutTest, WhatAStepExecutesWithItsContextIsRunHere) {
  const Graph inner = Build({});
  const absl::StatusOr<Graph> outer =
      GraphBuilder("outer")
          .Input<MovieId>()
          .Add([&](ExecCtx& ctx, const MovieId& id) { return inner.Execute<TagSet>(ctx, id); },
               {.name = "Inner"})
          .Build();
  ASSERT_THAT(outer, IsOk());
  RunningWorker worker(*engine_, {*outer}, WorkerTest::Options());
  const absl::StatusOr<JobId> job = client_->Submit<TagSet>("outer", FilmId(100), Once());
  ASSERT_THAT(job, IsOk());
  const absl::StatusOr<TagSet> tags = Wait(*job);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), SumOf(100));
  EXPECT_THAT(Children(*job), IsEmpty());
}

}  // namespace
}  // namespace protograph::tests
