// Options for a class that is not in the graph.
//
// expect: Protograph: Configure<Step> names a class that is no step of the graph: add it to the
//     StaticGraph's list
// shows: StepIsNotInGraph<FetchPoster>

#include "films.h"

struct FetchPoster {
  Poster Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { FilmGraph::Builder("films").Configure<FetchPoster>({.timeout = absl::Seconds(1)}); }
