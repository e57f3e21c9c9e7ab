#ifndef PROTOGRAPH_TESTS_PROPERTY_CHECKED_EXECUTION_H_
#define PROTOGRAPH_TESTS_PROPERTY_CHECKED_EXECUTION_H_

// Executes a call of a random graph while things go wrong, and compares what comes of it with what
// may come of it.

#include <cstdint>
#include <stop_token>

#include "absl/time/time.h"
#include "erased_graph.h"
#include "protograph/clock.h"

namespace protograph::property {

// What goes wrong. As data, so that a failing case can be printed and shrunk.
struct Trouble {
  uint32_t seed = 0;
  // Of each step: chances in percent to fail at first, and never to recover.
  int transient_percent = 0;
  int final_percent = 0;
  // Chance in percent that an attempt executes a call of the same graph.
  int nested_percent = 0;
  // Another thread asks the execution to stop while its n-th attempt runs, or shortly after; 0:
  // none does.
  int stop_at_attempt = 0;
  // Whether that attempt waits until it is asked.
  bool attempt_waits_for_stop = false;
  // By the execution's own fake clock, on which each attempt takes a millisecond.
  absl::Duration deadline = absl::InfiniteDuration();
};

std::ostream& operator<<(std::ostream& out, const Trouble& trouble);

// Faults go to graph.complaints().
void ExecuteAndCheck(ErasedGraph& graph, const PlannedCall& call, const Trouble& trouble);

}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_CHECKED_EXECUTION_H_
