#ifndef PROTOGRAPH_SRC_GRAPH_IDEMPOTENCY_KEY_H_
#define PROTOGRAPH_SRC_GRAPH_IDEMPOTENCY_KEY_H_

#include <string>
#include <string_view>

#include "graph/core.h"
#include "protograph/internal/step_definition.h"

namespace protograph::internal {

// See ExecCtx::IdempotencyKey; for executions without a session. `scope` is what is being done.
std::string IdempotencyKey(std::string_view scope, const StepInfo& step, const StepCall& call);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_IDEMPOTENCY_KEY_H_
