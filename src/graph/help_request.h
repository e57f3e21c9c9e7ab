#ifndef PROTOGRAPH_SRC_GRAPH_HELP_REQUEST_H_
#define PROTOGRAPH_SRC_GRAPH_HELP_REQUEST_H_

#include <condition_variable>
#include <cstddef>

#include "protograph/thread_pool.h"

namespace protograph::internal {

// Work that a thread would like help with. It lies on the asking thread's stack: the pool keeps it
// in a list that is threaded through the requests, so that asking allocates nothing and a request
// that no thread has come to can be withdrawn at once.
class HelpRequest {
 public:
  explicit HelpRequest(ThreadPool& pool) : pool_(pool) {}
  // Withdraw() must have been called.
  virtual ~HelpRequest() = default;
  HelpRequest(const HelpRequest&) = delete;
  HelpRequest& operator=(const HelpRequest&) = delete;

  // Wants `helpers` more threads to call Help(). They come when they are free, or never.
  void Ask(size_t helpers);

  // No thread comes any more; waits for those that are inside Help().
  void Withdraw();

 protected:
  // Called by threads of the pool, several at once. Returns when there is nothing to do.
  virtual void Help() = 0;

 private:
  friend class protograph::ThreadPool;

  ThreadPool& pool_;
  // All guarded by the pool's mutex.
  HelpRequest* previous_ = nullptr;
  HelpRequest* next_ = nullptr;
  size_t wanted_ = 0;
  size_t inside_ = 0;
  std::condition_variable all_left_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_HELP_REQUEST_H_
