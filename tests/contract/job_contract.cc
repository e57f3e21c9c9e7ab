#include "job_contract.h"

#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::testing::AllOf;
using ::testing::Field;
using ::testing::Ge;
using ::testing::Le;
using ::testing::Matcher;
using ::testing::SizeIs;

JobEnd EndAs(const ClaimedJob& job, JobOutcome outcome) {
  return {.job_id = job.job_id, .term = job.term, .outcome = outcome};
}

template <class Job>
std::vector<std::string> IdsOfAll(const std::vector<Job>& jobs) {
  std::vector<std::string> ids;
  for (const Job& job : jobs) ids.push_back(job.job_id);
  return ids;
}

MATCHER_P(EqualsJsonImpl, expected, "is the JSON object " + expected) {
  google::protobuf::Struct actual_object;
  google::protobuf::Struct expected_object;
  return google::protobuf::util::JsonStringToMessage(arg, &actual_object).ok() &&
         google::protobuf::util::JsonStringToMessage(expected, &expected_object).ok() &&
         google::protobuf::util::MessageDifferencer::Equals(actual_object, expected_object);
}

}  // namespace

ClaimedJob ClaimOf(const std::string& job_id, int64_t term) {
  ClaimedJob job;
  job.job_id = job_id;
  job.term = term;
  return job;
}

JobEnd Succeed(const ClaimedJob& job, std::string result) {
  JobEnd end = EndAs(job, JobOutcome::kSucceeded);
  end.result = std::move(result);
  return end;
}

JobEnd Fail(const ClaimedJob& job, std::string error) {
  JobEnd end = EndAs(job, JobOutcome::kFailed);
  end.error_code = static_cast<int>(absl::StatusCode::kNotFound);
  end.error = std::move(error);
  end.failed_step = "FetchMovie";
  return end;
}

JobEnd TryAgain(const ClaimedJob& job, absl::Duration wait) {
  JobEnd end = Fail(job, "not this time");
  end.outcome = JobOutcome::kRetry;
  end.wait = wait;
  return end;
}

JobEnd PutOff(const ClaimedJob& job, absl::Duration wait) {
  JobEnd end = TryAgain(job, wait);
  end.outcome = JobOutcome::kSnooze;
  return end;
}

JobEnd EndCancelled(const ClaimedJob& job) {
  JobEnd end = EndAs(job, JobOutcome::kCancelled);
  end.error_code = static_cast<int>(absl::StatusCode::kCancelled);
  end.error = "it was asked to stop";
  return end;
}

JobEnd GiveBack(const ClaimedJob& job) { return EndAs(job, JobOutcome::kGiveBack); }

std::vector<std::string> IdsOf(const std::vector<ClaimedJob>& jobs) { return IdsOfAll(jobs); }
std::vector<std::string> IdsOf(const std::vector<JobRecord>& jobs) { return IdsOfAll(jobs); }

Matcher<const std::string&> EqualsJson(const std::string& expected) {
  return EqualsJsonImpl(expected);
}

Matcher<absl::Time> About(absl::Time expected) {
  return AllOf(Ge(expected - absl::Seconds(10)), Le(expected + absl::Seconds(10)));
}

Matcher<const QueueRecord&> Counts(const QueueCounts& expected) {
  return AllOf(Field("scheduled", &QueueRecord::scheduled, expected.scheduled),
               Field("queued", &QueueRecord::queued, expected.queued),
               Field("running", &QueueRecord::running, expected.running),
               Field("succeeded", &QueueRecord::succeeded, expected.succeeded),
               Field("failed", &QueueRecord::failed, expected.failed),
               Field("cancelled", &QueueRecord::cancelled, expected.cancelled));
}

std::string JobContract::NewJobId() {
  static const int64_t kMillis = absl::ToUnixMillis(absl::Now());
  static std::atomic<int64_t> last{0};
  return fmt::format("{:08x}-{:04x}-7000-8000-{:012x}", kMillis >> 16, kMillis & 0xFFFF, ++last);
}

JobSubmission JobContract::NewJob(const std::string& queue) {
  return {.job_id = NewJobId(),
          .graph = "films",
          .output_type = "film.TagSet",
          .inputs = "the inputs",
          .queue = queue};
}

std::vector<JobSubmission> JobContract::NewJobs(int count, const std::string& queue) {
  std::vector<JobSubmission> submissions;
  for (int i = 0; i < count; ++i) submissions.push_back(NewJob(queue));
  return submissions;
}

std::string JobContract::Submit(const JobSubmission& job) {
  const std::vector<SubmittedJob> submitted = SubmitAll({job});
  EXPECT_THAT(submitted, SizeIs(1));
  return submitted.size() == 1 ? submitted[0].job_id : "";
}

std::vector<SubmittedJob> JobContract::SubmitAll(const std::vector<JobSubmission>& submissions) {
  return Patiently([&] { return jobs().Submit(submissions); });
}

absl::Time JobContract::Now() { return Get(SubmitOne("of the clock")).submitted_at; }

std::vector<ClaimedJob> JobContract::Claim(int limit, const std::string& owner_id,
                                           const std::string& queue) {
  const ClaimRequest request = {.owner_id = owner_id, .queues = {{.queue = queue, .limit = limit}}};
  return Patiently([&] { return jobs().Claim(request); });
}

ClaimedJob JobContract::ClaimOne(const std::string& owner_id, const std::string& queue) {
  const std::vector<ClaimedJob> claimed = Claim(1, owner_id, queue);
  EXPECT_THAT(claimed, SizeIs(1));
  return claimed.empty() ? ClaimedJob() : claimed[0];
}

std::vector<ClaimedJob> JobContract::MaintainAndClaim(int limit, const std::string& owner_id) {
  Maintain();
  return Claim(limit, owner_id);
}

std::vector<std::string> JobContract::Finish(const std::string& owner_id,
                                             const std::vector<JobEnd>& ends) {
  return Patiently([&] { return jobs().Finish(owner_id, ends); });
}

std::vector<std::string> JobContract::MarkStarted(const std::string& owner_id,
                                                  const ClaimedJob& job) {
  const std::vector<RunningJob> running = {{.job_id = job.job_id, .term = job.term}};
  return Patiently([&] { return jobs().MarkStarted(owner_id, running); });
}

std::vector<std::string> JobContract::CancelRequests(const std::string& owner_id) {
  return Patiently([&] { return jobs().CancelRequests(owner_id); });
}

JobContents JobContract::Contents(const std::string& job_id) {
  return Patiently([&] { return jobs().Get(job_id); });
}

std::vector<JobRecord> JobContract::List(const JobFilter& filter, const std::string& after,
                                         int limit) {
  return Patiently([&] { return jobs().List(filter, after, limit); });
}

MaintainResult JobContract::Maintain(const MaintainOptions& options) {
  return Patiently([&] { return jobs().Maintain(options); });
}

MaintainResult JobContract::Maintain() {
  MaintainResult sum;
  for (int calls = 0; calls < kMostCalls; ++calls) {
    const MaintainResult result = Maintain(KeepFinished());
    sum.promoted += result.promoted;
    sum.returned += result.returned;
    sum.set_aside += result.set_aside;
    sum.removed += result.removed;
    sum.next_due = result.next_due;
    sum.has_due_schedules = result.has_due_schedules;
    if (!result.more) return sum;
  }
  ADD_FAILURE() << "Maintain says that there is more after " << kMostCalls << " calls";
  return sum;
}

QueueRecord JobContract::Queue(const std::string& queue) {
  Maintain();
  for (const QueueRecord& record : Patiently([&] { return jobs().Queues(); })) {
    if (record.queue == queue) return record;
  }
  ADD_FAILURE() << "there is no queue " << queue;
  return {};
}

void JobContract::Configure(const std::string& queue, const QueueSettings& settings) {
  EXPECT_THAT(jobs().Configure(queue, settings), IsOk());
}

void JobContract::Bury(const std::string& owner_id) {
  EXPECT_THAT(store().DeclareDead(owner_id), IsOk());
  Maintain();
}

}  // namespace protograph
