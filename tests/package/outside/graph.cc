#include "graph.h"

#include "steps.h"

namespace outside {

absl::StatusOr<protograph::Graph> MakeGraph() {
  return protograph::GraphBuilder("outside")
      .Input<Text>()
      .Add<CountWords>()
      .Add<MakeReport>()
      .Build();
}

}  // namespace outside
