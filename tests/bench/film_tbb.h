#ifndef PROTOGRAPH_TESTS_BENCH_FILM_TBB_H_
#define PROTOGRAPH_TESTS_BENCH_FILM_TBB_H_

// The film pipeline in oneTBB's flow graph, built once and used again for each film.
//
// Written as favourably to oneTBB as we know how: dependency-only continue nodes, which carry no
// data and so need no join nodes; results in a struct that the nodes' bodies share, so that nothing
// is copied or allocated, at the price that one graph tags one film at a time.

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "film_steps.h"
#include "oneapi/tbb/flow_graph.h"

namespace protograph::bench {

// `Policy` is oneTBB's: flow::queueing lets a thread of its own take each step, as Protograph's
// graph may; flow::lightweight runs each step in the thread that finished the one before it.
template <class Policy>
class FilmInTbb {
  using Node = tbb::flow::continue_node<tbb::flow::continue_msg, Policy>;
  using Done = const tbb::flow::continue_msg&;

 public:
  FilmInTbb() {
    tbb::flow::make_edge(fetch_movie_, fetch_director_);
    tbb::flow::make_edge(fetch_movie_, analyze_);
    tbb::flow::make_edge(fetch_director_, classify_);
    tbb::flow::make_edge(analyze_, classify_);
    tbb::flow::make_edge(classify_, tag_);
  }

  // One call at a time.
  absl::StatusOr<film::TagSet> Tag(ExecCtx& ctx, const film::MovieId& id) {
    ctx_ = &ctx;
    id_ = &id;
    fetch_movie_.try_put(tbb::flow::continue_msg());
    graph_.wait_for_all();
    absl::StatusOr<film::TagSet> answer = *std::move(tags_);
    movie_.reset();
    director_.reset();
    content_.reset();
    classification_.reset();
    tags_.reset();
    return answer;
  }

 private:
  FilmByHand steps_;
  ExecCtx* ctx_ = nullptr;
  const film::MovieId* id_ = nullptr;
  std::optional<absl::StatusOr<film::Movie>> movie_;
  std::optional<absl::StatusOr<film::DirectorProfile>> director_;
  std::optional<absl::StatusOr<film::ContentAnalysis>> content_;
  std::optional<absl::StatusOr<film::Classification>> classification_;
  std::optional<absl::StatusOr<film::TagSet>> tags_;

  tbb::flow::graph graph_;
  Node fetch_movie_{graph_,
                    [this](Done) { movie_.emplace(steps_.fetch_movie.Compute(*ctx_, *id_)); }};
  Node fetch_director_{graph_, [this](Done) {
                         if (!movie_->ok()) {
                           director_.emplace(movie_->status());
                         } else {
                           director_.emplace(steps_.fetch_director.Compute(*ctx_, **movie_));
                         }
                       }};
  Node analyze_{graph_, [this](Done) {
                  if (!movie_->ok()) {
                    content_.emplace(movie_->status());
                  } else {
                    content_.emplace(steps_.analyze.Compute(*ctx_, **movie_));
                  }
                }};
  Node classify_{
      graph_, [this](Done) {
        if (!content_->ok()) {
          classification_.emplace(content_->status());
        } else if (!director_->ok()) {
          classification_.emplace(director_->status());
        } else {
          classification_.emplace(steps_.classify.Compute(*ctx_, **content_, **director_));
        }
      }};
  Node tag_{graph_, [this](Done) {
              if (!classification_->ok()) {
                tags_.emplace(classification_->status());
              } else {
                tags_.emplace(steps_.tag.Compute(*ctx_, **movie_, **content_, **classification_));
              }
            }};
};

}  // namespace protograph::bench

#endif  // PROTOGRAPH_TESTS_BENCH_FILM_TBB_H_
