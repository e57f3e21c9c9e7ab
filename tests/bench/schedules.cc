// What schedules and jobs of the far future cost, on a server of its own with fsync on.
//
//   bench_schedules [quick] [far|firing|lateness]...
//
// tests/bench/README.md says what each figure means.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iostream>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "jobs/schedule_firer.h"
#include "jobs_libpq.h"
#include "jobs_support.h"
#include "measure.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "or_die.h"
#include "protograph/jobs/schedules.h"
#include "protograph/protograph.h"
#include "protograph/testing/temporary_postgres.h"

namespace protograph::bench {
namespace {

using testing::TemporaryPostgres;

constexpr int64_t kJobs = 20'000;

struct Run {
  TemporaryPostgres* postgres;
  bool is_quick;
};

double Drain(Database& database) {
  SubmitFilms(database.client(), kJobs);
  return DrainFilms(database.connection(), kJobs).jobs_a_second;
}

movie_tagging::MovieId Film() {
  movie_tagging::MovieId film;
  film.set_id(1);
  return film;
}

std::shared_ptr<Store> Open(const Database& database) {
  return OrDie(PostgresStore::Open({.connection = database.connection()}));
}

// ---- Jobs of next year ----

void CompareFarJobs(const Run& run) {
  const int64_t far_jobs = run.is_quick ? 100'000 : 1'000'000;
  constexpr int64_t kAtOnce = 20'000;
  Database without(*run.postgres, "near_only");
  Database with(*run.postgres, "near_and_far");
  const std::vector<movie_tagging::MovieId> films(kAtOnce);
  SubmitOptions next_year;
  next_year.earliest_run_time = absl::Now() + absl::Hours(24 * 365);
  for (int64_t submitted = 0; submitted < far_jobs; submitted += kAtOnce) {
    OrDie(with.client().SubmitMany<movie_tagging::TagSet>(kGraph, films, next_year));
  }
  // The server's work on them is done before, as it would be after a while.
  LibpqConnection(with.connection()).Execute("VACUUM (ANALYZE) protograph.live, protograph.jobs");
  LibpqConnection(with.connection()).Execute("CHECKPOINT");
  Drain(without);
  Drain(with);
  std::vector<double> rates;
  std::vector<double> rates_without;
  std::vector<double> ratios;
  for (int round = 0; round < (run.is_quick ? 5 : 31); ++round) {
    if (round % 2 == 0) rates.push_back(Drain(with));
    rates_without.push_back(Drain(without));
    if (round % 2 == 1) rates.push_back(Drain(with));
    ratios.push_back(rates.back() / rates_without.back());
  }
  PrintFigure(
      {.group = "schedules",
       .name = fmt::format("drained beside {} far jobs", run.is_quick ? "100,000" : "1,000,000"),
       .value = Median(rates),
       .unit = "/s",
       .baseline = "without them",
       .baseline_value = Median(rates_without),
       .number = Median(ratios),
       .bar = ">=0.95"});
}

// ---- Firing ----

void MeasureFiring(const Run& run) {
  constexpr int kSchedules = 1000;
  Database database(*run.postgres, "firing");
  const std::shared_ptr<Store> store = Open(database);
  const std::unique_ptr<Schedules> schedules = OrDie(Schedules::Make(store));
  for (int i = 0; i < kSchedules; ++i) {
    DieUnlessOk(schedules->Put<movie_tagging::TagSet>(
        fmt::format("schedule {}", i), kGraph, Film(),
        {.cron = "0 * * * *", .missed = MissedTicks::kRunOnce, .overlap = Overlap::kAllow}));
  }
  internal::ScheduleFirer firer(*store->schedules(), Logger::Null());
  const std::string owner = "00000000-0000-7000-8000-000000000001";
  // They are planned.
  OrDie(firer.Fire(owner));
  LibpqConnection server(database.connection());
  server.Execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  const auto in_database = [&] {
    return std::stod(
        server.Ask("SELECT coalesce(sum(total_exec_time), 0) FROM pg_stat_statements "
                   "WHERE toplevel AND query ~ 'protograph (fire_schedules|find_due_schedules) '"));
  };
  std::vector<double> times;
  std::vector<double> walls;
  for (int round = 0; round < (run.is_quick ? 5 : 25); ++round) {
    server.Execute(
        "UPDATE protograph.schedules "
        "SET next_tick = date_trunc('hour', now()), due_at = now(), last_tick = NULL");
    server.Execute("DELETE FROM protograph.schedule_firings");
    const double before = in_database();
    const Moment begin = std::chrono::steady_clock::now();
    if (!OrDie(firer.Fire(owner)).has_fired) std::cerr << "nothing was fired\n";
    walls.push_back(SecondsSince(begin) * 1e3);
    times.push_back(in_database() - before);
  }
  const std::string fired =
      server.Ask("SELECT count(*) FROM protograph.schedule_firings WHERE outcome = 'f'");
  if (fired != std::to_string(kSchedules)) std::cerr << "only " << fired << " were fired\n";
  PrintFigure({.group = "schedules",
               .name = "1,000 schedules fired at once, in the database",
               .value = Median(times),
               .unit = "ms",
               .baseline = "as the worker sees it",
               .baseline_value = Median(walls),
               .number = Median(times),
               .number_unit = "ms",
               .bar = "<=250"});
}

// ---- Lateness ----

// How long after their ticks jobs have begun, in milliseconds, by the clock that is the server's
// too.
class Lateness {
 public:
  void Note(absl::Time tick) {
    const std::lock_guard<std::mutex> lock(mutex_);
    late_.push_back(absl::ToDoubleMilliseconds(absl::Now() - tick));
  }
  std::vector<double> all() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return late_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<double> late_;
};

class NoteLateness {
 public:
  explicit NoteLateness(std::shared_ptr<Lateness> lateness) : lateness_(std::move(lateness)) {}
  movie_tagging::TagSet Compute(ExecCtx& ctx, const movie_tagging::MovieId&) const {
    lateness_->Note(ctx.ScheduledTime().value_or(absl::InfinitePast()));
    return {};
  }

 private:
  std::shared_ptr<Lateness> lateness_;
};

void MeasureLateness(const Run& run) {
  constexpr int kSchedules = 40;
  constexpr absl::Duration kInterval = absl::Seconds(10);
  Database database(*run.postgres, "lateness");
  const auto lateness = std::make_shared<Lateness>();
  const std::unique_ptr<Schedules> schedules = OrDie(Schedules::Make(Open(database)));
  for (int i = 0; i < kSchedules; ++i) {
    // One after the other, so that each tick finds an idle worker.
    DieUnlessOk(schedules->Put<movie_tagging::TagSet>(
        fmt::format("schedule {}", i), kGraph, Film(),
        {.interval = kInterval, .anchor = absl::UnixEpoch() + i * kInterval / kSchedules}));
  }
  {
    const RunningWorker worker(database.connection(),
                               OrDie(GraphBuilder(kGraph)
                                         .Input<movie_tagging::MovieId>()
                                         .Add<NoteLateness>(StepOptions{}, lateness)
                                         .Build()),
                               std::make_shared<JobCount>());
    std::this_thread::sleep_for(std::chrono::seconds(run.is_quick ? 20 : 90));
  }
  const std::vector<double> late = lateness->all();
  PrintFigure({.group = "schedules",
               .name = "how late ticks are at an idle worker, p99",
               .value = Quantile(late, 0.99),
               .unit = "ms",
               .baseline = "the median",
               .baseline_value = Median(late),
               .number = Quantile(late, 0.99),
               .number_unit = "ms",
               .bar = "<=100"});
}

const std::vector<std::pair<std::string_view, void (*)(const Run&)>>& Parts() {
  static const auto& parts = *new std::vector<std::pair<std::string_view, void (*)(const Run&)>>{
      {"far", CompareFarJobs}, {"firing", MeasureFiring}, {"lateness", MeasureLateness}};
  return parts;
}

int Main(int argc, char** argv) {
  Run run = {};
  std::set<std::string_view> chosen;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "quick") {
      run.is_quick = true;
    } else if (std::any_of(Parts().begin(), Parts().end(),
                           [&](const auto& part) { return part.first == argument; })) {
      chosen.insert(argument);
    } else {
      std::cerr << "error: there is no part " << argument << "; see schedules.cc\n";
      return 2;
    }
  }
  const auto postgres =
      OrDie(TemporaryPostgres::Start({.fsync = true,
                                      .settings = {"shared_preload_libraries=pg_stat_statements",
                                                   "shared_buffers=1GB", "max_wal_size=4GB"}}));
  run.postgres = postgres.get();
  for (const auto& [name, measure] : Parts()) {
    if (chosen.empty() || chosen.contains(name)) measure(run);
  }
  return 0;
}

}  // namespace
}  // namespace protograph::bench

int main(int argc, char** argv) { return protograph::bench::Main(argc, argv); }
