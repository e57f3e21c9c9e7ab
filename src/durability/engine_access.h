#ifndef PROTOGRAPH_SRC_DURABILITY_ENGINE_ACCESS_H_
#define PROTOGRAPH_SRC_DURABILITY_ENGINE_ACCESS_H_

#include "durability/engine_core.h"
#include "protograph/durability/engine.h"

namespace protograph::internal {

// The door between an engine and its core, for the library's own parts.
class EngineAccess {
 public:
  static EngineCore& Core(Engine& engine) { return *engine.core_; }
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_ENGINE_ACCESS_H_
