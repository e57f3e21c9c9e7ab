#ifndef PROTOGRAPH_TESTS_BENCH_FILM_STEPS_H_
#define PROTOGRAPH_TESTS_BENCH_FILM_STEPS_H_

// The five-step film pipeline with bodies that do next to nothing, so that what is around them
// shows. The bodies stand in a file of their own, as those of a library of steps do: nobody can
// inline them.

#include "absl/status/statusor.h"
#include "film.pb.h"
#include "protograph/protograph.h"

namespace protograph::bench {

// The film with this id has no title and gets no words for tags: each step then sets one number.
inline constexpr int64_t kNoTitle = 0;

class FetchMovie {
 public:
  absl::StatusOr<film::Movie> Compute(ExecCtx& ctx, const film::MovieId& id) const;
};

class FetchDirectorProfile {
 public:
  absl::StatusOr<film::DirectorProfile> Compute(ExecCtx& ctx, const film::Movie& movie) const;
};

class AnalyzeContent {
 public:
  absl::StatusOr<film::ContentAnalysis> Compute(ExecCtx& ctx, const film::Movie& movie) const;
};

class Classify {
 public:
  absl::StatusOr<film::Classification> Compute(ExecCtx& ctx, const film::ContentAnalysis& content,
                                               const film::DirectorProfile& director) const;
};

class GenerateTags {
 public:
  absl::StatusOr<film::TagSet> Compute(ExecCtx& ctx, const film::Movie& movie,
                                       const film::ContentAnalysis& content,
                                       const film::Classification& classification) const;
};

using FilmGraph = StaticGraph<Inputs<film::MovieId>, FetchMovie, FetchDirectorProfile,
                              AnalyzeContent, Classify, GenerateTags>;

// Ends the program where the graph is no good.
FilmGraph MakeFilmGraph();

// The same by hand: one after the other, with the status checks that code which means it would
// have.
struct FilmByHand {
  absl::StatusOr<film::TagSet> Tag(ExecCtx& ctx, const film::MovieId& id) const {
    const absl::StatusOr<film::Movie> movie = fetch_movie.Compute(ctx, id);
    if (!movie.ok()) return movie.status();
    const absl::StatusOr<film::DirectorProfile> director = fetch_director.Compute(ctx, *movie);
    if (!director.ok()) return director.status();
    const absl::StatusOr<film::ContentAnalysis> content = analyze.Compute(ctx, *movie);
    if (!content.ok()) return content.status();
    const absl::StatusOr<film::Classification> classification =
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
