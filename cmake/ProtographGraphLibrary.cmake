# protograph_add_graph_library(
#   <name>
#   FACTORY <function>...
#   HEADER <header>...
#   [SOURCES <file>...]
#   [LIBS <target>...])
#
# Makes a shared library that brings graphs to protograph-worker: `protograph-worker --graph lib<name>.so`.
#
#   FACTORY  functions that make the graphs, with their namespaces: `movies::MakeGraph`. Each takes nothing
#            and returns an absl::StatusOr of a protograph::Graph, a StaticGraph or a std::vector<Graph>.
#   HEADER   the headers that declare them, as the library's own sources include them.
#   SOURCES  the library's sources; none where the factories are in LIBS.
#   LIBS     what they link. Static libraries must be of position independent code.
#
# The worker and its graph libraries share what must be there once in a process, Protograph and protobuf's
# descriptors among it. Where Protograph's libraries are static that is done by protograph::worker_runtime, a
# shared library which holds all of them: it comes first on the link line, so that nothing of the static
# ones is taken into the graph library. For the same reason .proto files that several graph libraries of one
# worker use belong into a shared library that all of them link.

include_guard(GLOBAL)

function(protograph_add_graph_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FACTORY;HEADER;SOURCES;LIBS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "protograph_add_graph_library: unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_FACTORY OR NOT arg_HEADER)
    message(FATAL_ERROR "protograph_add_graph_library(${name}) needs FACTORY <function>... and "
                        "HEADER <header>...")
  endif()
  if(NOT TARGET protograph::worker_runtime)
    message(FATAL_ERROR "protograph_add_graph_library(${name}) needs protograph::worker_runtime: ask "
                        "find_package(Protograph) for COMPONENTS worker_main, or build Protograph with "
                        "-DPROTOGRAPH_BUILD_TOOLS=ON")
  endif()

  set(includes "")
  foreach(header IN LISTS arg_HEADER)
    string(APPEND includes "#include \"${header}\"\n")
  endforeach()
  # No list, as there is a semicolon in each.
  set(calls "")
  set(separator "")
  foreach(factory IN LISTS arg_FACTORY)
    string(APPEND calls "${separator}[] { return ${factory}(); }")
    set(separator ",\n                                          ")
  endforeach()

  set(entry "${CMAKE_CURRENT_BINARY_DIR}/${name}_graph_library.cc")
  file(CONFIGURE OUTPUT "${entry}" @ONLY CONTENT [[
// Written by protograph_add_graph_library() of Protograph.
@includes@
#include "protograph/jobs/graph_library.h"

namespace {

absl::StatusOr<std::vector<protograph::Graph>> Make() {
  return protograph::internal::MakeGraphs(@calls@);
}

constexpr ProtographGraphLibrary kLibrary = {.abi = PROTOGRAPH_GRAPH_LIBRARY_ABI,
                                             .protobuf = GOOGLE_PROTOBUF_VERSION,
                                             .version = PROTOGRAPH_VERSION,
                                             .standard_library =
                                                 protograph::internal::kStandardLibrary,
                                             .make = &Make};

}  // namespace

// Seen from outside also where a project hides what is not said to be.
__attribute__((visibility("default"))) const ProtographGraphLibrary* protograph_graph_library() {
  return &kLibrary;
}
]])

  add_library(${name} MODULE ${arg_SOURCES} "${entry}")
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  # First, see above.
  target_link_libraries(${name} PRIVATE protograph::worker_runtime ${arg_LIBS})
endfunction()
