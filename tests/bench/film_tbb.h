#ifndef PROTOGRAPH_TESTS_BENCH_FILM_TBB_H_
#define PROTOGRAPH_TESTS_BENCH_FILM_TBB_H_

// The film pipeline in oneTBB's flow graph, built once and used again for each film, in two forms.
//
// Both are written as favourably to oneTBB as we know how: what the steps make lies in a struct on
// the caller's stack, and no message is copied, moved or allocated on its way through the graph.

#include <optional>
#include <tuple>

#include "absl/status/statusor.h"
#include "film_steps.h"
#include "oneapi/tbb/flow_graph.h"

namespace protograph::bench {

// One film on its way.
struct FilmInWork {
  ExecCtx& ctx;
  const movie_tagging::MovieId& id;
  const FilmByHand& steps;
  std::optional<absl::StatusOr<movie_tagging::Movie>> movie = std::nullopt;
  std::optional<absl::StatusOr<movie_tagging::DirectorProfile>> director = std::nullopt;
  std::optional<absl::StatusOr<movie_tagging::ContentAnalysis>> content = std::nullopt;
  std::optional<absl::StatusOr<movie_tagging::Classification>> classification = std::nullopt;
  std::optional<absl::StatusOr<movie_tagging::TagSet>> tags = std::nullopt;

  void FetchMovie() { movie.emplace(steps.fetch_movie.Compute(ctx, id)); }
  void FetchDirector() {
    if (!movie->ok()) {
      director.emplace(movie->status());
    } else {
      director.emplace(steps.fetch_director.Compute(ctx, **movie));
    }
  }
  void Analyze() {
    if (!movie->ok()) {
      content.emplace(movie->status());
    } else {
      content.emplace(steps.analyze.Compute(ctx, **movie));
    }
  }
  void Classify() {
    if (!content->ok()) {
      classification.emplace(content->status());
    } else if (!director->ok()) {
      classification.emplace(director->status());
    } else {
      classification.emplace(steps.classify.Compute(ctx, **content, **director));
    }
  }
  void Tag() {
    if (!classification->ok()) {
      tags.emplace(classification->status());
    } else {
      tags.emplace(steps.tag.Compute(ctx, **movie, **content, **classification));
    }
  }
};

// Data flows through function nodes and a join node, the form that oneTBB's documents teach.
class FilmInTbbByData {
  using Film = FilmInWork*;
  using Both = std::tuple<Film, Film>;
  using Node = tbb::flow::function_node<Film, Film>;

 public:
  FilmInTbbByData() {
    tbb::flow::make_edge(fetch_movie_, fetch_director_);
    tbb::flow::make_edge(fetch_movie_, analyze_);
    tbb::flow::make_edge(fetch_director_, tbb::flow::input_port<0>(both_));
    tbb::flow::make_edge(analyze_, tbb::flow::input_port<1>(both_));
    tbb::flow::make_edge(both_, classify_);
    tbb::flow::make_edge(classify_, tag_);
  }

  // One call at a time.
  absl::StatusOr<movie_tagging::TagSet> Tag(ExecCtx& ctx, const movie_tagging::MovieId& id) {
    FilmInWork film{.ctx = ctx, .id = id, .steps = steps_};
    fetch_movie_.try_put(&film);
    graph_.wait_for_all();
    return *std::move(film.tags);
  }

 private:
  FilmByHand steps_;
  tbb::flow::graph graph_;
  Node fetch_movie_{graph_, tbb::flow::unlimited,
                    [](Film film) { return film->FetchMovie(), film; }};
  Node fetch_director_{graph_, tbb::flow::unlimited,
                       [](Film film) { return film->FetchDirector(), film; }};
  Node analyze_{graph_, tbb::flow::unlimited, [](Film film) { return film->Analyze(), film; }};
  tbb::flow::join_node<Both, tbb::flow::queueing> both_{graph_};
  tbb::flow::function_node<Both, Film> classify_{graph_, tbb::flow::unlimited,
                                                 [](const Both& both) {
                                                   const Film film = std::get<0>(both);
                                                   return film->Classify(), film;
                                                 }};
  Node tag_{graph_, tbb::flow::unlimited, [](Film film) { return film->Tag(), film; }};
};

// The leanest form: dependencies only. Continue nodes carry no data, and so need no join node.
// `Policy` is oneTBB's: with flow::queueing a thread of its own may take each step, as with
// Protograph; with flow::lightweight each step runs in the thread that finished the one before it.
template <class Policy>
class FilmInTbbByContinue {
  using Node = tbb::flow::continue_node<tbb::flow::continue_msg, Policy>;
  using Done = const tbb::flow::continue_msg&;

 public:
  FilmInTbbByContinue() {
    tbb::flow::make_edge(fetch_movie_, fetch_director_);
    tbb::flow::make_edge(fetch_movie_, analyze_);
    tbb::flow::make_edge(fetch_director_, classify_);
    tbb::flow::make_edge(analyze_, classify_);
    tbb::flow::make_edge(classify_, tag_);
  }

  // One call at a time.
  absl::StatusOr<movie_tagging::TagSet> Tag(ExecCtx& ctx, const movie_tagging::MovieId& id) {
    FilmInWork film{.ctx = ctx, .id = id, .steps = steps_};
    film_ = &film;
    fetch_movie_.try_put(tbb::flow::continue_msg());
    graph_.wait_for_all();
    return *std::move(film.tags);
  }

 private:
  FilmByHand steps_;
  FilmInWork* film_ = nullptr;
  tbb::flow::graph graph_;
  Node fetch_movie_{graph_, [this](Done) { film_->FetchMovie(); }};
  Node fetch_director_{graph_, [this](Done) { film_->FetchDirector(); }};
  Node analyze_{graph_, [this](Done) { film_->Analyze(); }};
  Node classify_{graph_, [this](Done) { film_->Classify(); }};
  Node tag_{graph_, [this](Done) { film_->Tag(); }};
};

}  // namespace protograph::bench

#endif  // PROTOGRAPH_TESTS_BENCH_FILM_TBB_H_
