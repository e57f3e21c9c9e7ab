#include "collection_execution.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "protograph/errors.h"
#include "protograph/exec_ctx.h"
#include "protograph/testing/fake_clock.h"
#include "stopper.h"

namespace protograph::property {
namespace {

// Failures that a status tells of.
constexpr int kMostTold = 5;

class CheckedCollections {
 public:
  CheckedCollections(CollectionGraph& graph, const PlannedCollectionCall& call,
                     const CollectionTrouble& trouble)
      : graph_(graph),
        call_(call),
        trouble_(trouble),
        log_(graph.graph_case(), Expect(graph.graph_case(), call.spec, trouble),
             trouble.item_parallelism) {
    log_.during = [this](ExecCtx& ctx, uint64_t dice) { During(ctx, dice); };
  }

  void Run() {
    deadline_ = clock_.Now() + trouble_.deadline;
    std::optional<Stopper> stopper;
    if (trouble_.stop_at_attempt > 0) {
      stopper_ = &stopper.emplace();
      stop_token_ = stopper->token();
    }
    ExecCtx ctx({.deadline = deadline_,
                 .stop_token = stop_token_,
                 .values = ContextValues().With(LogOfCollections{&log_}),
                 .item_parallelism = trouble_.item_parallelism,
                 .clock = &clock_});
    std::vector<Answer> answers;
    const absl::Status status = graph_.Execute(ctx, call_, log_, &answers);
    if (ctx.attempt() != 0) Complain("left an attempt in the caller's context");
    if (status.ok()) {
      CheckAnswers(answers);
      CheckProgress(ctx.Progress());
    } else {
      CheckFailure(status);
    }
    CheckRuns(status.ok());
  }

 private:
  void Complain(const std::string& what) { graph_.complaints().Add("the execution " + what); }

  void During(ExecCtx& ctx, uint64_t dice) {
    // Only where it matters, as the clock's lock orders threads that nothing else may order.
    if (deadline_ < absl::InfiniteFuture()) clock_.Advance(absl::Milliseconds(1));
    if (begun_.fetch_add(1, std::memory_order_relaxed) + 1 == trouble_.stop_at_attempt) {
      stopper_->Tell(true);
      if (trouble_.attempt_waits_for_stop) {
        while (!ctx.stop_token().stop_requested()) std::this_thread::yield();
      }
    }
    if (!trouble_.items_dawdle) return;
    if (dice % 32 == 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(60));
    } else if (dice % 4 == 0) {
      std::this_thread::yield();
    }
  }

  void CheckAnswers(std::vector<Answer>& answers) {
    if (!log_.expected.succeeds) {
      Complain("succeeded although it cannot");
      return;
    }
    for (size_t i = 0; i < answers.size(); ++i) {
      const uint32_t output = call_.spec.outputs[i];
      const Data& expected = log_.expected.data.at(output);
      if (answers[i].message.has_value()) {
        if (answers[i].message->value() == expected.value) continue;
        Complain(fmt::format("answered with a wrong message {}", output));
        continue;
      }
      const std::string difference = Difference(*answers[i].collection, expected.items);
      if (!difference.empty()) {
        Complain(fmt::format("answered with a wrong collection {}: {}", output, difference));
        continue;
      }
      CheckIsWhole(*std::move(answers[i].collection), expected);
    }
  }

  // The caller may do with its collection what can be done with any.
  void CheckIsWhole(Many<Number> answer, const Data& expected) {
    const Many<Number> copy = answer;
    for (uint64_t i = 0; i < 3; ++i) answer.Add().set_value(i);
    std::vector<ItemData> more = expected.items;
    for (uint64_t i = 0; i < 3; ++i) more.push_back({.value = i});
    if (!Difference(copy, expected.items).empty() || !Difference(answer, more).empty()) {
      Complain("answered with a collection that cannot be used");
    }
  }

  void CheckProgress(const std::vector<StepProgress>& progress) {
    size_t maps = 0;
    for (const auto& [output, step] : log_.expected.steps) {
      const std::string name = step.spec->Name();
      if (!step.spec->is_map()) continue;
      ++maps;
      const auto found = std::find_if(progress.begin(), progress.end(),
                                      [&](const StepProgress& p) { return p.step == name; });
      const auto items = static_cast<int64_t>(step.runs.size());
      if (found == progress.end() || found->total != items || found->done != items ||
          found->failed != static_cast<int64_t>(step.failed_items) || found->running != 0) {
        Complain("tells of a wrong progress of " + name);
      }
    }
    if (maps != progress.size()) Complain("tells of a progress that there is not");
  }

  void CheckFailure(const absl::Status& status) {
    const std::optional<StepFailure> failure = GetStepFailure(status);
    if (!failure.has_value()) {
      Complain("failed without naming a step: " + status.ToString());
      return;
    }
    const auto& steps = log_.expected.steps;
    const auto step = std::find_if(steps.begin(), steps.end(), [&](const auto& each) {
      return each.second.spec->Name() == failure->step();
    });
    if (step == steps.end() || !step->second.may_run) {
      Complain("failed in a step that it does not need, or that cannot begin: " +
               status.ToString());
      return;
    }
    std::string fault;
    if (failure->gave_up() == StepFailure::CANCELLED) {
      if (!stop_token_.stop_requested() || !absl::IsCancelled(status)) fault = "was not cancelled";
    } else if (failure->gave_up() == StepFailure::DEADLINE_PASSED) {
      if (clock_.Now() < deadline_ || !absl::IsDeadlineExceeded(status)) fault = "was not late";
    } else if (!step->second.fails) {
      fault = "failed in a step that does not fail";
    } else if (!step->second.spec->is_map()) {
      fault = FaultOf(*failure, status.code(), step->second.runs[0]);
    } else {
      fault = FaultOfItems(*failure, status.code(), step->second);
    }
    if (fault.empty() && step->second.spec->is_map()) {
      const auto total = static_cast<int64_t>(step->second.runs.size());
      const FailedItems& items = failure->items();
      if (!failure->has_items() || items.total() != total) fault = "has not so many items";
      if (items.not_run() < 0 || items.failed() + items.not_run() > total) {
        fault = fmt::format("counts {} failed items and {} that were not run among {}",
                            items.failed(), items.not_run(), total);
      }
    } else if (fault.empty() && failure->has_items()) {
      fault = "counts items of a step that has none";
    }
    if (!fault.empty()) Complain(fault + ": " + status.ToString());
  }

  static std::string FaultOf(const StepFailure& failure, absl::StatusCode code,
                             const ExpectedRun& run) {
    if (failure.attempts() != run.attempts) return "counts other attempts";
    if (code != CodeOf(run.last)) return "has another error";
    switch (failure.gave_up()) {
      case StepFailure::NOT_RETRIABLE:
        if (!IsRetriable(run.last) && run.last != Outcome::kDoNotRetry) return "";
        break;
      case StepFailure::STEP_SAID_NO:
        if (run.last == Outcome::kDoNotRetry) return "";
        break;
      case StepFailure::ATTEMPTS_SPENT:
        if (IsRetriable(run.last)) return "";
        break;
      default:
        break;
    }
    return "gave up for another reason";
  }

  std::string FaultOfItems(const StepFailure& failure, absl::StatusCode code,
                           const ExpectedStep& step) const {
    const FailedItems& items = failure.items();
    const auto failed = static_cast<size_t>(items.failed());
    if (failed <= step.tolerated_items || failed > step.failed_items) {
      return fmt::format("counts {} failed items, where {} fail and {} may", failed,
                         step.failed_items, step.tolerated_items);
    }
    int64_t before = -1;
    for (const FailedItem& item : items.first()) {
      if (item.index() <= before || item.index() >= static_cast<int64_t>(step.runs.size())) {
        return "does not name items in order";
      }
      before = item.index();
      const ExpectedRun& run = step.runs[static_cast<size_t>(item.index())];
      if (!run.fails()) return "names an item that does not fail";
      if (item.attempts() != run.attempts) return "counts other attempts of an item";
    }
    if (items.first().empty() || items.first_size() > kMostTold) return "names wrong items";
    const ExpectedRun& first = step.runs[static_cast<size_t>(items.first(0).index())];
    if (std::string fault = FaultOf(failure, code, first); !fault.empty()) return fault;
    if (step.spec->items.when_item_fails != WhenItemFails::kCollectErrors || CanStopEarly()) {
      return "";
    }
    // It has run them all.
    if (failed != step.failed_items || items.not_run() != 0) return "has not run all items";
    int told = 0;
    for (size_t i = 0; i < step.runs.size() && told < kMostTold; ++i) {
      if (!step.runs[i].fails()) continue;
      if (told == items.first_size() || items.first(told).index() != static_cast<int64_t>(i)) {
        return "does not name the first items";
      }
      ++told;
    }
    return "";
  }

  // Whether something beside one failing step ends the execution.
  bool CanStopEarly() const {
    return trouble_.stop_at_attempt > 0 || deadline_ < absl::InfiniteFuture() ||
           std::count_if(log_.expected.steps.begin(), log_.expected.steps.end(),
                         [](const auto& step) { return step.second.fails; }) > 1;
  }

  void CheckRuns(bool has_succeeded) {
    for (const auto& [output, step] : log_.expected.steps) {
      const std::vector<CollectionLog::Run>& runs = log_.runs[output];
      for (size_t i = 0; i < runs.size(); ++i) {
        const int expected = step.runs[i].attempts;
        if (runs[i].attempts > expected || (has_succeeded && runs[i].attempts != expected)) {
          Complain(fmt::format("made {} attempts of {} instead of {} (item {})", runs[i].attempts,
                               step.spec->Name(), expected, i));
        }
      }
    }
  }

  CollectionGraph& graph_;
  const PlannedCollectionCall& call_;
  const CollectionTrouble trouble_;
  CollectionLog log_;
  testing::FakeClock clock_;
  absl::Time deadline_;
  std::stop_token stop_token_;
  Stopper* stopper_ = nullptr;
  std::atomic<int> begun_{0};
};

}  // namespace

void ExecuteAndCheck(CollectionGraph& graph, const PlannedCollectionCall& call,
                     const CollectionTrouble& trouble) {
  CheckedCollections(graph, call, trouble).Run();
}

}  // namespace protograph::property
