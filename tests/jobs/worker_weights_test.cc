// While several queues have jobs, each gets a share that is proportional to its weight.

#include <map>
#include <string>
#include <vector>

#include "worker_fixture.h"

namespace protograph::tests {
namespace {

using ::protograph::testing::IsOk;

class WorkerWeights : public WorkerTest {
 protected:
  // How many of the first jobs were of each queue, where each has more than that.
  std::map<std::string, int> SharesOf(const std::vector<WeightedQueue>& queues, int first,
                                      WorkerOptions options) {
    std::mutex mutex;
    std::map<std::string, int> counts;
    int counted = 0;
    steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
      const std::lock_guard<std::mutex> lock(mutex);
      if (counted < first) {
        ++counts[ctx.Value<JobInfo>()->queue];
        ++counted;
      }
      return absl::OkStatus();
    });
    std::vector<JobId> jobs;
    for (const WeightedQueue& queue : queues) {
      SubmitOptions of_queue = Once();
      of_queue.queue = queue.name;
      for (JobId& job : SubmitMany(first, of_queue)) jobs.push_back(std::move(job));
    }
    options.queues = queues;
    {
      const auto worker = Start(options);
      for (const JobId& job : jobs) EXPECT_THAT(Wait(job), IsOk());
    }
    return counts;
  }
};

TEST_F(WorkerWeights, SharesAreAsTheWeightsWithinATenth) {
  for (int threads : {1, 4}) {
    WorkerOptions options = Options();
    options.threads = threads;
    const std::map<std::string, int> shares = SharesOf({{.name = "a", .weight = 1},
                                                        {.name = "b", .weight = 2},
                                                        {.name = "c", .weight = 3},
                                                        {.name = "d", .weight = 4}},
                                                       1000, options);
    EXPECT_NEAR(shares.at("a"), 100, 10) << threads;
    EXPECT_NEAR(shares.at("b"), 200, 20) << threads;
    EXPECT_NEAR(shares.at("c"), 300, 30) << threads;
    EXPECT_NEAR(shares.at("d"), 400, 40) << threads;
  }
}

TEST_F(WorkerWeights, SharesAreKeptWithFewerPlacesThanQueues) {
  WorkerOptions options = Options();
  options.threads = 1;
  options.prefetch = 1;
  const std::map<std::string, int> shares =
      SharesOf({{.name = "a", .weight = 1}, {.name = "b", .weight = 1}, {.name = "c", .weight = 1}},
               300, options);
  for (const char* queue : {"a", "b", "c"}) EXPECT_NEAR(shares.at(queue), 100, 10) << queue;
}

TEST_F(WorkerWeights, AQueueAloneHasEverything) {
  WorkerOptions options = Options();
  options.queues = {{.name = "empty", .weight = 1000}, {.name = "default", .weight = 1}};
  const auto worker = Start(options);
  for (const JobId& job : SubmitMany(500)) EXPECT_THAT(Wait(job), IsOk());
}

}  // namespace
}  // namespace protograph::tests
