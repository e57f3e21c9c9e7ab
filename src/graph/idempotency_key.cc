#include "graph/idempotency_key.h"

#include "base/fnv128.h"
#include "base/stable_bytes.h"
#include "graph/values.h"

namespace protograph::internal {

std::string IdempotencyKey(std::string_view scope, const StepInfo& step, const StepCall& call) {
  Fnv128 hash;
  hash.AddField(scope);
  hash.AddField(step.name);
  hash.AddField(std::to_string(step.options.version));
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    if (i == 0 && call.item != nullptr) {
      hash.AddField(StableBytes(*call.item));
    } else {
      AddToHash(step.inputs[i], call.values[step.input_slots[i]], hash);
    }
  }
  return hash.Hex();
}

}  // namespace protograph::internal
