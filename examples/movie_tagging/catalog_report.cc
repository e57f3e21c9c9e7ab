#include "catalog_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "words.h"

namespace movie_tagging {
namespace {

constexpr int kDirectorsShown = 10;
constexpr int kLeftOutShown = 5;

std::string Line(const std::string& who, const FilmGroup& group, const std::string& last) {
  const std::string rating =
      group.has_mean_imdb_rating() ? fmt::format("{:.1f}", group.mean_imdb_rating()) : "-";
  const std::string genre =
      group.films_of_genre() > 0
          ? fmt::format("{} ({})", Word(group.most_frequent_genre()), group.films_of_genre())
          : "-";
  return fmt::format("  {:<20} {:>5} {:>7} {:>9.1f}  {:<22} {}\n", who, group.films(), rating,
                     static_cast<double>(group.worldwide_gross_dollars()) / 1e9, genre, last);
}

std::string Heading(const std::string& who, const std::string& last) {
  return fmt::format("\n  {:<20} {:>5} {:>7} {:>9}  {:<22} {}\n", who, "films", "rating",
                     "gross, bn", "most frequent genre", last);
}

std::string Themes(const FilmGroup& group) {
  std::string text;
  for (const TagCount& theme : group.most_frequent_themes()) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} ({})", theme.tag().substr(theme.tag().find(':') + 1), theme.films());
  }
  return text.empty() ? "-" : text;
}

}  // namespace

std::string ToText(const CatalogSummary& summary) {
  std::string text = Heading("Decade", "most frequent themes");
  for (const DecadeSummary& decade : summary.decades()) {
    text += Line(fmt::format("{}s", decade.decade()), decade.group(), Themes(decade.group()));
  }
  if (summary.films_without_date() > 0) {
    text += fmt::format("  {:<20} {:>5}\n", "without a date", summary.films_without_date());
  }

  text += Heading("Director", "years");
  for (int i = 0; i < std::min(kDirectorsShown, summary.directors_size()); ++i) {
    const DirectorSummary& director = summary.directors(i);
    text += Line(director.director(), director.group(),
                 director.has_first_year()
                     ? fmt::format("{}-{}", director.first_year(), director.last_year())
                     : "-");
  }
  if (summary.directors_size() > kDirectorsShown) {
    text += fmt::format("  and {} others\n", summary.directors_size() - kDirectorsShown);
  }
  if (summary.films_without_director() > 0) {
    text += fmt::format("  {:<20} {:>5}\n", "without a name", summary.films_without_director());
  }

  text += fmt::format("\nLeft out: {}\n", summary.left_out_size());
  for (int i = 0; i < std::min(kLeftOutShown, summary.left_out_size()); ++i) {
    const LeftOutFilm& film = summary.left_out(i);
    text += fmt::format("  film {}: {}\n", film.movie_id(), film.why());
  }
  if (summary.left_out_size() > kLeftOutShown) {
    text += fmt::format("  and {} others\n", summary.left_out_size() - kLeftOutShown);
  }
  return text;
}

}  // namespace movie_tagging
