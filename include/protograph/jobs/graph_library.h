#ifndef PROTOGRAPH_JOBS_GRAPH_LIBRARY_H_
#define PROTOGRAPH_JOBS_GRAPH_LIBRARY_H_

// Graph libraries: shared libraries that bring graphs to protograph-worker.
//
//   protograph_add_graph_library(
//     movies
//     SOURCES movie_graph.cc
//     HEADER movie_graph.h
//     FACTORY movies::MakeGraph          # absl::StatusOr<protograph::Graph> MakeGraph();
//     LIBS movies_proto)
//
//   protograph-worker --graph ./libmovies.so
//
// That function of CMake writes the library's entry point, and links the library so that it shares
// Protograph with the worker: each must be there once in a process. Nobody includes this header but
// what it writes, and who loads such libraries.

#include <concepts>
#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/stubs/common.h"
#include "protograph/graph.h"

// Changes whenever what a graph library and its worker share by this header or by Graph does so
// that the one cannot read the other.
#define PROTOGRAPH_GRAPH_LIBRARY_ABI 1

// What a graph library says of itself. Whoever loads it reads `abi` first, which stays where it is,
// and the rest only where that is the expected one.
struct ProtographGraphLibrary {
  std::int32_t abi;
  // GOOGLE_PROTOBUF_VERSION of the headers that it was compiled with.
  std::int32_t protobuf;
  // Of Protograph: "0.1.0".
  const char* version;
  // Which form the classes of the standard library have: protograph::internal::kStandardLibrary.
  const char* standard_library;
  // Makes the graphs. Throws nothing.
  absl::StatusOr<std::vector<protograph::Graph>> (*make)();
};

// The entry point.
extern "C" const ProtographGraphLibrary* protograph_graph_library();

namespace protograph::internal {

#if defined(_LIBCPP_VERSION)
inline constexpr char kStandardLibrary[] = "libc++";
#elif defined(_GLIBCXX_DEBUG)
inline constexpr char kStandardLibrary[] = "libstdc++ in debug mode";
#elif defined(_GLIBCXX_USE_CXX11_ABI) && !_GLIBCXX_USE_CXX11_ABI
inline constexpr char kStandardLibrary[] = "libstdc++ with strings as before C++11";
#else
inline constexpr char kStandardLibrary[] = "libstdc++";
#endif

using GraphFactory = std::function<absl::StatusOr<std::vector<Graph>>()>;

// The graphs of all factories, or what is wrong with all of them. A throw is an error.
absl::StatusOr<std::vector<Graph>> CallGraphFactories(std::span<const GraphFactory> factories);

template <class Made>
struct GraphFactoryReturns {
  static constexpr bool kAllowed = false;
};

template <class Made>
absl::StatusOr<std::vector<Graph>> GraphsOf(Made made) {
  if constexpr (std::same_as<Made, absl::StatusOr<std::vector<Graph>>>) {
    return made;
  } else if constexpr (std::same_as<Made, absl::StatusOr<Graph>>) {
    if (!made.ok()) return std::move(made).status();
    return std::vector<Graph>{*std::move(made)};
  } else if constexpr (requires {
                         { made->graph() } -> std::same_as<const Graph&>;
                         made.status();
                       }) {
    if (!made.ok()) return std::move(made).status();
    return std::vector<Graph>{made->graph()};
  } else {
    static_assert(GraphFactoryReturns<Made>::kAllowed,
                  "Protograph: the FACTORY of a graph library must return an absl::StatusOr of a "
                  "Graph, of a StaticGraph or of a std::vector<Graph>");
    return absl::InternalError("does not compile");
  }
}

template <class... Factories>
absl::StatusOr<std::vector<Graph>> MakeGraphs(const Factories&... factories) {
  const GraphFactory all[] = {[&factories] { return GraphsOf(factories()); }...};
  return CallGraphFactories(all);
}

}  // namespace protograph::internal

#endif  // PROTOGRAPH_JOBS_GRAPH_LIBRARY_H_
