#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_WORDS_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_WORDS_H_

// From the catalogue's words to the pipeline's, and from those to tags.

#include <string>
#include <string_view>
#include <vector>

#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

// GENRE_UNSPECIFIED where the catalogue's word for a genre is not known.
Genre ParseGenre(std::string_view major_genre);

// "romantic-comedy" for GENRE_ROMANTIC_COMEDY.
std::string Word(Genre genre);
std::string Word(Mood mood);
std::string Word(Pacing pacing);
std::string Word(CinematographyStyle style);
std::string Word(BudgetScale scale);

// Lower case, everything that is neither letter nor digit as one hyphen: "Based on Comic/Graphic
// Novel" becomes "based-on-comic-graphic-novel". Letters outside of ASCII are kept.
std::string Slug(std::string_view text);

// The words of a title in lower case, without digits, punctuation and the possessive 's.
std::vector<std::string> TitleWords(std::string_view title);

// How people are shown a film: "Wings (1927)", "an untitled film".
std::string DisplayName(const Movie& movie);

// Rounded to three decimals, so that what is shown and stored can be read.
double Rounded(double value);

// Confidence of two independent signs together.
double Together(double a, double b);

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_WORDS_H_
