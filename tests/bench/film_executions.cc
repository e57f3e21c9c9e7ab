// Tags films and does nothing else, for valgrind to count its instructions.
//
//   bench_film_executions hand|graph <times>

#include <cstdlib>
#include <string_view>

#include "film_steps.h"
#include "measure.h"

int main(int argc, char** argv) {
  using namespace protograph;
  using namespace protograph::bench;
  if (argc != 3) return 2;
  const bool by_graph = std::string_view(argv[1]) == "graph";
  const long times = std::atol(argv[2]);
  const FilmGraph graph = MakeFilmGraph();
  const FilmByHand by_hand;
  ExecCtx ctx;
  movie_tagging::MovieId id;
  id.set_id(603);
  if (by_graph) {
    for (long i = 0; i < times; ++i) Keep(graph.Execute<movie_tagging::TagSet>(ctx, id));
  } else {
    for (long i = 0; i < times; ++i) Keep(by_hand.Tag(ctx, id));
  }
}
