// Steps that wait for each other.
//
// expect: Protograph: the steps of the graph need each other in a cycle: let one of them do without
//     what it takes from the next
// shows: StepsNeedEachOther<Path<DirectorProfile, Classification, DirectorProfile>
// shows (g++): DirectorProfile <- Classification <- DirectorProfile: a cycle

#include "films.h"

struct ProfileByGenre {
  DirectorProfile Compute(ExecCtx& ctx, const Movie& movie, const Classification& classification);
};

using Films = StaticGraph<Inputs<MovieId>, FetchMovie, ProfileByGenre, AnalyzeContent, Classify,
                          GenerateTags>;

void Wrong() {
  const StatusOr<Films> films = Films::Builder("films").Build();
  ExecCtx ctx;
  films->Execute<TagSet>(ctx, MovieId()).IgnoreError();
}
