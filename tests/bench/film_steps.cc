#include "film_steps.h"

#include "or_die.h"

namespace protograph::bench {

using movie_tagging::Classification;
using movie_tagging::ContentAnalysis;
using movie_tagging::DirectorProfile;
using movie_tagging::Movie;
using movie_tagging::MovieId;
using movie_tagging::TagSet;

absl::StatusOr<Movie> FetchMovie::Compute(ExecCtx& /*ctx*/, const MovieId& id) const {
  Movie movie;
  movie.set_id(id.id());
  if (id.id() != kNoTitle) {
    movie.set_title("Alien");
    movie.set_director("Ridley Scott");
  }
  return movie;
}

absl::StatusOr<DirectorProfile> FetchDirectorProfile::Compute(ExecCtx& /*ctx*/,
                                                              const Movie& movie) const {
  DirectorProfile director;
  director.set_film_count(movie.id() % 7);
  if (movie.has_director()) director.set_name(movie.director());
  return director;
}

absl::StatusOr<ContentAnalysis> AnalyzeContent::Compute(ExecCtx& /*ctx*/,
                                                        const Movie& movie) const {
  ContentAnalysis content;
  content.set_movie_id(movie.id());
  content.set_completeness(0.5);
  return content;
}

absl::StatusOr<Classification> Classify::Compute(ExecCtx& /*ctx*/, const ContentAnalysis& content,
                                                 const DirectorProfile& director) const {
  Classification classification;
  classification.set_movie_id(content.movie_id());
  classification.set_genre_confidence(director.film_count());
  return classification;
}

absl::StatusOr<TagSet> GenerateTags::Compute(ExecCtx& /*ctx*/, const Movie& movie,
                                             const ContentAnalysis& content,
                                             const Classification& classification) const {
  TagSet tags;
  tags.set_movie_id(content.movie_id() + classification.movie_id());
  if (movie.has_title()) {
    tags.set_title(movie.title());
    tags.add_tags()->set_name("horror");
  }
  return tags;
}

FilmGraph MakeFilmGraph() { return OrDie(FilmGraph::Builder("film").Build()); }

}  // namespace protograph::bench
