#include "item_contract.h"

#include <utility>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAreArray;
using ::testing::Field;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Matcher;

template <class Batch>
std::vector<std::string> BatchIdsOf(const std::vector<Batch>& batches) {
  std::vector<std::string> ids;
  for (const Batch& batch : batches) ids.push_back(batch.job_id);
  return ids;
}

}  // namespace

void PrintTo(const StepProgress& progress, std::ostream* out) {
  *out << fmt::format("{}: {} of {} done, {} failed, {} running", progress.step, progress.done,
                      progress.total, progress.failed, progress.running);
}

Matcher<const StepProgress&> IsProgress(const StepProgress& expected) {
  return AllOf(Field("step", &StepProgress::step, expected.step),
               Field("total", &StepProgress::total, expected.total),
               Field("done", &StepProgress::done, expected.done),
               Field("failed", &StepProgress::failed, expected.failed),
               Field("running", &StepProgress::running, expected.running));
}

std::vector<std::string> IdsOf(const std::vector<ItemBatch>& batches) {
  return BatchIdsOf(batches);
}
std::vector<std::string> IdsOf(const std::vector<ItemBatchRecord>& batches) {
  return BatchIdsOf(batches);
}

Matcher<absl::Duration> AlmostAll(absl::Duration expected) {
  return AllOf(Gt(expected - absl::Minutes(1)), Le(expected));
}

std::string ItemContract::NewKey(int number) { return fmt::format("{:032x}", number); }

std::vector<ItemBatch> ItemContract::NewBatches(int count) {
  std::vector<ItemBatch> batches;
  for (int i = 0; i < count; ++i) {
    batches.push_back(
        {.job_id = NewJobId(), .inputs = fmt::format("batch {}", i), .items = kItemsOfBatch});
  }
  return batches;
}

FanOut ItemContract::NewFanOut(const ClaimedJob& parent, int batches) {
  return {.parent = {.job_id = parent.job_id, .term = parent.term},
          .key = NewKey(),
          .step = "TagFrame",
          .output_type = "film.FrameTags",
          .attempt = parent.attempt,
          .timeout = absl::InfiniteDuration(),
          .shared_inputs = "what all need",
          .batches = NewBatches(batches)};
}

ClaimedJob ItemContract::ClaimNew(const JobSubmission& job) {
  Submit(job);
  ClaimedJob claimed = ClaimOne(owner(), job.queue);
  EXPECT_EQ(claimed.job_id, job.job_id);
  return claimed;
}

void ItemContract::HandOver(const std::string& owner_id, const FanOut& fan_out) {
  EXPECT_THAT(items().HandOver(owner_id, fan_out), IsOk());
}

FanOut ItemContract::BeginToWait(const JobSubmission& job, int batches) {
  FanOut fan_out = NewFanOut(ClaimNew(job), batches);
  HandOver(fan_out);
  return fan_out;
}

std::vector<ClaimedJob> ItemContract::ClaimBatches(const FanOut& fan_out,
                                                   const std::string& owner_id) {
  std::vector<ClaimedJob> claimed = Claim(static_cast<int>(fan_out.batches.size()), owner_id);
  EXPECT_THAT(IdsOf(claimed), ElementsAreArray(IdsOf(fan_out.batches)));
  // So that a test need not look before it takes one.
  claimed.resize(fan_out.batches.size());
  return claimed;
}

void ItemContract::Store(const std::string& owner_id, const ClaimedJob& child,
                         const std::string& results, int64_t failed) {
  const std::vector<ItemBatchResult> stored = {
      {.child = {.job_id = child.job_id, .term = child.term},
       .done = kItemsOfBatch,
       .failed = failed,
       .results = results}};
  EXPECT_THAT(items().StoreResults(owner_id, stored), IsOk());
}

void ItemContract::Complete(const std::string& owner_id, const ClaimedJob& child) {
  Store(owner_id, child, "results");
  EXPECT_THAT(Finish(owner_id, {Succeed(child, "")}), IsEmpty());
}

void ItemContract::Resume(const std::string& parent_id) {
  const std::vector<ParentToResume> parents = {{.job_id = parent_id}};
  EXPECT_THAT(items().Resume(parents), IsOk());
}

void ItemContract::ResumeAtOnce(const RunningJob& parent) {
  const std::vector<ParentToResume> parents = {
      {.job_id = parent.job_id, .at_once = true, .term = parent.term}};
  EXPECT_THAT(items().Resume(parents), IsOk());
}

ClaimedJob ItemContract::ClaimThe(const std::string& job_id) {
  ClaimedJob job = ClaimOne();
  EXPECT_EQ(job.job_id, job_id);
  return job;
}

FanOutRecord ItemContract::Find(const std::string& parent_id, const std::string& key) {
  return Patiently([&] { return items().Find(parent_id, key); });
}

absl::Duration ItemContract::TimeLeft(const std::string& parent_id, int attempt) {
  return Patiently([&] { return items().TimeLeft(parent_id, attempt); });
}

std::vector<ItemBatchRecord> ItemContract::Batches(const std::string& parent_id,
                                                   const std::string& key, const std::string& after,
                                                   int limit) {
  return Patiently([&] { return items().Batches(parent_id, key, after, limit); });
}

ItemBatchRecord ItemContract::BatchOf(const FanOut& fan_out, size_t number) {
  for (const ItemBatchRecord& batch : Batches(fan_out.parent.job_id, fan_out.key)) {
    if (batch.job_id == fan_out.batches.at(number).job_id) return batch;
  }
  ADD_FAILURE() << "there is no batch " << number;
  return {};
}

void ItemContract::Publish(const std::string& owner_id, const std::string& job_id,
                           const std::vector<StepProgress>& steps) {
  const std::vector<JobProgress> published = {{.job_id = job_id, .steps = steps}};
  EXPECT_THAT(items().PublishProgress(owner_id, published), IsOk());
}

std::vector<StepProgress> ItemContract::Progress(const std::string& job_id) {
  return Patiently([&] { return items().Progress(job_id); });
}

}  // namespace protograph
