// Statements of a function that has a graph and what belongs to it; not linked.
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "film.pb.h"
#include "film_graph.h"
#include "protograph/protograph.h"

namespace film {

class RemoteAnalyzer : public ContentAnalyzer {
 public:
  explicit RemoteAnalyzer(std::string address);
  absl::StatusOr<std::vector<std::string>> ThemesOf(const std::string& overview) override;
};

struct RequestId {
  std::string text;
};

absl::Status @NAME@(absl::StatusOr<FilmGraph> graph, const MovieId& movie_id, const Movie& movie,
                    std::shared_ptr<const MovieCatalog> catalog,
                    std::shared_ptr<ContentAnalyzer> analyzer, std::stop_token stop_token,
                    protograph::ExecutionObserver& observer) {
  protograph::ExecCtx ctx;
  {
@SNIPPET@
  }
  return absl::OkStatus();
}

}  // namespace film
