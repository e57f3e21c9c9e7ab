#include "graph_case.h"

#include <algorithm>
#include <ostream>
#include <random>
#include <string>

#include "numbered_messages.h"

namespace protograph::property {
namespace {

// What RapidCheck makes and shrinks: any such numbers mean some valid graph.
struct RawStep {
  std::vector<uint32_t> picks;
  int attempts = 1;
  int wait_ms = 0;
  Concurrency concurrency = Concurrency::kAuto;
};

struct RawCall {
  std::vector<uint32_t> outputs;
  std::vector<uint32_t> brought;
  uint32_t order = 0;
};

struct RawCase {
  uint32_t inputs = 1;
  // Steps take what was made by one of so many steps right before them (positive), or of the first
  // ones (negative): chains, fans, and everything between.
  int window = 1;
  std::vector<RawStep> steps;
  std::vector<RawCall> calls;
  uint32_t order = 0;
  size_t pool_size = 0;
};

constexpr uint32_t kMaxInputs = 6;

void AddDistinct(std::vector<uint32_t>& numbers, uint32_t number) {
  if (std::count(numbers.begin(), numbers.end(), number) == 0) numbers.push_back(number);
}

GraphCase FromRaw(const RawCase& raw) {
  GraphCase graph;
  graph.pool_size = raw.pool_size;
  std::set<uint32_t> needed;
  const auto window = static_cast<uint32_t>(std::abs(raw.window));
  for (const RawStep& step : raw.steps) {
    const auto made = static_cast<uint32_t>(raw.inputs + graph.steps.size());
    StepSpec spec{.output = made,
                  .attempts = step.attempts,
                  .wait = absl::Milliseconds(step.wait_ms),
                  .concurrency = step.concurrency};
    for (uint32_t pick : step.picks) {
      const uint32_t back = pick % std::min(window, made);
      AddDistinct(spec.inputs, raw.window > 0 ? made - 1 - back : back);
    }
    needed.insert(spec.inputs.begin(), spec.inputs.end());
    graph.steps.push_back(std::move(spec));
  }
  std::vector<uint32_t> known;
  for (uint32_t input = 0; input < raw.inputs; ++input) {
    if (!needed.contains(input)) continue;  // Build would refuse it
    graph.inputs.push_back(input);
    known.push_back(input);
  }
  for (const StepSpec& step : graph.steps) known.push_back(step.output);
  for (const RawCall& call : raw.calls) {
    CallSpec spec{.order = call.order};
    // From the end, as most lies behind what is made last.
    for (uint32_t pick : call.outputs) {
      AddDistinct(spec.outputs, known[known.size() - 1 - pick % known.size()]);
    }
    for (uint32_t pick : call.brought) {
      AddDistinct(spec.brought, graph.steps[pick % graph.steps.size()].output);
    }
    graph.calls.push_back(std::move(spec));
  }
  std::shuffle(graph.steps.begin(), graph.steps.end(), std::mt19937(raw.order));
  return graph;
}

template <class T>
rc::Gen<std::vector<T>> NotEmpty(rc::Gen<T> gen) {
  return rc::gen::nonEmpty(rc::gen::container<std::vector<T>>(std::move(gen)));
}

rc::Gen<RawStep> AnyStep() {
  return rc::gen::build<RawStep>(
      rc::gen::set(&RawStep::picks, rc::gen::resize(4, rc::gen::container<std::vector<uint32_t>>(
                                                           Uniform<uint32_t>(0, 1U << 16)))),
      rc::gen::set(&RawStep::attempts, Uniform(1, 5)),
      rc::gen::set(&RawStep::wait_ms, rc::gen::element(0, 0, 5)),
      rc::gen::set(&RawStep::concurrency,
                   rc::gen::element(Concurrency::kAuto, Concurrency::kAuto, Concurrency::kAlways,
                                    Concurrency::kNever)));
}

rc::Gen<RawCall> AnyCall() {
  return rc::gen::build<RawCall>(
      // Mostly the last steps of the graph.
      rc::gen::set(&RawCall::outputs,
                   rc::gen::resize(3, NotEmpty(rc::gen::oneOf(Uniform<uint32_t>(0, 3),
                                                              Uniform<uint32_t>(0, 1U << 16))))),
      rc::gen::set(&RawCall::brought, rc::gen::resize(5, rc::gen::container<std::vector<uint32_t>>(
                                                             Uniform<uint32_t>(0, 1U << 16)))),
      rc::gen::set(&RawCall::order, Uniform<uint32_t>(0, 1U << 16)));
}

template <class Numbers>
void Print(std::ostream& out, const Numbers& numbers) {
  const char* separator = "";
  for (uint32_t number : numbers) {
    out << separator << numbered::Name(number);
    separator = ", ";
  }
}

}  // namespace

rc::Gen<GraphCase> AnyGraph(size_t max_steps) {
  const double scale = static_cast<double>(max_steps) / rc::kNominalSize;
  return rc::gen::map(
      rc::gen::build<RawCase>(
          rc::gen::set(&RawCase::inputs, Uniform<uint32_t>(1, kMaxInputs + 1)),
          rc::gen::set(&RawCase::window, rc::gen::element(1, 2, 3, 8, 40, 1000, -3, -20)),
          rc::gen::set(&RawCase::steps, rc::gen::scale(scale, NotEmpty(AnyStep()))),
          rc::gen::set(&RawCase::calls, rc::gen::resize(4, NotEmpty(AnyCall()))),
          rc::gen::set(&RawCase::order, Uniform<uint32_t>(0, 1U << 16)),
          rc::gen::set(&RawCase::pool_size, Uniform<size_t>(0, 9))),
      FromRaw);
}

std::ostream& operator<<(std::ostream& out, const GraphCase& graph) {
  out << "pool of " << graph.pool_size << ", inputs ";
  Print(out, graph.inputs);
  for (const StepSpec& step : graph.steps) {
    out << "\n  " << numbered::Name(step.output) << " from (";
    Print(out, step.inputs);
    out << "), attempts " << step.attempts << ", wait " << absl::FormatDuration(step.wait)
        << ", concurrency " << static_cast<int>(step.concurrency);
  }
  for (const CallSpec& call : graph.calls) {
    out << "\n  call for ";
    Print(out, call.outputs);
    out << " bringing ";
    Print(out, call.brought);
  }
  return out << "\n";
}

uint64_t MadeValue(uint32_t output, std::span<const uint64_t> inputs) {
  // Depends on every input and on their order (the constants of splitmix64).
  uint64_t value = output;
  for (uint64_t input : inputs) {
    value = (value ^ input) * 0xBF58476D1CE4E5B9U;
    value ^= value >> 31;
  }
  return value * 0x94D049BB133111EBU + 1;
}

uint64_t BroughtValue(uint32_t type) { return 1'000'000 + type; }

namespace {

class Evaluator {
 public:
  Evaluator(const GraphCase& graph, const CallSpec& call) : graph_(graph), call_(call) {}

  uint64_t ValueOf(uint32_t type) {
    if (const auto known = found_.values.find(type); known != found_.values.end()) {
      return known->second;
    }
    const auto step = std::find_if(graph_.steps.begin(), graph_.steps.end(),
                                   [&](const StepSpec& s) { return s.output == type; });
    const bool is_brought =
        step == graph_.steps.end() ||
        std::find(call_.brought.begin(), call_.brought.end(), type) != call_.brought.end();
    if (is_brought) {
      found_.inputs.insert(type);
      return found_.values[type] = BroughtValue(type);
    }
    std::vector<uint64_t> inputs;
    for (uint32_t input : step->inputs) inputs.push_back(ValueOf(input));
    found_.steps.insert(type);
    return found_.values[type] = MadeValue(type, inputs);
  }

  Expectation TakeFound() { return std::move(found_); }

 private:
  const GraphCase& graph_;
  const CallSpec& call_;
  Expectation found_;
};

}  // namespace

Expectation Expect(const GraphCase& graph, const CallSpec& call) {
  Evaluator evaluator(graph, call);
  for (uint32_t output : call.outputs) evaluator.ValueOf(output);
  return evaluator.TakeFound();
}

}  // namespace protograph::property
