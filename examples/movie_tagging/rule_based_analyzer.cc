#include "rule_based_analyzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "budget.h"
#include "content_rules.h"
#include "google/protobuf/repeated_field.h"
#include "words.h"

namespace movie_tagging {
namespace {

// Median of the catalogue's films.
constexpr double kUsualMinutes = 107;

constexpr int kFirstYearOfSound = 1928;
constexpr int kEndOfStudioEra = 1960;

// Adds what speaks for a theme to what already does.
void AddTheme(std::string_view name, double confidence, const std::string& evidence,
              ContentAnalysis& analysis) {
  for (Theme& theme : *analysis.mutable_themes()) {
    if (theme.name() != name) continue;
    theme.set_confidence(Together(theme.confidence(), confidence));
    theme.mutable_evidence()->append("; ").append(evidence);
    return;
  }
  Theme& theme = *analysis.add_themes();
  theme.set_name(std::string(name));
  theme.set_confidence(confidence);
  theme.set_evidence(evidence);
}

void AddGenreSign(Genre genre, double weight, const std::string& evidence,
                  ContentAnalysis& analysis) {
  if (genre == GENRE_UNSPECIFIED) return;
  for (GenreSign& sign : *analysis.mutable_genre_signs()) {
    if (sign.genre() != genre) continue;
    sign.set_weight(Together(sign.weight(), weight));
    sign.mutable_evidence()->append("; ").append(evidence);
    return;
  }
  GenreSign& sign = *analysis.add_genre_signs();
  sign.set_genre(genre);
  sign.set_weight(weight);
  sign.set_evidence(evidence);
}

void AddStyle(CinematographyStyle style, double confidence, std::string evidence,
              ContentAnalysis& analysis) {
  for (Style& known : *analysis.mutable_styles()) {
    if (known.style() != style) continue;
    known.set_confidence(Together(known.confidence(), confidence));
    known.mutable_evidence()->append("; ").append(evidence);
    return;
  }
  Style& added = *analysis.add_styles();
  added.set_style(style);
  added.set_confidence(confidence);
  added.set_evidence(std::move(evidence));
}

void ReadTitle(const std::string& title, ContentAnalysis& analysis) {
  std::vector<const TitleRule*> seen;
  for (const std::string& word : TitleWords(title)) {
    for (const TitleRule* rule : TitleRulesWith(word)) {
      // One word is enough; a second one of the same rule says nothing new.
      if (std::find(seen.begin(), seen.end(), rule) != seen.end()) continue;
      seen.push_back(rule);
      const std::string evidence = fmt::format("the title has '{}'", word);
      AddTheme(rule->theme, rule->confidence, evidence, analysis);
      AddGenreSign(rule->genre, rule->genre_weight, evidence, analysis);
    }
  }
}

void ReadGenre(Genre genre, const std::string& evidence, ContentAnalysis& analysis) {
  AddGenreSign(genre, 1, evidence, analysis);
  for (const GenreThemeRule& rule : GenreThemeRules()) {
    if (rule.genre == genre) AddTheme(rule.theme, rule.confidence, evidence, analysis);
  }
}

void ReadPhrase(const std::string& phrase, const std::string& evidence, ContentAnalysis& analysis) {
  for (const CatalogueThemeRule& rule : CatalogueThemeRules()) {
    if (rule.phrase == phrase) AddTheme(rule.theme, rule.confidence, evidence, analysis);
  }
  for (const CatalogueGenreRule& rule : CatalogueGenreRules()) {
    if (rule.phrase == phrase) AddGenreSign(rule.genre, rule.weight, evidence, analysis);
  }
}

void JudgePacing(const Movie& movie, Genre genre, ContentAnalysis& analysis) {
  if (genre == GENRE_UNSPECIFIED && !movie.has_running_time_minutes()) return;
  double score = UsualTempo(genre);
  if (movie.has_running_time_minutes()) {
    // An hour more or less is a fifth of the scale; nothing counts beyond a quarter.
    const double hours = (kUsualMinutes - movie.running_time_minutes()) / 60;
    score += std::clamp(hours / 5, -0.25, 0.25);
  }
  score = Rounded(std::clamp(score, 0.0, 1.0));
  analysis.set_pacing_score(score);
  analysis.set_pacing(score < 0.35   ? PACING_SLOW
                      : score < 0.55 ? PACING_MEASURED
                      : score < 0.75 ? PACING_BRISK
                                     : PACING_FRENETIC);
}

void JudgeStyleByGenre(Genre genre, const std::string& evidence, ContentAnalysis& analysis) {
  switch (genre) {
    case GENRE_HORROR:
      return AddStyle(CINEMATOGRAPHY_STYLE_LOW_KEY, 0.6, evidence, analysis);
    case GENRE_THRILLER:
      return AddStyle(CINEMATOGRAPHY_STYLE_LOW_KEY, 0.5, evidence, analysis);
    case GENRE_WESTERN:
      return AddStyle(CINEMATOGRAPHY_STYLE_PANORAMIC, 0.7, evidence, analysis);
    case GENRE_ADVENTURE:
      return AddStyle(CINEMATOGRAPHY_STYLE_PANORAMIC, 0.4, evidence, analysis);
    case GENRE_DOCUMENTARY:
      return AddStyle(CINEMATOGRAPHY_STYLE_OBSERVATIONAL, 0.8, evidence, analysis);
    case GENRE_MUSICAL:
    case GENRE_CONCERT:
      return AddStyle(CINEMATOGRAPHY_STYLE_STAGED, 0.7, evidence, analysis);
    case GENRE_COMEDY:
    case GENRE_ROMANTIC_COMEDY:
      return AddStyle(CINEMATOGRAPHY_STYLE_COLOURFUL, 0.3, evidence, analysis);
    case GENRE_DRAMA:
    case GENRE_BLACK_COMEDY:
      return AddStyle(CINEMATOGRAPHY_STYLE_NATURALISTIC, 0.4, evidence, analysis);
    default:
      return;
  }
}

void JudgeStyle(const Movie& movie, Genre genre, ContentAnalysis& analysis) {
  const std::string& type = movie.creative_type();
  const std::string by_type = fmt::format("creative type {}", type);
  JudgeStyleByGenre(genre, fmt::format("genre {}", movie.major_genre()), analysis);
  if (type == "Historical Fiction" || type == "Dramatization") {
    AddStyle(CINEMATOGRAPHY_STYLE_PERIOD, type == "Dramatization" ? 0.3 : 0.7, by_type, analysis);
  }
  if (type == "Kids Fiction") {
    AddStyle(CINEMATOGRAPHY_STYLE_COLOURFUL, 0.7, by_type, analysis);
  }

  if (movie.has_release_date()) {
    const int year = movie.release_date().year();
    if (year < kFirstYearOfSound) {
      AddStyle(CINEMATOGRAPHY_STYLE_SILENT_ERA, 0.9, fmt::format("released in {}", year), analysis);
    } else if (year < kEndOfStudioEra) {
      AddStyle(CINEMATOGRAPHY_STYLE_STUDIO_ERA, 0.8, fmt::format("released in {}", year), analysis);
    }
  }

  const std::optional<double> budget = BudgetInDollarsOf2010(movie);
  if (!budget.has_value()) return;
  const std::string evidence =
      fmt::format("a budget of {:.2g} million dollars of 2010", *budget / 1e6);
  const BudgetScale scale = ScaleOf(*budget);
  if (scale == BUDGET_SCALE_MICRO) {
    AddStyle(CINEMATOGRAPHY_STYLE_INTIMATE, 0.7, evidence, analysis);
  } else if (scale == BUDGET_SCALE_LOW && genre == GENRE_DRAMA) {
    AddStyle(CINEMATOGRAPHY_STYLE_INTIMATE, 0.4, evidence, analysis);
  }
  const bool needs_effects = type == "Science Fiction" || type == "Fantasy" || type == "Super Hero";
  if (needs_effects && scale >= BUDGET_SCALE_HIGH) {
    AddStyle(CINEMATOGRAPHY_STYLE_EFFECTS_DRIVEN, scale == BUDGET_SCALE_TENTPOLE ? 0.9 : 0.7,
             by_type + " with " + evidence, analysis);
  }
  if (type == "Historical Fiction" && scale >= BUDGET_SCALE_HIGH) {
    AddStyle(CINEMATOGRAPHY_STYLE_PANORAMIC, 0.5, by_type + " with " + evidence, analysis);
  }
}

double Completeness(const Movie& movie) {
  const std::initializer_list<bool> known = {movie.has_title(),
                                             movie.has_major_genre(),
                                             movie.has_creative_type(),
                                             movie.has_source(),
                                             movie.has_release_date(),
                                             movie.has_running_time_minutes(),
                                             movie.has_production_budget_dollars()};
  return static_cast<double>(std::count(known.begin(), known.end(), true)) /
         static_cast<double>(known.size());
}

}  // namespace

absl::StatusOr<ContentAnalysis> RuleBasedAnalyzer::Analyze(const Movie& movie) {
  ContentAnalysis analysis;
  analysis.set_movie_id(movie.id());
  const Genre genre = ParseGenre(movie.major_genre());
  if (genre != GENRE_UNSPECIFIED) {
    ReadGenre(genre, fmt::format("genre {}", movie.major_genre()), analysis);
  }
  ReadPhrase(movie.creative_type(), fmt::format("creative type {}", movie.creative_type()),
             analysis);
  ReadPhrase(movie.source(), fmt::format("source {}", movie.source()), analysis);
  ReadTitle(movie.title(), analysis);
  JudgePacing(movie, genre, analysis);
  JudgeStyle(movie, genre, analysis);
  analysis.set_completeness(Rounded(Completeness(movie)));

  for (Theme& theme : *analysis.mutable_themes()) theme.set_confidence(Rounded(theme.confidence()));
  for (Style& style : *analysis.mutable_styles()) style.set_confidence(Rounded(style.confidence()));
  for (GenreSign& sign : *analysis.mutable_genre_signs()) sign.set_weight(Rounded(sign.weight()));
  std::stable_sort(analysis.mutable_themes()->begin(), analysis.mutable_themes()->end(),
                   [](const Theme& a, const Theme& b) { return a.confidence() > b.confidence(); });
  std::stable_sort(analysis.mutable_styles()->begin(), analysis.mutable_styles()->end(),
                   [](const Style& a, const Style& b) { return a.confidence() > b.confidence(); });
  std::stable_sort(analysis.mutable_genre_signs()->begin(), analysis.mutable_genre_signs()->end(),
                   [](const GenreSign& a, const GenreSign& b) { return a.weight() > b.weight(); });
  return analysis;
}

}  // namespace movie_tagging
