// PostgresStore keeps the contract of a store.

#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "store_contract.h"
#include "support.h"

namespace protograph {
namespace {

class PostgresStoreUnderTest final : public StoreUnderTest {
 public:
  PostgresStoreUnderTest() {
    auto store = PostgresStore::Open(integration::FreshOptions());
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

PROTOGRAPH_STORE_CONTRACT(Postgres, [] { return std::make_unique<PostgresStoreUnderTest>(); });

}  // namespace
}  // namespace protograph
