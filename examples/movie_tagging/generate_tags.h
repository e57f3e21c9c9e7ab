#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_GENERATE_TAGS_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_GENERATE_TAGS_H_

#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/exec_ctx.h"

namespace movie_tagging {

// Turns what the catalogue says and what was concluded into tags. Each film gets at least one: a
// film about which hardly anything is known is tagged "data:sparse". Nothing unknown makes a tag.
class GenerateTags {
 public:
  TagSet Compute(protograph::ExecCtx& ctx, const Movie& movie, const ContentAnalysis& content,
                 const Classification& classification) const;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_GENERATE_TAGS_H_
