#include "summarize_catalogue.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "words.h"

namespace movie_tagging {
namespace {

constexpr std::size_t kThemesShown = 3;
constexpr std::string_view kThemeTag = "theme:";

class Group {
 public:
  void Add(const EnrichedMovie& film) {
    ++films_;
    if (film.classification().genre() != GENRE_UNSPECIFIED) {
      ++genres_[film.classification().genre()];
    }
    for (const Tag& tag : film.tags().tags()) {
      if (tag.name().starts_with(kThemeTag)) ++themes_[tag.name()];
    }
    const Movie& movie = film.movie();
    gross_ += movie.worldwide_gross_dollars();
    if (movie.has_imdb_rating()) {
      rating_ += movie.imdb_rating();
      ++rated_;
    }
    if (!movie.has_release_date()) return;
    const int year = movie.release_date().year();
    first_year_ = first_year_ == 0 ? year : std::min(first_year_, year);
    last_year_ = std::max(last_year_, year);
  }

  FilmGroup ToMessage() const {
    FilmGroup group;
    group.set_films(films_);
    for (const auto& [genre, films] : genres_) {
      if (films <= group.films_of_genre()) continue;
      group.set_most_frequent_genre(genre);
      group.set_films_of_genre(films);
    }
    if (rated_ > 0) group.set_mean_imdb_rating(Rounded(rating_ / rated_));
    group.set_worldwide_gross_dollars(gross_);
    std::vector<std::pair<std::string_view, int>> themes(themes_.begin(), themes_.end());
    std::stable_sort(themes.begin(), themes.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (themes.size() > kThemesShown) themes.resize(kThemesShown);
    for (const auto& [theme, films] : themes) {
      TagCount& count = *group.add_most_frequent_themes();
      count.set_tag(std::string(theme));
      count.set_films(films);
    }
    return group;
  }

  int films() const { return films_; }
  // 0: no film has a date.
  int first_year() const { return first_year_; }
  int last_year() const { return last_year_; }

 private:
  int films_ = 0;
  std::map<Genre, int> genres_;
  std::map<std::string_view, int> themes_;
  std::int64_t gross_ = 0;
  double rating_ = 0;
  int rated_ = 0;
  int first_year_ = 0;
  int last_year_ = 0;
};

void AddDirectors(const std::map<std::string_view, Group>& groups, CatalogSummary& summary) {
  std::vector<std::pair<std::string_view, const Group*>> directors;
  for (const auto& [name, group] : groups) directors.emplace_back(name, &group);
  // The map is sorted by name, and so are equals after a stable sort.
  std::stable_sort(directors.begin(), directors.end(), [](const auto& a, const auto& b) {
    return a.second->films() > b.second->films();
  });
  for (const auto& [name, group] : directors) {
    DirectorSummary& director = *summary.add_directors();
    director.set_director(std::string(name));
    *director.mutable_group() = group->ToMessage();
    if (group->first_year() == 0) continue;
    director.set_first_year(group->first_year());
    director.set_last_year(group->last_year());
  }
}

}  // namespace

CatalogSummary SummarizeCatalogue::Compute(protograph::ExecCtx& /*ctx*/,
                                           const protograph::Many<EnrichedMovie>& movies,
                                           const protograph::Many<MovieId>& ids) const {
  CatalogSummary summary;
  summary.set_films(static_cast<int>(movies.size()));
  for (const protograph::ItemFailure& failure : movies.failures()) {
    LeftOutFilm& film = *summary.add_left_out();
    film.set_movie_id(ids[failure.index]->id());
    film.set_why(std::string(failure.status.message()));
  }

  // Keys are the films' own strings, which live as long as the collection.
  std::map<int, Group> decades;
  std::map<std::string_view, Group> directors;
  for (const EnrichedMovie& film : movies) {
    const Movie& movie = film.movie();
    if (movie.has_release_date()) {
      decades[movie.release_date().year() / 10 * 10].Add(film);
    } else {
      summary.set_films_without_date(summary.films_without_date() + 1);
    }
    if (movie.has_director()) {
      directors[movie.director()].Add(film);
    } else {
      summary.set_films_without_director(summary.films_without_director() + 1);
    }
  }
  for (const auto& [decade, group] : decades) {
    DecadeSummary& message = *summary.add_decades();
    message.set_decade(decade);
    *message.mutable_group() = group.ToMessage();
  }
  AddDirectors(directors, summary);
  return summary;
}

}  // namespace movie_tagging
