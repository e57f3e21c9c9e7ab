#ifndef PROTOGRAPH_SRC_POSTGRES_POOL_H_
#define PROTOGRAPH_SRC_POSTGRES_POOL_H_

// Connections that are kept. Opened when needed, at most so many at a time. While the server cannot
// be reached, calls fail at once, except for one that tries again whenever the backoff has passed.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "postgres/connection.h"
#include "postgres/watchdog.h"
#include "protograph/postgres/postgres_store.h"

namespace protograph::internal {

// Thread safe.
class Pool {
 public:
  // A connection of the caller's, which the destructor gives back where it is still of use.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection, bool is_reused);
    Lease(Lease&&) = default;
    ~Lease();

    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }
    // Whether it was used before, and may have broken since without anybody noticing.
    bool is_reused() const { return is_reused_; }
    // It is not given back, and neither are those that lie idle: they are likely to be broken too.
    void Discard();

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
    bool is_reused_;
  };

  Pool(std::string connection_string, const PostgresOptions& options, Watchdog& watchdog);

  // Blocks while all connections are in use, and to connect. kUnavailable.
  absl::StatusOr<Lease> Acquire();

 private:
  using Clock = std::chrono::steady_clock;

  absl::StatusOr<std::unique_ptr<Connection>> Connect();
  void GiveBack(std::unique_ptr<Connection> connection);

  const std::string connection_string_;
  const int max_connections_;
  const absl::Duration acquire_timeout_;
  const absl::Duration first_backoff_;
  const absl::Duration longest_backoff_;
  Watchdog& watchdog_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // The last one used is the next one used, so that those not needed stay idle.
  std::vector<std::unique_ptr<Connection>> idle_;
  // In use or idle.
  int connections_ = 0;
  // Ok while the server is there.
  absl::Status last_error_;
  absl::Duration backoff_;
  Clock::time_point next_attempt_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_POOL_H_
