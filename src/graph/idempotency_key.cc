#include "graph/idempotency_key.h"

#include "base/fnv128.h"
#include "base/stable_bytes.h"

namespace protograph::internal {

std::string IdempotencyKey(std::string_view scope, const StepInfo& step, const StepCall& call) {
  Fnv128 hash;
  hash.AddField(scope);
  hash.AddField(step.name);
  hash.AddField(std::to_string(step.options.version));
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    hash.AddField(StableBytes(*call.values[step.input_slots[i]]));
  }
  return hash.Hex();
}

}  // namespace protograph::internal
