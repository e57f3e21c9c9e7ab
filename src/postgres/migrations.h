#ifndef PROTOGRAPH_SRC_POSTGRES_MIGRATIONS_H_
#define PROTOGRAPH_SRC_POSTGRES_MIGRATIONS_H_

#include "absl/status/status.h"
#include "postgres/database.h"

namespace protograph::internal {

// Brings the schema up to date; several processes may do so at one time. Creates nothing where
// nothing is to do. kFailedPrecondition where the schema is newer than the library or was migrated
// by other files; kPermissionDenied where the role may not do what is to do. Blocks.
absl::Status Migrate(Database& database);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_MIGRATIONS_H_
