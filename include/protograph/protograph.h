#ifndef PROTOGRAPH_PROTOGRAPH_H_
#define PROTOGRAPH_PROTOGRAPH_H_

// Protograph: multi-step data pipelines whose wiring is the signatures of their steps.
//
//   class FetchMovie {                                  // a step: a plain class
//    public:
//     explicit FetchMovie(std::shared_ptr<Catalog> catalog);
//     absl::StatusOr<Movie> Compute(protograph::ExecCtx& ctx, const MovieId& id) const;
//   };
//
//   using MovieGraph = protograph::StaticGraph<protograph::Inputs<MovieId>, FetchMovie, TagMovie>;
//
//   absl::StatusOr<MovieGraph> graph = MovieGraph::Builder("movies").Provide(catalog).Build();
//   protograph::ExecCtx ctx;
//   absl::StatusOr<TagSet> tags = graph->Execute<TagSet>(ctx, movie_id);
//
// This header is everything that works in memory. What a step is: docs/signatures.md.

#include "protograph/clock.h"
#include "protograph/describe.h"
#include "protograph/errors.h"
#include "protograph/exec_ctx.h"
#include "protograph/execution_observer.h"
#include "protograph/graph.h"
#include "protograph/graph_builder.h"
#include "protograph/logger.h"
#include "protograph/many.h"
#include "protograph/map.h"
#include "protograph/random_source.h"
#include "protograph/retry_policy.h"
#include "protograph/static_graph.h"
#include "protograph/step_options.h"
#include "protograph/thread_pool.h"

#endif  // PROTOGRAPH_PROTOGRAPH_H_
