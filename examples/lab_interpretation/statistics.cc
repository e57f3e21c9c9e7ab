#include "statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numbers>
#include <vector>

namespace lab_interpretation {
namespace {

// 97.5% point of the standard normal distribution.
constexpr double kZ975 = 1.959963984540054;

// 1 / (75% point of the standard normal distribution).
constexpr double kMadToSigma = 1.482602218505602;

// Two-sided p of Kendall's S for n different values. Every order of n values is equally likely
// without a trend, and S = n(n-1)/2 - 2 * inversions; the distribution of the number of inversions
// of n values is that of n-1 values convolved with the uniform distribution on 0 ... n-1.
double ExactTwoSidedP(int n, int s) {
  std::vector<double> probability = {1.0};
  for (int size = 2; size <= n; ++size) {
    std::vector<double> next(probability.size() + static_cast<std::size_t>(size) - 1, 0.0);
    for (std::size_t i = 0; i < probability.size(); ++i) {
      for (int shift = 0; shift < size; ++shift) {
        next[i + static_cast<std::size_t>(shift)] += probability[i] / size;
      }
    }
    probability = std::move(next);
  }
  const int pairs = n * (n - 1) / 2;
  const int inversions = (pairs - std::abs(s)) / 2;
  double tail = 0;
  for (int i = 0; i <= inversions; ++i) tail += probability[static_cast<std::size_t>(i)];
  return std::min(1.0, 2 * tail);
}

double NormalTwoSidedP(std::span<const double> values, int s) {
  std::map<double, int> groups;
  for (double value : values) ++groups[value];
  const auto term = [](double n) { return n * (n - 1) * (2 * n + 5); };
  double variance = term(static_cast<double>(values.size()));
  for (const auto& [value, count] : groups) variance -= term(count);
  variance /= 18;
  if (variance <= 0 || s == 0) return 1;
  const double z = (std::abs(s) - 1) / std::sqrt(variance);
  return std::erfc(z / std::numbers::sqrt2);
}

}  // namespace

std::optional<double> Median(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return sorted[middle];
  return (sorted[middle - 1] + sorted[middle]) / 2;
}

std::optional<double> ScaledMad(std::span<const double> values, double center) {
  std::vector<double> distances;
  distances.reserve(values.size());
  for (double value : values) distances.push_back(std::abs(value - center));
  const std::optional<double> mad = Median(distances);
  if (!mad.has_value()) return std::nullopt;
  return kMadToSigma * *mad;
}

std::optional<double> TheilSenSlope(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size()) return std::nullopt;
  std::vector<double> slopes;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      if (x[i] != x[j]) slopes.push_back((y[j] - y[i]) / (x[j] - x[i]));
    }
  }
  return Median(slopes);
}

MannKendallTest MannKendall(std::span<const double> values) {
  // Beyond this the normal approximation is as good and the exact sum needlessly long.
  constexpr std::size_t kMaxExact = 60;

  MannKendallTest test;
  bool ties = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i + 1; j < values.size(); ++j) {
      if (values[j] > values[i]) ++test.s;
      if (values[j] < values[i]) --test.s;
      if (values[j] == values[i]) ties = true;
    }
  }
  test.exact = !ties && values.size() <= kMaxExact;
  test.p_value = test.exact ? ExactTwoSidedP(static_cast<int>(values.size()), test.s)
                            : NormalTwoSidedP(values, test.s);
  return test;
}

double LogStandardDeviation(double cv) { return std::sqrt(std::log1p(cv * cv)); }

ReferenceChange ReferenceChangeValue(double within_person_cv, double analytical_cv) {
  const double sigma = LogStandardDeviation(std::hypot(within_person_cv, analytical_cv));
  const double limit = kZ975 * std::numbers::sqrt2 * sigma;
  return {.rise = std::expm1(limit), .fall = std::expm1(-limit)};
}

}  // namespace lab_interpretation
