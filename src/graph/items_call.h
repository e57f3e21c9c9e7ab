#ifndef PROTOGRAPH_SRC_GRAPH_ITEMS_CALL_H_
#define PROTOGRAPH_SRC_GRAPH_ITEMS_CALL_H_

// Graph::Execute for some of the items of a collection: the steps that they go through, of a graph
// whose types are known only by their names (see FullName). What they make is for the context's
// BatchReporter.
//
// Make it once for a kind of call and use it often. Immutable and thread safe.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "graph/core.h"
#include "protograph/exec_ctx.h"
#include "protograph/graph.h"
#include "protograph/internal/many_base.h"

namespace protograph::internal {

class ItemsCall {
 public:
  // `outputs`: the collections that are wanted; `items`: the collection that the items are of;
  // `shared`: what the steps take beside. kInvalidArgument where the graph does not know one, or
  // cannot make the outputs from these.
  static absl::StatusOr<std::unique_ptr<ItemsCall>> Make(const Graph& graph,
                                                         std::span<const std::string> outputs,
                                                         std::string_view items,
                                                         std::span<const std::string> shared);
  ItemsCall(const ItemsCall&) = delete;
  ItemsCall& operator=(const ItemsCall&) = delete;

  // An empty collection of the items' class.
  ManyBase NewItems() const { return ManyBase(*core_.LayoutOf(inputs_[0])); }

  // Values of `shared` in the order of Make, each of the graph's own class.
  absl::Status Execute(ExecCtx& ctx, const ManyBase& items, std::span<const Value> shared) const;

 private:
  ItemsCall(Graph graph, std::vector<TypeKey> outputs, std::vector<TypeKey> inputs, CallTag tag);

  const Graph graph_;
  const GraphCore& core_;
  const std::vector<TypeKey> outputs_;
  // The items' first.
  const std::vector<TypeKey> inputs_;
  const CallTag tag_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_ITEMS_CALL_H_
