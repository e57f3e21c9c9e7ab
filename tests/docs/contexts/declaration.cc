// Classes, functions and types at namespace scope; not linked.
#include <memory>
#include <string>

#include "film.pb.h"
#include "film_graph.h"
#include "protograph/protograph.h"

namespace film {

@SNIPPET@

}  // namespace film
