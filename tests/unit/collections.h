#ifndef PROTOGRAPH_TESTS_UNIT_COLLECTIONS_H_
#define PROTOGRAPH_TESTS_UNIT_COLLECTIONS_H_

// Collections of films, and the smallest graph that does something for each item and then something
// with all of them.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "branches.h"
#include "film.pb.h"
#include "protograph/protograph.h"

namespace protograph {

inline film::MovieId Id(int64_t id) {
  film::MovieId message;
  message.set_id(id);
  return message;
}

inline Many<film::MovieId> IdsOf(std::initializer_list<int64_t> numbers) {
  Many<film::MovieId> ids;
  for (int64_t number : numbers) ids.Add(Id(number));
  return ids;
}

// From 0.
inline Many<film::MovieId> Ids(int64_t n) {
  Many<film::MovieId> ids;
  for (int64_t i = 0; i < n; ++i) ids.Add(Id(i));
  return ids;
}

inline int64_t NumberOf(const film::MovieId& id) { return id.id(); }
inline int64_t NumberOf(const film::Movie& movie) { return movie.id(); }
inline int64_t NumberOf(const film::ContentAnalysis& analysis) { return analysis.themes(); }
inline int64_t NumberOf(const film::Poster& poster) { return poster.width(); }

// -1 for an item that is an error.
template <class T>
std::vector<int64_t> NumbersOf(const Many<T>& many) {
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < many.size(); ++i) {
    numbers.push_back(many[i].ok() ? NumberOf(*many[i]) : -1);
  }
  return numbers;
}

inline std::vector<int64_t> UpTo(int64_t n) {
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < n; ++i) numbers.push_back(i);
  return numbers;
}

// Many<MovieId>, which callers bring, -> Fetch for each -> Many<Movie> -> Analyze for each ->
// Many<ContentAnalysis> -> Sum -> TagSet. Every item keeps its number.
struct Catalog {
  // Of the item with this number.
  using Body = std::function<absl::Status(ExecCtx& ctx, int64_t number)>;

  static absl::Status Succeed(ExecCtx& /*ctx*/, int64_t /*number*/) { return absl::OkStatus(); }

  Body fetch = Succeed;
  Body analyze = Succeed;
  StepOptions fetch_options = {};
  StepOptions analyze_options = {};
  std::shared_ptr<ThreadPool> pool = Pool(4);

  Graph Build() const {
    StepOptions first = fetch_options;
    first.name = "Fetch";
    StepOptions second = analyze_options;
    second.name = "Analyze";
    return GraphBuilder("catalog")
        .Input<Many<film::MovieId>>()
        .Map(
            [body = fetch](ExecCtx& ctx, const film::MovieId& id) -> absl::StatusOr<film::Movie> {
              if (absl::Status status = body(ctx, id.id()); !status.ok()) return status;
              film::Movie movie;
              movie.set_id(id.id());
              return movie;
            },
            std::move(first))
        .Map(
            [body = analyze](ExecCtx& ctx,
                             const film::Movie& movie) -> absl::StatusOr<film::ContentAnalysis> {
              if (absl::Status status = body(ctx, movie.id()); !status.ok()) return status;
              film::ContentAnalysis analysis;
              analysis.set_themes(movie.id());
              return analysis;
            },
            std::move(second))
        .Add(
            [](ExecCtx&, const Many<film::ContentAnalysis>& all) {
              film::TagSet tags;
              for (const film::ContentAnalysis& analysis : all) {
                tags.set_tags(tags.tags() + analysis.themes());
              }
              for (const ItemFailure& failure : all.failures()) {
                tags.add_trail(std::to_string(failure.index) + ": " +
                               std::string(failure.status.message()));
              }
              return tags;
            },
            {.name = "Sum"})
        .UsePool(pool)
        .Build()
        .value();
  }
};

// Far above what a loaded machine needs, far below the waits that are to be cut short.
inline constexpr absl::Duration kAtOnce = absl::Seconds(30);

// Until the item is asked to stop.
inline absl::Status WaitForStop(ExecCtx& ctx) {
  absl::Notification asked;
  const std::stop_callback notify(ctx.stop_token(), [&] { asked.Notify(); });
  if (!asked.WaitForNotificationWithTimeout(kAtOnce)) return absl::InternalError("not asked");
  return ctx.CheckAlive();
}

inline StepOptions Parallel(int parallelism, ItemOptions items = {}) {
  items.parallelism = parallelism;
  return {.concurrency = Concurrency::kAlways, .items = items};
}

// Two branches of map steps over one split.
struct TwoMaps {
  Catalog::Body fetch;
  Catalog::Body draw;
  StepOptions options = {.concurrency = Concurrency::kAlways};
  std::shared_ptr<ThreadPool> pool = Pool(4);

  Graph Build() const {
    StepOptions fetch_options = options;
    fetch_options.name = "Fetch";
    StepOptions draw_options = options;
    draw_options.name = "Draw";
    return GraphBuilder("films")
        .Input<film::MovieId>()
        .Add([](ExecCtx&, const film::MovieId& id) { return Ids(id.id()); }, {.name = "Split"})
        .Map(
            [body = fetch](ExecCtx& ctx, const film::MovieId& id) -> absl::StatusOr<film::Movie> {
              if (absl::Status s = body(ctx, id.id()); !s.ok()) return s;
              film::Movie movie;
              movie.set_id(id.id());
              return movie;
            },
            fetch_options)
        .Map(
            [body = draw](ExecCtx& ctx, const film::MovieId& id) -> absl::StatusOr<film::Poster> {
              if (absl::Status s = body(ctx, id.id()); !s.ok()) return s;
              film::Poster poster;
              poster.set_width(id.id());
              return poster;
            },
            draw_options)
        .Add(
            [](ExecCtx&, const Many<film::Movie>& movies, const Many<film::Poster>& posters) {
              film::TagSet tags;
              for (size_t i = 0; i < movies.size(); ++i) {
                tags.set_tags(tags.tags() + movies[i]->id() + posters[i]->width());
              }
              return tags;
            },
            {.name = "Sum"})
        .UsePool(pool)
        .Build()
        .value();
  }
};

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_UNIT_COLLECTIONS_H_
