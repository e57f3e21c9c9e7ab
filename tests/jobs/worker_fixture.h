#ifndef PROTOGRAPH_TESTS_JOBS_WORKER_FIXTURE_H_
#define PROTOGRAPH_TESTS_JOBS_WORKER_FIXTURE_H_

// Clients and workers over a store in memory, with steps that tests can make wait and fail.
//
// Nothing here is timed: tests wait for what must come, for as long as it takes.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "film.pb.h"
#include "fixtures.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/durability/engine.h"
#include "protograph/jobs/client.h"
#include "protograph/jobs/worker.h"
#include "protograph/logger.h"
#include "protograph/store/memory_store.h"
#include "protograph/testing/matchers.h"

namespace protograph::tests {

// For waits that end long before, unless something is wrong.
inline constexpr absl::Duration kLongWait = absl::Seconds(60);

// Whether it comes true. Asks again and again: for what nobody is told of.
inline bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(kLongWait);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// How many are at a place, and how many there were at once.
class Counter {
 public:
  void Enter() {
    const std::lock_guard<std::mutex> lock(mutex_);
    most_ = std::max(most_, ++inside_);
    changed_.notify_all();
  }
  void Leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    --inside_;
    changed_.notify_all();
  }
  // Until as many are inside, or there were.
  void WaitForMost(int most) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return most_ >= most; });
  }
  int most() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return most_;
  }
  int inside() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return inside_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  int most_ = 0;
};

class KeepingLogger final : public Logger {
 public:
  void Log(LogLevel /*level*/, std::string_view message) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    messages_.emplace_back(message);
  }
  std::vector<std::string> messages() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return messages_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
};

// A worker that runs from its construction until it is stopped, at the latest when it is destroyed.
class RunningWorker {
 public:
  RunningWorker(Engine& engine, std::vector<Graph> graphs, WorkerOptions options)
      : worker_(std::make_unique<Worker>(engine, std::move(graphs), std::move(options))),
        thread_([this] { status_ = worker_->Run(stop_.get_token()); }) {}
  ~RunningWorker() {
    if (!thread_.joinable()) return;
    EXPECT_THAT(Stop(), testing::IsOk());
  }

  Worker& worker() { return *worker_; }
  WorkerStats stats() const { return worker_->stats(); }
  void RequestStop() { stop_.request_stop(); }
  // What Run returned.
  absl::Status Join() {
    thread_.join();
    return status_;
  }
  absl::Status Stop() {
    RequestStop();
    return Join();
  }

 private:
  std::unique_ptr<Worker> worker_;
  std::stop_source stop_;
  absl::Status status_;
  std::thread thread_;
};

class WorkerTest : public ::testing::Test {
 protected:
  static constexpr const char* kGraph = "films";

  WorkerTest() : WorkerTest(std::make_shared<MemoryStore>()) {}
  explicit WorkerTest(std::shared_ptr<Store> store) : store_(std::move(store)) {
    engine_ = StartEngine();
    client_ = MakeClient({});
  }

  static EngineOptions OptionsOfEngine() {
    return {.flush_interval = absl::Milliseconds(5), .sweep_interval = absl::InfiniteDuration()};
  }
  std::unique_ptr<Engine> StartEngine() { return StartEngine(OptionsOfEngine()); }
  std::unique_ptr<Engine> StartEngine(const EngineOptions& options) {
    absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Start(store_, options);
    EXPECT_THAT(engine, testing::IsOk());
    return engine.ok() ? *std::move(engine) : nullptr;
  }
  std::unique_ptr<Client> MakeClient(ClientOptions options) {
    absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(store_, std::move(options));
    EXPECT_THAT(client, testing::IsOk());
    return client.ok() ? *std::move(client) : nullptr;
  }

  // Looks often, so that nothing of what is tested waits for a wake-up that is no part of it.
  static WorkerOptions Options() { return {.threads = 2, .poll_interval = absl::Milliseconds(10)}; }
  std::unique_ptr<RunningWorker> Start(WorkerOptions options = Options()) {
    return Start(*engine_, std::move(options));
  }
  std::unique_ptr<RunningWorker> Start(Engine& engine, WorkerOptions options = Options()) {
    return std::make_unique<RunningWorker>(engine, std::vector<Graph>{graph_}, std::move(options));
  }

  JobId Submit(int64_t film, const SubmitOptions& options = Once()) {
    absl::StatusOr<JobId> job = client_->Submit<film::TagSet>(kGraph, FilmId(film), options);
    EXPECT_THAT(job, testing::IsOk());
    return job.ok() ? *job : "";
  }
  std::vector<JobId> SubmitMany(int count, const SubmitOptions& options = Once()) {
    std::vector<film::MovieId> inputs;
    for (int film = 0; film < count; ++film) inputs.push_back(FilmId(film));
    absl::StatusOr<std::vector<JobId>> jobs =
        client_->SubmitMany<film::TagSet>(kGraph, inputs, options);
    EXPECT_THAT(jobs, testing::IsOk());
    return jobs.ok() ? *jobs : std::vector<JobId>();
  }
  // Tried once.
  static SubmitOptions Once() { return Times(1); }
  static SubmitOptions Times(int attempts) {
    SubmitOptions options;
    options.retry = {.attempts = attempts, .backoff = absl::ZeroDuration()};
    return options;
  }

  absl::StatusOr<film::TagSet> Wait(const JobId& job) {
    return client_->Wait<film::TagSet>(job, kLongWait);
  }
  JobRecord Record(const JobId& job) {
    absl::StatusOr<JobRecord> record = client_->Status(job);
    EXPECT_THAT(record, testing::IsOk());
    return record.ok() ? *std::move(record) : JobRecord();
  }
  bool EventuallyIs(const JobId& job, JobState state) {
    return Eventually([&] { return Record(job).state == state; });
  }

  // A step that tells when it is reached, and waits for the gate.
  void BlockIn(const std::string& step) {
    steps_.Set(step, [this](ExecCtx&) {
      reached_.Enter();
      released_.Wait();
      reached_.Leave();
      return absl::OkStatus();
    });
  }

  const std::shared_ptr<Store> store_;
  FilmSteps steps_;
  const Graph graph_ = steps_.Build();
  Counter reached_;
  Gate released_;
  KeepingLogger logger_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Client> client_;
};

}  // namespace protograph::tests

#endif  // PROTOGRAPH_TESTS_JOBS_WORKER_FIXTURE_H_
