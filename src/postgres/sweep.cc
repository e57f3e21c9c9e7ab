#include "postgres/sweep.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "postgres/parameters.h"
#include "postgres/pqxx_compat.h"

namespace protograph::internal {

absl::StatusOr<SweepResult> ApplySweep(Transaction& transaction, const std::string& schema,
                                       const Retention& retention) {
  SweepResult result;
  absl::StatusOr<pqxx::result> locked =
      transaction.Execute(Statement::kLockSweep, Parameters().Text(schema));
  if (!locked.ok()) return locked.status();
  if (!(*locked)[0][0].as<bool>()) return result;

  const int batch = std::max(retention.batch, 1);
  const auto run = [&](Statement statement, const Parameters& parameters, int64_t& count) {
    absl::StatusOr<pqxx::result> rows = transaction.Execute(statement, parameters);
    if (!rows.ok()) return rows.status();
    count = (*rows)[0][0].as<int64_t>();
    if (count >= batch) result.more = true;
    return absl::OkStatus();
  };
  const auto older_than = [&](absl::Duration age) { return Parameters().Micros(age).Int64(batch); };

  int64_t claims = 0;
  absl::Status status =
      run(Statement::kSweepAbandoned, Parameters().Int64(batch), result.abandoned);
  if (status.ok()) {
    status =
        run(Statement::kSweepCheckpoints, older_than(retention.checkpoints), result.checkpoints);
  }
  if (status.ok()) {
    status = run(Statement::kSweepClaims, older_than(retention.checkpoints), claims);
  }
  if (status.ok()) {
    status = run(Statement::kSweepExecutions, older_than(retention.executions), result.executions);
  }
  if (status.ok()) {
    status = run(Statement::kSweepOwners, older_than(retention.owners), result.owners);
  }
  if (!status.ok()) return status;
  return result;
}

}  // namespace protograph::internal
