#ifndef PROTOGRAPH_TESTS_UNIT_MAP_STEPS_H_
#define PROTOGRAPH_TESTS_UNIT_MAP_STEPS_H_

// Steps of the tests of collections, and a graph of them.

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "collections.h"
#include "film.pb.h"
#include "protograph/protograph.h"

namespace protograph {

// As many ids as `id` says, from 0.
struct ListMovies {
  Many<film::MovieId> Compute(ExecCtx& /*ctx*/, const film::MovieId& id) const {
    return Ids(id.id());
  }
};

struct FetchMovie {
  absl::StatusOr<film::Movie> Compute(ExecCtx& /*ctx*/, const film::MovieId& id) const {
    film::Movie movie;
    movie.set_id(id.id());
    return movie;
  }
};

struct AnalyzeMovie {
  film::ContentAnalysis Compute(ExecCtx& /*ctx*/, const film::Movie& movie,
                                const film::DirectorProfile& all) const {
    film::ContentAnalysis analysis;
    analysis.set_themes(movie.id() + all.films());
    return analysis;
  }
};

struct Profile {
  film::DirectorProfile Compute(ExecCtx& /*ctx*/, const film::MovieId& /*id*/) const {
    film::DirectorProfile profile;
    profile.set_films(1000);
    return profile;
  }
};

struct SumUp {
  film::TagSet Compute(ExecCtx& /*ctx*/, const Many<film::ContentAnalysis>& all) const {
    film::TagSet tags;
    for (const film::ContentAnalysis& analysis : all)
      tags.set_tags(tags.tags() + analysis.themes());
    for (const ItemFailure& failure : all.failures()) {
      tags.add_trail(std::to_string(failure.index) + ": " + std::string(failure.status.message()));
    }
    return tags;
  }
};

using CatalogGraph = StaticGraph<Inputs<film::MovieId>, ListMovies, Map<FetchMovie>,
                                 Map<AnalyzeMovie>, Profile, SumUp>;

inline film::Movie MovieOf(const film::MovieId& id) {
  film::Movie movie;
  movie.set_id(id.id());
  return movie;
}
inline film::ContentAnalysis AnalysisOf(const film::Movie& movie) {
  film::ContentAnalysis analysis;
  analysis.set_themes(movie.id());
  return analysis;
}
inline film::Poster PosterOf(const film::Movie& movie) {
  film::Poster poster;
  poster.set_width(movie.id());
  return poster;
}

// What happened, in order.
class Log {
 public:
  void Add(const std::string& what, int64_t item) {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.push_back(what + std::to_string(item));
  }
  std::vector<std::string> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_UNIT_MAP_STEPS_H_
