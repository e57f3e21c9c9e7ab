#include "collection_case.h"

#include <algorithm>
#include <iterator>
#include <ostream>
#include <random>
#include <set>
#include <utility>

#include "fmt/format.h"

namespace protograph::property {
namespace {

// What RapidCheck makes and shrinks: any such numbers mean some valid graph.
struct RawOptions {
  int parallelism = 0;
  WhenItemFails when_item_fails = WhenItemFails::kFailFast;
  int64_t tolerated_items = 0;
  int tolerated_percent = 0;
  bool equal_items_once = false;
};

struct RawStep {
  CollectionStepKind kind = CollectionStepKind::kMakesMessage;
  // The first is where a map has its items from.
  std::vector<uint32_t> picks;
  int attempts = 1;
  int wait_ms = 0;
  Concurrency concurrency = Concurrency::kAuto;
  uint32_t most_items = 0;
  uint32_t distinct_items = 1;
  int error_percent = 0;
  RawOptions options;
};

struct RawCall {
  std::vector<uint32_t> outputs;
  std::vector<uint32_t> brought;
  uint32_t order = 0;
};

struct RawCase {
  uint32_t inputs = 1;
  // Of input i, whether it is a collection: bit i.
  uint32_t many_inputs = 0;
  // As in graph_case.cc.
  int window = 1;
  std::vector<RawStep> steps;
  std::vector<RawCall> calls;
  uint32_t order = 0;
  size_t pool_size = 0;
};

constexpr uint32_t kMaxInputs = 3;
constexpr size_t kMaxShared = 2;
constexpr size_t kMaxTaken = 3;

void AddDistinct(std::vector<uint32_t>& numbers, uint32_t number) {
  if (std::count(numbers.begin(), numbers.end(), number) == 0) numbers.push_back(number);
}

class FromRawCase {
 public:
  explicit FromRawCase(const RawCase& raw) : raw_(raw) {
    for (uint32_t i = 0; i < raw.inputs; ++i) Know((raw.many_inputs >> i & 1U) != 0);
  }

  CollectionCase Make() {
    std::set<uint32_t> needed;
    for (const RawStep& raw : raw_.steps) {
      graph_.steps.push_back(MakeStep(raw));
      const std::vector<uint32_t>& inputs = graph_.steps.back().inputs;
      needed.insert(inputs.begin(), inputs.end());
    }
    std::vector<uint32_t> known;
    for (uint32_t input = 0; input < raw_.inputs; ++input) {
      if (!needed.contains(input)) continue;  // Build would refuse it
      graph_.inputs.push_back(input);
      known.push_back(input);
    }
    for (const CollectionStep& step : graph_.steps) known.push_back(step.output);
    for (const RawCall& raw : raw_.calls) {
      CallSpec call{.order = raw.order};
      // From the end, as most lies behind what is made last.
      for (uint32_t pick : raw.outputs) {
        AddDistinct(call.outputs, known[known.size() - 1 - pick % known.size()]);
      }
      for (uint32_t pick : raw.brought) {
        AddDistinct(call.brought, graph_.steps[pick % graph_.steps.size()].output);
      }
      graph_.calls.push_back(std::move(call));
    }
    graph_.pool_size = raw_.pool_size;
    std::shuffle(graph_.steps.begin(), graph_.steps.end(), std::mt19937(raw_.order));
    return std::move(graph_);
  }

 private:
  uint32_t Know(bool is_many) {
    const auto type = static_cast<uint32_t>(graph_.is_many.size());
    types_.push_back(type);
    if (is_many) collections_.push_back(type);
    graph_.is_many.push_back(is_many);
    return type;
  }

  uint32_t PickOf(const std::vector<uint32_t>& known, uint32_t pick) const {
    const auto window = static_cast<uint32_t>(std::abs(raw_.window));
    const auto size = static_cast<uint32_t>(known.size());
    const uint32_t place = pick % std::min(window, size);
    return known[raw_.window > 0 ? size - 1 - place : place];
  }

  CollectionStep MakeStep(const RawStep& raw) {
    CollectionStep step{.kind = raw.kind,
                        .attempts = raw.attempts,
                        .wait = absl::Milliseconds(raw.wait_ms),
                        .concurrency = raw.concurrency};
    if (step.is_map() && collections_.empty()) step.kind = CollectionStepKind::kSplits;
    std::vector<uint32_t> picks = raw.picks;
    if (picks.empty()) picks.push_back(0);
    std::vector<uint32_t> taken;
    for (size_t i = step.is_map() ? 1 : 0; i < picks.size(); ++i) {
      if (taken.size() < (step.is_map() ? kMaxShared : kMaxTaken)) {
        AddDistinct(taken, PickOf(types_, picks[i]));
      }
    }
    std::stable_sort(taken.begin(), taken.end(), [this](uint32_t a, uint32_t b) {
      return graph_.is_many[a] < graph_.is_many[b];
    });
    if (step.is_map()) {
      // Its own collection may be among what the items share.
      step.inputs.push_back(PickOf(collections_, picks[0]));
      SetItemOptions(raw.options, step);
    }
    step.inputs.insert(step.inputs.end(), taken.begin(), taken.end());
    if (step.kind == CollectionStepKind::kSplits) {
      step.most_items = raw.most_items;
      step.distinct_items = raw.distinct_items;
      step.error_percent = raw.error_percent;
    }
    step.output = Know(step.kind != CollectionStepKind::kMakesMessage);
    return step;
  }

  static void SetItemOptions(const RawOptions& raw, CollectionStep& step) {
    step.items.parallelism = raw.parallelism;
    step.items.when_item_fails = raw.when_item_fails;
    step.items.equal_items_once = raw.equal_items_once;
    if (raw.when_item_fails != WhenItemFails::kTolerate) return;
    step.items.tolerated_items = raw.tolerated_items;
    step.tolerated_percent = raw.tolerated_percent;
    if (raw.tolerated_items == 0 && raw.tolerated_percent == 0) step.tolerated_percent = 50;
    step.items.tolerated_share = step.tolerated_percent / 100.0;
  }

  const RawCase& raw_;
  CollectionCase graph_;
  std::vector<uint32_t> types_;
  std::vector<uint32_t> collections_;
};

template <class T>
rc::Gen<std::vector<T>> NotEmpty(rc::Gen<T> gen) {
  return rc::gen::nonEmpty(rc::gen::container<std::vector<T>>(std::move(gen)));
}

rc::Gen<std::vector<uint32_t>> Picks(int most) {
  return rc::gen::resize(most,
                         rc::gen::container<std::vector<uint32_t>>(Uniform<uint32_t>(0, 1U << 16)));
}

rc::Gen<RawOptions> AnyOptions() {
  return rc::gen::build<RawOptions>(
      rc::gen::set(&RawOptions::parallelism, rc::gen::element(0, 0, 0, 1, 2, 3)),
      rc::gen::set(&RawOptions::when_item_fails,
                   rc::gen::element(WhenItemFails::kFailFast, WhenItemFails::kCollectErrors,
                                    WhenItemFails::kTolerate, WhenItemFails::kTolerate)),
      rc::gen::set(&RawOptions::tolerated_items, rc::gen::element<int64_t>(0, 0, 1, 3, 20)),
      rc::gen::set(&RawOptions::tolerated_percent,
                   rc::gen::oneOf(rc::gen::element(0, 100, 50), Uniform(0, 101))),
      rc::gen::set(&RawOptions::equal_items_once, rc::gen::element(false, false, false, true)));
}

rc::Gen<RawStep> AnyStep(uint32_t max_items) {
  using enum CollectionStepKind;
  return rc::gen::build<RawStep>(
      rc::gen::set(&RawStep::kind, rc::gen::element(kMakesMessage, kMakesMessage, kSplits, kMaps,
                                                    kMaps, kMaps, kMaps)),
      rc::gen::set(&RawStep::picks, Picks(4)), rc::gen::set(&RawStep::attempts, Uniform(1, 4)),
      rc::gen::set(&RawStep::wait_ms, rc::gen::element(0, 0, 5)),
      rc::gen::set(&RawStep::concurrency,
                   rc::gen::element(Concurrency::kAuto, Concurrency::kAuto, Concurrency::kAlways,
                                    Concurrency::kNever)),
      rc::gen::set(&RawStep::most_items,
                   rc::gen::map(rc::gen::element<uint32_t>(0, 1, 2, 7, 30, 30, 150, 600, 1300),
                                [=](uint32_t most) { return std::min(most, max_items); })),
      rc::gen::set(&RawStep::distinct_items, rc::gen::element<uint32_t>(1, 3, 40, 1U << 20)),
      rc::gen::set(&RawStep::error_percent, rc::gen::element(0, 0, 0, 5, 50)),
      rc::gen::set(&RawStep::options, AnyOptions()));
}

rc::Gen<RawCall> AnyCall() {
  return rc::gen::build<RawCall>(
      // Mostly the last steps of the graph.
      rc::gen::set(&RawCall::outputs,
                   rc::gen::resize(3, NotEmpty(rc::gen::oneOf(Uniform<uint32_t>(0, 3),
                                                              Uniform<uint32_t>(0, 1U << 16))))),
      rc::gen::set(&RawCall::brought, rc::gen::oneOf(Picks(0), Picks(3))),
      rc::gen::set(&RawCall::order, Uniform<uint32_t>(0, 1U << 16)));
}

// ---- Text ----

template <class Numbers>
std::string Text(const CollectionCase& graph, const Numbers& numbers) {
  std::string text;
  for (uint32_t number : numbers) {
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", graph.is_many[number] ? "many" : "m",
                        number);
  }
  return text;
}

std::string Text(const CollectionStep& step) {
  std::string text;
  if (step.kind == CollectionStepKind::kSplits) {
    text = fmt::format(", up to {} items of {} kinds, {} % errors", step.most_items,
                       step.distinct_items, step.error_percent);
  } else if (step.is_map()) {
    const char* const kPolicies[] = {"fails fast", "collects errors", "tolerates"};
    text = fmt::format(", {}", kPolicies[static_cast<int>(step.items.when_item_fails)]);
    if (step.items.when_item_fails == WhenItemFails::kTolerate) {
      text += fmt::format(" {} or {} %", step.items.tolerated_items, step.tolerated_percent);
    }
    text += fmt::format(", parallelism {}", step.items.parallelism);
    if (step.items.equal_items_once) text += ", equal items once";
  }
  return text;
}

// ---- Numbers that depend on others ----

uint64_t Mix(uint64_t a, uint64_t b) {
  const uint64_t numbers[] = {a, b};
  return MadeValue(17, numbers);
}

// Numbers below 100 from a seed, one after the other.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t Roll() { return state_ = Mix(state_, 99); }
  bool Chance(int percent) { return static_cast<int>(Roll() % 100) < percent; }

 private:
  uint64_t state_;
};

std::vector<ItemData> Items(uint64_t seed, size_t count, uint32_t distinct, int error_percent) {
  std::vector<ItemData> items(count);
  for (size_t i = 0; i < count; ++i) {
    items[i].value = Mix(seed, i % distinct);
    if (Dice(Mix(seed, i)).Chance(error_percent)) {
      items[i].value = 0;
      items[i].code = absl::StatusCode::kDataLoss;
    }
  }
  return items;
}

std::vector<Outcome> Script(const CollectionStep& step, uint64_t item,
                            const CollectionTrouble& trouble) {
  constexpr Outcome kTransient[] = {Outcome::kUnavailable, Outcome::kRetryAfter,
                                    Outcome::kThrowsBadAlloc};
  constexpr Outcome kFinal[] = {Outcome::kInvalid, Outcome::kDoNotRetry, Outcome::kThrows,
                                Outcome::kThrowsInt};
  const bool is_map = step.is_map();
  const int transient = is_map ? trouble.item_transient_percent : trouble.transient_percent;
  int final = is_map ? trouble.item_final_percent : trouble.final_percent;
  const uint64_t seed = Mix(trouble.seed, step.output);
  if (is_map && seed % 2 == 0) final = 0;
  std::vector<Outcome> script;
  if (transient == 0 && final == 0) return script;
  Dice dice(Mix(seed, item));
  const bool has_time = trouble.deadline == absl::InfiniteDuration();
  if (dice.Chance(transient) && has_time) {
    for (int i = 1; i < step.attempts; ++i) {
      if (dice.Chance(60)) script.push_back(kTransient[dice.Roll() % std::size(kTransient)]);
    }
  }
  if (!dice.Chance(final)) return script;
  if (dice.Chance(50) || !has_time) {
    script.push_back(kFinal[dice.Roll() % std::size(kFinal)]);
  } else {
    script.resize(static_cast<size_t>(step.attempts), Outcome::kUnavailable);
  }
  return script;
}

ExpectedRun RunOf(const CollectionStep& step, std::vector<Outcome> script) {
  ExpectedRun run{.runs = true, .script = std::move(script)};
  do {
    const auto done = static_cast<size_t>(run.attempts++);
    run.last = done < run.script.size() ? run.script[done] : Outcome::kMakes;
  } while (IsRetriable(run.last) && run.attempts < step.attempts);
  return run;
}

class Evaluator {
 public:
  Evaluator(const CollectionCase& graph, const CallSpec& call, const CollectionTrouble& trouble)
      : graph_(graph), call_(call), trouble_(trouble) {}

  CollectionExpectation Run() {
    for (uint32_t output : call_.outputs) found_.succeeds &= Make(output);
    found_.inputs.assign(brought_.begin(), brought_.end());
    return std::move(found_);
  }

 private:
  // Whether there is such data in the end.
  bool Make(uint32_t type) {
    if (const auto known = is_made_.find(type); known != is_made_.end()) return known->second;
    const auto step = std::find_if(graph_.steps.begin(), graph_.steps.end(),
                                   [&](const CollectionStep& s) { return s.output == type; });
    if (step == graph_.steps.end() ||
        std::count(call_.brought.begin(), call_.brought.end(), type) > 0) {
      brought_.insert(type);
      found_.data[type] = BroughtData(type, graph_.is_many[type]);
      return is_made_[type] = true;
    }
    size_t made = 0;
    for (uint32_t input : step->inputs) made += Make(input) ? 1 : 0;
    const bool has_all = made == step->inputs.size();
    const bool is_made = step->is_map() ? MakeEach(*step, has_all) : MakeAtOnce(*step, has_all);
    return is_made_[type] = is_made;
  }

  bool MakeAtOnce(const CollectionStep& step, bool has_all) {
    ExpectedStep& expected = found_.steps[step.output];
    expected = {.spec = &step, .may_run = has_all};
    if (!has_all) return false;
    expected.runs.push_back(RunOf(step, Script(step, 0, trouble_)));
    expected.fails = expected.runs.front().fails();
    if (expected.fails) return false;
    std::vector<uint64_t> inputs;
    for (uint32_t input : step.inputs) {
      inputs.push_back(WholeNumber(graph_.is_many[input], found_.data.at(input)));
    }
    Data& data = found_.data[step.output];
    data.value = MadeValue(step.output, inputs);
    if (graph_.is_many[step.output]) data.items = SplitItems(step, data.value);
    return true;
  }

  bool MakeEach(const CollectionStep& step, bool has_all) {
    ExpectedStep& expected = found_.steps[step.output];
    expected = {.spec = &step, .may_run = found_.data.contains(step.inputs[0])};
    for (size_t k = 1; k < step.inputs.size(); ++k) expected.may_run &= is_made_[step.inputs[k]];
    if (!expected.may_run) return false;
    const std::vector<ItemData>& items = found_.data.at(step.inputs[0]).items;
    std::vector<ItemData>& results = found_.data[step.output].items;
    std::map<uint64_t, size_t> first;
    for (const ItemData& item : items) {
      results.push_back(item);
      ExpectedRun& run = expected.runs.emplace_back();
      if (!item.ok()) continue;
      const size_t original = first.emplace(item.value, results.size() - 1).first->second;
      if (step.items.equal_items_once && original != results.size() - 1) {
        results.back() = results[original];
      } else {
        run = RunOf(step, Script(step, item.value, trouble_));
        results.back() = Result(step, item, run);
      }
      expected.failed_items += results.back().ok() ? 0 : 1;
    }
    if (step.items.when_item_fails == WhenItemFails::kTolerate) {
      const size_t share = items.size() * static_cast<size_t>(step.tolerated_percent) / 100;
      expected.tolerated_items = std::max(share, static_cast<size_t>(step.items.tolerated_items));
    }
    expected.fails = expected.failed_items > expected.tolerated_items;
    return has_all && !expected.fails;
  }

  ItemData Result(const CollectionStep& step, const ItemData& item, const ExpectedRun& run) const {
    if (run.fails()) {
      return {.code = CodeOf(run.last), .failed = &step, .attempts = run.attempts};
    }
    std::vector<uint64_t> inputs = {item.value};
    for (size_t k = 1; k < step.inputs.size(); ++k) {
      const Data& data = found_.data.at(step.inputs[k]);
      const size_t size = data.items.size();
      if (!graph_.is_many[step.inputs[k]]) {
        inputs.push_back(data.value);
      } else {
        inputs.push_back(
            SampleNumber(size, size == 0 ? ItemData{} : data.items[SampleOf(size, item.value)]));
      }
    }
    return {.value = MadeValue(step.output, inputs)};
  }

  const CollectionCase& graph_;
  const CallSpec& call_;
  const CollectionTrouble& trouble_;
  CollectionExpectation found_;
  std::map<uint32_t, bool> is_made_;
  std::set<uint32_t> brought_;
};

}  // namespace

std::string CollectionStep::Name() const { return fmt::format("Step{}", output); }

rc::Gen<CollectionCase> AnyCollectionGraph(size_t max_steps, uint32_t max_items) {
  const double scale = static_cast<double>(max_steps) / rc::kNominalSize;
  return rc::gen::map(
      rc::gen::build<RawCase>(
          rc::gen::set(&RawCase::inputs, Uniform<uint32_t>(1, kMaxInputs + 1)),
          rc::gen::set(&RawCase::many_inputs, Uniform<uint32_t>(0, 1U << kMaxInputs)),
          rc::gen::set(&RawCase::window, rc::gen::element(1, 2, 2, 3, 8, 40, -2)),
          rc::gen::set(&RawCase::steps, rc::gen::scale(scale, NotEmpty(AnyStep(max_items)))),
          rc::gen::set(&RawCase::calls, rc::gen::resize(3, NotEmpty(AnyCall()))),
          rc::gen::set(&RawCase::order, Uniform<uint32_t>(0, 1U << 16)),
          rc::gen::set(&RawCase::pool_size, Uniform<size_t>(0, 9))),
      [](const RawCase& raw) { return FromRawCase(raw).Make(); });
}

std::ostream& operator<<(std::ostream& out, const CollectionCase& graph) {
  out << "pool of " << graph.pool_size << ", inputs " << Text(graph, graph.inputs);
  const char* const kKinds[] = {"makes", "splits", "maps"};
  const char* const kConcurrency[] = {"auto", "always", "never"};
  for (const CollectionStep& step : graph.steps) {
    out << fmt::format("\n  {} ({}) from ({}), attempts {}, wait {}, concurrency {}{}",
                       Text(graph, std::vector<uint32_t>{step.output}),
                       kKinds[static_cast<int>(step.kind)], Text(graph, step.inputs), step.attempts,
                       absl::FormatDuration(step.wait),
                       kConcurrency[static_cast<int>(step.concurrency)], Text(step));
  }
  for (const CallSpec& call : graph.calls) {
    out << "\n  call for " << Text(graph, call.outputs) << " bringing "
        << Text(graph, call.brought);
  }
  return out << "\n";
}

std::ostream& operator<<(std::ostream& out, const CollectionTrouble& trouble) {
  return out << fmt::format(
             "seed {}, steps: {} % transient, {} % final, items: {} % transient, {} % final{}, "
             "item parallelism {}, stop at attempt {}{}, deadline {}\n",
             trouble.seed, trouble.transient_percent, trouble.final_percent,
             trouble.item_transient_percent, trouble.item_final_percent,
             trouble.items_dawdle ? ", some slow" : "", trouble.item_parallelism,
             trouble.stop_at_attempt, trouble.attempt_waits_for_stop ? " (which waits for it)" : "",
             absl::FormatDuration(trouble.deadline));
}

uint64_t WholeNumber(bool is_many, const Data& data) {
  if (!is_many) return data.value;
  uint64_t number = data.items.size();
  for (const ItemData& item : data.items) {
    number = Mix(number, item.ok() ? item.value : static_cast<uint64_t>(item.code));
  }
  return number;
}

uint64_t SampleNumber(size_t size, const ItemData& sample) {
  return Mix(size, sample.ok() ? sample.value : static_cast<uint64_t>(sample.code));
}

std::vector<ItemData> SplitItems(const CollectionStep& split, uint64_t inputs) {
  // Often as many as there can be.
  const uint64_t dice = Mix(inputs, 3);
  const size_t count = dice % 2 == 0 ? split.most_items : dice / 2 % (split.most_items + 1);
  return Items(inputs, count, split.distinct_items, split.error_percent);
}

Data BroughtData(uint32_t type, bool is_many) {
  const uint64_t value = BroughtValue(type);
  if (!is_many) return {.value = value};
  const uint64_t dice = Mix(value, 5);
  const size_t count = dice % 4 == 0 ? 500 + dice / 4 % 100 : dice / 4 % 60;
  return {.items =
              Items(value, count, dice / 1024 % 2 == 0 ? 7 : 1U << 20, dice % 3 == 0 ? 10 : 0)};
}

CollectionExpectation Expect(const CollectionCase& graph, const CallSpec& call,
                             const CollectionTrouble& trouble) {
  return Evaluator(graph, call, trouble).Run();
}

}  // namespace protograph::property
