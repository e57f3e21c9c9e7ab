#include "protograph/graph_builder.h"

namespace protograph {

absl::StatusOr<Graph> GraphBuilder::Build() const {
  absl::StatusOr<std::shared_ptr<const internal::GraphCore>> core = internal::MakeGraphCore(parts_);
  if (!core.ok()) return core.status();
  return internal::GraphAccess::Make(*std::move(core));
}

}  // namespace protograph
