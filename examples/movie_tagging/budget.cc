#include "budget.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace movie_tagging {
namespace {

// Yearly averages of the CPI-U, all items, 1982-84 = 100. Source: United States Bureau of Labor
// Statistics, series CUUR0000SA0. Years in between are interpolated.
struct PriceLevel {
  int year;
  double index;
};
constexpr PriceLevel kPrices[] = {
    {1913, 9.9},   {1915, 10.1},  {1920, 20.0},    {1925, 17.5},  {1930, 16.7},  {1935, 13.7},
    {1940, 14.0},  {1945, 18.0},  {1950, 24.1},    {1955, 26.8},  {1960, 29.6},  {1965, 31.5},
    {1970, 38.8},  {1975, 53.8},  {1980, 82.4},    {1985, 107.6}, {1990, 130.7}, {1995, 152.4},
    {2000, 172.2}, {2005, 195.3}, {2010, 218.056},
};

double PriceIndex(int year) {
  const PriceLevel* after = std::find_if(std::begin(kPrices), std::end(kPrices),
                                         [year](const PriceLevel& p) { return p.year >= year; });
  if (after == std::end(kPrices)) return std::prev(after)->index;
  if (after == std::begin(kPrices)) return after->index;
  const PriceLevel* before = std::prev(after);
  return std::lerp(before->index, after->index,
                   static_cast<double>(year - before->year) / (after->year - before->year));
}

}  // namespace

double DollarsOf2010(std::int64_t dollars, int year) {
  return static_cast<double>(dollars) * (PriceIndex(2010) / PriceIndex(year));
}

std::optional<double> BudgetInDollarsOf2010(const Movie& movie) {
  if (!movie.has_production_budget_dollars() || !movie.has_release_date()) return std::nullopt;
  return DollarsOf2010(movie.production_budget_dollars(), movie.release_date().year());
}

BudgetScale ScaleOf(double dollars_of_2010) {
  if (dollars_of_2010 < 1e6) return BUDGET_SCALE_MICRO;
  if (dollars_of_2010 < 1e7) return BUDGET_SCALE_LOW;
  if (dollars_of_2010 < 4e7) return BUDGET_SCALE_MEDIUM;
  if (dollars_of_2010 < 1e8) return BUDGET_SCALE_HIGH;
  return BUDGET_SCALE_TENTPOLE;
}

}  // namespace movie_tagging
