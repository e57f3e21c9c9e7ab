#ifndef PROTOGRAPH_SRC_POSTGRES_SWEEP_H_
#define PROTOGRAPH_SRC_POSTGRES_SWEEP_H_

#include <string>

#include "absl/status/statusor.h"
#include "postgres/database.h"
#include "protograph/store/store.h"

namespace protograph::internal {

// PostgresStore::Sweep, within a transaction. Does nothing where another process is at it.
absl::StatusOr<SweepResult> ApplySweep(Transaction& transaction, const std::string& schema,
                                       const Retention& retention);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_SWEEP_H_
