#ifndef PROTOGRAPH_TESTS_BENCH_FILM_STEPS_H_
#define PROTOGRAPH_TESTS_BENCH_FILM_STEPS_H_

// The five-step film pipeline, with the messages of examples/movie_tagging and bodies that do next
// to nothing, so that what is around them shows. The bodies stand in a file of their own, as those
// of a library of steps do: nobody can inline them.

#include "absl/status/statusor.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/protograph.h"

namespace protograph::bench {

// The film with this id has no title and gets no words for tags: each step then sets one number.
inline constexpr int32_t kNoTitle = 0;

class FetchMovie {
 public:
  absl::StatusOr<movie_tagging::Movie> Compute(ExecCtx& ctx,
                                               const movie_tagging::MovieId& id) const;
};

class FetchDirectorProfile {
 public:
  absl::StatusOr<movie_tagging::DirectorProfile> Compute(ExecCtx& ctx,
                                                         const movie_tagging::Movie& movie) const;
};

class AnalyzeContent {
 public:
  absl::StatusOr<movie_tagging::ContentAnalysis> Compute(ExecCtx& ctx,
                                                         const movie_tagging::Movie& movie) const;
};

class Classify {
 public:
  absl::StatusOr<movie_tagging::Classification> Compute(
      ExecCtx& ctx, const movie_tagging::ContentAnalysis& content,
      const movie_tagging::DirectorProfile& director) const;
};

class GenerateTags {
 public:
  absl::StatusOr<movie_tagging::TagSet> Compute(
      ExecCtx& ctx, const movie_tagging::Movie& movie,
      const movie_tagging::ContentAnalysis& content,
      const movie_tagging::Classification& classification) const;
};

using FilmGraph = StaticGraph<Inputs<movie_tagging::MovieId>, FetchMovie, FetchDirectorProfile,
                              AnalyzeContent, Classify, GenerateTags>;

// Ends the program where the graph is no good.
FilmGraph MakeFilmGraph();

// The same by hand: one after the other, with the status checks that code which means it would
// have.
struct FilmByHand {
  absl::StatusOr<movie_tagging::TagSet> Tag(ExecCtx& ctx, const movie_tagging::MovieId& id) const {
    const absl::StatusOr<movie_tagging::Movie> movie = fetch_movie.Compute(ctx, id);
    if (!movie.ok()) return movie.status();
    const absl::StatusOr<movie_tagging::DirectorProfile> director =
        fetch_director.Compute(ctx, *movie);
    if (!director.ok()) return director.status();
    const absl::StatusOr<movie_tagging::ContentAnalysis> content = analyze.Compute(ctx, *movie);
    if (!content.ok()) return content.status();
    const absl::StatusOr<movie_tagging::Classification> classification =
        classify.Compute(ctx, *content, *director);
    if (!classification.ok()) return classification.status();
    return tag.Compute(ctx, *movie, *content, *classification);
  }

  FetchMovie fetch_movie;
  FetchDirectorProfile fetch_director;
  AnalyzeContent analyze;
  Classify classify;
  GenerateTags tag;
};

}  // namespace protograph::bench

#endif  // PROTOGRAPH_TESTS_BENCH_FILM_STEPS_H_
