// Map steps against loops by hand and against oneTBB, and the memory of a million items.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "link.h"
#include "measure.h"
#include "oneapi/tbb/blocked_range.h"
#include "oneapi/tbb/global_control.h"
#include "oneapi/tbb/parallel_for.h"
#include "oneapi/tbb/parallel_pipeline.h"
#include "or_die.h"
#include "protograph/protograph.h"

namespace protograph::bench {
namespace {

struct Ends;
struct Items;
using Begin = Link<Ends, 0>;
using End = Link<Ends, 1>;
using Source = Link<Items, 0>;
using Middle = Link<Items, 1>;
using Result = Link<Items, 2>;

struct Split {
  Many<Source> Compute(ExecCtx& /*ctx*/, const Begin& count) const {
    Many<Source> items;
    items.Reserve(static_cast<size_t>(count.value()));
    for (int64_t i = 0; i < count.value(); ++i) items.Add().set_value(i);
    return items;
  }
};

// Busy for that long, by the processor's work and not by the clock, as what runs beside it must not
// count.
void Work(int rounds) {
  uint64_t x = 1;
  for (int i = 0; i < rounds; ++i) {
    x = x * 6364136223846793005U + 1442695040888963407U;
    Keep(x);
  }
}

// What Work is told to last a microsecond.
int RoundsOfMicrosecond() {
  static const int rounds = [] {
    constexpr int kTry = 10'000'000;
    std::vector<double> times;
    for (int i = 0; i < 5; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      Work(kTry);
      times.push_back(
          std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
              .count());
    }
    return static_cast<int>(kTry / Median(times));
  }();
  return rounds;
}

template <class From, class To, int kMicroseconds>
struct Each {
  [[gnu::noinline]] absl::StatusOr<To> Compute(ExecCtx& /*ctx*/, const From& from) const {
    if constexpr (kMicroseconds > 0) Work(kMicroseconds * RoundsOfMicrosecond());
    To to;
    to.set_value(from.value() + 1);
    return to;
  }
};

struct Sum {
  End Compute(ExecCtx& /*ctx*/, const Many<Result>& results) const {
    End end;
    int64_t sum = 0;
    for (const Result& result : results) sum += result.value();
    end.set_value(sum);
    return end;
  }
};

std::shared_ptr<ThreadPool> Pool(size_t helpers) {
  return std::make_shared<ThreadPool>(ThreadPoolOptions{.max_threads = helpers});
}

template <int kMicroseconds>
Graph OneMap(size_t helpers) {
  GraphBuilder builder("one map");
  builder.Input<Begin>().Add<Split>().Add<Sum>().UsePool(Pool(helpers));
  builder.Map<Each<Source, Result, kMicroseconds>>();
  return OrDie(builder.Build());
}

template <int kMicroseconds>
Graph TwoMaps(size_t helpers) {
  GraphBuilder builder("two maps");
  builder.Input<Begin>().Add<Split>().Add<Sum>().UsePool(Pool(helpers));
  builder.Map<Each<Source, Middle, kMicroseconds>>();
  builder.Map<Each<Middle, Result, kMicroseconds>>();
  return OrDie(builder.Build());
}

Begin Count(int64_t n) {
  Begin begin;
  begin.set_value(n);
  return begin;
}

std::vector<Source> SplitByHand(const Begin& begin) {
  std::vector<Source> sources;
  sources.reserve(static_cast<size_t>(begin.value()));
  for (int64_t i = 0; i < begin.value(); ++i) sources.emplace_back().set_value(i);
  return sources;
}

int64_t SumByHand(const std::vector<Result>& results) {
  int64_t sum = 0;
  for (const Result& result : results) sum += result.value();
  return sum;
}

// ---- Against a loop ----

absl::StatusOr<int64_t> LoopByHand(ExecCtx& ctx, const Begin& begin) {
  const Each<Source, Result, 0> each;
  const std::vector<Source> sources = SplitByHand(begin);
  std::vector<Result> results;
  results.reserve(sources.size());
  for (const Source& source : sources) {
    absl::StatusOr<Result> result = each.Compute(ctx, source);
    if (!result.ok()) return result.status();
    results.push_back(*std::move(result));
  }
  return SumByHand(results);
}

void CompareWithLoop(const std::string& name, int64_t items) {
  const Graph graph = OneMap<0>(0);
  ExecCtx ctx;
  const Begin begin = Count(items);
  const Rounds rounds = TakeTurns({[&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) {
                                       Keep(OrDie(graph.Execute<End>(ctx, begin)));
                                     }
                                   },
                                   [&](size_t n) {
                                     for (size_t i = 0; i < n; ++i) {
                                       Keep(OrDie(LoopByHand(ctx, begin)));
                                     }
                                   }},
                                  {.rounds = 101, .turn_seconds = 0.005});
  const auto count = static_cast<double>(items);
  PrintFigure({.group = "collections",
               .name = name,
               .value = rounds.Median(0) / count,
               .baseline = "a loop by hand",
               .baseline_value = rounds.Median(1) / count,
               .number = rounds.MedianDifference(0, 1) / count,
               .number_unit = "ns an item more",
               .bar = items >= 1000 ? "<=60" : ""});
}

// ---- Against oneTBB, on two threads ----

constexpr int64_t kBusyItems = 4000;

void CompareWithParallelFor() {
  const Graph graph = OneMap<10>(1);
  const Each<Source, Result, 10> each;
  ExecCtx ctx;
  const Begin begin = Count(kBusyItems);
  const Rounds rounds =
      TakeTurns({[&](size_t n) {
                   for (size_t i = 0; i < n; ++i) Keep(OrDie(graph.Execute<End>(ctx, begin)));
                 },
                 [&](size_t n) {
                   for (size_t i = 0; i < n; ++i) {
                     const std::vector<Source> sources = SplitByHand(begin);
                     std::vector<Result> results(sources.size());
                     tbb::parallel_for(tbb::blocked_range<size_t>(0, sources.size()),
                                       [&](const tbb::blocked_range<size_t>& range) {
                                         for (size_t k = range.begin(); k < range.end(); ++k) {
                                           results[k] = OrDie(each.Compute(ctx, sources[k]));
                                         }
                                       });
                     Keep(SumByHand(results));
                   }
                 }},
                {.rounds = 101, .turn_seconds = 0.02});
  PrintFigure({.group = "collections",
               .name = "items of 10 us, two threads",
               .value = kBusyItems / rounds.Median(0) * 1e9,
               .unit = "/s",
               .baseline = "oneTBB parallel_for",
               .baseline_value = kBusyItems / rounds.Median(1) * 1e9,
               .number = rounds.MedianRatio(1, 0),
               .bar = ">=0.95"});
}

void CompareWithPipeline() {
  const Graph graph = TwoMaps<5>(1);
  const Each<Source, Middle, 5> first;
  const Each<Middle, Result, 5> second;
  ExecCtx ctx;
  const Begin begin = Count(kBusyItems);
  const Rounds rounds = TakeTurns(
      {[&](size_t n) {
         for (size_t i = 0; i < n; ++i) Keep(OrDie(graph.Execute<End>(ctx, begin)));
       },
       [&](size_t n) {
         for (size_t i = 0; i < n; ++i) {
           const std::vector<Source> sources = SplitByHand(begin);
           std::vector<Result> results(sources.size());
           size_t next = 0;
           struct Token {
             size_t index;
             Middle middle;
           };
           tbb::parallel_pipeline(
               16, tbb::make_filter<void, size_t>(tbb::filter_mode::serial_in_order,
                                                  [&](tbb::flow_control& control) -> size_t {
                                                    if (next == sources.size()) control.stop();
                                                    return next++;
                                                  }) &
                       tbb::make_filter<size_t, Token>(
                           tbb::filter_mode::parallel,
                           [&](size_t k) -> Token {
                             return {k, OrDie(first.Compute(ctx, sources[k]))};
                           }) &
                       tbb::make_filter<Token, void>(
                           tbb::filter_mode::parallel, [&](const Token& token) {
                             results[token.index] = OrDie(second.Compute(ctx, token.middle));
                           }));
           Keep(SumByHand(results));
         }
       }},
      {.rounds = 101, .turn_seconds = 0.02});
  PrintFigure({.group = "collections",
               .name = "two maps of 5 us, two threads",
               .value = kBusyItems / rounds.Median(0) * 1e9,
               .unit = "/s",
               .baseline = "oneTBB parallel_pipeline",
               .baseline_value = kBusyItems / rounds.Median(1) * 1e9,
               .number = rounds.MedianRatio(1, 0),
               .bar = ">=0.95"});
}

// ---- Memory ----

// Of a process that does nothing else.
void MeasureMemory() {
  std::array<int, 2> pipe_ends{};
  if (pipe(pipe_ends.data()) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    const Graph graph = TwoMaps<0>(1);
    ExecCtx ctx;
    Keep(OrDie(graph.Execute<End>(ctx, Count(1'000'000))));
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const ssize_t written = write(pipe_ends[1], &usage.ru_maxrss, sizeof(usage.ru_maxrss));
    _exit(written == sizeof(usage.ru_maxrss) ? 0 : 1);
  }
  long kilobytes = 0;
  int status = 0;
  if (child < 0 || read(pipe_ends[0], &kilobytes, sizeof(kilobytes)) != sizeof(kilobytes) ||
      waitpid(child, &status, 0) != child || status != 0) {
    std::abort();
  }
  PrintFigure({.group = "collections",
               .name = "a million items through two maps, peak",
               .value = static_cast<double>(kilobytes) / 1024,
               .unit = "MB",
               .baseline = "",
               .number = static_cast<double>(kilobytes) / 1024,
               .number_unit = "MB",
               .bar = "<200"});
}

void Main() {
  // Before this process has threads.
  MeasureMemory();
  CompareWithLoop("a trivial map of 100,000 items", 100'000);
  CompareWithLoop("a trivial map of three items", 3);
  const tbb::global_control two_threads(tbb::global_control::max_allowed_parallelism, 2);
  CompareWithParallelFor();
  CompareWithPipeline();
}

}  // namespace
}  // namespace protograph::bench

int main() { protograph::bench::Main(); }
