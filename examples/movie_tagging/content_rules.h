#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CONTENT_RULES_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CONTENT_RULES_H_

// The rules of the rule-based analyzer, as tables. Confidences are estimates.

#include <span>
#include <string_view>

#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

// Any of `words` in a title speaks for a theme, and perhaps for a genre.
struct TitleRule {
  std::string_view theme;
  double confidence = 0;
  Genre genre = GENRE_UNSPECIFIED;
  double genre_weight = 0;
  std::span<const std::string_view> words;
};
// The rules that have the word, which is in lower case.
std::span<const TitleRule* const> TitleRulesWith(std::string_view word);

// A genre speaks for a theme.
struct GenreThemeRule {
  Genre genre = GENRE_UNSPECIFIED;
  std::string_view theme;
  double confidence = 0;
};
std::span<const GenreThemeRule> GenreThemeRules();

// A creative type or source, in the catalogue's words, speaks for a theme (where there is one).
struct CatalogueThemeRule {
  std::string_view phrase;
  std::string_view theme;
  double confidence = 0;
};
std::span<const CatalogueThemeRule> CatalogueThemeRules();

// The same for a genre.
struct CatalogueGenreRule {
  std::string_view phrase;
  Genre genre = GENRE_UNSPECIFIED;
  double weight = 0;
};
std::span<const CatalogueGenreRule> CatalogueGenreRules();

// How fast films of a genre usually are, 0 (slow) to 1 (frenetic).
double UsualTempo(Genre genre);

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CONTENT_RULES_H_
