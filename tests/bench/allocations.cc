// Counts the allocations of an execution on a warmed thread.

#include <atomic>
#include <cstdlib>
#include <new>

#include "film_steps.h"
#include "measure.h"
#include "or_die.h"

namespace {
std::atomic<size_t> allocations{0};

void* Allocate(size_t size, size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  size = (size + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, size);
  if (memory == nullptr) std::abort();
  return memory;
}
}  // namespace

// The forms for arrays and those that do not throw end up here.
void* operator new(size_t size) { return Allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

namespace protograph::bench {
namespace {

constexpr size_t kExecutions = 10'000;

// Of one call, after as many that warm the thread.
double AllocationsOf(const Work& work) {
  work(kExecutions);
  const size_t before = allocations.load();
  work(kExecutions);
  return static_cast<double>(allocations.load() - before) / kExecutions;
}

void Compare(const std::string& name, const Work& by_graph, const Work& by_hand) {
  const double graph = AllocationsOf(by_graph);
  const double hand = AllocationsOf(by_hand);
  PrintFigure({.group = "allocations",
               .name = name,
               .value = graph,
               .unit = "a call",
               .baseline = "calls by hand",
               .baseline_value = hand,
               .number = graph - hand,
               .number_unit = "a call more",
               .bar = "<=0"});
}

}  // namespace
}  // namespace protograph::bench

int main() {
  using namespace protograph;
  using namespace protograph::bench;
  const FilmGraph graph = MakeFilmGraph();
  const FilmByHand by_hand;
  movie_tagging::MovieId id;
  id.set_id(603);
  ExecCtx ctx;

  const size_t before = allocations.load();
  Keep(new movie_tagging::MovieId);
  if (allocations.load() != before + 1) {
    std::cerr << "error: the allocations are not being counted\n";
    return 2;
  }

  Compare(
      "five steps",
      [&](size_t n) {
        for (size_t i = 0; i < n; ++i) Keep(graph.Execute<movie_tagging::TagSet>(ctx, id));
      },
      [&](size_t n) {
        for (size_t i = 0; i < n; ++i) Keep(by_hand.Tag(ctx, id));
      });
  Compare(
      "five steps, a context each",
      [&](size_t n) {
        for (size_t i = 0; i < n; ++i) {
          ExecCtx own;
          Keep(graph.Execute<movie_tagging::TagSet>(own, id));
        }
      },
      [&](size_t n) {
        for (size_t i = 0; i < n; ++i) {
          ExecCtx own;
          Keep(by_hand.Tag(own, id));
        }
      });
  Compare(
      "five steps, with a deadline",
      [&](size_t n) {
        ExecCtx late({.deadline = absl::Now() + absl::Hours(1)});
        for (size_t i = 0; i < n; ++i) Keep(graph.Execute<movie_tagging::TagSet>(late, id));
      },
      [&](size_t n) {
        for (size_t i = 0; i < n; ++i) Keep(by_hand.Tag(ctx, id));
      });
}
