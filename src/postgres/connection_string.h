#ifndef PROTOGRAPH_SRC_POSTGRES_CONNECTION_STRING_H_
#define PROTOGRAPH_SRC_POSTGRES_CONNECTION_STRING_H_

#include <string>

#include "absl/status/statusor.h"
#include "protograph/postgres/postgres_store.h"

namespace protograph::internal {

// What to connect with: PostgresOptions::connection, with what a server that went away is noticed
// by. kInvalidArgument where libpq does not understand it; the message holds nothing of it, as
// there may be a password in it.
absl::StatusOr<std::string> ConnectionString(const PostgresOptions& options);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_CONNECTION_STRING_H_
