#ifndef PROTOGRAPH_TESTS_INTEGRATION_SUPPORT_H_
#define PROTOGRAPH_TESTS_INTEGRATION_SUPPORT_H_

// What the tests against Postgres share.

#include <memory>
#include <string>
#include <vector>

#include "protograph/postgres/postgres_store.h"
#include "protograph/store/store.h"
#include "protograph/testing/temporary_postgres.h"

namespace protograph::integration {

// One server for all tests of the program that leave it as it is. Dies with a message where there
// is none to be had.
testing::TemporaryPostgres& SharedPostgres();

// A schema that no other test of the program uses.
std::string FreshSchema();

// On the shared server, in a fresh schema.
PostgresOptions FreshOptions();

// What a statement returns: fields of a row separated by '|', rows by line breaks. "error: ..."
// where it fails.
std::string Query(const std::string& connection, const std::string& sql);
// On the shared server.
std::string Query(const std::string& sql);

std::string NewUuid();

// An execution that an owner with a lease of an hour may start.
struct TestRun {
  std::string owner_id = NewUuid();
  std::string execution_id = NewUuid();
  std::string workflow_id = "film-603";

  ExecutionStart Start() const;
  ExecutionEnd End(ExecutionState state) const;
  // `number` makes the key and the payload.
  CheckpointWrite Result(int number) const;
};

// Registers the run's owner.
absl::Status RegisterOwner(Store& store, const TestRun& run);

}  // namespace protograph::integration

#endif  // PROTOGRAPH_TESTS_INTEGRATION_SUPPORT_H_
