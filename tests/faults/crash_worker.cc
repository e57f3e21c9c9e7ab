// Executes one workflow of films against Postgres, and counts in the database what it runs. Its
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

#include "film.pb.h"
#include "protograph/durability/engine.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/protograph.h"

namespace {

using namespace protograph;

// One step at a time counts and dawdles.
class Runs {
 public:
  Runs(const std::string& connection, std::string workflow, unsigned seed)
      : connection_(connection), workflow_(std::move(workflow)), random_(seed) {}

  // Begins a step; a moment passes before and after it is counted.
  void Count(const std::string& step) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Dawdle();
    pqxx::work transaction(connection_);
    transaction.exec_params("INSERT INTO runs (workflow, step) VALUES ($1, $2)", workflow_, step);
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

absl::StatusOr<Graph> MakeGraph(Runs& runs) {
  return GraphBuilder("films")
      .Input<film::MovieId>()
      .Add(
          [&](ExecCtx&, const film::MovieId& id) {
            runs.Count("FetchMovie");
            film::Movie movie;
            movie.set_id(id.id());
            return movie;
          },
          {.name = "FetchMovie"})
      .Add(
          [&](ExecCtx&, const film::Movie& movie) {
            runs.Count("FetchDirector");
            film::DirectorProfile director;
            director.set_films(movie.id() * 2);
            return director;
          },
          {.name = "FetchDirector", .durability = Durability::kSync})
      .Add(
          [&](ExecCtx&, const film::Movie& movie) {
            runs.Count("Analyze");
            film::ContentAnalysis content;
            content.set_themes(movie.id() * 3);
            return content;
          },
          {.name = "Analyze"})
      .Add(
          [&](ExecCtx&, const film::DirectorProfile& director,
              const film::ContentAnalysis& content) {
            runs.Count("Classify");
            film::Classification classification;
            classification.set_genre(director.films() + content.themes());
            return classification;
          },
          {.name = "Classify"})
      .Add(
          [&](ExecCtx&, const film::Movie& movie, const film::Classification& classification) {
            runs.Count("Tag");
            film::TagSet tags;
            tags.set_tags(classification.genre() + movie.id());
            return tags;
          },
          {.name = "Tag"})
      .Build();
}

int Main(const std::string& connection, const std::string& workflow, unsigned seed) {
  Runs runs(connection, workflow, seed);
  const absl::StatusOr<Graph> graph = MakeGraph(runs);
  absl::StatusOr<std::shared_ptr<PostgresStore>> store =
      PostgresStore::Open({.connection = connection});
  if (!graph.ok() || !store.ok()) {
    std::cerr << graph.status() << " " << store.status() << "\n";
    return 2;
  }
  absl::StatusOr<std::unique_ptr<Engine>> engine =
      Engine::Start(*store, {.flush_interval = absl::Milliseconds(2)});
  if (!engine.ok()) {
    std::cerr << engine.status() << "\n";
    return 2;
  }
  film::MovieId id;
  id.set_id(static_cast<int64_t>(std::hash<std::string>()(workflow) % 1000));
  ExecCtx ctx = (*engine)->NewExecution({.workflow_id = workflow});
  const absl::StatusOr<film::TagSet> tags = graph->Execute<film::TagSet>(ctx, id);
  if (!tags.ok()) {
    std::cerr << tags.status() << "\n";
    return 1;
  }
  if (tags->tags() != id.id() * 6) {
    std::cerr << "a wrong result: " << tags->tags() << " of " << id.id() << "\n";
    return 3;
  }
  return 0;
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
