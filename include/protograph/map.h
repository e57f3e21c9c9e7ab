#ifndef PROTOGRAPH_MAP_H_
#define PROTOGRAPH_MAP_H_

// Map<Step>: in a StaticGraph's list of steps, says that the step runs once for each item.
//
//   // Movie FetchMovie::Compute(ExecCtx&, const MovieId&, const Catalog&)
//   using CatalogGraph = StaticGraph<Inputs<CatalogId>, OpenCatalog, ListMovies, Map<FetchMovie>,
//                                    Summarize>;
//
// The step's first message is the item, which it takes from a Many<MovieId>; the others are shared
// by all items. Its results are a Many<Movie>, in the order of the items. GraphBuilder::Map<Step>()
// does the same for graphs made at run time. More in docs/collections.md.

namespace protograph {

// A name in a list; there is no use for an object of it.
template <class Step>
struct Map {};

}  // namespace protograph

#endif  // PROTOGRAPH_MAP_H_
