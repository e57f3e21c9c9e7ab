// Statements of a step's Compute; not linked.
#include <memory>
#include <string>
#include <vector>

#include "film.pb.h"
#include "film_graph.h"
#include "protograph/protograph.h"

namespace film {

struct RequestId {
  std::string text;
};

struct Response {
  int code;
  absl::Duration retry_in;
  std::vector<std::string> themes;
};

class Client {
 public:
  Response Ask(const std::string& text, absl::Time deadline, std::stop_token stop_token) const;
};

class @NAME@ {
 public:
  absl::StatusOr<ContentAnalysis> Compute(protograph::ExecCtx& ctx, const Movie& movie) const {
    ContentAnalysis analysis;
    {
@SNIPPET@
    }
    return analysis;
  }

 private:
  std::shared_ptr<const Client> client_;
};

absl::StatusOr<protograph::Graph> Build@NAME@() {
  return protograph::GraphBuilder("part").Input<Movie>().Add<@NAME@>().Build();
}

}  // namespace film
