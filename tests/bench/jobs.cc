// What the job queue does in a second beside the least that a queue over libpq can be, beside other
// queues, and under what slows queues down; what a job costs the server; how fast one job is; what
// an idle worker costs.
//
//   bench_jobs [quick] [drain|backlog|held|processes|weights|submit|idle|blocking|limit|memory]...
//
// quick: fewer rounds, shorter times and smaller backlogs, for looking and not for bars.

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <iostream>
#include <set>
#include <string_view>

#include "fmt/format.h"
#include "jobs_libpq.h"
#include "jobs_support.h"
#include "measure.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "or_die.h"

namespace protograph::bench {
namespace {

using testing::TemporaryPostgres;

constexpr int64_t kJobs = 20'000;
constexpr size_t kPlainPayload = 128;
constexpr int kPlainBatch = 500;

struct Run {
  TemporaryPostgres* postgres;
  // In a database of its own, where what happens to the others does not reach it.
  LibpqQueue* plain;
  bool is_quick;

  size_t rounds(size_t rounds) const { return is_quick ? std::min<size_t>(rounds, 3) : rounds; }
};

double DrainPlain(const Run& run) {
  static const std::string& result = *new std::string(FilmResult());
  run.plain->Fill(kJobs, kPlainPayload);
  return run.plain->Drain(kPlainBatch, result);
}

double DrainOurs(Database& database) {
  SubmitFilms(database.client(), kJobs);
  return DrainFilms(database.connection(), kJobs).jobs_a_second;
}

// Rates of ours and of the plain program, in turns, so that ratios of different minutes can be
// compared: the machine's slow phases hit both.
struct Paired {
  std::vector<double> ours;
  std::vector<double> plain;

  double MedianRatio() const {
    std::vector<double> ratios;
    for (size_t i = 0; i < ours.size(); ++i) ratios.push_back(ours[i] / plain[i]);
    return Median(ratios);
  }
};

Paired TakeTurnsWithPlain(const Run& run, size_t rounds, const std::function<double()>& ours) {
  Paired paired;
  for (size_t round = 0; round < rounds; ++round) {
    if (round % 2 == 0) paired.ours.push_back(ours());
    paired.plain.push_back(DrainPlain(run));
    if (round % 2 == 1) paired.ours.push_back(ours());
  }
  return paired;
}

// ---- Draining ----

void CompareDrains(const Run& run) {
  constexpr int64_t kJobsOfDefaults = 4'000;
  struct Peer {
    std::string name;
    std::string program;
    std::string arguments;
    std::string bar;
    std::vector<double> rates = {};
    std::vector<double> ratios = {};
  };
  std::vector<Peer> peers = {
      {"graphile-worker, queue of 500", "graphile_worker", "--local-queue 500", ">=1.2"},
      {"graphile-worker, queue of 2,000", "graphile_worker", "--local-queue 2000", ">=1.2"},
      {"graphile-worker as it comes", "graphile_worker", fmt::format("--jobs {}", kJobsOfDefaults),
       ">=12"},
      {"pg-boss, batches of 2,000", "pg_boss", "--batch 2000", ">=2"}};
  if (std::getenv("PROTOGRAPH_BENCH_PEERS") == nullptr) {
    std::cerr << "SKIPPED: jobs: PROTOGRAPH_BENCH_PEERS does not name the folder of the peers, so "
                 "that there is no comparison with graphile-worker and pg-boss\n";
    peers.clear();
  }

  Database database(*run.postgres, "drains");
  DrainOurs(database);
  std::vector<double> ours;
  std::vector<double> plain;
  std::vector<double> ratios;
  for (size_t round = 0; round < run.rounds(7); ++round) {
    ours.push_back(DrainOurs(database));
    plain.push_back(DrainPlain(run));
    ratios.push_back(ours.back() / plain.back());
    for (Peer& peer : peers) {
      if (peer.rates.size() < round) continue;  // could not be run
      const std::optional<double> rate = RunPeer(*run.postgres, peer.program, peer.arguments);
      if (!rate.has_value()) continue;
      peer.rates.push_back(*rate);
      peer.ratios.push_back(ours.back() / *rate);
    }
  }
  PrintFigure({.group = "jobs",
               .name = "film graph, 20,000 jobs drained",
               .value = Median(ours),
               .unit = "/s",
               .baseline = "libpq, by 500",
               .baseline_value = Median(plain),
               .number = Median(ratios),
               .bar = ">=0.7"});
  for (const Peer& peer : peers) {
    if (peer.rates.empty()) continue;
    PrintFigure({.group = "jobs",
                 .name = "film graph, 20,000 jobs drained",
                 .value = Median(ours),
                 .unit = "/s",
                 .baseline = peer.name,
                 .baseline_value = Median(peer.rates),
                 .number = Median(peer.ratios),
                 .bar = peer.bar});
  }

  // The worker's whole life, from its registration to its last word.
  SubmitFilms(database.client(), kJobs);
  const double statements = database.Statements();
  const double commits = database.Commits();
  DrainFilms(database.connection(), kJobs);
  // What a process has done is counted when it has ended.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const double new_statements = database.Statements() - statements;
  const double new_commits = database.Commits() - commits;
  PrintFigure({.group = "jobs",
               .name = "statements of 20,000 jobs",
               .value = new_statements,
               .unit = "statements",
               .baseline = "",
               .number = new_statements / kJobs,
               .number_unit = "a job",
               .bar = "<=0.05"});
  PrintFigure({.group = "jobs",
               .name = "commits of 20,000 jobs",
               .value = new_commits,
               .unit = "commits",
               .baseline = "",
               .number = new_commits / kJobs,
               .number_unit = "a job",
               .bar = "<=0.02"});
}

void PrintSlowed(const std::string& name, const Paired& slowed, const std::string& than,
                 const Paired& before, const std::string& bar) {
  PrintFigure({.group = "jobs",
               .name = name,
               .value = Median(slowed.ours),
               .unit = "/s",
               .baseline = than,
               .baseline_value = Median(before.ours),
               .number = slowed.MedianRatio() / before.MedianRatio(),
               .bar = bar});
}

void DrainBeforeBacklog(const Run& run) {
  const int64_t backlog = run.is_quick ? 200'000 : 1'000'000;
  const size_t rounds = run.rounds(7);
  Database database(*run.postgres, "backlog");
  DrainOurs(database);
  const Paired before = TakeTurnsWithPlain(run, rounds, [&] { return DrainOurs(database); });
  SubmitFilms(database.client(), backlog + static_cast<int64_t>(rounds + 2) * kJobs);
  const auto drain = [&] { return DrainFilms(database.connection(), kJobs).jobs_a_second; };
  drain();
  const Paired with = TakeTurnsWithPlain(run, rounds, drain);
  PrintSlowed(fmt::format("drained while {} are queued", run.is_quick ? "200,000" : "1,000,000"),
              with, "while none are", before, ">=0.9");
}

// A transaction that sees the database as it was keeps all that has died since from being removed.
void DrainUnderHeldTransaction(const Run& run) {
  constexpr int64_t kBatch = 500;
  constexpr std::chrono::milliseconds kBetween{100};
  const auto length = std::chrono::seconds(run.is_quick ? 10 : 60);
  const size_t rounds = run.rounds(7);
  Database database(*run.postgres, "held");
  DrainOurs(database);
  const Paired before = TakeTurnsWithPlain(run, rounds, [&] { return DrainOurs(database); });

  LibpqConnection holder(database.connection());
  holder.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class");
  {
    const auto count = std::make_shared<JobCount>();
    RunningWorker worker(database.connection(), MakeCountedFilm(count), count);
    const Moment begin = std::chrono::steady_clock::now();
    int64_t submitted = 0;
    for (Moment next = begin; next < begin + length; next += kBetween) {
      std::this_thread::sleep_until(next);
      SubmitFilms(database.client(), kBatch);
      submitted += kBatch;
    }
    worker.WaitFor(submitted);
    const double late = SecondsSince(begin + length);
    if (late > 1) {
      std::cerr << fmt::format("the steady load was over {:.1f} s late\n", late);
    }
  }
  const Paired held = TakeTurnsWithPlain(run, rounds, [&] { return DrainOurs(database); });
  holder.Execute("COMMIT");
  PrintSlowed(fmt::format("drained after {} s of 5,000 jobs/s, a transaction open", length.count()),
              held, "none open", before, ">=0.7");
}

// Jobs a second of so many processes, from the first claim on.
double DrainByProcesses(Database& database, size_t processes, int64_t jobs) {
  Client& client = database.client();
  LibpqConnection looking(database.connection());
  const auto workers_so_far = [&] {
    return std::stoul(looking.Ask("SELECT count(*) FROM protograph.workers"));
  };
  const auto queue = [&] {
    for (const QueueRecord& record : OrDie(client.Queues())) {
      if (record.queue == kDefaultQueue) return record;
    }
    return QueueRecord{};
  };
  const std::string name(kDefaultQueue);
  DieUnlessOk(client.Configure(name, {.mode = QueueMode::kPaused}));
  SubmitFilms(client, jobs);
  const size_t before = workers_so_far();
  std::vector<std::unique_ptr<WorkerProcess>> workers;
  for (size_t i = 0; i < processes; ++i) {
    workers.push_back(std::make_unique<WorkerProcess>(database.connection()));
  }
  while (workers_so_far() < before + processes) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  DieUnlessOk(client.Configure(name, {}));
  while (queue().queued == jobs) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const Moment begin = std::chrono::steady_clock::now();
  const auto left = [&] {
    const QueueRecord now = queue();
    return now.queued + now.running;
  };
  while (left() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return static_cast<double>(jobs) / SecondsSince(begin);
}

void CompareProcesses(const Run& run) {
  constexpr size_t kProcesses = 4;
  const int64_t jobs = run.is_quick ? 40'000 : 100'000;
  Database database(*run.postgres, "processes");
  std::vector<double> one;
  std::vector<double> four;
  std::vector<double> ratios;
  for (size_t round = 0; round < run.rounds(5); ++round) {
    one.push_back(DrainByProcesses(database, 1, jobs));
    four.push_back(DrainByProcesses(database, kProcesses, jobs));
    ratios.push_back(four.back() / one.back());
  }
  PrintFigure({.group = "jobs",
               .name = "drained by four processes",
               .value = Median(four),
               .unit = "/s",
               .baseline = "by one",
               .baseline_value = Median(one),
               .number = Median(ratios),
               .bar = ">=1"});
}

void MeasureShares(const Run& run) {
  constexpr int kQueues = 4;
  constexpr int kAllWeights = 10;
  Database database(*run.postgres, "weights");
  WorkerOptions options;
  options.queues.clear();
  for (int weight = 1; weight <= kQueues; ++weight) {
    const std::string queue = fmt::format("weight{}", weight);
    options.queues.push_back({.name = queue, .weight = weight});
    SubmitFilms(database.client(), kJobs, queue);
  }
  const auto count = std::make_shared<JobCount>();
  RunningWorker worker(database.connection(), MakeCountedFilm(count), count, options);
  worker.WaitFor(kJobs);
  // Taken one by one while it works on: off by a few, of thousands.
  std::array<int64_t, kQueues + 1> begun = {};
  int64_t all = 0;
  for (size_t weight = 1; weight <= kQueues; ++weight) {
    begun[weight] = count->begun_of(weight);
    all += begun[weight];
  }
  double worst = 0;
  for (int weight = 1; weight <= kQueues; ++weight) {
    const double share =
        static_cast<double>(begun[static_cast<size_t>(weight)]) / static_cast<double>(all);
    worst = std::max(worst, std::abs(share * kAllWeights / weight - 1));
  }
  PrintFigure({.group = "jobs",
               .name = "shares of queues weighted 1 to 4",
               .value = worst * 100,
               .unit = "%",
               .baseline = "",
               .number = worst * 100,
               .number_unit = "% off",
               .bar = "<=10"});
}

// ---- Submitting ----

void CompareSubmitting(const Run& run) {
  Database database(*run.postgres, "submitting");
  Client& client = database.client();
  LibpqConnection plain(database.connection());
  const std::vector<std::string> tables = {"jobs", "live"};
  for (const std::string& table : tables) {
    plain.Execute(
        fmt::format("CREATE TABLE copied_{0} (LIKE protograph.{0} INCLUDING ALL)", table));
  }
  std::vector<double> ours;
  std::vector<double> copied;
  std::vector<double> ratios;
  const std::vector<movie_tagging::MovieId> films(kJobs);
  for (size_t round = 0; round < run.rounds(15); ++round) {
    plain.Execute("TRUNCATE protograph.jobs, protograph.live, copied_jobs, copied_live");
    Moment begin = std::chrono::steady_clock::now();
    OrDie(client.SubmitMany<movie_tagging::TagSet>(kGraph, films));
    ours.push_back(SecondsSince(begin));
    std::vector<std::string> rows;
    for (const std::string& table : tables) {
      rows.push_back(plain.CopyOut(
          fmt::format("COPY (SELECT * FROM protograph.{}) TO STDOUT (FORMAT binary)", table)));
    }
    begin = std::chrono::steady_clock::now();
    plain.Execute("BEGIN");
    for (size_t i = 0; i < tables.size(); ++i) {
      plain.CopyIn(fmt::format("COPY copied_{} FROM STDIN (FORMAT binary)", tables[i]), rows[i]);
    }
    plain.Execute("COMMIT");
    copied.push_back(SecondsSince(begin));
    ratios.push_back(copied.back() / ours.back());
  }
  PrintFigure({.group = "jobs",
               .name = "20,000 submitted at once",
               .value = kJobs / Median(ours),
               .unit = "/s",
               .baseline = "COPY of the same rows",
               .baseline_value = kJobs / Median(copied),
               .number = Median(ratios),
               .bar = ">=0.6"});

  movie_tagging::MovieId film;
  film.set_id(1);
  const std::string payload(kPlainPayload, 'x');
  const Rounds turns = TakeTurns({[&](size_t n) {
                                    for (size_t i = 0; i < n; ++i)
                                      OrDie(client.Submit<movie_tagging::TagSet>(kGraph, film));
                                  },
                                  [&](size_t n) {
                                    for (size_t i = 0; i < n; ++i) run.plain->Submit(payload);
                                  }},
                                 {.rounds = run.is_quick ? 51U : 301U, .turn_seconds = 0.01});
  PrintFigure({.group = "jobs",
               .name = "one submitted",
               .value = turns.Median(0) / 1e3,
               .unit = "us",
               .baseline = "a row inserted and committed",
               .baseline_value = turns.Median(1) / 1e3,
               .number = turns.MedianRatio(0, 1),
               .bar = "<=1.3"});
}

// ---- Idle ----

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void MeasureIdle(const Run& run) {
  constexpr std::chrono::milliseconds kBetween{10};
  Database database(*run.postgres, "idle");
  Client& client = database.client();
  const auto count = std::make_shared<JobCount>();
  auto worker =
      std::make_unique<RunningWorker>(database.connection(), MakeCountedFilm(count), count);
  movie_tagging::MovieId film;
  film.set_id(1);
  const auto once = [&] {
    const Moment begin = std::chrono::steady_clock::now();
    const JobId job = OrDie(client.Submit<movie_tagging::TagSet>(kGraph, film));
    OrDie(client.Wait<movie_tagging::TagSet>(job, absl::Seconds(30)));
    return SecondsSince(begin) * 1e3;
  };
  for (int i = 0; i < 20; ++i) once();
  const std::string payload(kPlainPayload, 'x');
  std::vector<double> results;
  std::vector<double> commits;
  for (int i = 0; i < (run.is_quick ? 200 : 1000); ++i) {
    std::this_thread::sleep_for(kBetween);
    results.push_back(once());
    const Moment begin = std::chrono::steady_clock::now();
    run.plain->Submit(payload);
    commits.push_back(SecondsSince(begin) * 1e3);
  }
  const double median = Median(results);
  PrintFigure({.group = "jobs",
               .name = "idle, submitted to result, median",
               .value = median,
               .unit = "ms",
               .baseline = "a row inserted and committed",
               .baseline_value = Median(commits),
               .number = median / Median(commits),
               .bar = "<=6"});
  const double late = Quantile(results, 0.99);
  PrintFigure({.group = "jobs",
               .name = "idle, submitted to result, p99",
               .value = late,
               .unit = "ms",
               .baseline = "the median",
               .baseline_value = median,
               .number = late / median,
               .bar = "<=4"});

  std::this_thread::sleep_for(std::chrono::seconds(1));
  const Moment begin = std::chrono::steady_clock::now();
  const double statements = database.Statements();
  const double processor = ProcessorSeconds();
  std::this_thread::sleep_for(std::chrono::seconds(run.is_quick ? 15 : 60));
  const double used = (ProcessorSeconds() - processor) / SecondsSince(begin) * 100;
  const double asked = (database.Statements() - statements) / SecondsSince(begin);
  PrintFigure({.group = "jobs",
               .name = "an idle worker, statements",
               .value = asked,
               .unit = "/s",
               .baseline = "",
               .number = asked,
               .number_unit = "a second",
               .bar = "<1"});
  PrintFigure({.group = "jobs",
               .name = "an idle worker, of a core",
               .value = used,
               .unit = "%",
               .baseline = "",
               .number = used,
               .number_unit = "%",
               .bar = "<1"});
}

// ---- Jobs that block, limits, memory ----

void MeasureBlocking(const Run& run) {
  constexpr int64_t kBlocking = 1000;
  constexpr int kThreads = 200;
  constexpr double kMilliseconds = 100;
  constexpr double kIdeal = kMilliseconds * kBlocking / kThreads;
  Database database(*run.postgres, "blocking");
  std::vector<double> times;
  for (size_t round = 0; round < run.rounds(7); ++round) {
    SubmitFilms(database.client(), kBlocking);
    const auto count = std::make_shared<JobCount>();
    RunningWorker worker(database.connection(),
                         MakeWaiting(count, absl::Milliseconds(kMilliseconds)), count,
                         {.threads = kThreads});
    times.push_back(kBlocking / worker.WaitFor(kBlocking).jobs_a_second * 1e3);
  }
  PrintFigure({.group = "jobs",
               .name = "1,000 of 100 ms on 200 threads",
               .value = Median(times),
               .unit = "ms",
               .baseline = "ideal",
               .baseline_value = kIdeal,
               .number = Median(times) / kIdeal,
               .bar = "<=1.05"});
}

void CompareLimit(const Run& run) {
  constexpr int kLimit = 40;
  const std::string limited = "limited";
  Database database(*run.postgres, "limits");
  DieUnlessOk(database.client().Configure(limited, {.concurrency_limit = kLimit}));
  const auto drain = [&](const std::string& queue) {
    SubmitFilms(database.client(), kJobs, queue);
    return DrainFilms(database.connection(), kJobs, {.queues = {{.name = queue}}}).jobs_a_second;
  };
  std::vector<double> with;
  std::vector<double> without;
  std::vector<double> ratios;
  drain(std::string(kDefaultQueue));
  for (size_t round = 0; round < run.rounds(9); ++round) {
    with.push_back(drain(limited));
    without.push_back(drain(std::string(kDefaultQueue)));
    ratios.push_back(with.back() / without.back());
  }
  PrintFigure({.group = "jobs",
               .name = "drained, at most 40 running",
               .value = Median(with),
               .unit = "/s",
               .baseline = "no limit",
               .baseline_value = Median(without),
               .number = Median(ratios),
               .bar = ">=0.9"});
}

// The allocator takes a while until it has what it needs at most, which is not counted. The
// smallest thing that could be forgotten with each job has 32 bytes.
void MeasureMemory(const Run& run) {
  constexpr int64_t kBurst = 10'000;
  constexpr int64_t kPassed = 100'000;
  Database database(*run.postgres, "memory");
  const WorkerProcess worker(database.connection());
  int64_t passed = 0;
  const auto pass = [&](int64_t jobs) {
    for (const int64_t end = passed + jobs; passed < end;) {
      SubmitFilms(database.client(), kBurst);
      passed += kBurst;
      while (OrDie(database.client().Queues()).front().succeeded < passed) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
    return worker.ResidentBytes();
  };
  const double before = pass(kPassed);
  const double after = pass(kPassed);
  PrintFigure({.group = "jobs",
               .name = "a worker's memory, 100,000 jobs later",
               .value = after / 1e6,
               .unit = "MB",
               .baseline = "before them",
               .baseline_value = before / 1e6,
               .number = (after - before) / kPassed,
               .number_unit = "bytes a job",
               .bar = "<=32"});
}

const std::vector<std::pair<std::string_view, void (*)(const Run&)>>& Parts() {
  static const auto& parts = *new std::vector<std::pair<std::string_view, void (*)(const Run&)>>{
      {"drain", CompareDrains},
      {"backlog", DrainBeforeBacklog},
      {"held", DrainUnderHeldTransaction},
      {"processes", CompareProcesses},
      {"weights", MeasureShares},
      {"submit", CompareSubmitting},
      {"idle", MeasureIdle},
      {"blocking", MeasureBlocking},
      {"limit", CompareLimit},
      {"memory", MeasureMemory}};
  return parts;
}

int Main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "worker") == 0) return RunWorkerProcess(argv[2]);
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
      std::cerr << "error: there is no part " << argument << "; see jobs.cc\n";
      return 2;
    }
  }
  // Room for what a server that works has, so that no checkpoint falls into one side's turn.
  const auto postgres =
      OrDie(TemporaryPostgres::Start({.fsync = true,
                                      .settings = {"shared_preload_libraries=pg_stat_statements",
                                                   "shared_buffers=256MB", "max_wal_size=4GB"}}));
  LibpqConnection(postgres->connection()).Execute("CREATE DATABASE plain");
  LibpqQueue plain(
      fmt::format("host={} port=5432 user=postgres dbname=plain", postgres->socket_directory()));
  run.postgres = postgres.get();
  run.plain = &plain;
  DrainPlain(run);
  for (const auto& [name, measure] : Parts()) {
    if (chosen.empty() || chosen.contains(name)) measure(run);
  }
  return 0;
}

}  // namespace
}  // namespace protograph::bench

int main(int argc, char** argv) { return protograph::bench::Main(argc, argv); }
