// PostgresStore keeps the contract of a store.

#include <memory>

#include "postgres_under_test.h"
#include "store_contract.h"

namespace protograph::integration {
namespace {

PROTOGRAPH_STORE_CONTRACT(Postgres, [] { return std::make_unique<PostgresStoreUnderTest>(); });

}  // namespace
}  // namespace protograph::integration
