#ifndef PROTOGRAPH_SRC_JOBS_GRAPH_LOADER_H_
#define PROTOGRAPH_SRC_JOBS_GRAPH_LOADER_H_

// Loads graph libraries (protograph/jobs/graph_library.h) into this process, where they stay.

#include <span>
#include <string>
#include <vector>

#include "protograph/graph.h"

namespace protograph::internal {

struct LoadedGraphs {
  std::vector<Graph> graphs;
  // What is wrong, each as a sentence that names the library and says what to do.
  std::vector<std::string> faults;
};

// To be called while the process has one thread: the libraries are loaded in a copy of it first, as
// some of what can be wrong with them ends the process that loads them.
LoadedGraphs LoadGraphs(std::span<const std::string> paths);

// "3.21.12" of a GOOGLE_PROTOBUF_VERSION.
std::string ProtobufVersionText(int version);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_GRAPH_LOADER_H_
