#ifndef PROTOGRAPH_SRC_GRAPH_CALL_CHECK_H_
#define PROTOGRAPH_SRC_GRAPH_CALL_CHECK_H_

// Calls whose types are known only by name, as those of a job: which messages they mean, and
// whether the graph can do them, without doing them. Types are full names: "film.TagSet".

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.pb.h"
#include "graph/core.h"
#include "protograph/graph.h"

namespace protograph::internal {

struct CallTypes {
  TypeKey output;
  std::vector<TypeKey> inputs;
};

// The graph's messages of these names. kInvalidArgument, in the words of Execute, where it does not
// know one.
absl::StatusOr<CallTypes> FindCallTypes(const GraphCore& core, std::string_view output_type,
                                        std::span<const std::string> input_types);

// OK where Execute would have something to do; kInvalidArgument as Execute has it otherwise: the
// graph makes no such output, an input is missing, given twice or not needed.
absl::Status CheckCall(const Graph& graph, std::string_view output_type,
                       std::span<const std::string> input_types);

// The same judgement on a graph that is known only by what Graph::Describe said of it. Messages
// are called by their full names.
absl::Status CheckCall(const GraphDescription& graph, std::string_view output_type,
                       std::span<const std::string> input_types);

// The files of the graph's messages and what they import, each once and after its imports: what
// another process needs to read the messages without their classes.
google::protobuf::FileDescriptorSet DescriptorsOf(const Graph& graph);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_CALL_CHECK_H_
