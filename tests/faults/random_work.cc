// Random graphs, made below the templates as their wiring is known only at run time, of messages
// that have no generated code.

#include <array>
#include <new>
#include <utility>
#include <vector>

#include "../property/graph_case.h"
#include "../property/numbered_messages.h"
#include "crash_work.h"
#include "protograph/internal/graph_core.h"
#include "protograph/thread_pool.h"
#include "rapidcheck.h"

namespace protograph {
namespace {

namespace numbered = property::numbered;
using google::protobuf::Message;
using internal::TypeKey;
using property::CallSpec;
using property::Expectation;
using property::GraphCase;
using property::StepSpec;

// How a result lies in the frame.
struct Result {
  std::unique_ptr<Message> message;
};

Message* MakeResult(void* place, uint32_t type, uint64_t value) {
  return (::new (place) Result{numbered::Make(type, value)})->message.get();
}

void Destroy(void* place) { static_cast<Result*>(place)->~Result(); }

// The layout's way to construct a result is told the place alone.
template <uint32_t type>
Message* ConstructEmpty(void* place) {
  return MakeResult(place, type, 0);
}
template <size_t... types>
constexpr auto ConstructorsOf(std::index_sequence<types...>) {
  return std::array<Message* (*)(void*), sizeof...(types)>{&ConstructEmpty<types>...};
}
constexpr auto kConstructors = ConstructorsOf(std::make_index_sequence<numbered::kTypes>());

internal::Value Invoke(const internal::StepRecord& record, internal::StepCall& call) {
  const StepSpec& spec = *static_cast<const StepSpec*>(record.instance);
  std::vector<uint64_t> inputs(spec.inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!numbered::Read(internal::MessageAt(call.values[record.inputs[i]]), spec.inputs[i],
                        &inputs[i])) {
      call.thrown = absl::InternalError("a wrong input");
      return nullptr;
    }
  }
  return MakeResult(call.frame + record.place, spec.output,
                    property::MadeValue(spec.output, inputs));
}

internal::GraphParts PartsOf(const GraphCase& graph_case) {
  internal::GraphParts parts;
  parts.name = "random";
  for (uint32_t input : graph_case.inputs) parts.inputs.push_back(numbered::Key(input));
  for (size_t i = 0; i < graph_case.steps.size(); ++i) {
    const StepSpec& spec = graph_case.steps[i];
    internal::StepDefinition definition{};
    definition.options.name = "Step" + std::to_string(i);
    definition.options.concurrency = spec.concurrency;
    definition.output = numbered::Key(spec.output);
    for (uint32_t input : spec.inputs) definition.inputs.push_back(numbered::Key(input));
    definition.invoke = &Invoke;
    definition.layout = {sizeof(Result), alignof(Result), &Destroy, kConstructors[spec.output],
                         nullptr};
    definition.instance = std::make_shared<StepSpec>(spec);
    parts.steps.push_back(std::move(definition));
  }
  parts.pool = std::make_shared<ThreadPool>(
      ThreadPoolOptions{.max_threads = graph_case.pool_size, .thread_name = "random"});
  return parts;
}

class RandomWork : public CrashWork {
 public:
  explicit RandomWork(GraphCase graph_case)
      : graph_case_(std::move(graph_case)), call_(graph_case_.calls.front()) {}

  absl::Status Run(ExecCtx& ctx) override {
    const auto core = internal::MakeGraphCore(PartsOf(graph_case_));
    if (!core.ok()) return core.status();
    const Expectation expected = property::Expect(graph_case_, call_);
    std::vector<TypeKey> outputs;
    for (uint32_t output : call_.outputs) outputs.push_back(numbered::Key(output));
    std::vector<TypeKey> inputs;
    std::vector<std::unique_ptr<Message>> owned;
    std::vector<internal::Value> values;
    for (uint32_t input : expected.inputs) {
      inputs.push_back(numbered::Key(input));
      owned.push_back(numbered::Make(input, property::BroughtValue(input)));
      values.push_back(owned.back().get());
    }
    static const char tag = 0;
    internal::Execution execution(**core, ctx);
    absl::Status status = execution.Run({.tag = &tag, .outputs = outputs, .inputs = inputs},
                                        values.data(), internal::Execution::LastStep::kRun);
    if (!status.ok()) return status;
    for (size_t i = 0; i < outputs.size(); ++i) {
      uint64_t value = 0;
      if (!numbered::Read(internal::MessageAt(execution.Answer(i).value), call_.outputs[i],
                          &value) ||
          value != expected.values.at(call_.outputs[i])) {
        return absl::DataLossError("a wrong result: " + numbered::Name(call_.outputs[i]));
      }
    }
    return absl::OkStatus();
  }

 private:
  const GraphCase graph_case_;
  const CallSpec call_;
};

}  // namespace

std::unique_ptr<CrashWork> MakeRandomWork(unsigned seed) {
  constexpr size_t kMostSteps = 12;
  return std::make_unique<RandomWork>(
      property::AnyGraph(kMostSteps)(rc::Random(seed), rc::kNominalSize).value());
}

}  // namespace protograph
