#ifndef PROTOGRAPH_TESTS_BENCH_JOBS_SUPPORT_H_
#define PROTOGRAPH_TESTS_BENCH_JOBS_SUPPORT_H_

// What jobs.cc measures with: workers in this process and in others, graphs that count, databases
// of one server, and the peers in tests/bench/peers.

#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "jobs_libpq.h"
#include "protograph/durability/engine.h"
#include "protograph/graph.h"
#include "protograph/jobs/client.h"
#include "protograph/jobs/worker.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/testing/temporary_postgres.h"

namespace protograph::bench {

using Seconds = std::chrono::duration<double>;
using Moment = std::chrono::steady_clock::time_point;

double SecondsSince(Moment begin);

// ---- Jobs ----

// Counts the jobs that begin. Queues that are told apart are named by a digit at their end.
class JobCount {
 public:
  void Note(const ExecCtx& ctx);
  void Reset();
  int64_t begun() const { return begun_.load(std::memory_order_relaxed); }
  int64_t begun_of(size_t digit) const { return of_queue_[digit].load(std::memory_order_relaxed); }
  // When the first one began.
  Moment begin() const { return Moment(Moment::duration(begin_.load())); }

 private:
  std::atomic<int64_t> begun_ = 0;
  std::atomic<Moment::rep> begin_ = 0;
  std::array<std::atomic<int64_t>, 10> of_queue_ = {};
};

inline constexpr char kGraph[] = "film";

// The film graph, whose first step counts.
Graph MakeCountedFilm(std::shared_ptr<JobCount> count);
// One step, which waits so long.
Graph MakeWaiting(std::shared_ptr<JobCount> count, absl::Duration time);

// What the film graph makes of the film that SubmitFilms submits.
std::string FilmResult();
void SubmitFilms(Client& client, int64_t jobs, const std::string& queue = "default");

// ---- Workers ----

struct DrainResult {
  int64_t jobs = 0;
  double jobs_a_second = 0;
};

// A process's worth of worker, in this process: store, engine and worker of its own.
class RunningWorker {
 public:
  RunningWorker(const std::string& connection, Graph graph, std::shared_ptr<JobCount> count,
                WorkerOptions options = {});
  // Stops it, and closes its connections.
  ~RunningWorker();
  RunningWorker(const RunningWorker&) = delete;
  RunningWorker& operator=(const RunningWorker&) = delete;

  // Blocks until so many have succeeded since the start. The rate is that from the first job's
  // first step until the store has the last one's result.
  DrainResult WaitFor(int64_t jobs);

  WorkerStats stats() const { return worker_->stats(); }

 private:
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<JobCount> count_;
  std::unique_ptr<Worker> worker_;
  std::stop_source stop_;
  std::thread thread_;
};

// Starts a worker for the film graph and waits for so many jobs.
DrainResult DrainFilms(const std::string& connection, int64_t jobs, WorkerOptions options = {});

// What a process does that was started as a WorkerProcess. Returns when it is sent SIGTERM.
int RunWorkerProcess(const std::string& connection);

// This program as a worker, with a database's connection.
class WorkerProcess {
 public:
  explicit WorkerProcess(const std::string& connection);
  // Sends SIGTERM and waits.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  // Bytes of its memory that are resident.
  double ResidentBytes() const;

 private:
  pid_t process_id_ = 0;
};

// ---- The server ----

// A database of the server's for one measurement, and what it is asked from another one, so that
// asking does not count. Dropped at the end.
class Database {
 public:
  Database(const testing::TemporaryPostgres& postgres, const std::string& name);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& connection() const { return connection_; }
  // Opens the store, which makes its tables.
  Client& client() { return *client_; }

  // As the server has counted them so far. Processes count their commits in when they end.
  double Statements();
  double Commits();

 private:
  std::string name_;
  std::string connection_;
  LibpqConnection outside_;
  std::unique_ptr<Client> client_;
};

// Jobs a second as a program in tests/bench/peers prints them, in a database of its own; nothing,
// and a line about it on standard error, where it cannot be run.
std::optional<double> RunPeer(const testing::TemporaryPostgres& postgres,
                              const std::string& program, const std::string& arguments);

}  // namespace protograph::bench

#endif  // PROTOGRAPH_TESTS_BENCH_JOBS_SUPPORT_H_
