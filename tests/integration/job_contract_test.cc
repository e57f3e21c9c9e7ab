// PostgresStore keeps the contract of a store of jobs, schedules and items.

#include "job_contract.h"

#include <memory>

#include "item_contract.h"
#include "postgres_under_test.h"
#include "schedule_contract.h"

namespace protograph::integration {
namespace {

PROTOGRAPH_JOB_CONTRACT(Postgres, [] { return std::make_unique<PostgresStoreUnderTest>(); });
PROTOGRAPH_SCHEDULE_CONTRACT(Postgres, [] { return std::make_unique<PostgresStoreUnderTest>(); });
PROTOGRAPH_ITEM_CONTRACT(Postgres, [] { return std::make_unique<PostgresStoreUnderTest>(); });

}  // namespace
}  // namespace protograph::integration
