#include "classify_genre_and_mood.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

#include "words.h"

namespace movie_tagging {
namespace {

// How much the film's own signs count, and at most its director's habits beside them. Alone, the
// habits are as good an estimate as there is.
constexpr double kFilmWeight = 0.75;
constexpr double kDirectorWeight = 0.25;
constexpr double kDirectorAloneWeight = 1;
// With so many other films a director's habits count half of what they count at most.
constexpr double kFilmsForHalfTrust = 3;
// A further genre or a second mood is named from this share of the first one's score on.
constexpr double kFurtherGenre = 0.2;
constexpr double kSecondMood = 0.5;

using GenreScores = std::array<double, Genre_ARRAYSIZE>;
using MoodScores = std::array<double, Mood_ARRAYSIZE>;

struct GenreMood {
  Genre genre;
  Mood mood;
  double weight;
};
constexpr GenreMood kGenreMoods[] = {
    {GENRE_ACTION, MOOD_ADVENTUROUS, 0.6},       {GENRE_ACTION, MOOD_TENSE, 0.5},
    {GENRE_ADVENTURE, MOOD_ADVENTUROUS, 0.9},    {GENRE_ADVENTURE, MOOD_UPLIFTING, 0.3},
    {GENRE_BLACK_COMEDY, MOOD_DARK, 0.6},        {GENRE_BLACK_COMEDY, MOOD_WHIMSICAL, 0.6},
    {GENRE_COMEDY, MOOD_LIGHT_HEARTED, 0.9},     {GENRE_COMEDY, MOOD_WHIMSICAL, 0.2},
    {GENRE_CONCERT, MOOD_UPLIFTING, 0.7},        {GENRE_DOCUMENTARY, MOOD_REFLECTIVE, 0.8},
    {GENRE_DRAMA, MOOD_REFLECTIVE, 0.5},         {GENRE_DRAMA, MOOD_MELANCHOLY, 0.4},
    {GENRE_HORROR, MOOD_FRIGHTENING, 0.9},       {GENRE_HORROR, MOOD_DARK, 0.5},
    {GENRE_MUSICAL, MOOD_UPLIFTING, 0.7},        {GENRE_MUSICAL, MOOD_LIGHT_HEARTED, 0.4},
    {GENRE_ROMANTIC_COMEDY, MOOD_ROMANTIC, 0.8}, {GENRE_ROMANTIC_COMEDY, MOOD_LIGHT_HEARTED, 0.6},
    {GENRE_THRILLER, MOOD_TENSE, 0.9},           {GENRE_THRILLER, MOOD_DARK, 0.4},
    {GENRE_WESTERN, MOOD_ADVENTUROUS, 0.5},      {GENRE_WESTERN, MOOD_TENSE, 0.3},
};

struct ThemeMood {
  std::string_view theme;
  Mood mood;
  double weight;
};
constexpr ThemeMood kThemeMoods[] = {
    {"love", MOOD_ROMANTIC, 0.6},
    {"war", MOOD_DARK, 0.4},
    {"war", MOOD_TENSE, 0.3},
    {"death", MOOD_DARK, 0.3},
    {"death", MOOD_MELANCHOLY, 0.3},
    {"fear", MOOD_FRIGHTENING, 0.4},
    {"the-undead", MOOD_FRIGHTENING, 0.4},
    {"crime", MOOD_TENSE, 0.3},
    {"crime", MOOD_DARK, 0.3},
    {"espionage", MOOD_TENSE, 0.4},
    {"danger", MOOD_TENSE, 0.3},
    {"revenge", MOOD_DARK, 0.4},
    {"space", MOOD_ADVENTUROUS, 0.3},
    {"journey", MOOD_ADVENTUROUS, 0.3},
    {"magic", MOOD_WHIMSICAL, 0.4},
    {"legend", MOOD_WHIMSICAL, 0.4},
    {"absurdity", MOOD_WHIMSICAL, 0.4},
    {"childhood", MOOD_WHIMSICAL, 0.4},
    {"animals", MOOD_LIGHT_HEARTED, 0.2},
    {"holidays", MOOD_UPLIFTING, 0.5},
    {"family", MOOD_UPLIFTING, 0.3},
    {"sport", MOOD_UPLIFTING, 0.5},
    {"music", MOOD_UPLIFTING, 0.3},
    {"heroism", MOOD_ADVENTUROUS, 0.4},
    {"humour", MOOD_LIGHT_HEARTED, 0.3},
    {"parody", MOOD_LIGHT_HEARTED, 0.3},
    {"desire", MOOD_ROMANTIC, 0.2},
    {"the-past", MOOD_REFLECTIVE, 0.2},
    {"true-story", MOOD_REFLECTIVE, 0.3},
    {"relationships", MOOD_MELANCHOLY, 0.2},
};

GenreScores ScoreGenres(const ContentAnalysis& content, const DirectorProfile& director) {
  GenreScores scores = {};
  for (const GenreSign& sign : content.genre_signs()) {
    scores[sign.genre()] += kFilmWeight * sign.weight();
  }
  const double other_films = std::max(director.film_count() - 1, 0);
  const double trust = other_films / (other_films + kFilmsForHalfTrust);
  const double weight = content.genre_signs().empty() ? kDirectorAloneWeight : kDirectorWeight;
  for (const GenreShare& share : director.genre_shares()) {
    scores[share.genre()] += weight * trust * share.share();
  }
  return scores;
}

MoodScores ScoreMoods(const GenreScores& genres, const ContentAnalysis& content) {
  MoodScores scores = {};
  for (const GenreMood& rule : kGenreMoods) scores[rule.mood] += rule.weight * genres[rule.genre];
  for (const Theme& theme : content.themes()) {
    for (const ThemeMood& rule : kThemeMoods) {
      if (rule.theme == theme.name()) scores[rule.mood] += rule.weight * theme.confidence();
    }
  }
  // Tempo and light shift a mood that is there already, and make none.
  if (content.pacing() == PACING_SLOW) {
    scores[MOOD_REFLECTIVE] *= 1.3;
    scores[MOOD_MELANCHOLY] *= 1.3;
  } else if (content.pacing() == PACING_FRENETIC) {
    scores[MOOD_TENSE] *= 1.2;
    scores[MOOD_ADVENTUROUS] *= 1.2;
  }
  for (const Style& style : content.styles()) {
    if (style.style() == CINEMATOGRAPHY_STYLE_LOW_KEY) scores[MOOD_DARK] *= 1.2;
  }
  return scores;
}

// Scales down so that the scores add up to at most 1.
template <class Scores>
void Normalize(Scores& scores) {
  const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
  for (double& score : scores) score /= std::max(sum, 1.0);
}

// Indices of the scores that reach `share` of the highest one, highest first; equals in the order
// of the enum. Empty where all are 0.
template <class Scores>
std::vector<int> Leading(const Scores& scores, double share) {
  const double highest = *std::max_element(scores.begin(), scores.end());
  std::vector<int> leading;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > 0 && scores[i] >= share * highest) leading.push_back(static_cast<int>(i));
  }
  std::stable_sort(leading.begin(), leading.end(),
                   [&scores](int a, int b) { return scores[a] > scores[b]; });
  return leading;
}

}  // namespace

Classification ClassifyGenreAndMood::Compute(protograph::ExecCtx& /*ctx*/,
                                             const ContentAnalysis& content,
                                             const DirectorProfile& director) const {
  Classification classification;
  classification.set_movie_id(content.movie_id());

  GenreScores genres = ScoreGenres(content, director);
  Normalize(genres);
  const std::vector<int> leading = Leading(genres, kFurtherGenre);
  for (std::size_t i = 0; i < leading.size(); ++i) {
    const auto genre = static_cast<Genre>(leading[i]);
    const double score = Rounded(genres[genre]);
    if (i == 0) {
      classification.set_genre(genre);
      classification.set_genre_confidence(score);
    } else {
      ScoredGenre& further = *classification.add_further_genres();
      further.set_genre(genre);
      further.set_score(score);
    }
  }
  classification.set_genre_from_director(content.genre_signs().empty() && !leading.empty());

  MoodScores moods = ScoreMoods(genres, content);
  Normalize(moods);
  for (const int mood : Leading(moods, kSecondMood)) {
    if (classification.moods_size() == 2) break;
    ScoredMood& scored = *classification.add_moods();
    scored.set_mood(static_cast<Mood>(mood));
    scored.set_score(Rounded(moods[mood]));
  }
  return classification;
}

}  // namespace movie_tagging
