#ifndef PROTOGRAPH_SRC_GRAPH_ERASED_CALL_H_
#define PROTOGRAPH_SRC_GRAPH_ERASED_CALL_H_

// Graph::Execute for calls whose types are known only at run time, as those of a job.
//
//   auto call = ErasedCall::Make(graph, "film.TagSet", {{"film.MovieId"}});
//   auto inputs = (*call)->NewInputs();
//   inputs[0]->ParseFromString(bytes);
//   const google::protobuf::Message* const given[] = {inputs[0].get()};
//   absl::StatusOr<std::string> tags = (*call)->Execute(ctx, given);
//
// Make it once for a kind of call and use it often: Execute then takes no lock and looks nothing up
// by name. Immutable and thread safe.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "graph/core.h"
#include "protograph/exec_ctx.h"
#include "protograph/graph.h"

namespace protograph::internal {

class ErasedCall {
 public:
  // Types are full names. kInvalidArgument, in the words of Execute, where the graph does not know
  // one, or cannot make the output from these inputs.
  static absl::StatusOr<std::unique_ptr<ErasedCall>> Make(const Graph& graph,
                                                          std::string_view output_type,
                                                          std::span<const std::string> input_types);
  ErasedCall(const ErasedCall&) = delete;
  ErasedCall& operator=(const ErasedCall&) = delete;

  const Graph& graph() const { return graph_; }

  // Empty messages of the inputs' types, in their order, to be filled.
  std::vector<std::unique_ptr<google::protobuf::Message>> NewInputs() const;

  // As Graph::Execute; returns the bytes of the answer. The inputs must be of the classes of
  // NewInputs, in their order: kInvalidArgument otherwise. kInternal where the answer has no bytes:
  // it lacks required fields or is larger than 2 GiB.
  absl::StatusOr<std::string> Execute(
      ExecCtx& ctx, std::span<const google::protobuf::Message* const> inputs) const;

 private:
  ErasedCall(const Graph& graph, TypeKey output, std::vector<TypeKey> inputs, CallTag tag);

  absl::Status CheckInputs(std::span<const google::protobuf::Message* const> inputs) const;
  absl::StatusOr<std::string> BytesOf(const google::protobuf::Message& answer) const;

  const Graph graph_;
  const GraphCore& core_;
  const TypeKey output_;
  const std::vector<TypeKey> inputs_;
  const CallTag tag_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_ERASED_CALL_H_
