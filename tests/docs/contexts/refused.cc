// Declarations at namespace scope that must not compile.
#include "film.pb.h"
#include "film_graph.h"
#include "protograph/protograph.h"

namespace film {

@SNIPPET@

}  // namespace film
