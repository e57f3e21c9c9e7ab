#ifndef PROTOGRAPH_TESTS_BENCH_FILM_TBB_H_
#define PROTOGRAPH_TESTS_BENCH_FILM_TBB_H_

// The film pipeline in oneTBB's flow graph, built once and used again for each film, in three
// forms.

#include <memory>
#include <optional>
#include <tuple>

#include "absl/status/statusor.h"
#include "film_steps.h"
#include "oneapi/tbb/flow_graph.h"

namespace protograph::bench {

// The same graph: a node for each step, an edge for each message that a step takes, and the message
// itself on the edge. Messages are shared, so that none is copied where two steps read it.
class FilmInTbbByMessage {
  template <class Message>
  using Made = std::shared_ptr<const absl::StatusOr<Message>>;
  using Movie = Made<movie_tagging::Movie>;
  using Director = Made<movie_tagging::DirectorProfile>;
  using Content = Made<movie_tagging::ContentAnalysis>;
  using Classification = Made<movie_tagging::Classification>;
  using ForClassify = std::tuple<Content, Director>;
  using ForTag = std::tuple<Movie, Content, Classification>;
  template <class In, class Out>
  using Node = tbb::flow::function_node<In, Out>;

 public:
  FilmInTbbByMessage() {
    using tbb::flow::input_port;
    using tbb::flow::make_edge;
    make_edge(fetch_movie_, fetch_director_);
    make_edge(fetch_movie_, analyze_);
    make_edge(analyze_, input_port<0>(for_classify_));
    make_edge(fetch_director_, input_port<1>(for_classify_));
    make_edge(for_classify_, classify_);
    make_edge(fetch_movie_, input_port<0>(for_tag_));
    make_edge(analyze_, input_port<1>(for_tag_));
    make_edge(classify_, input_port<2>(for_tag_));
    make_edge(for_tag_, tag_);
  }

  // One call at a time.
  absl::StatusOr<movie_tagging::TagSet> Tag(ExecCtx& ctx, const movie_tagging::MovieId& id) {
    ctx_ = &ctx;
    fetch_movie_.try_put(&id);
    graph_.wait_for_all();
    return *std::move(tags_);
  }

 private:
  // What a step makes of its inputs, or the error of the first that is one.
  template <class Output, class Step, class... Inputs>
  Made<Output> Run(const Step& step, const Made<Inputs>&... inputs) const {
    using Result = absl::StatusOr<Output>;
    const absl::Status* error = nullptr;
    static_cast<void>(((inputs->ok() || (error = &inputs->status(), false)) && ...));
    if (error != nullptr) return std::make_shared<const Result>(*error);
    return std::make_shared<const Result>(step.Compute(*ctx_, **inputs...));
  }

  FilmByHand steps_;
  ExecCtx* ctx_ = nullptr;
  std::optional<absl::StatusOr<movie_tagging::TagSet>> tags_;
  tbb::flow::graph graph_;
  Node<const movie_tagging::MovieId*, Movie> fetch_movie_{
      graph_, tbb::flow::unlimited, [this](const movie_tagging::MovieId* id) -> Movie {
        return std::make_shared<const absl::StatusOr<movie_tagging::Movie>>(
            steps_.fetch_movie.Compute(*ctx_, *id));
      }};
  Node<Movie, Director> fetch_director_{graph_, tbb::flow::unlimited, [this](const Movie& movie) {
                                          return Run<movie_tagging::DirectorProfile>(
                                              steps_.fetch_director, movie);
                                        }};
  Node<Movie, Content> analyze_{graph_, tbb::flow::unlimited, [this](const Movie& movie) {
                                  return Run<movie_tagging::ContentAnalysis>(steps_.analyze, movie);
                                }};
  tbb::flow::join_node<ForClassify, tbb::flow::queueing> for_classify_{graph_};
  Node<ForClassify, Classification> classify_{
      graph_, tbb::flow::unlimited, [this](const ForClassify& inputs) {
        return Run<movie_tagging::Classification>(steps_.classify, std::get<0>(inputs),
                                                  std::get<1>(inputs));
      }};
  tbb::flow::join_node<ForTag, tbb::flow::queueing> for_tag_{graph_};
  Node<ForTag, tbb::flow::continue_msg> tag_{
      graph_, tbb::flow::unlimited, [this](const ForTag& inputs) {
        const auto& [movie, content, classification] = inputs;
        if (!classification->ok()) {
          tags_ = classification->status();
        } else {
          tags_ = steps_.tag.Compute(*ctx_, **movie, **content, **classification);
        }
        return tbb::flow::continue_msg();
      }};
};

// For the forms below, which are as favourable to oneTBB as we know how to write them: what the
// steps make lies in a struct on the caller's stack, the edges carry its address or nothing, and no
// message is copied, moved or allocated on its way.
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

// The address flows through function nodes and a join node.
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
