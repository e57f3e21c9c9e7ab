#ifndef PROTOGRAPH_POSTGRES_POSTGRES_STORE_H_
#define PROTOGRAPH_POSTGRES_POSTGRES_STORE_H_

// PostgresStore: executions kept in a Postgres database, in a schema of their own.
//
//   auto store = PostgresStore::Open({.connection = "postgresql://app@db.example/films"});
//   if (!store.ok()) return store.status();
//
// Open makes the schema and its tables, or brings those of an earlier version up to date. For that
// its role needs CREATE on the database (or on the schema, where that is there). Where everything
// is up to date it creates nothing, and a role does that has USAGE on the schema, SELECT, INSERT,
// UPDATE and DELETE on its tables, SELECT on its views, and EXECUTE on its functions, which all
// roles have unless the database has other defaults.
//
// Works through poolers that share connections between transactions, such as PgBouncer in
// transaction mode: nothing is kept in a session.
//
// Thread safe. Calls block, at most for about acquire_timeout plus, for each statement of the call,
// statement_timeout. While the server is away they fail at once with kUnavailable, and one of them
// tries to connect again whenever an attempt is due. Further errors: kPermissionDenied where the
// role lacks a right, kFailedPrecondition where the schema is not what this version of the library
// needs.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protograph/store/job_store.h"
#include "protograph/store/store.h"

namespace protograph {

struct PostgresOptions {
  // As libpq takes it: "host=... dbname=..." or "postgresql://...". What it says of
  // connect_timeout, keepalives and tcp_user_timeout is kept; what it does not say is set.
  std::string connection = {};
  // Any name of at most 63 bytes; stores of other schemas know nothing of this one.
  std::string schema = "protograph";
  // Opened when needed, and kept.
  int max_connections = 4;
  // libpq counts in whole seconds, from 2.
  absl::Duration connect_timeout = absl::Seconds(5);
  // What the server may spend on one statement. It is told so; where it does not answer, the
  // connection is cut a second later.
  absl::Duration statement_timeout = absl::Seconds(10);
  // How long a call waits while all connections are in use.
  absl::Duration acquire_timeout = absl::Seconds(10);
  // Between attempts to connect while the server is away: doubles from the first to the longest,
  // less up to half of it at random.
  absl::Duration first_backoff = absl::Milliseconds(100);
  absl::Duration longest_backoff = absl::Seconds(5);
};

class PostgresStore : public Store {
 public:
  // Blocks: connects, and migrates the schema. kInvalidArgument for options that cannot be.
  static absl::StatusOr<std::shared_ptr<PostgresStore>> Open(const PostgresOptions& options);

  // No call may be running.
  ~PostgresStore() override;
  PostgresStore(const PostgresStore&) = delete;
  PostgresStore& operator=(const PostgresStore&) = delete;

  // Beside the pool's connections, each listener has one of its own.
  JobStore* jobs() override;
  ScheduleStore* schedules() override;
  ItemStore* items() override;
  absl::StatusOr<std::vector<Neighbour>> Register(const Owner& owner,
                                                  absl::Duration lease) override;
  absl::Status Heartbeat(const std::string& owner_id, absl::Duration lease) override;
  absl::Status DeclareDead(const std::string& owner_id) override;
  // Texts other than the workflow's id that are not UTF-8 or have a NUL character in them are
  // stored with U+FFFD in such places.
  absl::StatusOr<StoreWriteResult> Write(const StoreWrite& write) override;
  absl::StatusOr<std::vector<Checkpoint>> Load(const std::string& workflow_id) override;
  absl::StatusOr<std::vector<ExecutionRecord>> Resumable(const std::string& after_workflow_id,
                                                         int limit) override;
  absl::StatusOr<std::vector<ExecutionRecord>> Executions(const std::string& workflow_id,
                                                          int limit) override;
  absl::StatusOr<SweepResult> Sweep(const Retention& retention) override;

 private:
  struct State;
  explicit PostgresStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_POSTGRES_POSTGRES_STORE_H_
