#ifndef PROTOGRAPH_TESTS_UNIT_BRANCHES_H_
#define PROTOGRAPH_TESTS_UNIT_BRANCHES_H_

// The smallest graph that has something to run side by side.

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "film.pb.h"
#include "protograph/protograph.h"
#include "rendezvous.h"

namespace protograph {

inline std::shared_ptr<ThreadPool> Pool(size_t max_threads) {
  return std::make_shared<ThreadPool>(ThreadPoolOptions{.max_threads = max_threads});
}

// Two branches, DirectorProfile and ContentAnalysis, both from Movie and both behind
// Classification.
struct Branches {
  using Body = std::function<absl::Status(ExecCtx&)>;

  Body director;
  Body content;
  StepOptions director_options = {};
  StepOptions content_options = {};
  std::shared_ptr<ThreadPool> pool = Pool(4);

  absl::StatusOr<Graph> Build() const {
    return GraphBuilder("branches")
        .Input<film::Movie>()
        .Add(
            [body = director](ExecCtx& ctx,
                              const film::Movie& movie) -> absl::StatusOr<film::DirectorProfile> {
              if (absl::Status status = body(ctx); !status.ok()) return status;
              film::DirectorProfile profile;
              profile.set_films(movie.id() + 1);
              return profile;
            },
            director_options)
        .Add(
            [body = content](ExecCtx& ctx,
                             const film::Movie& movie) -> absl::StatusOr<film::ContentAnalysis> {
              if (absl::Status status = body(ctx); !status.ok()) return status;
              film::ContentAnalysis analysis;
              analysis.set_themes(movie.id() + 2);
              return analysis;
            },
            content_options)
        .Add([](ExecCtx&, const film::DirectorProfile& profile,
                const film::ContentAnalysis& analysis) {
          film::Classification classification;
          classification.set_genre(profile.films() * analysis.themes());
          return classification;
        })
        .UsePool(pool)
        .Build();
  }
};

inline Branches SameBody(const Branches::Body& body, Concurrency concurrency) {
  return {.director = body,
          .content = body,
          .director_options = {.concurrency = concurrency},
          .content_options = {.concurrency = concurrency}};
}

inline absl::Status MeetOrFail(Rendezvous& rendezvous) {
  return rendezvous.Meet() ? absl::OkStatus() : absl::InternalError("the other did not come");
}

inline film::Movie SomeMovie() {
  film::Movie movie;
  movie.set_id(10);
  return movie;
}

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_UNIT_BRANCHES_H_
