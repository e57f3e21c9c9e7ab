// Items of a job that are jobs of their own, beside as many jobs that were submitted.
//
//   bench_fan_out [quick]

#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "jobs_support.h"
#include "measure.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "or_die.h"
#include "protograph/graph_builder.h"
#include "protograph/protograph.h"

namespace protograph::bench {
namespace {

using movie_tagging::Movie;
using movie_tagging::MovieId;
using movie_tagging::TagSet;
using testing::TemporaryPostgres;

constexpr int32_t kItems = 20'000;

// Lists films, makes a film of each as the film graph's first step does, and counts them.
Graph MakeItems(const std::shared_ptr<JobCount>& count, int batch) {
  return OrDie(
      GraphBuilder("items")
          .Input<MovieId>()
          .Add(
              [count](ExecCtx& ctx, const MovieId& last) {
                count->Note(ctx);
                Many<MovieId> ids;
                ids.Reserve(static_cast<size_t>(last.id()));
                for (int32_t id = 0; id < last.id(); ++id) ids.Add().set_id(id);
                return ids;
              },
              {.name = "ListMovies"})
          .Map(
              [](ExecCtx&, const MovieId& id) {
                Movie movie;
                movie.set_id(id.id());
                movie.set_title("The Matrix");
                return movie;
              },
              {.name = "FetchMovie", .items = {.place = ItemPlace::kOnWorkers, .batch = batch}})
          .Add(
              [](ExecCtx&, const Many<Movie>& movies) {
                TagSet tags;
                tags.set_movie_id(static_cast<int32_t>(movies.size()));
                return tags;
              },
              {.name = "Count"})
          .Build());
}

// Items a second, from the start of the step that lists them until the job's result is there.
double RunItems(Database& database, int batch) {
  const auto count = std::make_shared<JobCount>();
  MovieId last;
  last.set_id(kItems);
  RunningWorker worker(database.connection(), MakeItems(count, batch), count);
  const JobId job = OrDie(database.client().Submit<TagSet>("items", last));
  const TagSet tags = OrDie(database.client().Wait<TagSet>(job, absl::Minutes(5)));
  if (tags.movie_id() != kItems) DieUnlessOk(absl::InternalError("items are missing"));
  return kItems / SecondsSince(count->begin());
}

double RunJobs(Database& database) {
  SubmitFilms(database.client(), kItems);
  return DrainFilms(database.connection(), kItems).jobs_a_second;
}

void Compare(Database& database, const std::string& name, int batch, size_t rounds,
             const std::string& bar) {
  RunItems(database, batch);
  std::vector<double> items;
  std::vector<double> jobs;
  std::vector<double> ratios;
  for (size_t round = 0; round < rounds; ++round) {
    items.push_back(RunItems(database, batch));
    jobs.push_back(RunJobs(database));
    ratios.push_back(items.back() / jobs.back());
  }
  PrintFigure({.group = "collections",
               .name = name,
               .value = Median(items),
               .unit = "/s",
               .baseline = "jobs drained",
               .baseline_value = Median(jobs),
               .number = Median(ratios),
               .bar = bar});
}

int Main(int argc, char** argv) {
  const size_t rounds = argc > 1 && std::strcmp(argv[1], "quick") == 0 ? 3 : 7;
  const auto postgres =
      OrDie(TemporaryPostgres::Start({.fsync = true,
                                      .settings = {"shared_preload_libraries=pg_stat_statements",
                                                   "shared_buffers=256MB", "max_wal_size=4GB"}}));
  Database database(*postgres, "items");
  RunJobs(database);
  Compare(database, "20,000 items on workers", 0, rounds, ">=0.7");
  Compare(database, "20,000 items on workers, a job each", 1, 3, "");
  return 0;
}

}  // namespace
}  // namespace protograph::bench

int main(int argc, char** argv) { return protograph::bench::Main(argc, argv); }
