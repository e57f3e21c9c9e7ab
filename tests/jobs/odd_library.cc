// A graph library as protograph_add_graph_library() makes none; PROTOGRAPH_TESTS_ODD says how it is
// odd.

#include <cstdlib>

#include "protograph/jobs/graph_library.h"

#define PROTOGRAPH_TESTS_OTHER_ABI 1
#define PROTOGRAPH_TESTS_OTHER_VERSION 2
#define PROTOGRAPH_TESTS_OTHER_PROTOBUF 3
#define PROTOGRAPH_TESTS_OTHER_STANDARD_LIBRARY 4
#define PROTOGRAPH_TESTS_NO_ENTRY 5
#define PROTOGRAPH_TESTS_NO_LIBRARY 6
#define PROTOGRAPH_TESTS_ABORTS 7
#define PROTOGRAPH_TESTS_UNDEFINED 8

#if PROTOGRAPH_TESTS_ODD == PROTOGRAPH_TESTS_ABORTS
namespace {
const bool kAborted = [] {
  std::abort();
  return true;
}();
}  // namespace
#endif

#if PROTOGRAPH_TESTS_ODD == PROTOGRAPH_TESTS_UNDEFINED
int NobodyDefinesThis();
int CallWhatNobodyDefines() { return NobodyDefinesThis(); }
#endif

#if PROTOGRAPH_TESTS_ODD != PROTOGRAPH_TESTS_NO_ENTRY
namespace {

ProtographGraphLibrary Describe() {
  ProtographGraphLibrary library = {.abi = PROTOGRAPH_GRAPH_LIBRARY_ABI,
                                    .protobuf = GOOGLE_PROTOBUF_VERSION,
                                    .version = PROTOGRAPH_VERSION,
                                    .standard_library = protograph::internal::kStandardLibrary,
                                    .make = nullptr};
  if (PROTOGRAPH_TESTS_ODD == PROTOGRAPH_TESTS_OTHER_ABI) library.abi = 999;
  if (PROTOGRAPH_TESTS_ODD == PROTOGRAPH_TESTS_OTHER_VERSION) library.version = "0.0.9";
  if (PROTOGRAPH_TESTS_ODD == PROTOGRAPH_TESTS_OTHER_PROTOBUF) library.protobuf = 2'006'001;
  if (PROTOGRAPH_TESTS_ODD == PROTOGRAPH_TESTS_OTHER_STANDARD_LIBRARY) {
    library.standard_library = "libweird";
  }
  return library;
}

}  // namespace

const ProtographGraphLibrary* protograph_graph_library() {
  static const ProtographGraphLibrary kLibrary = Describe();
  return PROTOGRAPH_TESTS_ODD == PROTOGRAPH_TESTS_NO_LIBRARY ? nullptr : &kLibrary;
}
#endif
