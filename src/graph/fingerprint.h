#ifndef PROTOGRAPH_SRC_GRAPH_FINGERPRINT_H_
#define PROTOGRAPH_SRC_GRAPH_FINGERPRINT_H_

#include <string>

#include "protograph/internal/graph_core.h"

namespace protograph::internal {

// See Graph::fingerprint.
std::string Fingerprint(const GraphParts& parts);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_FINGERPRINT_H_
