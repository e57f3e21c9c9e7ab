#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_SUBMIT_FILMS_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_SUBMIT_FILMS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "csv_movie_catalog.h"
#include "movie_tagging/nightly_enrichment.pb.h"
#include "protograph/exec_ctx.h"
#include "protograph/jobs/client.h"

namespace movie_tagging {

// Submits a job for each film of a range: its tags. Run again for the same tick of a schedule, as
// after a crash, it submits none twice.
class SubmitFilms {
 public:
  SubmitFilms(std::shared_ptr<const CsvMovieCatalog> catalog,
              std::shared_ptr<protograph::Client> client);

  // The client's errors as they are.
  absl::StatusOr<EnrichmentRun> Compute(protograph::ExecCtx& ctx, const FilmRange& range) const;

 private:
  std::shared_ptr<const CsvMovieCatalog> catalog_;
  std::shared_ptr<protograph::Client> client_;
};

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_SUBMIT_FILMS_H_
