// Executes one workflow against Postgres, and counts in the database which steps it runs. Its
// parent, crash_test.cc, kills it.
//
//   crash_worker <connection> <workflow> <seed>
//
// Ends with 0 after the right result, with 1 where the execution has failed, with 2 where it could
// not begin, and with 3 after a wrong result.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <pqxx/pqxx>
#include <random>
#include <string>
#include <thread>

#include "crash_work.h"
#include "protograph/durability/engine.h"
#include "protograph/execution_observer.h"
#include "protograph/postgres/postgres_store.h"

namespace {

using namespace protograph;

// One step at a time is counted and dawdles.
class Runs : public ExecutionObserver {
 public:
  Runs(const std::string& connection, std::string workflow, unsigned seed)
      : connection_(connection), workflow_(std::move(workflow)), random_(seed) {}

  void OnAttemptStart(const ExecCtx& /*ctx*/, const StepEvent& event) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    Dawdle();
    pqxx::work transaction(connection_);
    transaction.exec("INSERT INTO runs (workflow, step) VALUES (" + transaction.quote(workflow_) +
                     ", " + transaction.quote(std::string(event.step)) + ")");
    transaction.commit();
    Dawdle();
  }

 private:
  void Dawdle() { std::this_thread::sleep_for(std::chrono::microseconds(random_() % 4000)); }

  std::mutex mutex_;
  pqxx::connection connection_;
  const std::string workflow_;
  std::minstd_rand random_;
};

int Main(const std::string& connection, const std::string& workflow, unsigned seed) {
  Runs runs(connection, workflow, seed);
  const absl::StatusOr<std::unique_ptr<CrashWork>> work = MakeCrashWork(workflow);
  absl::StatusOr<std::shared_ptr<PostgresStore>> store =
      PostgresStore::Open({.connection = connection});
  if (!work.ok() || !store.ok()) {
    std::cerr << work.status() << " " << store.status() << "\n";
    return 2;
  }
  absl::StatusOr<std::unique_ptr<Engine>> engine =
      Engine::Start(*store, {.flush_interval = absl::Milliseconds(2)});
  if (!engine.ok()) {
    std::cerr << engine.status() << "\n";
    return 2;
  }
  ExecCtx ctx = (*engine)->NewExecution({.workflow_id = workflow, .context = {.observer = &runs}});
  const absl::Status status = (*work)->Run(ctx);
  if (status.ok()) return 0;
  std::cerr << status << "\n";
  return absl::IsDataLoss(status) ? 3 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    return Main(argv[1], argv[2], static_cast<unsigned>(std::atoi(argv[3])));
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
