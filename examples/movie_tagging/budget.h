#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_BUDGET_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_BUDGET_H_

// Budgets of different days, made comparable.

#include <cstdint>
#include <optional>

#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

// Dollars of `year` in dollars of 2010, by the consumer price index of the United States. A year
// before 1913 or after 2010 counts as the nearest of the two.
double DollarsOf2010(std::int64_t dollars, int year);

// Nothing where the film's budget or its year is unknown.
std::optional<double> BudgetInDollarsOf2010(const Movie& movie);

BudgetScale ScaleOf(double dollars_of_2010);

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_BUDGET_H_
