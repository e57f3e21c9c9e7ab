// What a second thread adds to the throughput of one graph.

#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "film_steps.h"
#include "measure.h"

namespace protograph::bench {
namespace {

constexpr size_t kRounds = 101;
constexpr size_t kExecutions = 50'000;

// Executions a second, all threads together: of time, and of the threads' own time on processors,
// which does not run while another program has them.
struct Throughput {
  double of_time;
  double of_processor;
};

double ProcessorSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

template <class Tag>
Throughput Measure(size_t threads, const Tag& tag) {
  std::atomic<bool> go{false};
  std::vector<std::chrono::steady_clock::time_point> begin(threads);
  std::vector<std::chrono::steady_clock::time_point> end(threads);
  std::vector<double> processor(threads);
  std::vector<std::thread> running;
  for (size_t t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      ExecCtx ctx;
      movie_tagging::MovieId id;
      id.set_id(603);
      // Busy until the start, so that the scheduler has given each thread a processor by then:
      // threads that are woken together may begin on one.
      while (!go.load(std::memory_order_relaxed)) Keep(tag(ctx, id));
      begin[t] = std::chrono::steady_clock::now();
      const double before = ProcessorSeconds();
      for (size_t i = 0; i < kExecutions; ++i) Keep(tag(ctx, id));
      processor[t] = ProcessorSeconds() - before;
      end[t] = std::chrono::steady_clock::now();
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  go = true;
  for (std::thread& thread : running) thread.join();
  const auto taken =
      *std::max_element(end.begin(), end.end()) - *std::min_element(begin.begin(), begin.end());
  Throughput throughput{
      static_cast<double>(threads * kExecutions) / std::chrono::duration<double>(taken).count(), 0};
  for (double seconds : processor) throughput.of_processor += kExecutions / seconds;
  return throughput;
}

}  // namespace
}  // namespace protograph::bench

int main() {
  using namespace protograph;
  using namespace protograph::bench;
  const FilmGraph graph = MakeFilmGraph();
  const FilmByHand by_hand;
  const auto by_graph = [&](ExecCtx& ctx, const movie_tagging::MovieId& id) {
    return graph.Execute<movie_tagging::TagSet>(ctx, id);
  };
  const auto hand = [&](ExecCtx& ctx, const movie_tagging::MovieId& id) {
    return by_hand.Tag(ctx, id);
  };

  // One thread and two, by the graph and by hand.
  std::vector<Throughput> rounds[2][2];
  for (size_t i = 0; i < kRounds; ++i) {
    for (size_t turn = 0; turn < 2; ++turn) {
      const size_t threads = i % 2 == 0 ? turn : 1 - turn;
      rounds[0][threads].push_back(Measure(threads + 1, by_graph));
      rounds[1][threads].push_back(Measure(threads + 1, hand));
    }
  }
  const bool has_two = std::thread::hardware_concurrency() > 1;
  // Other programs on the machine only ever take processors away, and from two threads more than
  // from one: the best tenth of the rounds is nearest to what the program itself can do.
  const auto best = [&](size_t way, size_t threads, double Throughput::*which) {
    std::vector<double> values;
    for (const Throughput& round : rounds[way][threads]) values.push_back(round.*which);
    return Quantile(std::move(values), 0.9) / 1e6;
  };
  const auto compare = [&](const std::string& name, size_t way, double Throughput::*which,
                           const std::string& bar) {
    const double two = best(way, 1, which);
    const double one = best(way, 0, which);
    PrintFigure({.group = "threads",
                 .name = name,
                 .value = two,
                 .unit = "M/s",
                 .baseline = "one thread",
                 .baseline_value = one,
                 .number = two / one,
                 .bar = bar});
  };
  if (!has_two) std::cerr << "note: one processor only, so that two threads have no bar to meet\n";
  compare("one graph, two threads", 0, &Throughput::of_time, has_two ? ">=1.9" : "");
  compare("calls by hand, two threads", 1, &Throughput::of_time, "");
  compare("one graph, by processor time", 0, &Throughput::of_processor, "");
  compare("calls by hand, by processor time", 1, &Throughput::of_processor, "");
}
