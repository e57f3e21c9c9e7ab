// What durability costs executions that meet no fault: the calling thread's time, the throughput of
// a thread, and what the database is asked. Asked for by name: what the flush interval changes.
//
//   bench_checkpoints [intervals]

#include <chrono>
#include <cstring>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <thread>
#include <vector>

#include "film_steps.h"
#include "fmt/format.h"
#include "measure.h"
#include "or_die.h"
#include "protograph/durability/engine.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/store/memory_store.h"
#include "protograph/testing/temporary_postgres.h"

namespace protograph::bench {
namespace {

using Seconds = std::chrono::duration<double>;
using testing::TemporaryPostgres;

void Execute(const FilmGraph& graph, Engine* engine, size_t times) {
  movie_tagging::MovieId id;
  id.set_id(603);
  for (size_t i = 0; i < times; ++i) {
    if (engine == nullptr) {
      ExecCtx ctx;
      Keep(graph.Execute<movie_tagging::TagSet>(ctx, id));
    } else {
      // A context for each execution, as a service has it.
      ExecCtx ctx = engine->NewExecution({.workflow_id = "film-603"});
      Keep(graph.Execute<movie_tagging::TagSet>(ctx, id));
    }
  }
}

void CompareOneExecution(const FilmGraph& graph, Engine& engine, const std::string& store) {
  const Rounds rounds = TakeTurns({[&](size_t n) { Execute(graph, &engine, n); },
                                   [&](size_t n) { Execute(graph, nullptr, n); }},
                                  {.rounds = 1001, .turn_seconds = 0.0005});
  PrintFigure({.group = "checkpoints",
               .name = "five steps, checkpoints in " + store,
               .value = rounds.Median(0),
               .baseline = "without checkpoints",
               .baseline_value = rounds.Median(1),
               .number = rounds.MedianDifference(0, 1),
               .number_unit = "ns more",
               .bar = "<=400"});
}

// The whole time, whatever happens in it, and not the median of short turns.
void CompareManyExecutions(const FilmGraph& graph, Engine& engine) {
  constexpr size_t kExecutions = 200'000;
  constexpr size_t kChunk = 10'000;
  Seconds with{};
  Seconds without{};
  for (size_t done = 0; done < kExecutions; done += kChunk) {
    const auto begin = std::chrono::steady_clock::now();
    Execute(graph, &engine, kChunk);
    const auto between = std::chrono::steady_clock::now();
    Execute(graph, nullptr, kChunk);
    with += between - begin;
    without += std::chrono::steady_clock::now() - between;
  }
  PrintFigure({.group = "checkpoints",
               .name = "200,000 executions, Postgres",
               .value = with.count() * 1e3,
               .unit = "ms",
               .baseline = "without checkpoints",
               .baseline_value = without.count() * 1e3,
               .number = with / without,
               .bar = "<=1.6"});
}

// As the server counts them. Everything that the store says; what this program asks is left out.
void CountStatements(const FilmGraph& graph, TemporaryPostgres& postgres, Engine& engine) {
  constexpr size_t kExecutions = 200'000;
  pqxx::connection connection(postgres.connection());
  pqxx::nontransaction session(connection);
  session.exec("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  session.exec("SELECT pg_stat_statements_reset()");
  Execute(graph, &engine, kExecutions);
  DieUnlessOk(engine.Flush());
  const auto count = [&](const std::string& condition) {
    return session
        .exec(
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements "
            "WHERE query NOT LIKE '%pg_stat_statements%' " +
            condition)[0][0]
        .as<double>();
  };
  PrintFigure({.group = "checkpoints",
               .name = "statements of 200,000 executions",
               .value = count(""),
               .unit = "statements",
               .baseline = "",
               .number = count("") / kExecutions,
               .number_unit = "an execution",
               .bar = "<=0.05"});
  const double reads = count(
      "AND query ILIKE '%select%' AND query NOT ILIKE '%update %' "
      "AND query NOT ILIKE '%insert %' AND query NOT ILIKE '%delete %'");
  PrintFigure({.group = "checkpoints",
               .name = "reads of 200,000 executions",
               .value = reads,
               .unit = "statements",
               .baseline = "",
               .number = reads,
               .number_unit = "reads",
               .bar = "<=0"});
}

constexpr absl::Duration kLongStep = absl::Milliseconds(100);

Graph MakeSlowGraph(absl::Duration step_time) {
  using namespace movie_tagging;
  const auto wait = [step_time](ExecCtx& ctx) { return ctx.SleepFor(step_time); };
  return OrDie(
      GraphBuilder("slow")
          .Input<MovieId>()
          .Add([=](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<Movie> {
            if (absl::Status alive = wait(ctx); !alive.ok()) return alive;
            Movie movie;
            movie.set_id(id.id());
            movie.set_title(std::string(200, 'x'));
            return movie;
          })
          .Add([=](ExecCtx& ctx, const Movie& movie) -> absl::StatusOr<ContentAnalysis> {
            if (absl::Status alive = wait(ctx); !alive.ok()) return alive;
            ContentAnalysis content;
            content.set_movie_id(movie.id());
            return content;
          })
          .Add([=](ExecCtx& ctx, const ContentAnalysis& content) -> absl::StatusOr<TagSet> {
            if (absl::Status alive = wait(ctx); !alive.ok()) return alive;
            TagSet tags;
            tags.set_movie_id(content.movie_id());
            return tags;
          })
          .Build());
}

Seconds ExecuteAtOnce(const Graph& graph, Engine* engine, int count, int round) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(count));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&graph, engine, i, round] {
      movie_tagging::MovieId id;
      id.set_id(i);
      const auto execute = [&](ExecCtx& ctx) {
        DieUnlessOk(graph.Execute<movie_tagging::TagSet>(ctx, id).status());
      };
      if (engine == nullptr) {
        ExecCtx ctx;
        execute(ctx);
      } else {
        ExecCtx ctx =
            engine->NewExecution({.workflow_id = std::to_string(round) + "-" + std::to_string(i)});
        execute(ctx);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return std::chrono::steady_clock::now() - begin;
}

void CompareLongSteps(Engine& engine) {
  constexpr int kAtOnce = 1000;
  constexpr int kRounds = 10;
  const Graph graph = MakeSlowGraph(kLongStep);
  std::vector<double> ratios;
  Seconds with{};
  Seconds without{};
  const int64_t before = engine.stats().checkpoints_written;
  for (int round = 0; round < kRounds; ++round) {
    const Seconds on = ExecuteAtOnce(graph, &engine, kAtOnce, round);
    const Seconds off = ExecuteAtOnce(graph, nullptr, kAtOnce, round);
    ratios.push_back(off / on);
    with += on;
    without += off;
  }
  PrintFigure({.group = "checkpoints",
               .name = "1,000 at once, three steps of 100 ms",
               .value = kRounds * kAtOnce / with.count(),
               .unit = "/s",
               .baseline = "without checkpoints",
               .baseline_value = kRounds * kAtOnce / without.count(),
               .number = Median(ratios),
               .bar = ">=0.97"});
  DieUnlessOk(engine.Flush());
  // The result of the last step is the execution's end, which needs no checkpoint.
  const auto written = static_cast<double>(engine.stats().checkpoints_written - before);
  constexpr double kAll = 2.0 * kRounds * kAtOnce;
  PrintFigure({.group = "checkpoints",
               .name = "of these, checkpoints written",
               .value = written,
               .unit = "rows",
               .baseline = "steps before the last",
               .baseline_value = kAll,
               .number = written / kAll,
               .bar = ">=1"});
}

// A short interval writes results of executions that would have ended before a longer one was over.
void CompareIntervals() {
  constexpr int kAtOnce = 100;
  constexpr int kRounds = 30;
  const auto postgres = OrDie(TemporaryPostgres::Start({.fsync = true}));
  fmt::print("{:>12}{:>12}{:>22}{:>12}\n", "flush every", "step takes", "written, an execution",
             "throughput");
  for (int step_ms : {5, 20, 100}) {
    const Graph graph = MakeSlowGraph(absl::Milliseconds(step_ms));
    for (int interval_ms : {5, 10, 25, 50, 100, 250}) {
      const auto engine =
          OrDie(Engine::Start(OrDie(PostgresStore::Open({.connection = postgres->connection()})),
                              {.flush_interval = absl::Milliseconds(interval_ms)}));
      std::vector<double> ratios;
      for (int round = 0; round < kRounds; ++round) {
        const Seconds on = ExecuteAtOnce(graph, engine.get(), kAtOnce,
                                         round + 100 * interval_ms + step_ms * 100'000);
        ratios.push_back(ExecuteAtOnce(graph, nullptr, kAtOnce, round) / on);
      }
      DieUnlessOk(engine->Flush());
      fmt::print("{:>9} ms{:>9} ms{:>22.2f}{:>12.3f}\n", interval_ms, step_ms,
                 static_cast<double>(engine->stats().checkpoints_written) / (kRounds * kAtOnce),
                 Median(ratios));
    }
  }
}

void Run() {
  const FilmGraph graph = MakeFilmGraph();
  {
    const auto engine = OrDie(Engine::Start(std::make_shared<MemoryStore>()));
    CompareOneExecution(graph, *engine, "memory");
  }
  const auto postgres = OrDie(TemporaryPostgres::Start(
      {.fsync = true, .settings = {"shared_preload_libraries=pg_stat_statements"}}));
  const auto engine =
      OrDie(Engine::Start(OrDie(PostgresStore::Open({.connection = postgres->connection()}))));
  CompareOneExecution(graph, *engine, "Postgres");
  CompareManyExecutions(graph, *engine);
  CountStatements(graph, *postgres, *engine);
  CompareLongSteps(*engine);
}

}  // namespace
}  // namespace protograph::bench

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "intervals") == 0) {
    protograph::bench::CompareIntervals();
  } else {
    protograph::bench::Run();
  }
}
