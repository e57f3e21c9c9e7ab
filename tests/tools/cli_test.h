#ifndef PROTOGRAPH_TESTS_TOOLS_CLI_TEST_H_
#define PROTOGRAPH_TESTS_TOOLS_CLI_TEST_H_

// What the tests of the command line share: a Postgres, a schema for each test, and a worker with a
// graph of films.

#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "protograph/durability/engine.h"
#include "protograph/graph.h"
#include "protograph/jobs/worker.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/testing/temporary_postgres.h"
#include "tool.h"

namespace protograph::tests {

// A film without end, whose job runs until it is asked to stop, and one that is not there.
inline constexpr int kEndlessFilm = 13;
inline constexpr int kMissingFilm = 404;

// "films": MovieId -> Movie -> TagSet; Movie and a DirectorProfile that is brought ->
// Classification.
Graph FilmGraph();

// A worker in this process, as long as it lives.
class TestWorker {
 public:
  TestWorker(std::shared_ptr<Store> store, Graph graph, WorkerOptions options);
  ~TestWorker();
  TestWorker(const TestWorker&) = delete;
  TestWorker& operator=(const TestWorker&) = delete;

 private:
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Worker> worker_;
  std::stop_source stop_;
  std::thread thread_;
};

class CliTest : public ::testing::Test {
 protected:
  // Makes the schema.
  void SetUp() override;

  // With --database and --schema.
  Outcome Run(std::vector<std::string> arguments, const std::string& input = "") const;
  std::vector<std::string> WithDatabase(std::vector<std::string> arguments) const;
  // A statement behind the tool's back; fields separated by '|'.
  std::string Query(const std::string& sql) const;

  // Returns once it has published its graph.
  std::unique_ptr<TestWorker> StartWorker(WorkerOptions options = {}, Graph graph = FilmGraph());
  // Publishes the graph, as a worker does that has gone.
  void Publish();
  // The id of a job for this film that nobody does, as there is no worker.
  std::string SubmitFilm(int film, std::vector<std::string> flags = {}) const;

  const std::string& connection() const { return connection_; }
  const std::string& schema() const { return schema_; }
  Store& store() { return *store_; }

 private:
  std::string connection_;
  std::string schema_;
  std::shared_ptr<PostgresStore> store_;
};

// The server of all tests, which writes to the disk as one should.
testing::TemporaryPostgres& CliPostgres();

}  // namespace protograph::tests

#endif  // PROTOGRAPH_TESTS_TOOLS_CLI_TEST_H_
