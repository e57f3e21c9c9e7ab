#include "measure.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace protograph::bench {
namespace {

double SecondsOf(const Work& work, size_t times) {
  const auto begin = std::chrono::steady_clock::now();
  work(times);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// How many calls make a turn.
size_t Calibrate(const Work& work, double turn_seconds) {
  size_t times = 1;
  while (true) {
    const double seconds = SecondsOf(work, times);
    if (seconds >= turn_seconds / 2) {
      return std::max<size_t>(
          1, static_cast<size_t>(static_cast<double>(times) * turn_seconds / seconds));
    }
    times *= 2;
  }
}

}  // namespace

double Quantile(std::vector<double> values, double part) {
  const auto place = static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * part);
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<size_t>(place)];
}

double Median(std::vector<double> values) { return Quantile(std::move(values), 0.5); }

double Rounds::Median(size_t contender) const { return bench::Median(times_[contender]); }

double Rounds::MedianRatio(size_t contender, size_t baseline) const {
  std::vector<double> ratios;
  for (size_t i = 0; i < times_[contender].size(); ++i) {
    ratios.push_back(times_[contender][i] / times_[baseline][i]);
  }
  return bench::Median(std::move(ratios));
}

double Rounds::MedianDifference(size_t contender, size_t baseline) const {
  std::vector<double> differences;
  for (size_t i = 0; i < times_[contender].size(); ++i) {
    differences.push_back(times_[contender][i] - times_[baseline][i]);
  }
  return bench::Median(std::move(differences));
}

Rounds TakeTurns(const std::vector<Work>& contenders, TurnOptions options) {
  std::vector<size_t> times;
  for (const Work& work : contenders) {
    Calibrate(work, options.turn_seconds);
    times.push_back(Calibrate(work, options.turn_seconds));
  }
  std::vector<std::vector<double>> taken(contenders.size());
  for (size_t round = 0; round < options.rounds; ++round) {
    for (size_t turn = 0; turn < contenders.size(); ++turn) {
      const size_t i = round % 2 == 0 ? turn : contenders.size() - 1 - turn;
      taken[i].push_back(SecondsOf(contenders[i], times[i]) * 1e9 / static_cast<double>(times[i]));
    }
  }
  return Rounds(std::move(taken));
}

void PrintFigure(const Figure& figure) {
  std::printf("%s\t%s\t%.6g\t%s\t%s\t%.6g\t%.6g\t%s\t%s\n", figure.group.c_str(),
              figure.name.c_str(), figure.value, figure.unit.c_str(), figure.baseline.c_str(),
              figure.baseline_value, figure.number, figure.number_unit.c_str(), figure.bar.c_str());
  std::fflush(stdout);
}

}  // namespace protograph::bench
