#ifndef PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_STATISTICS_H_
#define PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_STATISTICS_H_

// Small-sample statistics for a patient's own series of values. Pure functions; NaN is not allowed
// in any input.

#include <optional>
#include <span>

namespace lab_interpretation {

// Middle value, or the mean of the two middle ones. Nothing for an empty series.
std::optional<double> Median(std::span<const double> values);

// Median of the distances from `center`, times 1.4826: for normal data an estimate of the standard
// deviation that a few outliers do not move (Rousseeuw and Croux, J Am Stat Assoc 1993;88:1273-83).
std::optional<double> ScaledMad(std::span<const double> values, double center);

// Theil-Sen estimate of the slope of `y` over `x`: the median of the slopes of all pairs with
// different x (Sen, J Am Stat Assoc 1968;63:1379-89). Nothing where no two x differ or the sizes do
// not match.
std::optional<double> TheilSenSlope(std::span<const double> x, std::span<const double> y);

struct MannKendallTest {
  int s = 0;           // pairs that rise less pairs that fall
  double p_value = 1;  // two-sided
  bool exact = false;  // from the distribution of S itself, not from the normal approximation
};

// Test for a monotonic trend in a series in order of time (Mann, Econometrica 1945;13:245-59;
// Kendall, Rank Correlation Methods). Without ties p is exact at any length that a patient's record
// has; with ties it is the normal approximation with the variance corrected for ties and S for
// continuity (Gilbert, Statistical Methods for Environmental Pollution Monitoring, 1987,
// section 16.4).
MannKendallTest MannKendall(std::span<const double> values);

// Standard deviation of ln(x) for a log-normal x whose coefficient of variation is `cv` (0.1: 10%).
double LogStandardDeviation(double cv);

struct ReferenceChange {
  double rise = 0;  // 0.5: half as much again
  double fall = 0;  // negative; -0.33: a third less
};

// Least relative changes between two results of one stable person that chance (variation within the
// person and of the assay, both as coefficients of variation) explains in fewer than 5% of cases,
// two-sided. Log-normal form, in which a rise and the fall that undoes it count the same (Fokkema
// et al., Clin Chem 2006;52:1602-3).
ReferenceChange ReferenceChangeValue(double within_person_cv, double analytical_cv);

}  // namespace lab_interpretation

#endif  // PROTOGRAPH_EXAMPLES_LAB_INTERPRETATION_STATISTICS_H_
