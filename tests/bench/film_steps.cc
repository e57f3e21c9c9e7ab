#include "film_steps.h"

#include "or_die.h"

namespace protograph::bench {

absl::StatusOr<film::Movie> FetchMovie::Compute(ExecCtx& /*ctx*/, const film::MovieId& id) const {
  film::Movie movie;
  movie.set_id(id.id());
  if (id.id() != kNoTitle) movie.set_title("The Matrix");
  return movie;
}

absl::StatusOr<film::DirectorProfile> FetchDirectorProfile::Compute(
    ExecCtx& /*ctx*/, const film::Movie& movie) const {
  film::DirectorProfile director;
  director.set_films(movie.id() % 7);
  return director;
}

absl::StatusOr<film::ContentAnalysis> AnalyzeContent::Compute(ExecCtx& /*ctx*/,
                                                              const film::Movie& movie) const {
  film::ContentAnalysis content;
  content.set_themes(movie.id() % 5);
  return content;
}

absl::StatusOr<film::Classification> Classify::Compute(
    ExecCtx& /*ctx*/, const film::ContentAnalysis& content,
    const film::DirectorProfile& director) const {
  film::Classification classification;
  classification.set_genre(content.themes() + director.films());
  return classification;
}

absl::StatusOr<film::TagSet> GenerateTags::Compute(
    ExecCtx& /*ctx*/, const film::Movie& movie, const film::ContentAnalysis& content,
    const film::Classification& classification) const {
  film::TagSet tags;
  tags.set_tags(movie.id() + content.themes() + classification.genre());
  if (!movie.title().empty()) {
    tags.add_trail(movie.title());
    tags.add_trail("science fiction");
  }
  return tags;
}

FilmGraph MakeFilmGraph() { return OrDie(FilmGraph::Builder("film").Build()); }

}  // namespace protograph::bench
