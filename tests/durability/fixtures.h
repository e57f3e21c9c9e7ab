#ifndef PROTOGRAPH_TESTS_DURABILITY_FIXTURES_H_
#define PROTOGRAPH_TESTS_DURABILITY_FIXTURES_H_

// A film graph that counts what it runs and can be made to fail or to wait, and a store that can be
// taken away.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "film.pb.h"
#include "protograph/durability/engine.h"
#include "protograph/protograph.h"
#include "protograph/store/memory_store.h"

namespace protograph {

// Opens once.
class Gate {
 public:
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

// FetchMovie, then FetchDirector and Analyze, then Classify of both, then Tag.
class FilmSteps {
 public:
  using Hook = std::function<absl::Status(ExecCtx& ctx)>;

  // What a step does before it makes its message.
  void Set(const std::string& step, Hook hook) {
    const std::lock_guard<std::mutex> lock(mutex_);
    hooks_[step] = std::move(hook);
  }
  void Fail(const std::string& step) {
    Set(step, [](ExecCtx&) { return absl::InternalError("it is broken"); });
  }
  void Heal(const std::string& step) {
    Set(step, [](ExecCtx&) { return absl::OkStatus(); });
  }

  int Runs(const std::string& step) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = runs_.find(step);
    return found == runs_.end() ? 0 : found->second;
  }
  void ForgetRuns() {
    const std::lock_guard<std::mutex> lock(mutex_);
    runs_.clear();
  }

  // The steps must outlive the graph. Options by the step's name.
  Graph Build(std::map<std::string, StepOptions> options = {}) {
    const auto named = [&](const std::string& name) {
      StepOptions of_step = options[name];
      of_step.name = name;
      return of_step;
    };
    absl::StatusOr<Graph> graph =
        GraphBuilder("films")
            .Input<film::MovieId>()
            .Add(
                [this](ExecCtx& ctx, const film::MovieId& id) -> absl::StatusOr<film::Movie> {
                  if (absl::Status s = Run("FetchMovie", ctx); !s.ok()) return s;
                  film::Movie movie;
                  movie.set_id(id.id());
                  movie.set_title("film " + std::to_string(id.id()));
                  return movie;
                },
                named("FetchMovie"))
            .Add(
                [this](ExecCtx& ctx,
                       const film::Movie& movie) -> absl::StatusOr<film::DirectorProfile> {
                  if (absl::Status s = Run("FetchDirector", ctx); !s.ok()) return s;
                  film::DirectorProfile director;
                  director.set_films(movie.id() * 2);
                  return director;
                },
                named("FetchDirector"))
            .Add(
                [this](ExecCtx& ctx,
                       const film::Movie& movie) -> absl::StatusOr<film::ContentAnalysis> {
                  if (absl::Status s = Run("Analyze", ctx); !s.ok()) return s;
                  film::ContentAnalysis content;
                  content.set_themes(movie.id() * 3);
                  return content;
                },
                named("Analyze"))
            .Add(
                [this](
                    ExecCtx& ctx, const film::DirectorProfile& director,
                    const film::ContentAnalysis& content) -> absl::StatusOr<film::Classification> {
                  if (absl::Status s = Run("Classify", ctx); !s.ok()) return s;
                  film::Classification classification;
                  classification.set_genre(director.films() + content.themes());
                  return classification;
                },
                named("Classify"))
            .Add(
                [this](ExecCtx& ctx, const film::Movie& movie,
                       const film::Classification& classification) -> absl::StatusOr<film::TagSet> {
                  if (absl::Status s = Run("Tag", ctx); !s.ok()) return s;
                  film::TagSet tags;
                  tags.set_tags(classification.genre());
                  tags.add_trail(movie.title());
                  return tags;
                },
                named("Tag"))
            .Build();
    if (!graph.ok()) throw std::logic_error(std::string(graph.status().message()));
    return *std::move(graph);
  }

 private:
  absl::Status Run(const std::string& step, ExecCtx& ctx) {
    Hook hook;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++runs_[step];
      const auto found = hooks_.find(step);
      if (found != hooks_.end()) hook = found->second;
    }
    return hook == nullptr ? absl::OkStatus() : hook(ctx);
  }

  mutable std::mutex mutex_;
  std::map<std::string, Hook> hooks_;
  std::map<std::string, int> runs_;
};

inline film::MovieId FilmId(int64_t id) {
  film::MovieId movie_id;
  movie_id.set_id(id);
  return movie_id;
}

inline film::TagSet TagsOf(int64_t id) {
  film::TagSet tags;
  tags.set_tags(id * 5);
  tags.add_trail("film " + std::to_string(id));
  return tags;
}

// Hands everything on to a store, counts it, and can be taken away, as a server or a network can.
class FaultyStore : public Store {
 public:
  explicit FaultyStore(std::shared_ptr<Store> store) : store_(std::move(store)) {}

  // Every call fails with it from now on; OK heals. Each with a status of its own: those that are
  // shared count their users in a library that the thread sanitizer does not see.
  void FailWith(const absl::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    fault_ = status.code();
    fault_message_ = std::string(status.message());
  }
  // Writes that have a checkpoint of the workflow are refused for good.
  void RefuseWorkflow(std::string workflow_id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    poisoned_ = std::move(workflow_id);
  }
  // The owner that registered last.
  std::string owner_id() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return owner_id_;
  }
  int writes() const { return writes_.load(); }
  int synchronous_writes() const { return synchronous_writes_.load(); }
  int loads() const { return loads_.load(); }

  absl::StatusOr<std::vector<Neighbour>> Register(const Owner& owner,
                                                  absl::Duration lease) override {
    if (absl::Status fault = Fault(); !fault.ok()) return fault;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      owner_id_ = owner.owner_id;
    }
    return store_->Register(owner, lease);
  }
  absl::Status Heartbeat(const std::string& owner_id, absl::Duration lease) override {
    if (absl::Status fault = Fault(); !fault.ok()) return fault;
    return store_->Heartbeat(owner_id, lease);
  }
  absl::Status DeclareDead(const std::string& owner_id) override {
    if (absl::Status fault = Fault(); !fault.ok()) return fault;
    return store_->DeclareDead(owner_id);
  }
  absl::StatusOr<StoreWriteResult> Write(const StoreWrite& write) override {
    if (absl::Status fault = Fault(); !fault.ok()) return fault;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (const CheckpointWrite& each : write.checkpoints) {
        if (!poisoned_.empty() && each.checkpoint.workflow_id == poisoned_) {
          return absl::InternalError("the row is refused");
        }
      }
    }
    ++writes_;
    synchronous_writes_ += write.synchronous ? 1 : 0;
    return store_->Write(write);
  }
  absl::StatusOr<std::vector<Checkpoint>> Load(const std::string& workflow_id) override {
    if (absl::Status fault = Fault(); !fault.ok()) return fault;
    ++loads_;
    return store_->Load(workflow_id);
  }
  absl::StatusOr<std::vector<ExecutionRecord>> Resumable(const std::string& after,
                                                         int limit) override {
    if (absl::Status fault = Fault(); !fault.ok()) return fault;
    return store_->Resumable(after, limit);
  }
  absl::StatusOr<std::vector<ExecutionRecord>> Executions(const std::string& workflow_id,
                                                          int limit) override {
    if (absl::Status fault = Fault(); !fault.ok()) return fault;
    return store_->Executions(workflow_id, limit);
  }
  absl::StatusOr<SweepResult> Sweep(const Retention& retention) override {
    if (absl::Status fault = Fault(); !fault.ok()) return fault;
    return store_->Sweep(retention);
  }

 private:
  absl::Status Fault() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return absl::Status(fault_, fault_message_);
  }

  const std::shared_ptr<Store> store_;
  mutable std::mutex mutex_;
  absl::StatusCode fault_ = absl::StatusCode::kOk;
  std::string fault_message_;
  std::string poisoned_;
  std::string owner_id_;
  std::atomic<int> writes_{0};
  std::atomic<int> synchronous_writes_{0};
  std::atomic<int> loads_{0};
};

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_DURABILITY_FIXTURES_H_
