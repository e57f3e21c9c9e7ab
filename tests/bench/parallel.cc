// Steps that block, side by side.

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "link.h"
#include "measure.h"
#include "or_die.h"
#include "protograph/protograph.h"

namespace protograph::bench {
namespace {

double MillisecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

void Block(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// ---- Two branches ----

struct Ends;
struct Branches;
using Begin = Link<Ends, 0>;
using End = Link<Ends, 1>;

template <int kNumber>
struct Branch {
  Link<Branches, kNumber> Compute(ExecCtx& /*ctx*/, const Begin& /*begin*/) const {
    Block(10);
    return {};
  }
};

struct Join {
  End Compute(ExecCtx& /*ctx*/, const Link<Branches, 0>& /*a*/,
              const Link<Branches, 1>& /*b*/) const {
    return {};
  }
};

std::shared_ptr<ThreadPool> NewPool() {
  return std::make_shared<ThreadPool>(ThreadPoolOptions{.max_threads = 64});
}

void MeasureTwoBranches() {
  std::vector<double> one, first, later;
  ExecCtx ctx;
  const Begin begin;
  for (int round = 0; round < 31; ++round) {
    // A graph and a pool that have never run anything: no thread is there, and no step was
    // measured.
    const Graph graph = OrDie(GraphBuilder("two branches")
                                  .Input<Begin>()
                                  .Add<Branch<0>>({.name = "left"})
                                  .Add<Branch<1>>({.name = "right"})
                                  .Add<Join>()
                                  .UsePool(NewPool())
                                  .Build());
    one.push_back(MillisecondsOf([&] { Keep(Branch<0>().Compute(ctx, begin)); }));
    first.push_back(MillisecondsOf([&] { OrDie(graph.Execute<End>(ctx, begin)); }));
    later.push_back(MillisecondsOf([&] { OrDie(graph.Execute<End>(ctx, begin)); }));
  }
  const auto print = [&](const std::string& name, const std::vector<double>& both) {
    PrintFigure({.group = "parallel",
                 .name = name,
                 .value = Median(both),
                 .unit = "ms",
                 .baseline = "one such branch",
                 .baseline_value = Median(one),
                 .number = Median(both) / Median(one),
                 .bar = "<=1.05"});
  };
  print("two branches of 10 ms, first execution", first);
  print("two branches of 10 ms, later ones", later);
}

// ---- Random graphs ----

constexpr int kNodes = 60;

// Node i takes up to three earlier nodes; node 0 is the input, and the last takes all that nobody
// else took, up to a hundred.
struct Wiring {
  std::array<std::array<int, 3>, kNodes> inputs{};
  std::array<int, kNodes> input_counts{};
  std::array<int, kNodes> milliseconds{};
};

// The same on every machine, and known to the compiler, as types are wired by it.
constexpr Wiring MakeWiring(uint64_t seed) {
  Wiring wiring;
  const auto random = [&seed](int below) {
    // Knuth's MMIX generator.
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int>((seed >> 33) % static_cast<uint64_t>(below));
  };
  for (int i = 1; i < kNodes; ++i) {
    wiring.milliseconds[i] = 5 + random(16);
    for (int k = 1 + random(3); k > 0; --k) {
      // Near ones rather than far ones, so that there are long paths too.
      const int input = std::max(0, i - 1 - random(12));
      bool is_new = true;
      for (int j = 0; j < wiring.input_counts[i]; ++j) is_new &= wiring.inputs[i][j] != input;
      if (is_new) wiring.inputs[i][wiring.input_counts[i]++] = input;
    }
  }
  return wiring;
}

template <uint64_t kSeed>
inline constexpr Wiring kWiring = MakeWiring(kSeed);

template <uint64_t kSeed>
struct Nodes;
template <uint64_t kSeed, int kNumber>
using Node = Link<Nodes<kSeed>, kNumber>;

template <uint64_t kSeed, int kNumber, class Places>
struct NodeStep;
template <uint64_t kSeed, int kNumber, int... kPlace>
struct NodeStep<kSeed, kNumber, std::integer_sequence<int, kPlace...>> {
  Node<kSeed, kNumber> Compute(
      ExecCtx& /*ctx*/, const Node<kSeed, kWiring<kSeed>.inputs[kNumber][kPlace]>&...) const {
    Block(kWiring<kSeed>.milliseconds[kNumber]);
    return {};
  }
};

// All nodes, so that each is run.
template <uint64_t kSeed, class Numbers>
struct LastStep;
template <uint64_t kSeed, int... kNumber>
struct LastStep<kSeed, std::integer_sequence<int, kNumber...>> {
  Link<Nodes<kSeed>, -1> Compute(ExecCtx& /*ctx*/,
                                 const Node<kSeed, kNumber + 1>&... /*all*/) const {
    return {};
  }
};

double CriticalPathMilliseconds(const Wiring& wiring) {
  std::array<int, kNodes> end{};
  for (int i = 1; i < kNodes; ++i) {
    for (int k = 0; k < wiring.input_counts[i]; ++k) {
      end[i] = std::max(end[i], end[wiring.inputs[i][k]]);
    }
    end[i] += wiring.milliseconds[i];
  }
  return *std::max_element(end.begin(), end.end());
}

template <uint64_t kSeed, int... kNumber>
Graph MakeRandomGraph(std::integer_sequence<int, kNumber...> numbers) {
  GraphBuilder builder("random");
  builder.Input<Node<kSeed, 0>>().UsePool(NewPool());
  (builder.Add<NodeStep<kSeed, kNumber + 1,
                        std::make_integer_sequence<int, kWiring<kSeed>.input_counts[kNumber + 1]>>>(
       {.name = std::to_string(kNumber + 1)}),
   ...);
  builder.Add<LastStep<kSeed, decltype(numbers)>>({.name = "last"});
  return OrDie(builder.Build());
}

template <uint64_t kSeed>
void MeasureRandomGraph() {
  std::vector<double> first, later;
  ExecCtx ctx;
  const Node<kSeed, 0> begin;
  const auto execute = [&](const Graph& graph) {
    OrDie(graph.Execute<Link<Nodes<kSeed>, -1>>(ctx, begin));
  };
  for (int round = 0; round < 5; ++round) {
    const Graph graph = MakeRandomGraph<kSeed>(std::make_integer_sequence<int, kNodes - 1>());
    first.push_back(MillisecondsOf([&] { execute(graph); }));
    later.push_back(MillisecondsOf([&] { execute(graph); }));
  }
  const auto print = [&](const std::string& when, const std::vector<double>& taken) {
    const double critical = CriticalPathMilliseconds(kWiring<kSeed>);
    PrintFigure({.group = "parallel",
                 .name = "60 blocking steps, seed " + std::to_string(kSeed) + ", " + when,
                 .value = Median(taken),
                 .unit = "ms",
                 .baseline = "critical path",
                 .baseline_value = critical,
                 .number = Median(taken) / critical,
                 .bar = "<=1.05"});
  };
  print("first", first);
  print("later", later);
}

}  // namespace
}  // namespace protograph::bench

int main() {
  using namespace protograph::bench;
  MeasureTwoBranches();
  MeasureRandomGraph<1>();
  MeasureRandomGraph<2>();
  MeasureRandomGraph<3>();
}
