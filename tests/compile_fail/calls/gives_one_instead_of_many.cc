// The graph takes a collection and is given one message.
//
// expect: Protograph: Execute was not given a message that it needs: pass it
// shows: CallLacksInput<Many<MovieId>, Path<Many<Movie>, Many<MovieId>
// shows (g++): Many<Movie> <- Many<MovieId>: nothing makes Many<MovieId>

#include "films.h"

using Films = StaticGraph<Inputs<Many<MovieId>>, Map<FetchMovie>>;

void Wrong(const Films& films, ExecCtx& ctx) { films.Execute<Many<Movie>>(ctx).IgnoreError(); }
