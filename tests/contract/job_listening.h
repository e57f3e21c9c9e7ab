#ifndef PROTOGRAPH_TESTS_CONTRACT_JOB_LISTENING_H_
#define PROTOGRAPH_TESTS_CONTRACT_JOB_LISTENING_H_

// Listening to a JobStore, for tests.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/store/job_store.h"
#include "protograph/testing/matchers.h"

namespace protograph {

// What a listener was told. Waits long, as the machine may be slow, and only where something is
// wrong for all of it.
class Heard {
 public:
  JobEvents Events() {
    return {.on_work = [this] { Note([this] { ++work_; }); },
            .on_due = [this] { Note([this] { ++due_; }); },
            .on_cancel =
                [this](std::string_view job_id) { Note([&] { cancels_.emplace_back(job_id); }); },
            .on_finished =
                [this](std::string_view job_id) { Note([&] { finished_.emplace_back(job_id); }); }};
  }

  bool WaitForWork() {
    return WaitFor([this] { return work_ > 0; });
  }
  bool WaitForDue() {
    return WaitFor([this] { return due_ > 0; });
  }
  bool WaitForCancel(const std::string& job_id) {
    return WaitFor([&] { return Has(cancels_, job_id); });
  }
  bool WaitForFinished(const std::string& job_id) {
    return WaitFor([&] { return Has(finished_, job_id) || Has(finished_, ""); });
  }
  void Forget() {
    const std::lock_guard<std::mutex> lock(mutex_);
    work_ = 0;
    due_ = 0;
    cancels_.clear();
    finished_.clear();
  }
  std::vector<std::string> cancels() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return cancels_;
  }

 private:
  static bool Has(const std::vector<std::string>& ids, const std::string& job_id) {
    return std::find(ids.begin(), ids.end(), job_id) != ids.end();
  }

  void Note(const std::function<void()>& note) {
    const std::lock_guard<std::mutex> lock(mutex_);
    note();
    changed_.notify_all();
  }

  bool WaitFor(const std::function<bool()>& condition) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), condition);
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int work_ = 0;
  int due_ = 0;
  std::vector<std::string> cancels_;
  std::vector<std::string> finished_;
};

class Listening {
 public:
  Listening(JobStore& jobs, const std::string& owner_id) {
    absl::StatusOr<std::unique_ptr<JobListener>> listener = jobs.Listen(owner_id, heard_.Events());
    EXPECT_THAT(listener, testing::IsOk());
    if (listener.ok()) listener_ = *std::move(listener);
  }

  Heard* operator->() { return &heard_; }

 private:
  Heard heard_;
  std::unique_ptr<JobListener> listener_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_TESTS_CONTRACT_JOB_LISTENING_H_
