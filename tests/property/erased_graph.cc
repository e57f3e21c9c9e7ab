#include "erased_graph.h"

#include <algorithm>
#include <new>
#include <random>
#include <utility>

#include "absl/status/statusor.h"
#include "numbered_messages.h"
#include "protograph/internal/step_definition.h"
#include "protograph/retry_policy.h"
#include "protograph/thread_pool.h"

namespace protograph::property {

using google::protobuf::Message;
using internal::StepCall;
using internal::StepDefinition;
using internal::StepRecord;
using internal::TypeKey;
using internal::Value;

// A step whose every attempt looks at the executor around it.
class WatchfulStep {
 public:
  // Outside of `graph` it can only be built.
  WatchfulStep(ErasedGraph* graph, const StepSpec& spec, std::string name)
      : graph_(graph), spec_(spec), name_(std::move(name)) {}

  absl::StatusOr<std::unique_ptr<Message>> Compute(ExecCtx& ctx, const StepRecord& record,
                                                   const Value* values);

  ErasedGraph& graph() { return *graph_; }
  void Complain(const std::string& what) { graph_->complaints_.Add("step " + name_ + " " + what); }
  std::atomic<int64_t>& live_results() { return graph_->live_results_; }

 private:
  void CheckOrder(const ExecutionLog& log, uint32_t input);

  ErasedGraph* const graph_;
  const StepSpec spec_;
  const std::string name_;
};

namespace {

// How a result lies in the frame. Knows whether it is destroyed once and only once.
class Result {
 public:
  Result(WatchfulStep& step, absl::StatusOr<std::unique_ptr<Message>> made)
      : step_(step), made_(std::move(made)) {
    state_.store(kAlive, std::memory_order_relaxed);
    step_.live_results().fetch_add(1, std::memory_order_relaxed);
  }
  ~Result() {
    if (state_.exchange(kDestroyed, std::memory_order_relaxed) != kAlive) {
      step_.Complain("had its result destroyed twice, or before it was made");
    }
    step_.live_results().fetch_sub(1, std::memory_order_relaxed);
  }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  const Message* message() const { return made_.ok() ? made_->get() : nullptr; }
  absl::Status status() const { return made_.status(); }

 private:
  static constexpr uint64_t kAlive = 0x416C697665416C69;
  static constexpr uint64_t kDestroyed = 0x44656164446561;

  WatchfulStep& step_;
  std::atomic<uint64_t> state_;
  absl::StatusOr<std::unique_ptr<Message>> made_;
};

Value Invoke(const StepRecord& record, StepCall& call) {
  auto& step = *static_cast<WatchfulStep*>(record.instance);
  try {
    auto* result = ::new (static_cast<void*>(call.frame + record.place))
        Result(step, step.Compute(*call.ctx, record, call.values));
    return result->message();
  } catch (...) {
    call.thrown = internal::StatusOfCurrentException();
    return nullptr;
  }
}

void Destroy(void* place) { static_cast<Result*>(place)->~Result(); }

absl::Status TakeError(void* place) {
  absl::Status error = static_cast<Result*>(place)->status();
  Destroy(place);
  return error;
}

StepDefinition Define(const StepSpec& spec, const std::string& name, ErasedGraph* graph) {
  StepDefinition definition{};
  definition.options.name = name;
  definition.options.concurrency = spec.concurrency;
  definition.options.retry = RetryPolicy::Fixed({.attempts = spec.attempts, .delay = spec.wait});
  definition.output = numbered::Key(spec.output);
  for (uint32_t input : spec.inputs) definition.inputs.push_back(numbered::Key(input));
  definition.invoke = &Invoke;
  // Nothing is restored here, so that nothing is constructed but by steps.
  definition.layout = {sizeof(Result), alignof(Result), &Destroy, nullptr, &TakeError};
  definition.instance = std::make_shared<WatchfulStep>(graph, spec, name);
  return definition;
}

internal::GraphParts PartsFor(const GraphCase& graph_case, ErasedGraph* graph) {
  internal::GraphParts parts;
  parts.name = "random";
  for (uint32_t input : graph_case.inputs) parts.inputs.push_back(numbered::Key(input));
  for (size_t i = 0; i < graph_case.steps.size(); ++i) {
    parts.steps.push_back(Define(graph_case.steps[i], "Step" + std::to_string(i), graph));
  }
  parts.pool = std::make_shared<ThreadPool>(
      ThreadPoolOptions{.max_threads = graph_case.pool_size, .thread_name = "property"});
  return parts;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Message>> WatchfulStep::Compute(ExecCtx& ctx,
                                                               const StepRecord& record,
                                                               const Value* values) {
  ExecutionLog& log = *ctx.Value<LogOfExecution>()->log;
  struct Inside {
    WatchfulStep& step;
    ExecutionLog& log;
    Inside(WatchfulStep& s, ExecutionLog& l) : step(s), log(l) {
      log.running.fetch_add(1, std::memory_order_relaxed);
    }
    ~Inside() {
      log.running.fetch_sub(1, std::memory_order_relaxed);
      if (log.has_returned.load(std::memory_order_relaxed)) {
        step.Complain("was running after its execution had returned");
      }
    }
  } inside(*this, log);

  ExecutionLog::Step& own = log.steps[spec_.output];
  own.begun_at = log.Tick();
  const int attempt = ++own.attempts;
  if (own.has_made) Complain("is run again after it has made its message");
  if (ctx.attempt() != attempt) Complain("is told a wrong attempt number");
  if (ctx.step_name() != name_) Complain("is told a wrong name");

  std::vector<uint64_t> inputs;
  for (size_t i = 0; i < spec_.inputs.size(); ++i) {
    const Value value = values[record.inputs[i]];
    if (value == nullptr ||
        !numbered::Read(internal::MessageAt(value), spec_.inputs[i], &inputs.emplace_back())) {
      Complain("is given no " + numbered::Name(spec_.inputs[i]));
      return absl::InternalError("wrong input");
    }
    CheckOrder(log, spec_.inputs[i]);
  }
  if (log.during != nullptr) log.during(ctx, spec_.output);

  const std::vector<Outcome>& script = log.script[spec_.output];
  const auto done = static_cast<size_t>(attempt - 1);
  absl::Status status = Perform(done < script.size() ? script[done] : Outcome::kMakes);
  if (!status.ok()) return status;
  own.has_made = true;
  own.made_at = log.Tick();
  return numbered::Make(spec_.output, MadeValue(spec_.output, inputs));
}

void WatchfulStep::CheckOrder(const ExecutionLog& log, uint32_t input) {
  const ExecutionLog::Step& maker = log.steps[input];
  const uint32_t begun_at = log.steps[spec_.output].begun_at;
  // What the caller has brought was not made at all.
  if (maker.attempts > 0 && (!maker.has_made || maker.made_at >= begun_at)) {
    Complain("is run before " + numbered::Name(input) + " was made");
  }
}

internal::GraphParts ErasedGraph::PartsOf(const GraphCase& graph_case) {
  return PartsFor(graph_case, nullptr);
}

ErasedGraph::ErasedGraph(GraphCase graph_case) : graph_case_(std::move(graph_case)) {
  for (const CallSpec& spec : graph_case_.calls) {
    auto call = std::make_unique<PlannedCall>();
    call->spec = spec;
    call->expected = Expect(graph_case_, spec);
    call->inputs.assign(call->expected.inputs.begin(), call->expected.inputs.end());
    std::shuffle(call->inputs.begin(), call->inputs.end(), std::mt19937(spec.order));
    calls_.push_back(std::move(call));
  }
  auto core = internal::MakeGraphCore(PartsFor(graph_case_, this));
  if (core.ok()) {
    core_ = *std::move(core);
  } else {
    complaints_.Add("a valid graph was refused: " + core.status().ToString());
  }
}

ErasedGraph::~ErasedGraph() = default;

const StepSpec& ErasedGraph::StepFor(uint32_t output) const {
  return *std::find_if(graph_case_.steps.begin(), graph_case_.steps.end(),
                       [&](const StepSpec& step) { return step.output == output; });
}

size_t ErasedGraph::types() const { return numbered::kTypes; }

absl::Status ErasedGraph::Execute(ExecCtx& ctx, const PlannedCall& call, ExecutionLog& log,
                                  std::vector<uint64_t>* answers) {
  std::vector<TypeKey> outputs;
  for (uint32_t output : call.spec.outputs) outputs.push_back(numbered::Key(output));
  std::vector<TypeKey> inputs;
  std::vector<std::unique_ptr<Message>> owned;
  std::vector<Value> values;
  for (uint32_t input : call.inputs) {
    inputs.push_back(numbered::Key(input));
    owned.push_back(numbered::Make(input, BroughtValue(input)));
    values.push_back(owned.back().get());
  }
  absl::Status status;
  {
    internal::Execution execution(*core_, ctx);
    status = execution.Run({.tag = &call.tag, .outputs = outputs, .inputs = inputs}, values.data(),
                           internal::Execution::LastStep::kLeave);
    if (log.running.load(std::memory_order_relaxed) != 0) {
      complaints_.Add("an execution returned while a step of it was running");
    }
    log.has_returned.store(true, std::memory_order_relaxed);
    if (!status.ok()) return status;
    if (execution.LeftStep() != nullptr) complaints_.Add("a step that cannot answer was left");
    for (size_t i = 0; i < outputs.size(); ++i) {
      const auto answer = execution.Answer(i);
      const uint32_t type = call.spec.outputs[i];
      if (!numbered::Read(internal::MessageAt(answer.value), type, &answers->emplace_back())) {
        complaints_.Add("an answer is of another type than asked for");
      }
      if (answer.is_movable != call.expected.steps.contains(type)) {
        complaints_.Add(
            "an answer may be moved although the caller brought it, or may not "
            "although a step made it");
      }
    }
  }
  return status;
}

}  // namespace protograph::property
