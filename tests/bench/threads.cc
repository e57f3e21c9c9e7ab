// What a second thread adds to the throughput of one graph.

#include <chrono>
#include <latch>
#include <thread>
#include <vector>

#include "film_steps.h"
#include "measure.h"

namespace protograph::bench {
namespace {

constexpr size_t kRounds = 201;
constexpr size_t kExecutions = 20'000;

// Executions a second, all threads together.
template <class Tag>
double Throughput(size_t threads, const Tag& tag) {
  std::latch ready(static_cast<std::ptrdiff_t>(threads) + 1);
  std::vector<std::chrono::steady_clock::time_point> begin(threads);
  std::vector<std::chrono::steady_clock::time_point> end(threads);
  std::vector<std::thread> running;
  for (size_t t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      ExecCtx ctx;
      film::MovieId id;
      id.set_id(static_cast<int64_t>(t));
      for (size_t i = 0; i < 100; ++i) Keep(tag(ctx, id));  // warm
      ready.arrive_and_wait();
      begin[t] = std::chrono::steady_clock::now();
      for (size_t i = 0; i < kExecutions; ++i) Keep(tag(ctx, id));
      end[t] = std::chrono::steady_clock::now();
    });
  }
  ready.arrive_and_wait();
  for (std::thread& thread : running) thread.join();
  const auto taken =
      *std::max_element(end.begin(), end.end()) - *std::min_element(begin.begin(), begin.end());
  return static_cast<double>(threads * kExecutions) / std::chrono::duration<double>(taken).count();
}

}  // namespace
}  // namespace protograph::bench

int main() {
  using namespace protograph;
  using namespace protograph::bench;
  const FilmGraph graph = MakeFilmGraph();
  const FilmByHand by_hand;
  const auto by_graph = [&](ExecCtx& ctx, const film::MovieId& id) {
    return graph.Execute<film::TagSet>(ctx, id);
  };
  const auto hand = [&](ExecCtx& ctx, const film::MovieId& id) { return by_hand.Tag(ctx, id); };

  std::vector<double> graph_one, graph_two, hand_one, hand_two;
  for (size_t i = 0; i < kRounds; ++i) {
    graph_one.push_back(Throughput(1, by_graph));
    graph_two.push_back(Throughput(2, by_graph));
    hand_two.push_back(Throughput(2, hand));
    hand_one.push_back(Throughput(1, hand));
  }
  const bool has_two = std::thread::hardware_concurrency() > 1;
  // Other programs on the machine only ever take processors away, and from two threads more than
  // from one: the best tenth of the rounds is nearest to what the program itself can do.
  const auto compare = [&](const std::string& name, const std::string& baseline,
                           const std::vector<double>& two, const std::vector<double>& one,
                           const std::string& bar) {
    const double with_two = Quantile(two, 0.9) / 1e6;
    const double with_one = Quantile(one, 0.9) / 1e6;
    PrintFigure({.group = "threads",
                 .name = name,
                 .value = with_two,
                 .unit = "M/s",
                 .baseline = baseline,
                 .baseline_value = with_one,
                 .number = with_two / with_one,
                 .bar = bar});
  };
  if (!has_two) std::cerr << "note: one processor only, so that two threads have no bar to meet\n";
  compare("one graph, two threads", "one thread", graph_two, graph_one, has_two ? ">=1.9" : "");
  compare("calls by hand, two threads", "one thread, by hand", hand_two, hand_one, "");
}
