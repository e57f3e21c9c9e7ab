#ifndef PROTOGRAPH_SRC_POSTGRES_WRITE_H_
#define PROTOGRAPH_SRC_POSTGRES_WRITE_H_

// PostgresStore::Write: what is written, in the order in which its rows are locked, and the
// statements.

#include "absl/status/statusor.h"
#include "postgres/database.h"
#include "postgres/write_rows.h"
#include "protograph/store/store.h"

namespace protograph::internal {

enum class Checkpoints {
  // kAlreadyExists where one of them is there: then the transaction is void, and kAny does it.
  kNew,
  kAny,
};

// Within a transaction.
absl::StatusOr<StoreWriteResult> ApplyWrite(Transaction& transaction, const StoreWrite& write,
                                            const WriteRows& rows, Checkpoints checkpoints);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_WRITE_H_
