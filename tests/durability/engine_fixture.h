// An engine over a store that can be taken away, and the ways to crash it.

#ifndef PROTOGRAPH_TESTS_DURABILITY_ENGINE_FIXTURE_H_
#define PROTOGRAPH_TESTS_DURABILITY_ENGINE_FIXTURE_H_

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fixtures.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/durability/engine.h"
#include "protograph/testing/testing.h"

namespace protograph {

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() { engine_ = StartEngine(); }
  ~EngineTest() override { Release(); }

  static EngineOptions Options() {
    return {.flush_interval = absl::Milliseconds(5),
            .stop_timeout = absl::Milliseconds(50),
            .sweep_interval = absl::InfiniteDuration()};
  }

  std::unique_ptr<Engine> StartEngine() { return StartEngine(store_, Options()); }
  static std::unique_ptr<Engine> StartEngine(std::shared_ptr<Store> store,
                                             const EngineOptions& options) {
    absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Start(std::move(store), options);
    EXPECT_THAT(engine, testing::IsOk());
    return engine.ok() ? *std::move(engine) : nullptr;
  }

  absl::StatusOr<film::TagSet> Execute(Engine& engine, const Graph& graph,
                                       const std::string& workflow, int64_t film,
                                       Resume resume = Resume::kIfKnown) {
    ExecCtx ctx = engine.NewExecution({.workflow_id = workflow, .resume = resume});
    return graph.Execute<film::TagSet>(ctx, FilmId(film));
  }

  // Executes in a thread of its own up to `step`, has everything before it written, and then takes
  // the store away from the engine, as if its process had been killed there. The thread goes on
  // with Release.
  void CrashIn(const std::string& step, const Graph& graph, const std::string& workflow,
               int64_t film) {
    Gate reached;
    steps_.Set(step, [&reached, this](ExecCtx&) {
      reached.Open();
      released_.Wait();
      return absl::OkStatus();
    });
    threads_.emplace_back(
        [this, &graph, workflow, film] { Execute(*engine_, graph, workflow, film).IgnoreError(); });
    reached.Wait();
    ASSERT_THAT(engine_->Flush(), testing::IsOk());
    store_->FailWith(absl::UnavailableError("killed"));
    ASSERT_THAT(memory_->DeclareDead(store_->owner_id()), testing::IsOk());
    steps_.Heal(step);
  }
  void Release() {
    released_.Open();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  FilmSteps steps_;
  std::shared_ptr<MemoryStore> memory_ = std::make_shared<MemoryStore>();
  std::shared_ptr<FaultyStore> store_ = std::make_shared<FaultyStore>(memory_);
  std::unique_ptr<Engine> engine_;
  Gate released_;
  std::vector<std::thread> threads_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_DURABILITY_ENGINE_FIXTURE_H_
