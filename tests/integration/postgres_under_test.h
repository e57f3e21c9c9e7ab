#ifndef PROTOGRAPH_TESTS_INTEGRATION_POSTGRES_UNDER_TEST_H_
#define PROTOGRAPH_TESTS_INTEGRATION_POSTGRES_UNDER_TEST_H_

// PostgresStore for the contracts: see store_contract.h.

#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "store_contract.h"
#include "support.h"

namespace protograph::integration {

class PostgresStoreUnderTest final : public StoreUnderTest {
 public:
  PostgresStoreUnderTest() {
    auto store = PostgresStore::Open(FreshOptions());
    if (store.ok()) {
      store_ = *std::move(store);
    } else {
      ADD_FAILURE() << store.status();
    }
  }
  Store& store() override { return *store_; }
  // Its clock is the database's.
  void LetPass(absl::Duration duration) override { absl::SleepFor(duration); }

 private:
  std::shared_ptr<PostgresStore> store_;
};

}  // namespace protograph::integration

#endif  // PROTOGRAPH_TESTS_INTEGRATION_POSTGRES_UNDER_TEST_H_
