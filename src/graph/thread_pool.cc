#include "protograph/thread_pool.h"

#include <pthread.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "graph/help_request.h"

namespace protograph {

using internal::HelpRequest;

class ThreadPool::Impl {
 public:
  explicit Impl(ThreadPoolOptions options) : options_(std::move(options)) {}

  ~Impl() {
    std::vector<std::thread> threads;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      threads.swap(threads_);
    }
    wake_.notify_all();
    for (std::thread& thread : threads) thread.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Ask(HelpRequest& request, size_t helpers) {
    const std::lock_guard<std::mutex> lock(mutex_);
    // More than there can be threads would only make them find nothing to do.
    helpers =
        std::min(helpers, options_.max_threads - std::min(options_.max_threads, request.wanted_));
    if (helpers == 0) return;
    if (request.wanted_ == 0) Append(request);
    request.wanted_ += helpers;
    wanted_ += helpers;
    for (size_t i = std::min(helpers, idle_); i > 0; --i) wake_.notify_one();
    while (wanted_ > idle_ + starting_ && threads_.size() < options_.max_threads) {
      if (!StartThread()) break;
    }
  }

  void Withdraw(HelpRequest& request) {
    std::unique_lock<std::mutex> lock(mutex_);
    request.all_left_.wait(lock, [&] {
      // Looked at each time: a thread that is inside may still ask for more.
      if (request.wanted_ > 0) {
        wanted_ -= request.wanted_;
        request.wanted_ = 0;
        Remove(request);
      }
      return request.inside_ == 0;
    });
  }

  size_t max_threads() const { return options_.max_threads; }

  size_t thread_count() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return threads_.size();
  }

 private:
  bool StartThread() {
    try {
      threads_.emplace_back([this] { Serve(); });
    } catch (const std::system_error&) {
      return false;  // the machine has no more threads: those there are do the work
    }
    ++starting_;
    return true;
  }

  void Serve() {
    pthread_setname_np(pthread_self(), options_.thread_name.substr(0, 15).c_str());
    std::unique_lock<std::mutex> lock(mutex_);
    --starting_;
    while (true) {
      ++idle_;
      wake_.wait(lock, [&] { return first_ != nullptr || stopping_; });
      --idle_;
      if (first_ == nullptr) return;
      HelpRequest& request = *first_;
      --wanted_;
      if (--request.wanted_ == 0) Remove(request);
      ++request.inside_;
      lock.unlock();
      request.Help();
      lock.lock();
      if (--request.inside_ == 0) request.all_left_.notify_one();
    }
  }

  void Append(HelpRequest& request) {
    request.previous_ = last_;
    request.next_ = nullptr;
    (last_ == nullptr ? first_ : last_->next_) = &request;
    last_ = &request;
  }

  void Remove(HelpRequest& request) {
    (request.previous_ == nullptr ? first_ : request.previous_->next_) = request.next_;
    (request.next_ == nullptr ? last_ : request.next_->previous_) = request.previous_;
  }

  const ThreadPoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> threads_;
  HelpRequest* first_ = nullptr;
  HelpRequest* last_ = nullptr;
  size_t wanted_ = 0;    // over all requests
  size_t idle_ = 0;      // threads that wait
  size_t starting_ = 0;  // threads on their way to wait
  bool stopping_ = false;
};

ThreadPool::ThreadPool(ThreadPoolOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

ThreadPool::~ThreadPool() = default;

const std::shared_ptr<ThreadPool>& ThreadPool::Shared() {
  // Never destroyed: executions may run for as long as the process does.
  static const auto& pool = *new std::shared_ptr<ThreadPool>(std::make_shared<ThreadPool>());
  return pool;
}

size_t ThreadPool::max_threads() const { return impl_->max_threads(); }
size_t ThreadPool::thread_count() const { return impl_->thread_count(); }

void ThreadPool::Ask(HelpRequest& request, size_t helpers) { impl_->Ask(request, helpers); }
void ThreadPool::Withdraw(HelpRequest& request) { impl_->Withdraw(request); }

namespace internal {

void HelpRequest::Ask(size_t helpers) { pool_.Ask(*this, helpers); }
void HelpRequest::Withdraw() { pool_.Withdraw(*this); }

}  // namespace internal
}  // namespace protograph
