#include "words.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"

namespace movie_tagging {
namespace {

constexpr std::pair<std::string_view, Genre> kCatalogueGenres[] = {
    {"Action", GENRE_ACTION},
    {"Adventure", GENRE_ADVENTURE},
    {"Black Comedy", GENRE_BLACK_COMEDY},
    {"Comedy", GENRE_COMEDY},
    {"Concert/Performance", GENRE_CONCERT},
    {"Documentary", GENRE_DOCUMENTARY},
    {"Drama", GENRE_DRAMA},
    {"Horror", GENRE_HORROR},
    {"Musical", GENRE_MUSICAL},
    {"Romantic Comedy", GENRE_ROMANTIC_COMEDY},
    {"Thriller/Suspense", GENRE_THRILLER},
    {"Western", GENRE_WESTERN},
};

bool IsBeyondAscii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

std::string WithoutPrefix(std::string_view prefix, std::string_view name) {
  return Slug(name.substr(prefix.size()));
}

}  // namespace

Genre ParseGenre(std::string_view major_genre) {
  for (const auto& [word, genre] : kCatalogueGenres) {
    if (word == major_genre) return genre;
  }
  return GENRE_UNSPECIFIED;
}

std::string Word(Genre genre) { return WithoutPrefix("GENRE_", Genre_Name(genre)); }
std::string Word(Mood mood) { return WithoutPrefix("MOOD_", Mood_Name(mood)); }
std::string Word(Pacing pacing) { return WithoutPrefix("PACING_", Pacing_Name(pacing)); }
std::string Word(CinematographyStyle style) {
  return WithoutPrefix("CINEMATOGRAPHY_STYLE_", CinematographyStyle_Name(style));
}
std::string Word(BudgetScale scale) {
  return WithoutPrefix("BUDGET_SCALE_", BudgetScale_Name(scale));
}

std::string Slug(std::string_view text) {
  std::string slug;
  bool gap = false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && !IsBeyondAscii(c)) {
      gap = true;
      continue;
    }
    if (gap && !slug.empty()) slug += '-';
    gap = false;
    slug += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return slug;
}

std::vector<std::string> TitleWords(std::string_view title) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&words, &word] {
    if (word.size() > 2 && word.ends_with("'s")) word.resize(word.size() - 2);
    while (word.ends_with('\'')) word.pop_back();
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (const char c : title) {
    const bool apostrophe = c == '\'' && !word.empty();
    if (absl::ascii_isalpha(static_cast<unsigned char>(c)) || IsBeyondAscii(c) || apostrophe) {
      word += absl::ascii_tolower(static_cast<unsigned char>(c));
    } else {
      end_word();
    }
  }
  end_word();
  return words;
}

std::string DisplayName(const Movie& movie) {
  std::string title = movie.has_title() ? movie.title() : "an untitled film";
  if (!movie.has_release_date()) return title;
  return fmt::format("{} ({})", title, movie.release_date().year());
}

double Rounded(double value) { return std::round(value * 1000) / 1000; }

double Together(double a, double b) { return 1 - (1 - a) * (1 - b); }

}  // namespace movie_tagging
