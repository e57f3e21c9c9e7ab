#ifndef PROTOGRAPH_TESTS_PROPERTY_GRAPH_CASE_H_
#define PROTOGRAPH_TESTS_PROPERTY_GRAPH_CASE_H_

// A random graph and random calls of it, as plain data, and the naive reference for what they do.

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "absl/time/time.h"
#include "protograph/step_options.h"
#include "rapidcheck.h"

namespace protograph::property {

struct StepSpec {
  uint32_t output = 0;
  std::vector<uint32_t> inputs = {};
  int attempts = 1;
  absl::Duration wait = absl::ZeroDuration();
  Concurrency concurrency = Concurrency::kAuto;
};

struct CallSpec {
  std::vector<uint32_t> outputs = {};
  // What the caller brings although steps make it. What the outputs do not need of it is left away.
  std::vector<uint32_t> brought = {};
  // Decides the order of the inputs.
  uint32_t order = 0;
};

// Message types are known by their number.
struct GraphCase {
  std::vector<uint32_t> inputs = {};
  // In the order in which they are added to the builder.
  std::vector<StepSpec> steps = {};
  std::vector<CallSpec> calls = {};
  size_t pool_size = 0;
};

std::ostream& operator<<(std::ostream& out, const GraphCase& graph);

// Valid graphs of 1 to `max_steps` steps, with 1 to 4 calls.
rc::Gen<GraphCase> AnyGraph(size_t max_steps);

// A number in [low, high), every one as likely as any other.
template <class T>
rc::Gen<T> Uniform(T low, T high) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, high));
}

// What a step makes of its inputs, and what callers bring.
uint64_t MadeValue(uint32_t output, std::span<const uint64_t> inputs);
uint64_t BroughtValue(uint32_t type);

// What must come of a call.
struct Expectation {
  // Of everything that is made or brought.
  std::map<uint32_t, uint64_t> values;
  // Outputs of the steps that run.
  std::set<uint32_t> steps;
  // What must be brought, and nothing else.
  std::set<uint32_t> inputs;
};

// Found by plain recursion from the outputs.
Expectation Expect(const GraphCase& graph, const CallSpec& call);

}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_GRAPH_CASE_H_
