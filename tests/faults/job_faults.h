#ifndef PROTOGRAPH_TESTS_FAULTS_JOB_FAULTS_H_
#define PROTOGRAPH_TESTS_FAULTS_JOB_FAULTS_H_

// What the tests of faults of jobs share: a Postgres server whose triggers count what is written,
// workers that are processes (see job_worker.cc), jobs for them, and what must be so in the end,
// whatever has happened.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/child_process.h"
#include "gtest/gtest.h"
#include "protograph/jobs/client.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/testing/temporary_postgres.h"

namespace protograph::faults {

class JobFaultTest : public ::testing::Test {
 protected:
  // Starts the server and makes, beside the tables of the library, in the schema public:
  //
  //   runs      each run of a step of the graph "recorded": moment, job_id, step
  //   flushes   each new checkpoint of such a step: moment, workflow_id, step
  //   results   each end of a job that was written: job_id
  //
  // Moments are numbers of one sequence, so that they tell what was first.
  void SetUp() override { Start({}); }
  void TearDown() override;
  void Start(testing::TemporaryPostgresOptions options);

  // ---- Workers ----

  struct WorkerSettings {
    // Put before the program, such as {"ip", "netns", "exec", "there"}.
    std::vector<std::string> command = {};
    // "NAME=value".
    std::vector<std::string> variables = {};
    std::vector<std::string> flags = {};
    // Empty: that of the server.
    std::string connection = {};
  };
  class WorkerProcess {
   public:
    WorkerProcess(internal::ChildOptions options, std::string log_file);
    void Signal(int signal) { process_->Signal(signal); }
    bool is_running() const { return process_->is_running(); }
    pid_t process_id() const { return process_->process_id(); }
    // Kills it where it still runs after the timeout.
    std::optional<int> Wait(absl::Duration timeout = absl::Seconds(60));
    bool HasSaid(const std::string& text) const;
    bool AwaitSaid(const std::string& text) const;
    std::string EndOfLog() const { return internal::EndOfLog(log_file_); }

   private:
    const std::string log_file_;
    std::unique_ptr<internal::ChildProcess> process_;
  };
  // With a lease of a second, four threads and checkpoints after 10 ms, unless its flags say
  // otherwise.
  std::unique_ptr<WorkerProcess> StartWorker(const WorkerSettings& settings);
  std::unique_ptr<WorkerProcess> StartWorker() { return StartWorker(WorkerSettings()); }
  // By SIGTERM. It must end with 0.
  void StopWorker(WorkerProcess& worker) const;
  // A program of these tests, to its end. Its exit code.
  static std::optional<int> RunProgram(std::vector<std::string> command);

  // ---- Jobs ----

  // Films of the catalogue, round and round.
  void SubmitFilms(int count);
  // Jobs of the graph "recorded" whose second step takes so long.
  std::vector<JobId> SubmitRecorded(int count, absl::Duration work);
  // How they are submitted.
  SubmitOptions options_ = {
      .retry = {.attempts = 20, .backoff = absl::Milliseconds(100)},
  };
  // That so many jobs were submitted by others.
  void NoteSubmitted(int count) { submitted_ += count; }
  int submitted() const { return submitted_; }

  // The number that a statement returns. Connects anew.
  int64_t Number(const std::string& sql) const;
  std::string Text(const std::string& sql) const;
  // Jobs that have not ended.
  int64_t Unfinished() const { return Number("SELECT count(*) FROM protograph.live"); }
  // Whether the statement returns a number other than 0 within some time.
  bool Await(const std::string& sql, absl::Duration patience = absl::Seconds(60)) const;
  bool AwaitAllDone(absl::Duration patience = absl::Seconds(90)) const;

  // ---- What must be so in the end ----

  // All jobs have succeeded, with the right results, which were written once each, and the queue's
  // counters say the same.
  void ExpectEachDoneOnce();
  // No step ran again once its checkpoint was in the store.
  void ExpectNoFlushedStepRepeated() const;

  std::unique_ptr<testing::TemporaryPostgres> postgres_;
  std::shared_ptr<PostgresStore> store_;
  std::unique_ptr<Client> client_;

 private:
  void ExpectResultsRight() const;

  int submitted_ = 0;
  int next_film_ = 0;
  int logs_ = 0;
  // Of the jobs: the number of its film.
  std::map<JobId, int> films_;
  // Of those of the graph "recorded": its answer.
  std::map<JobId, int64_t> answers_;
};

}  // namespace protograph::faults

#endif  // PROTOGRAPH_TESTS_FAULTS_JOB_FAULTS_H_
