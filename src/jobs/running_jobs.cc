#include "jobs/running_jobs.h"

#include <algorithm>
#include <utility>

#include "base/steady_time.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace protograph::internal {

JobInFlight::JobInFlight(const FetchedJob& job)
    : job_id_(job.job.job_id),
      term_(job.job.term),
      owner_id_(job.owner_id),
      queue_(job.queue),
      due_(SteadyTime() + job.job.timeout) {}

void JobInFlight::Stop(StopCause cause) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (cause_ == StopCause::kNone) {
      cause_ = cause;
      due_ = std::min(due_, SteadyTime());
    }
  }
  stop_.request_stop();
}

StopCause JobInFlight::cause() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return cause_;
}

absl::Time JobInFlight::due() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return due_;
}

std::string JobInFlight::steps() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return fmt::format("{}", fmt::join(steps_, ", "));
}

void JobInFlight::SetContext(const ExecCtx* ctx) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ctx_ = ctx;
}

void JobInFlight::SetTimeLeft(absl::Duration left) {
  const std::lock_guard<std::mutex> lock(mutex_);
  due_ = std::min(due_, SteadyTime() + left);
}

std::vector<StepProgress> JobInFlight::Progress() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ctx_ == nullptr ? std::vector<StepProgress>() : ctx_->Progress();
}

bool JobInFlight::Replace() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !std::exchange(is_replaced_, true);
}

bool JobInFlight::is_replaced() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return is_replaced_;
}

bool JobInFlight::TakeEnd() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !std::exchange(is_end_taken_, true);
}

void JobInFlight::OnAttemptStart(const ExecCtx& /*ctx*/, const StepEvent& event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  steps_.emplace_back(event.step);
}

void JobInFlight::OnAttemptEnd(const ExecCtx& /*ctx*/, const StepEvent& event,
                               const absl::Status& /*status*/,
                               const google::protobuf::Message* /*output*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto step = std::find(steps_.begin(), steps_.end(), event.step);
  if (step != steps_.end()) steps_.erase(step);
}

std::shared_ptr<JobInFlight> RunningJobs::Begin(const FetchedJob& job) {
  auto running = std::make_shared<JobInFlight>(job);
  const std::lock_guard<std::mutex> lock(mutex_);
  jobs_[running->job_id()] = running;
  return running;
}

void RunningJobs::End(const JobInFlight& job) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = jobs_.find(job.job_id());
  // A job that was lost and came back may run here twice.
  if (found != jobs_.end() && found->second.get() == &job) jobs_.erase(found);
}

bool RunningJobs::Cancel(std::string_view job_id) {
  std::shared_ptr<JobInFlight> job;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = jobs_.find(absl::string_view(job_id.data(), job_id.size()));
    if (found == jobs_.end()) return false;
    job = found->second;
  }
  job->Stop(StopCause::kCancelled);
  return true;
}

void RunningJobs::StopAll(StopCause cause) {
  for (const std::shared_ptr<JobInFlight>& job : all()) job->Stop(cause);
}

std::vector<std::shared_ptr<JobInFlight>> RunningJobs::all() const {
  std::vector<std::shared_ptr<JobInFlight>> all;
  const std::lock_guard<std::mutex> lock(mutex_);
  all.reserve(jobs_.size());
  for (const auto& [id, job] : jobs_) all.push_back(job);
  return all;
}

std::vector<std::shared_ptr<JobInFlight>> RunningJobs::DueBefore(absl::Time time) const {
  std::vector<std::shared_ptr<JobInFlight>> due = all();
  std::erase_if(due, [&](const std::shared_ptr<JobInFlight>& job) { return job->due() >= time; });
  return due;
}

}  // namespace protograph::internal
