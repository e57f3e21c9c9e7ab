#include "schedules/firing_plan.h"

#include <algorithm>

#include "schedules/proto_time.h"

namespace protograph::internal {
namespace {

constexpr int64_t kMostCounted = 100'000;
constexpr absl::Duration kMissedAfter = absl::Minutes(1);
// Ticks are whole microseconds.
constexpr absl::Duration kOne = absl::Microseconds(1);

int64_t Count(const ScheduleTicks& ticks, absl::Time from, absl::Time before) {
  int64_t count = 0;
  for (std::optional<absl::Time> tick = ticks.Next(from - kOne);
       tick.has_value() && *tick < before && count < kMostCounted; tick = ticks.Next(*tick)) {
    ++count;
  }
  return count;
}

// Goes on after the last tick that was dealt with.
void SetNext(FiringPlan& plan, const ScheduleTicks& ticks, absl::Time last) {
  plan.next_tick = ticks.Next(last);
  plan.due_at = plan.next_tick.value_or(absl::InfiniteFuture());
}

// From `from` on.
void FireAll(FiringPlan& plan, const ScheduleTicks& ticks, absl::Time from, absl::Time now,
             int64_t most) {
  absl::Time last = from - kOne;
  std::optional<absl::Time> tick = ticks.Next(last);
  for (int64_t fired = 0; tick.has_value() && *tick <= now && fired < most; ++fired) {
    plan.ticks.push_back(*tick);
    last = *tick;
    tick = ticks.Next(last);
  }
  SetNext(plan, ticks, last);
}

FiringPlan PlanBackfill(const ScheduleRecord& record, const ScheduleTicks& ticks, absl::Time now,
                        int64_t most_ticks) {
  const Backfill& backfill = record.definition.backfill();
  const absl::Time to = TimeOf(backfill.to());
  const int64_t a_minute = std::max(backfill.jobs_per_minute(), 1);
  const int64_t at_once = std::clamp<int64_t>(a_minute / 60, 1, most_ticks);
  FiringPlan plan;
  FireAll(plan, ticks, record.next_tick.value_or(TimeOf(backfill.from())), to - kOne, at_once);
  plan.is_over = !plan.next_tick.has_value() || *plan.next_tick >= to;
  if (!plan.is_over) plan.due_at = now + at_once * absl::Minutes(1) / a_minute;
  return plan;
}

}  // namespace

FiringPlan PlanFiring(const ScheduleRecord& record, const ScheduleTicks& ticks, absl::Time now,
                      int64_t most_ticks) {
  const ScheduleDefinition& definition = record.definition;
  if (definition.has_backfill()) return PlanBackfill(record, ticks, now, most_ticks);
  FiringPlan plan;
  int64_t most = most_ticks;
  if (definition.most_runs() > 0) most = std::min(most, definition.most_runs() - record.runs);
  if (most <= 0) return plan;
  if (record.pending_tick.has_value() && !record.is_last_job_live) {
    plan.ticks.push_back(*record.pending_tick);
    // What else is due comes in its turn.
    --most;
  }
  if (!record.is_planned) {
    SetNext(plan, ticks, std::max(record.changed_at, record.last_tick.value_or(record.changed_at)));
    return plan;
  }
  if (!record.next_tick.has_value()) return plan;
  const absl::Time next = *record.next_tick;
  if (next > now || most == 0) {
    plan.next_tick = next;
    plan.due_at = next;
    return plan;
  }
  switch (definition.missed_ticks()) {
    case ScheduleDefinition::RUN_ALL:
      FireAll(plan, ticks, next, now, most);
      return plan;
    case ScheduleDefinition::RUN_WINDOW: {
      const absl::Time from = std::max(next, now - DurationOf(definition.missed_window()));
      plan.missed = Count(ticks, next, from);
      FireAll(plan, ticks, from, now, most);
      return plan;
    }
    default:
      break;
  }
  // `next` is one of them, unless the definition is another than that which it was planned by.
  const absl::Time last = ticks.Last(next, now).value_or(next);
  const bool fires =
      definition.missed_ticks() == ScheduleDefinition::RUN_ONCE || last >= now - kMissedAfter;
  plan.missed = Count(ticks, next, last) + (fires ? 0 : 1);
  if (fires) plan.ticks.push_back(last);
  SetNext(plan, ticks, last);
  return plan;
}

}  // namespace protograph::internal
