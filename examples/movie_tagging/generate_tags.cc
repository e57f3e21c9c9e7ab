#include "generate_tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "budget.h"
#include "google/protobuf/repeated_field.h"
#include "words.h"

namespace movie_tagging {
namespace {

// Conclusions weaker than this make no tag.
constexpr double kLeastConfidence = 0.2;

// Less than this share of what the analysis looks at: too little to trust the tags.
constexpr double kSparse = 0.5;

constexpr int kShortMinutes = 85;
constexpr int kLongMinutes = 150;

// Critics and viewers that agree. Averages of few votes say little.
constexpr int kAcclaimedPercent = 85;
constexpr int kPannedPercent = 20;
constexpr int kManyVotes = 10000;
constexpr double kFavouriteRating = 8;
constexpr double kHiddenGemRating = 7.5;
constexpr double kDislikedRating = 4;

// About half of the takings stays with the cinemas, so a film earns its budget back at about twice
// the budget. Between the two limits lies what is neither.
constexpr double kHitTakingsPerBudget = 3;
constexpr double kFlopTakingsPerBudget = 1;
constexpr double kBlockbusterDollarsOf2010 = 4e8;

class TagCollector {
 public:
  explicit TagCollector(TagSet& tags) : tags_(tags) {}

  // Of one name, the most confident tag stays.
  void Add(std::string_view kind, std::string_view value, TagSource source, double confidence) {
    if (value.empty() || confidence < kLeastConfidence) return;
    std::string name = fmt::format("{}:{}", kind, value);
    for (Tag& tag : *tags_.mutable_tags()) {
      if (tag.name() != name) continue;
      if (confidence > tag.confidence()) {
        tag.set_source(source);
        tag.set_confidence(confidence);
      }
      return;
    }
    Tag& tag = *tags_.add_tags();
    tag.set_name(std::move(name));
    tag.set_source(source);
    tag.set_confidence(confidence);
  }

  void AddKnown(std::string_view kind, std::string_view value) {
    Add(kind, value, TAG_SOURCE_CATALOGUE, 1);
  }

  void Sort() {
    std::sort(tags_.mutable_tags()->begin(), tags_.mutable_tags()->end(),
              [](const Tag& a, const Tag& b) {
                if (a.confidence() != b.confidence()) return a.confidence() > b.confidence();
                return a.name() < b.name();
              });
  }

 private:
  TagSet& tags_;
};

// "book-short-story" for "Based on Book/Short Story".
std::string SourceSlug(std::string_view source) {
  constexpr std::string_view kBasedOn = "Based on ";
  if (source.starts_with(kBasedOn)) source.remove_prefix(kBasedOn.size());
  return Slug(source);
}

void AddReception(const Movie& movie, TagCollector& tags) {
  if (movie.has_rotten_tomatoes_rating()) {
    if (movie.rotten_tomatoes_rating() >= kAcclaimedPercent) tags.AddKnown("critics", "acclaimed");
    if (movie.rotten_tomatoes_rating() <= kPannedPercent) tags.AddKnown("critics", "panned");
  }
  if (!movie.has_imdb_rating() || !movie.has_imdb_votes()) return;
  const bool many_votes = movie.imdb_votes() >= kManyVotes;
  if (many_votes && movie.imdb_rating() >= kFavouriteRating) tags.AddKnown("viewers", "favourite");
  if (!many_votes && movie.imdb_rating() >= kHiddenGemRating) {
    tags.AddKnown("viewers", "hidden-gem");
  }
  if (many_votes && movie.imdb_rating() <= kDislikedRating) tags.AddKnown("viewers", "disliked");
}

void AddMoney(const Movie& movie, TagCollector& tags) {
  const std::optional<double> budget = BudgetInDollarsOf2010(movie);
  if (budget.has_value()) tags.AddKnown("budget", Word(ScaleOf(*budget)));
  if (!movie.has_worldwide_gross_dollars()) return;
  const auto takings = static_cast<double>(movie.worldwide_gross_dollars());
  if (movie.has_release_date() &&
      DollarsOf2010(movie.worldwide_gross_dollars(), movie.release_date().year()) >=
          kBlockbusterDollarsOf2010) {
    tags.AddKnown("box-office", "blockbuster");
  }
  if (!movie.has_production_budget_dollars()) return;
  // Both are in dollars of about the same day.
  const double per_budget = takings / static_cast<double>(movie.production_budget_dollars());
  if (per_budget >= kHitTakingsPerBudget) tags.AddKnown("box-office", "hit");
  if (per_budget < kFlopTakingsPerBudget) tags.AddKnown("box-office", "flop");
}

void AddCatalogueTags(const Movie& movie, TagCollector& tags) {
  if (movie.has_director()) tags.AddKnown("director", Slug(movie.director()));
  if (movie.has_release_date()) {
    tags.AddKnown("decade", fmt::format("{}s", movie.release_date().year() / 10 * 10));
  }
  if (movie.has_mpaa_rating()) tags.AddKnown("rating", Slug(movie.mpaa_rating()));
  if (movie.has_source()) tags.AddKnown("source", SourceSlug(movie.source()));
  if (movie.has_creative_type()) tags.AddKnown("type", Slug(movie.creative_type()));
  if (movie.has_running_time_minutes()) {
    if (movie.running_time_minutes() < kShortMinutes) tags.AddKnown("length", "short");
    if (movie.running_time_minutes() >= kLongMinutes) tags.AddKnown("length", "long");
  }
  AddReception(movie, tags);
  AddMoney(movie, tags);
}

void AddContentTags(const ContentAnalysis& content, TagCollector& tags) {
  for (const Theme& theme : content.themes()) {
    tags.Add("theme", theme.name(), TAG_SOURCE_CONTENT, theme.confidence());
  }
  for (const Style& style : content.styles()) {
    tags.Add("style", Word(style.style()), TAG_SOURCE_CONTENT, style.confidence());
  }
  if (content.pacing() != PACING_UNSPECIFIED) {
    tags.Add("pacing", Word(content.pacing()), TAG_SOURCE_CONTENT, 0.5);
  }
  if (content.completeness() < kSparse) tags.Add("data", "sparse", TAG_SOURCE_CONTENT, 1);
}

void AddClassificationTags(const Movie& movie, const Classification& classification,
                           TagCollector& tags) {
  const Genre catalogue_genre = ParseGenre(movie.major_genre());
  if (catalogue_genre != GENRE_UNSPECIFIED) tags.AddKnown("genre", Word(catalogue_genre));
  if (classification.genre() != GENRE_UNSPECIFIED) {
    tags.Add("genre", Word(classification.genre()), TAG_SOURCE_CLASSIFICATION,
             classification.genre_confidence());
  }
  for (const ScoredGenre& further : classification.further_genres()) {
    tags.Add("genre", Word(further.genre()), TAG_SOURCE_CLASSIFICATION, further.score());
  }
  for (const ScoredMood& mood : classification.moods()) {
    tags.Add("mood", Word(mood.mood()), TAG_SOURCE_CLASSIFICATION, mood.score());
  }
}

}  // namespace

TagSet GenerateTags::Compute(protograph::ExecCtx& /*ctx*/, const Movie& movie,
                             const ContentAnalysis& content,
                             const Classification& classification) const {
  TagSet set;
  set.set_movie_id(movie.id());
  if (movie.has_title()) set.set_title(movie.title());
  TagCollector tags(set);
  AddCatalogueTags(movie, tags);
  AddContentTags(content, tags);
  AddClassificationTags(movie, classification, tags);
  tags.Sort();
  return set;
}

}  // namespace movie_tagging
