#ifndef PROTOGRAPH_THREAD_POOL_H_
#define PROTOGRAPH_THREAD_POOL_H_

// ThreadPool: the threads that run independent steps beside the thread that called Execute.
//
//   auto pool = std::make_shared<protograph::ThreadPool>(ThreadPoolOptions{.max_threads = 64});
//   GraphBuilder("movies").UsePool(pool)...
//
// A graph that is given none uses ThreadPool::Shared(). Threads are made when there is work for
// them and no idle one, and kept until the pool is destroyed. The pool only ever helps: the calling
// thread can run every step itself, so no size of pool, not even 0, can bring executions to a
// standstill, and steps may call Execute themselves.

#include <cstddef>
#include <memory>
#include <string>

namespace protograph {

namespace internal {
class HelpRequest;
}  // namespace internal

struct ThreadPoolOptions {
  // Steps that block, such as calls over a network, hold a thread each: leave room for them.
  size_t max_threads = 32;
  // Shown by debuggers and `top -H`. Linux keeps the first 15 characters.
  std::string thread_name = "protograph";
};

// Thread safe. Must outlive the executions that use it; graphs hold it by shared_ptr.
class ThreadPool {
 public:
  explicit ThreadPool(ThreadPoolOptions options = {});
  // Waits for its threads. Must not be run by one of them: keep a pool, or the graph that holds it,
  // until executions are over.
  ~ThreadPool();

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // The pool of the process, made on first use and never destroyed.
  static const std::shared_ptr<ThreadPool>& Shared();

  size_t max_threads() const;
  // Threads that exist at the moment.
  size_t thread_count() const;

 private:
  friend class internal::HelpRequest;
  class Impl;

  void Ask(internal::HelpRequest& request, size_t helpers);
  void Withdraw(internal::HelpRequest& request);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_THREAD_POOL_H_
