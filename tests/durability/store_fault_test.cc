// A store that is away, slow or refuses: no execution fails for it, and memory stays bounded.

#include <atomic>
#include <string>
#include <thread>

#include "engine_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::testing::Not;
using ::testing::SizeIs;

class StoreFaultTest : public EngineTest {};

TEST_F(StoreFaultTest, AStoreThatIsAwayFailsNoExecution) {
  const Graph graph = steps_.Build();
  store_->FailWith(absl::UnavailableError("away"));
  steps_.Set("Analyze", [](ExecCtx& ctx) { return ctx.SleepFor(absl::Milliseconds(20)); });
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Execute(*engine_, graph, "film-" + std::to_string(i), i),
                IsOkAndHolds(EqualsProto(TagsOf(i))));
  }
  store_->FailWith(absl::OkStatus());
  EXPECT_THAT(engine_->Flush(), IsOk());
}

TEST_F(StoreFaultTest, DropsAndCountsWhatDoesNotFitWhileTheStoreIsAway) {
  EngineOptions options = Options();
  options.queue_bytes = 10'000;
  options.memory_bytes = 0;
  engine_ = StartEngine(store_, options);
  const Graph graph = steps_.Build();
  steps_.Fail("Tag");
  store_->FailWith(absl::UnavailableError("away"));
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(Execute(*engine_, graph, "film-" + std::to_string(i), i), Not(IsOk()));
  }
  EXPECT_GT(engine_->stats().checkpoints_dropped, 0);
  // What is collected is counted again, a little larger than was estimated.
  EXPECT_LT(engine_->stats().queued_bytes, 2 * options.queue_bytes);
  store_->FailWith(absl::OkStatus());
  EXPECT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(engine_->stats().queued_bytes, 0);
}

TEST_F(StoreFaultTest, OneBadRowDoesNotHoldUpTheOthers) {
  engine_ = StartEngine(store_, {.flush_interval = absl::Seconds(10)});
  const Graph graph = steps_.Build();
  steps_.Fail("Tag");
  store_->RefuseWorkflow("film-7");
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Execute(*engine_, graph, "film-" + std::to_string(i), i), Not(IsOk()));
  }
  ASSERT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(engine_->stats().checkpoints_written, 19 * 4);
  EXPECT_EQ(engine_->stats().checkpoints_dropped, 4);
  EXPECT_THAT(memory_->Load("film-8"), IsOkAndHolds(SizeIs(4)));
}
TEST_F(StoreFaultTest, WaitsForRoomWhereThatIsAskedFor) {
  EngineOptions options = Options();
  options.queue_bytes = 10'000;
  options.memory_bytes = 0;
  options.when_full = WhenFull::kWait;
  engine_ = StartEngine(store_, options);
  const Graph graph = steps_.Build();
  steps_.Fail("Tag");
  store_->FailWith(absl::UnavailableError("away"));
  std::atomic<int> done{0};
  std::thread executing([&] {
    for (int i = 0; i < 50; ++i) {
      EXPECT_THAT(Execute(*engine_, graph, "film-" + std::to_string(i), i), Not(IsOk()));
      ++done;
    }
  });
  // It is stuck where two looks that are far apart see the same.
  int before = -1;
  while (before != done.load()) {
    before = done.load();
    absl::SleepFor(absl::Milliseconds(100));
  }
  EXPECT_LT(done.load(), 50);
  EXPECT_LT(engine_->stats().queued_bytes, 2 * options.queue_bytes);
  store_->FailWith(absl::OkStatus());
  executing.join();
  EXPECT_THAT(engine_->Flush(), IsOk());
  EXPECT_EQ(engine_->stats().checkpoints_dropped, 0);
  EXPECT_EQ(engine_->stats().checkpoints_written, 50 * 4);
}

}  // namespace
}  // namespace protograph
