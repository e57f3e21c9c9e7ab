#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CLASSIFY_GENRE_AND_MOOD_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CLASSIFY_GENRE_AND_MOOD_H_

#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/exec_ctx.h"

namespace movie_tagging {

// Weighs the film's own signs with what its director usually makes. The director counts for more
// the more films there are, and never for more than a third of the film's own signs at full weight;
// where the film shows no sign at all, the director alone decides.
class ClassifyGenreAndMood {
 public:
  Classification Compute(protograph::ExecCtx& ctx, const ContentAnalysis& content,
                         const DirectorProfile& director) const;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_CLASSIFY_GENRE_AND_MOOD_H_
