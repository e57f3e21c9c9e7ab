// The pool by itself: when threads are made, what they serve, how it ends.

#include "protograph/thread_pool.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "film.pb.h"
#include "graph/help_request.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "rendezvous.h"

namespace protograph {
namespace {

class Request final : public internal::HelpRequest {
 public:
  Request(ThreadPool& pool, std::function<void()> help)
      : HelpRequest(pool), help_(std::move(help)) {}
  ~Request() override { Withdraw(); }

 protected:
  void Help() override { help_(); }

 private:
  const std::function<void()> help_;
};

std::string NameOfThisThread() {
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof(name));
  return name;
}

TEST(ThreadPool, MakesNoThreadUntilItIsAsked) {
  ThreadPool pool({.max_threads = 4});
  EXPECT_EQ(pool.max_threads(), 4U);
  EXPECT_EQ(pool.thread_count(), 0U);
}

TEST(ThreadPool, MakesAsManyThreadsAsHelpersAreWanted) {
  ThreadPool pool({.max_threads = 8});
  Rendezvous inside(4);
  Request request(pool, [&] { EXPECT_TRUE(inside.Meet()); });
  request.Ask(3);
  EXPECT_TRUE(inside.Meet());
  request.Withdraw();
  EXPECT_EQ(pool.thread_count(), 3U);
}

TEST(ThreadPool, MakesNoMoreThreadsThanItMay) {
  ThreadPool pool({.max_threads = 3});
  Rendezvous inside(4);
  Occupancy occupancy;
  Request request(pool, [&] {
    const Occupancy::Visit visit(occupancy);
    EXPECT_TRUE(inside.Meet());
  });
  request.Ask(100);
  EXPECT_TRUE(inside.Meet());
  request.Withdraw();
  EXPECT_EQ(pool.thread_count(), 3U);
  EXPECT_EQ(occupancy.most(), 3);
}

TEST(ThreadPool, MayBeEmpty) {
  ThreadPool pool({.max_threads = 0});
  Request request(pool, [] { ADD_FAILURE() << "no thread can have come"; });
  request.Ask(5);
  EXPECT_EQ(pool.thread_count(), 0U);
}

TEST(ThreadPool, GivesWorkToIdleThreadsBeforeItMakesNewOnes) {
  ThreadPool pool({.max_threads = 8});
  for (int i = 0; i < 50; ++i) {
    Rendezvous inside(2);
    Request request(pool, [&] { EXPECT_TRUE(inside.Meet()); });
    request.Ask(1);
    EXPECT_TRUE(inside.Meet());
  }
  EXPECT_EQ(pool.thread_count(), 1U);
}

TEST(ThreadPool, MakesAThreadForEachOfTwoRequestsAtOnce) {
  ThreadPool pool({.max_threads = 8});
  Rendezvous inside(3);
  Request first(pool, [&] { EXPECT_TRUE(inside.Meet()); });
  Request second(pool, [&] { EXPECT_TRUE(inside.Meet()); });
  first.Ask(1);
  second.Ask(1);
  EXPECT_TRUE(inside.Meet());
  EXPECT_EQ(pool.thread_count(), 2U);
}

TEST(ThreadPool, ServesAllRequestsWithOneThread) {
  ThreadPool pool({.max_threads = 1});
  Rendezvous blocked(2);
  Rendezvous all_served(2);
  std::atomic<int> served = 0;
  Request blocker(pool, [&] { EXPECT_TRUE(blocked.Meet()); });
  blocker.Ask(1);
  std::vector<std::unique_ptr<Request>> requests;
  for (int i = 0; i < 10; ++i) {
    requests.push_back(std::make_unique<Request>(pool, [&] {
      if (++served == 10) {
        EXPECT_TRUE(all_served.Meet());
      }
    }));
    requests.back()->Ask(1);
  }
  EXPECT_EQ(served, 0);
  EXPECT_TRUE(blocked.Meet());
  EXPECT_TRUE(all_served.Meet());
  EXPECT_EQ(pool.thread_count(), 1U);
}

TEST(ThreadPool, NoThreadComesAfterARequestWasWithdrawn) {
  ThreadPool pool({.max_threads = 1});
  Rendezvous blocked(2);
  Request blocker(pool, [&] { EXPECT_TRUE(blocked.Meet()); });
  blocker.Ask(1);
  {
    Request request(pool, [] { ADD_FAILURE() << "it was withdrawn"; });
    request.Ask(1);
    request.Withdraw();
  }
  EXPECT_TRUE(blocked.Meet());
}

TEST(ThreadPool, WithdrawingWaitsForThoseInside) {
  ThreadPool pool({.max_threads = 4});
  for (int i = 0; i < 20; ++i) {
    Occupancy occupancy;
    Rendezvous inside(3);
    Request request(pool, [&] {
      const Occupancy::Visit visit(occupancy);
      EXPECT_TRUE(inside.Meet());
      std::this_thread::yield();
    });
    request.Ask(2);
    EXPECT_TRUE(inside.Meet());
    request.Withdraw();
    EXPECT_EQ(occupancy.now(), 0);
  }
}

// A thread that has just made several steps ready asks for help, while the others do those steps
// and the execution ends.
TEST(ThreadPool, ARequestThatAHelperMakesWhileItIsWithdrawnIsWithdrawnToo) {
  ThreadPool pool({.max_threads = 1});
  Rendezvous inside(2);
  Rendezvous inside_next(2);
  std::atomic<bool> is_withdrawn = false;
  Request* asked = nullptr;
  Request request(pool, [&] {
    EXPECT_FALSE(is_withdrawn) << "a thread came to a request that had been withdrawn";
    if (is_withdrawn) return;
    EXPECT_TRUE(inside.Meet());
    // Gives the other thread time to be in Withdraw. Where it is not there yet, nothing is tested.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    asked->Ask(1);
  });
  asked = &request;
  request.Ask(1);
  EXPECT_TRUE(inside.Meet());
  // Keeps the only thread from coming back by itself.
  Request next(pool, [&] { EXPECT_TRUE(inside_next.Meet()); });
  next.Ask(1);
  request.Withdraw();
  is_withdrawn = true;
  EXPECT_TRUE(inside_next.Meet());
  // Served after all that was asked before.
  Rendezvous inside_last(2);
  Request last(pool, [&] { EXPECT_TRUE(inside_last.Meet()); });
  last.Ask(1);
  EXPECT_TRUE(inside_last.Meet());
}

TEST(ThreadPool, EndsWhileItsThreadsAreIdleOrOnTheirWay) {
  for (int i = 0; i < 100; ++i) {
    ThreadPool pool({.max_threads = 4});
    Request request(pool, [] {});
    request.Ask(static_cast<size_t>(i % 5));
    if (i % 2 == 0) std::this_thread::yield();
  }
}

TEST(ThreadPool, NamesItsThreads) {
  ThreadPool pool({.max_threads = 1, .thread_name = "a name longer than 15"});
  Rendezvous named(2);
  std::string name;
  Request request(pool, [&] {
    name = NameOfThisThread();
    EXPECT_TRUE(named.Meet());
  });
  request.Ask(1);
  EXPECT_TRUE(named.Meet());
  EXPECT_EQ(name, "a name longer t");
}

TEST(ThreadPool, IsSharedByGraphsThatAreGivenNone) {
  EXPECT_EQ(ThreadPool::Shared(), ThreadPool::Shared());
  EXPECT_EQ(ThreadPool::Shared()->max_threads(), ThreadPoolOptions{}.max_threads);

  const std::thread::id caller = std::this_thread::get_id();
  Rendezvous both(2);
  std::string helper;
  const auto meet = [&] {
    EXPECT_TRUE(both.Meet());
    if (std::this_thread::get_id() != caller) helper = NameOfThisThread();
  };
  const Graph graph = GraphBuilder("films")
                          .Input<film::MovieId>()
                          .Add([&](ExecCtx&, const film::MovieId&) {
                            meet();
                            return film::Movie();
                          })
                          .Add([&](ExecCtx&, const film::MovieId&) {
                            meet();
                            return film::Poster();
                          })
                          .Build()
                          .value();
  ExecCtx ctx;
  EXPECT_TRUE((graph.ExecuteAll<film::Movie, film::Poster>(ctx, film::MovieId())).ok());
  EXPECT_EQ(helper, "protograph");
}

TEST(ThreadPool, AGraphKeepsItsPoolAndMakesNoThreadInVain) {
  auto pool = std::make_shared<ThreadPool>(ThreadPoolOptions{.max_threads = 2});
  const std::weak_ptr<ThreadPool> watched = pool;
  {
    const Graph graph = GraphBuilder("films")
                            .Input<film::MovieId>()
                            .Add([](ExecCtx&, const film::MovieId&) { return film::Movie(); })
                            .Add([](ExecCtx&, const film::Movie&) { return film::Poster(); })
                            .UsePool(std::exchange(pool, nullptr))
                            .Build()
                            .value();
    ASSERT_FALSE(watched.expired());
    ExecCtx ctx;
    // A chain leaves nothing to do for another thread.
    EXPECT_TRUE(graph.Execute<film::Poster>(ctx, film::MovieId()).ok());
    EXPECT_EQ(watched.lock()->thread_count(), 0U);
  }
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace protograph
