// The worker of the tests of faults: protograph-worker with three graphs.
//
//   job_worker <flags of protograph-worker>
//
// "movie_tagging" is that of the examples, whose analyzer takes as many microseconds as the
// variable FILM_MICROSECONDS says. "recorded" writes each run of a step to the table of
// job_faults.h, in the database of the variable RECORDS:
//
//   Prepare   MovieId -> Movie
//   Work      Movie -> TagSet, for as many milliseconds as the film's number
//   Die       MovieId -> Poster, kills this process
//
// "items" does the same for each of as many films as its film's number, from 1, on whichever
// workers are there:
//
//   Item      MovieId -> Movie, for 50 ms; the run is named "Item 17"

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "csv_movie_catalog.h"
#include "film.pb.h"
#include "movie_graph.h"
#include "protograph/jobs/worker.h"
#include "protograph/jobs/worker_main.h"
#include "protograph/protograph.h"
#include "rule_based_analyzer.h"

namespace {

using namespace protograph;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Analyzing a film takes its time.
class SlowAnalyzer : public movie_tagging::ContentAnalyzer {
 public:
  explicit SlowAnalyzer(std::chrono::microseconds time) : time_(time) {}

  absl::StatusOr<movie_tagging::ContentAnalysis> Analyze(
      const movie_tagging::Movie& movie) override {
    if (time_.count() > 0) std::this_thread::sleep_for(time_);
    return rules_.Analyze(movie);
  }

 private:
  const std::chrono::microseconds time_;
  movie_tagging::RuleBasedAnalyzer rules_;
};

class Records {
 public:
  explicit Records(std::string connection) : connection_string_(std::move(connection)) {}

  // Returns once it is committed, whatever becomes of the database meanwhile. A run has a number of
  // its own, so that it is there once however often it had to be sent.
  void Add(const ExecCtx& ctx, std::string_view step) {
    const JobInfo* const job = ctx.Value<JobInfo>();
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto run = static_cast<int64_t>(random_() >> 1);
    while (true) {
      try {
        if (connection_ == nullptr) {
          connection_ = std::make_unique<pqxx::connection>(connection_string_);
        }
        pqxx::work transaction(*connection_);
        transaction.exec("INSERT INTO public.runs (run, job_id, step) VALUES (" +
                         std::to_string(run) + ", " + transaction.quote(job->job_id) + ", " +
                         transaction.quote(std::string(step)) + ") ON CONFLICT DO NOTHING");
        transaction.commit();
        return;
      } catch (const std::exception&) {
        connection_ = nullptr;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
  }

 private:
  const std::string connection_string_;
  std::mutex mutex_;
  std::unique_ptr<pqxx::connection> connection_;
  std::mt19937_64 random_{(uint64_t{std::random_device()()} << 32) | std::random_device()()};
};

absl::StatusOr<Graph> MakeRecordedGraph(const std::shared_ptr<Records>& records) {
  return GraphBuilder("recorded")
      .Input<film::MovieId>()
      .Add(
          [records](ExecCtx& ctx, const film::MovieId& id) {
            records->Add(ctx, "Prepare");
            film::Movie movie;
            movie.set_id(id.id());
            return movie;
          },
          {.name = "Prepare"})
      .Add(
          [records](ExecCtx& ctx, const film::Movie& movie) -> absl::StatusOr<film::TagSet> {
            records->Add(ctx, "Work");
            absl::Status alive = ctx.SleepFor(absl::Milliseconds(movie.id()));
            if (!alive.ok()) return alive;
            film::TagSet tags;
            tags.set_tags(movie.id() * 7);
            return tags;
          },
          {.name = "Work"})
      .Add(
          [records](ExecCtx& ctx, const film::MovieId&) -> absl::StatusOr<film::Poster> {
            records->Add(ctx, "Die");
            raise(SIGKILL);
            return absl::InternalError("it lives");
          },
          {.name = "Die"})
      .Build();
}

absl::StatusOr<Graph> MakeItemsGraph(const std::shared_ptr<Records>& records) {
  return GraphBuilder("items")
      .Input<film::MovieId>()
      .Add(
          [](ExecCtx&, const film::MovieId& count) {
            Many<film::MovieId> ids;
            for (int64_t id = 1; id <= count.id(); ++id) ids.Add().set_id(id);
            return ids;
          },
          {.name = "List"})
      .Map(
          [records](ExecCtx& ctx, const film::MovieId& id) -> absl::StatusOr<film::Movie> {
            records->Add(ctx, "Item " + std::to_string(id.id()));
            absl::Status alive = ctx.SleepFor(absl::Milliseconds(50));
            if (!alive.ok()) return alive;
            film::Movie movie;
            movie.set_id(id.id());
            return movie;
          },
          {.name = "Item", .items = {.place = ItemPlace::kOnWorkers}})
      .Add(
          [](ExecCtx&, const Many<film::Movie>& movies) {
            film::TagSet tags;
            for (const film::Movie& movie : movies) tags.set_tags(tags.tags() + movie.id());
            return tags;
          },
          {.name = "Sum"})
      .Build();
}

absl::StatusOr<Graph> MakeMovies() {
  auto catalog = movie_tagging::CsvMovieCatalog::Load(PROTOGRAPH_MOVIES);
  if (!catalog.ok()) return catalog.status();
  const std::string text = Variable("FILM_MICROSECONDS");
  int64_t microseconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), microseconds);
  auto analyzer = std::make_shared<SlowAnalyzer>(std::chrono::microseconds(microseconds));
  const auto graph =
      movie_tagging::MakeMovieGraph({.catalog = *catalog, .analyzer = std::move(analyzer)});
  if (!graph.ok()) return graph.status();
  return graph->graph();
}

}  // namespace

int main(int argc, char** argv) {
  const absl::StatusOr<Graph> movies = MakeMovies();
  const auto records = std::make_shared<Records>(Variable("RECORDS"));
  const absl::StatusOr<Graph> recorded = MakeRecordedGraph(records);
  const absl::StatusOr<Graph> items = MakeItemsGraph(records);
  if (!movies.ok() || !recorded.ok() || !items.ok()) {
    std::cerr << movies.status() << " " << recorded.status() << " " << items.status() << "\n";
    return kWorkerMisconfigured;
  }
  return WorkerMain(argc, argv, {*movies, *recorded, *items});
}
