#ifndef PROTOGRAPH_SRC_DURABILITY_SWEEPER_H_
#define PROTOGRAPH_SRC_DURABILITY_SWEEPER_H_

// Has the store remove what is not needed any more, now and then. Every engine has one; the store
// lets one of them work at a time.

#include "absl/status/status.h"
#include "base/service_thread.h"

namespace protograph::internal {

class EngineCore;

class Sweeper {
 public:
  explicit Sweeper(EngineCore& engine);

  absl::Status Start();
  void Stop() { thread_.Stop(); }

 private:
  absl::Duration Sweep();

  EngineCore& engine_;
  ServiceThread thread_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_SWEEPER_H_
