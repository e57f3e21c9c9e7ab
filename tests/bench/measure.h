#ifndef PROTOGRAPH_TESTS_BENCH_MEASURE_H_
#define PROTOGRAPH_TESTS_BENCH_MEASURE_H_

// Measuring things against each other on a machine that also does other work.
//
//   const Rounds rounds = TakeTurns({[&](size_t n) { ... }, [&](size_t n) { ... }});
//   PrintFigure({.group = "film", .name = "five steps", ..., .number = rounds.MedianRatio(0, 1)});

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace protograph::bench {

// What a contender does: its work, that many times.
using Work = std::function<void(size_t times)>;

struct TurnOptions {
  size_t rounds = 301;
  // How long one turn lasts. Short turns are rarely interrupted.
  double turn_seconds = 0.001;
};

// Nanoseconds a call, by contender and round.
class Rounds {
 public:
  explicit Rounds(std::vector<std::vector<double>> times) : times_(std::move(times)) {}

  double Median(size_t contender) const;
  // Of the ratios and differences within each round, so that a slow phase of the machine, which
  // hits both, does not count.
  double MedianRatio(size_t contender, size_t baseline) const;
  double MedianDifference(size_t contender, size_t baseline) const;

 private:
  std::vector<std::vector<double>> times_;
};

// Lets the contenders take turns, in one order in even rounds and in the reverse in odd ones, after
// a turn of each that warms it up and another that finds out how many calls make a turn.
Rounds TakeTurns(const std::vector<Work>& contenders, TurnOptions options = {});

double Median(std::vector<double> values);
// The value that a share of `part` of the values lies below.
double Quantile(std::vector<double> values, double part);

// Keeps the compiler from leaving out what makes the value.
template <class T>
void Keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

// A row of the table. `number` is what the bar is about: a ratio, or a difference.
struct Figure {
  std::string group;
  std::string name;
  double value = 0;
  std::string unit = "ns";
  std::string baseline;  // empty: compared with nothing
  double baseline_value = 0;
  double number = 0;
  std::string number_unit = "x";  // "x" for a ratio, else the unit of the difference
  // "<=" or ">=" and the bound; empty where there is no bar.
  std::string bar;
};

// Writes the figure to standard output, as tests/bench/run.sh reads it.
void PrintFigure(const Figure& figure);

}  // namespace protograph::bench

#endif  // PROTOGRAPH_TESTS_BENCH_MEASURE_H_
