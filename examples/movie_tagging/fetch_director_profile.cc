#include "fetch_director_profile.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "budget.h"
#include "google/protobuf/repeated_field.h"
#include "words.h"

namespace movie_tagging {
namespace {

std::optional<double> Median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const std::size_t middle = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + middle, values.end());
  const double upper = values[middle];
  if (values.size() % 2 == 1) return upper;
  return (upper + *std::max_element(values.begin(), values.begin() + middle)) / 2;
}

std::optional<double> Mean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// The keys are the films' own strings, which live as long as the catalogue.
using Counts = std::map<std::string_view, int>;

void AddHabits(const Counts& counts, google::protobuf::RepeatedPtrField<Habit>& habits) {
  for (const auto& [what, films] : counts) {
    if (films < 2) continue;
    Habit& habit = *habits.Add();
    habit.set_what(std::string(what));
    habit.set_films(films);
  }
  // The map is sorted by name, and so are equals after a stable sort.
  std::stable_sort(habits.begin(), habits.end(),
                   [](const Habit& a, const Habit& b) { return a.films() > b.films(); });
}

void AddGenreShares(const std::map<Genre, int>& counts, DirectorProfile& profile) {
  int known = 0;
  for (const auto& [genre, films] : counts) known += films;
  for (const auto& [genre, films] : counts) {
    GenreShare& share = *profile.add_genre_shares();
    share.set_genre(genre);
    share.set_share(Rounded(static_cast<double>(films) / known));
  }
  std::stable_sort(profile.mutable_genre_shares()->begin(), profile.mutable_genre_shares()->end(),
                   [](const GenreShare& a, const GenreShare& b) { return a.share() > b.share(); });
}

}  // namespace

FetchDirectorProfile::FetchDirectorProfile(std::shared_ptr<const MovieCatalog> catalog)
    : catalog_(std::move(catalog)) {}

absl::StatusOr<DirectorProfile> FetchDirectorProfile::Compute(protograph::ExecCtx& /*ctx*/,
                                                              const Movie& movie) const {
  DirectorProfile profile;
  if (!movie.has_director()) return profile;
  const absl::StatusOr<std::span<const Movie* const>> films =
      catalog_->FindFilmsBy(movie.director());
  if (!films.ok()) return films.status();

  profile.set_known(true);
  profile.set_name(movie.director());
  profile.set_film_count(static_cast<int>(films->size()));
  std::map<Genre, int> genres;
  Counts creative_types;
  Counts sources;
  std::vector<double> minutes;
  std::vector<double> budgets;
  std::vector<double> critics;
  std::vector<double> viewers;
  for (const Movie* other : *films) {
    if (other->id() == movie.id()) continue;
    const Genre genre = ParseGenre(other->major_genre());
    if (genre != GENRE_UNSPECIFIED) ++genres[genre];
    if (other->has_creative_type()) ++creative_types[other->creative_type()];
    if (other->has_source()) ++sources[other->source()];
    if (other->has_running_time_minutes()) minutes.push_back(other->running_time_minutes());
    if (const auto budget = BudgetInDollarsOf2010(*other)) budgets.push_back(*budget);
    if (other->has_rotten_tomatoes_rating()) critics.push_back(other->rotten_tomatoes_rating());
    if (other->has_imdb_rating()) viewers.push_back(other->imdb_rating());
    if (other->has_release_date()) {
      const int year = other->release_date().year();
      if (!profile.has_first_year() || year < profile.first_year()) profile.set_first_year(year);
      if (!profile.has_last_year() || year > profile.last_year()) profile.set_last_year(year);
    }
  }

  AddGenreShares(genres, profile);
  AddHabits(creative_types, *profile.mutable_recurring_creative_types());
  AddHabits(sources, *profile.mutable_recurring_sources());
  if (const auto value = Median(minutes)) profile.set_median_running_time_minutes(*value);
  if (const auto value = Median(budgets)) profile.set_usual_budget_scale(ScaleOf(*value));
  if (const auto value = Mean(critics)) profile.set_mean_rotten_tomatoes_rating(Rounded(*value));
  if (const auto value = Mean(viewers)) profile.set_mean_imdb_rating(Rounded(*value));
  return profile;
}

}  // namespace movie_tagging
