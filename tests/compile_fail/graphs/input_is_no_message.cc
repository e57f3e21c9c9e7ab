// A number among the inputs.
//
// expect: Protograph: an input of the graph is no protobuf message: pass messages, and give clients
//     and settings to GraphBuilder::Provide
// shows: InputIsNoMessage<int>

#include "films.h"

using Films = StaticGraph<Inputs<MovieId, int>, FetchMovie, FetchDirectorProfile, AnalyzeContent,
                          Classify, GenerateTags>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
}
