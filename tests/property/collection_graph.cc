#include "collection_graph.h"

#include <algorithm>
#include <array>
#include <random>
#include <span>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "fmt/format.h"
#include "protograph/graph.h"
#include "protograph/internal/step_definition.h"
#include "protograph/retry_policy.h"
#include "protograph/thread_pool.h"

namespace protograph::property {

using internal::StepCall;
using internal::StepDefinition;
using internal::StepRecord;
using internal::TypeKey;

namespace {

using Numbers = Many<Number>;

constexpr uint32_t kTypes = 64;

TypeKey KeyFor(uint32_t type, bool is_many) {
  // They live as long as the program.
  static const auto& prototypes = *new std::array<const Number*, kTypes>([] {
    std::array<const Number*, kTypes> made;
    for (const Number*& prototype : made) prototype = new Number;
    return made;
  }());
  const TypeKey key(*prototypes.at(type));
  return is_many ? key.many() : key;
}

ItemData DataOf(const absl::StatusOr<Number>& item) {
  if (item.ok()) return {.value = item->value()};
  return {.code = item.status().code()};
}

Numbers NumbersOf(const std::vector<ItemData>& items) {
  Numbers numbers;
  for (const ItemData& item : items) {
    if (item.ok()) {
      numbers.Add().set_value(item.value);
    } else {
      numbers.AddError(absl::Status(item.code, "put there"));
    }
  }
  return numbers;
}

// The number of the item that this thread runs: steps are not told.
thread_local size_t this_item = 0;

// One input of a step.
struct Taken {
  explicit Taken(const Number& taken) : message(&taken) {}
  explicit Taken(const Numbers& taken) : collection(&taken) {}
  const Number* message = nullptr;
  const Numbers* collection = nullptr;
};

// What all steps do, each attempt of which looks at the executor around it.
class Watcher {
 public:
  Watcher(const CollectionCase& graph, const CollectionStep& spec, Complaints& complaints)
      : graph_(graph),
        spec_(spec),
        name_(spec.Name()),
        maps_use_one_thread_(std::all_of(graph.steps.begin(), graph.steps.end(),
                                         [](const CollectionStep& step) {
                                           return !step.is_map() ||
                                                  step.concurrency == Concurrency::kNever;
                                         })),
        complaints_(complaints) {}

  // The number of the message that is made, or that decides on the items of a split.
  absl::StatusOr<uint64_t> Run(ExecCtx& ctx, std::span<const Taken> taken) const;

  Numbers Split(uint64_t number) const { return NumbersOf(SplitItems(spec_, number)); }

 private:
  class Inside;

  void Complain(const std::string& what) const {
    complaints_.Add(spec_.is_map() ? fmt::format("step {} {} (item {})", name_, what, this_item)
                                   : fmt::format("step {} {}", name_, what));
  }
  uint64_t NumberOf(const CollectionLog& log, const Taken& taken, size_t k, uint64_t item) const;
  void CheckOrder(const CollectionLog& log, uint32_t type, size_t item) const;

  const CollectionCase& graph_;
  const CollectionStep& spec_;
  const std::string name_;
  const bool maps_use_one_thread_;
  Complaints& complaints_;
};

class Watcher::Inside {
 public:
  Inside(const Watcher& step, CollectionLog& log) : step_(step), log_(log) {
    const CollectionStep& spec = step.spec_;
    const int all = Enter(log.all_running);
    if (all > static_cast<int>(step.graph_.pool_size) + 1) {
      step.Complain("runs on a thread that is neither the pool's nor the caller's");
    }
    const int own = Enter(log.running[spec.output]);
    if (!spec.is_map()) {
      if (own > 1) step.Complain("runs twice at once");
      return;
    }
    if (spec.items.parallelism > 0 && own > spec.items.parallelism) {
      step.Complain(fmt::format("runs {} items at once", own));
    }
    if (own > 1 && step.maps_use_one_thread_) step.Complain("runs on several threads");
    const int items = Enter(log.items_running);
    if (log.item_parallelism > 0 && items > log.item_parallelism) {
      step.Complain(fmt::format("runs the {}th item of the execution at once", items));
    }
  }
  ~Inside() {
    log_.all_running.fetch_sub(1, std::memory_order_relaxed);
    log_.running[step_.spec_.output].fetch_sub(1, std::memory_order_relaxed);
    if (step_.spec_.is_map()) log_.items_running.fetch_sub(1, std::memory_order_relaxed);
    if (log_.has_returned.load(std::memory_order_relaxed)) {
      step_.Complain("was running after its execution had returned");
    }
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  static int Enter(std::atomic<int>& running) {
    return running.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  const Watcher& step_;
  CollectionLog& log_;
};

absl::StatusOr<uint64_t> Watcher::Run(ExecCtx& ctx, std::span<const Taken> taken) const {
  CollectionLog& log = *ctx.Value<LogOfCollections>()->log;
  const Inside inside(*this, log);
  const auto found = log.expected.steps.find(spec_.output);
  if (found == log.expected.steps.end() || !found->second.may_run) {
    Complain("is run although nobody needs it, or without what it needs");
    return absl::InternalError("not needed");
  }
  const size_t item = spec_.is_map() ? this_item : 0;
  if (item >= found->second.runs.size()) {
    Complain("is run for an item that there is not");
    return absl::InternalError("no such item");
  }
  const ExpectedRun& run = found->second.runs[item];
  CollectionLog::Run& own = log.runs[spec_.output][item];
  own.begun_at = log.Tick();
  const int attempt = ++own.attempts;
  if (!run.runs) Complain("is run for an item that is an error, or equal to an earlier one");
  if (own.has_made) Complain("is run again after it has made its message");
  if (ctx.attempt() != attempt) Complain("is told a wrong attempt number");
  if (ctx.step_name() != name_) Complain("is told a wrong name");

  std::vector<uint64_t> inputs;
  for (size_t k = 0; k < taken.size(); ++k) {
    inputs.push_back(NumberOf(log, taken[k], k, k == 0 ? 0 : inputs.front()));
  }
  if (log.during != nullptr) {
    log.during(ctx, MadeValue(spec_.output, std::array<uint64_t, 1>{inputs[0]}));
  }
  const auto done = static_cast<size_t>(attempt - 1);
  absl::Status status = Perform(done < run.script.size() ? run.script[done] : Outcome::kMakes);
  if (!status.ok()) return status;
  own.has_made = true;
  own.made_at = log.Tick();
  return MadeValue(spec_.output, inputs);
}

// What is taken as input `k`, with `item` as the first of all.
uint64_t Watcher::NumberOf(const CollectionLog& log, const Taken& taken, size_t k,
                           uint64_t item) const {
  const uint32_t type = spec_.inputs[k];
  const Data& expected = log.expected.data.at(type);
  if (taken.message != nullptr) {
    const bool is_item = spec_.is_map() && k == 0;
    CheckOrder(log, type, is_item ? this_item : 0);
    if (taken.message->value() != (is_item ? expected.items[this_item].value : expected.value)) {
      Complain(fmt::format("is given a wrong input {}", k));
    }
    return taken.message->value();
  }
  const Numbers& numbers = *taken.collection;
  if (numbers.size() != expected.items.size()) {
    Complain(fmt::format("is given {} items as input {}", numbers.size(), k));
    return 0;
  }
  if (spec_.is_map()) {
    // A look at each of them by each item would take long.
    if (numbers.empty()) return SampleNumber(0, {});
    const size_t sample = SampleOf(numbers.size(), item);
    CheckOrder(log, type, sample);
    if (DataOf(numbers[sample]).value != expected.items[sample].value) {
      Complain(fmt::format("is given a wrong item {} of input {}", sample, k));
    }
    return SampleNumber(numbers.size(), DataOf(numbers[sample]));
  }
  Data data;
  for (size_t i = 0; i < numbers.size(); ++i) {
    CheckOrder(log, type, i);
    data.items.push_back(DataOf(numbers[i]));
  }
  const std::string difference = Difference(numbers, expected.items);
  if (!difference.empty()) Complain(fmt::format("is given a wrong input {}: {}", k, difference));
  return WholeNumber(/*is_many=*/true, data);
}

void Watcher::CheckOrder(const CollectionLog& log, uint32_t type, size_t item) const {
  const std::vector<CollectionLog::Run>& runs = log.runs[type];
  // What the caller has brought was not made at all; a split makes its items at once.
  if (runs.empty()) return;
  const CollectionLog::Run& maker = runs.size() == 1 ? runs[0] : runs[item];
  const ExpectedStep& expected = log.expected.steps.at(type);
  if (!expected.runs[runs.size() == 1 ? 0 : item].runs) return;
  const size_t own_item = spec_.is_map() ? this_item : 0;
  const uint32_t begun_at = log.runs[spec_.output][own_item].begun_at;
  // A map may have failed for the item, but must be through with it.
  const ExpectedRun& run = expected.runs[runs.size() == 1 ? 0 : item];
  if (maker.attempts != run.attempts || (maker.has_made && maker.made_at >= begun_at)) {
    Complain(fmt::format("is run before Step{} was through with item {}", type, item));
  }
}

template <class Output, class... Inputs>
class WatchfulStep {
 public:
  explicit WatchfulStep(std::shared_ptr<const Watcher> watcher) : watcher_(std::move(watcher)) {}

  absl::StatusOr<Output> Compute(ExecCtx& ctx, const Inputs&... inputs) const {
    const std::array<Taken, sizeof...(Inputs)> taken = {Taken(inputs)...};
    const absl::StatusOr<uint64_t> number = watcher_->Run(ctx, taken);
    if (!number.ok()) return number.status();
    if constexpr (internal::IsMany<Output>) {
      return watcher_->Split(*number);
    } else {
      Output output;
      output.set_value(*number);
      return output;
    }
  }

 private:
  const std::shared_ptr<const Watcher> watcher_;
};

template <class Step>
internal::Value InvokeForNumberedItem(const StepRecord& record, StepCall& call) {
  // Executions nest.
  const size_t outer = std::exchange(this_item, call.item_index);
  const internal::Value value = internal::StepShell<Map<Step>>::InvokeForItem(record, call);
  this_item = outer;
  return value;
}

// The shell of a step with these inputs; the keys are not yet those of its spec. Made without
// DefineStep, which would not have two inputs of one class.
template <class... Inputs>
StepDefinition Shell(CollectionStepKind kind, const std::shared_ptr<const Watcher>& watcher) {
  const auto with_instance = [&]<class Step>(StepDefinition definition, Step* /*type*/) {
    definition.instance = std::make_shared<Step>(watcher);
    return definition;
  };
  if (kind == CollectionStepKind::kMakesMessage) {
    using Step = WatchfulStep<Number, Inputs...>;
    return with_instance(internal::DefineShell<Step>({}), static_cast<Step*>(nullptr));
  }
  using Step = WatchfulStep<Numbers, Inputs...>;
  return with_instance(internal::DefineShell<Step>({}), static_cast<Step*>(nullptr));
}

template <class... Shared>
StepDefinition MapShell(const std::shared_ptr<const Watcher>& watcher) {
  using Step = WatchfulStep<Number, Number, Shared...>;
  StepDefinition definition = internal::DefineShell<Map<Step>>({});
  definition.items->invoke = &InvokeForNumberedItem<Step>;
  definition.instance = std::make_shared<Step>(watcher);
  return definition;
}

StepDefinition ShellFor(const CollectionCase& graph, const CollectionStep& spec,
                        const std::shared_ptr<const Watcher>& watcher) {
  // Messages come first.
  size_t messages = 0;
  size_t collections = 0;
  for (size_t k = spec.is_map() ? 1 : 0; k < spec.inputs.size(); ++k) {
    ++(graph.is_many[spec.inputs[k]] ? collections : messages);
  }
  using N = Number;
  using C = Numbers;
  const size_t shape = 10 * messages + collections;
  if (spec.is_map()) {
    switch (shape) {
      case 0:
        return MapShell<>(watcher);
      case 1:
        return MapShell<C>(watcher);
      case 2:
        return MapShell<C, C>(watcher);
      case 10:
        return MapShell<N>(watcher);
      case 11:
        return MapShell<N, C>(watcher);
      default:
        return MapShell<N, N>(watcher);
    }
  }
  switch (shape) {
    case 1:
      return Shell<C>(spec.kind, watcher);
    case 2:
      return Shell<C, C>(spec.kind, watcher);
    case 3:
      return Shell<C, C, C>(spec.kind, watcher);
    case 10:
      return Shell<N>(spec.kind, watcher);
    case 11:
      return Shell<N, C>(spec.kind, watcher);
    case 12:
      return Shell<N, C, C>(spec.kind, watcher);
    case 20:
      return Shell<N, N>(spec.kind, watcher);
    case 21:
      return Shell<N, N, C>(spec.kind, watcher);
    default:
      return Shell<N, N, N>(spec.kind, watcher);
  }
}

internal::GraphParts PartsFor(const CollectionCase& graph, Complaints& complaints) {
  internal::GraphParts parts;
  parts.name = "random collections";
  for (uint32_t input : graph.inputs) parts.inputs.push_back(KeyFor(input, graph.is_many[input]));
  for (const CollectionStep& spec : graph.steps) {
    StepDefinition& step = parts.steps.emplace_back(
        ShellFor(graph, spec, std::make_shared<const Watcher>(graph, spec, complaints)));
    step.options.name = spec.Name();
    step.options.concurrency = spec.concurrency;
    step.options.retry = RetryPolicy::Fixed({.attempts = spec.attempts, .delay = spec.wait});
    step.options.items = spec.items;
    step.output = KeyFor(spec.output, graph.is_many[spec.output]);
    for (size_t k = 0; k < spec.inputs.size(); ++k) {
      step.inputs[k] = KeyFor(spec.inputs[k], graph.is_many[spec.inputs[k]]);
    }
  }
  parts.pool = std::make_shared<ThreadPool>(
      ThreadPoolOptions{.max_threads = graph.pool_size, .thread_name = "property"});
  return parts;
}

}  // namespace

CollectionLog::CollectionLog(const CollectionCase& graph, CollectionExpectation expectation,
                             int most_items)
    : expected(std::move(expectation)),
      item_parallelism(most_items),
      runs(graph.is_many.size()),
      running(graph.is_many.size()) {
  for (const auto& [output, step] : expected.steps) runs[output].resize(step.runs.size());
}

CollectionGraph::CollectionGraph(CollectionCase graph_case) : case_(std::move(graph_case)) {
  for (const CallSpec& spec : case_.calls) {
    auto call = std::make_unique<PlannedCollectionCall>();
    call->spec = spec;
    call->inputs = Expect(case_, spec, {}).inputs;
    std::shuffle(call->inputs.begin(), call->inputs.end(), std::mt19937(spec.order));
    calls_.push_back(std::move(call));
  }
  auto core = internal::MakeGraphCore(PartsFor(case_, complaints_));
  if (core.ok()) {
    core_ = *std::move(core);
  } else {
    complaints_.Add("a valid graph was refused: " + core.status().ToString());
    calls_.clear();
  }
}

absl::Status CollectionGraph::Execute(ExecCtx& ctx, const PlannedCollectionCall& call,
                                      CollectionLog& log, std::vector<Answer>* answers) {
  std::vector<std::unique_ptr<Number>> messages;
  std::vector<std::unique_ptr<Numbers>> collections;
  std::vector<internal::Value> values;
  for (uint32_t input : call.inputs) {
    const Data& data = log.expected.data.at(input);
    if (case_.is_many[input]) {
      collections.push_back(std::make_unique<Numbers>(NumbersOf(data.items)));
      values.push_back(internal::ValueOf(*collections.back()));
    } else {
      messages.push_back(std::make_unique<Number>());
      messages.back()->set_value(data.value);
      values.push_back(internal::ValueOf(*messages.back()));
    }
  }
  absl::Status status = ExecuteWith(ctx, call, log, values, answers);
  size_t next = 0;
  for (uint32_t input : call.inputs) {
    if (!case_.is_many[input]) continue;
    const std::string difference =
        Difference(*collections[next++], log.expected.data.at(input).items);
    if (!difference.empty()) complaints_.Add("changed what the caller brought: " + difference);
  }
  return status;
}

absl::Status CollectionGraph::ExecuteWith(ExecCtx& ctx, const PlannedCollectionCall& call,
                                          CollectionLog& log,
                                          const std::vector<internal::Value>& values,
                                          std::vector<Answer>* answers) {
  using internal::Execution;
  std::vector<TypeKey> outputs;
  for (uint32_t output : call.spec.outputs) {
    outputs.push_back(KeyFor(output, case_.is_many[output]));
  }
  std::vector<TypeKey> inputs;
  for (uint32_t input : call.inputs) inputs.push_back(KeyFor(input, case_.is_many[input]));

  Execution execution(*core_, ctx);
  const auto last = outputs.size() == 1 ? Execution::LastStep::kLeave : Execution::LastStep::kRun;
  absl::Status status =
      execution.Run({.tag = &call.tag, .outputs = outputs, .inputs = inputs}, values.data(), last);
  const auto take = [&]<class Output>(size_t i, std::optional<Output>& answer) {
    if (execution.LeftStep() == nullptr) {
      answer = internal::TakeAnswer<Output>(execution, i);
      return;
    }
    absl::StatusOr<Output> made = internal::RunLeftStep<Output>(execution);
    status = made.status();
    if (made.ok()) answer = *std::move(made);
  };
  for (size_t i = 0; i < outputs.size() && status.ok(); ++i) {
    Answer& answer = answers->emplace_back();
    if (outputs[i].is_many()) {
      take(i, answer.collection);
    } else {
      take(i, answer.message);
    }
  }
  if (log.all_running.load(std::memory_order_relaxed) != 0) {
    complaints_.Add("an execution returned while a step of it was running");
  }
  log.has_returned.store(true, std::memory_order_relaxed);
  return status;
}

std::string Difference(const Numbers& actual, const std::vector<ItemData>& expected) {
  if (actual.size() != expected.size()) {
    return fmt::format("{} items instead of {}", actual.size(), expected.size());
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    const absl::StatusOr<Number>& item = actual[i];
    const ItemData& wanted = expected[i];
    if (item.ok() != wanted.ok() || DataOf(item).value != wanted.value) {
      return fmt::format("item {} is {}", i,
                         item.ok() ? "another message" : item.status().ToString());
    }
    if (item.ok()) continue;
    const std::string text(item.status().message());
    const std::string begin =
        wanted.failed == nullptr
            ? "put there"
            : fmt::format("step {} failed after {} attempt{}: ", wanted.failed->Name(),
                          wanted.attempts, wanted.attempts == 1 ? "" : "s");
    if (item.status().code() != wanted.code || !text.starts_with(begin)) {
      return fmt::format("item {} is another error: {}", i, item.status().ToString());
    }
  }
  return "";
}

}  // namespace protograph::property
