#include "postgres/pool.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "protograph/random_source.h"

namespace protograph::internal {

Pool::Lease::Lease(Pool& pool, std::unique_ptr<Connection> connection, bool is_reused)
    : pool_(&pool), connection_(std::move(connection)), is_reused_(is_reused) {}

Pool::Lease::~Lease() {
  if (connection_ != nullptr) pool_->GiveBack(std::move(connection_));
}

void Pool::Lease::Discard() {
  std::vector<std::unique_ptr<Connection>> discarded;
  {
    const std::lock_guard<std::mutex> lock(pool_->mutex_);
    discarded.swap(pool_->idle_);
    discarded.push_back(std::move(connection_));
    pool_->connections_ -= static_cast<int>(discarded.size());
  }
  pool_->changed_.notify_all();
}

Pool::Pool(std::string connection_string, const PostgresOptions& options, Watchdog& watchdog)
    : connection_string_(std::move(connection_string)),
      max_connections_(options.max_connections),
      acquire_timeout_(options.acquire_timeout),
      first_backoff_(options.first_backoff),
      longest_backoff_(options.longest_backoff),
      watchdog_(watchdog),
      backoff_(options.first_backoff) {}

absl::StatusOr<Pool::Lease> Pool::Acquire() {
  const Clock::time_point give_up =
      Clock::now() + absl::ToChronoNanoseconds(std::min(acquire_timeout_, absl::Hours(24 * 365)));
  std::unique_lock<std::mutex> lock(mutex_);
  while (idle_.empty() && connections_ >= max_connections_) {
    // While the server is away, connections that are in use are about to fail.
    if (!last_error_.ok()) return last_error_;
    if (changed_.wait_until(lock, give_up) == std::cv_status::timeout && idle_.empty() &&
        connections_ >= max_connections_) {
      return absl::UnavailableError(
          fmt::format("all {} connections to Postgres were in use for {}: raise "
                      "PostgresOptions::max_connections",
                      max_connections_, absl::FormatDuration(acquire_timeout_)));
    }
  }
  if (!idle_.empty()) {
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    return Lease(*this, std::move(connection), true);
  }
  if (!last_error_.ok()) {
    if (Clock::now() < next_attempt_) return last_error_;
    // The others fail at once while this one tries.
    next_attempt_ = Clock::time_point::max();
  }
  ++connections_;
  lock.unlock();
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connect();
  if (!connection.ok()) return connection.status();
  return Lease(*this, *std::move(connection), false);
}

absl::StatusOr<std::unique_ptr<Connection>> Pool::Connect() {
  absl::StatusOr<std::unique_ptr<Connection>> connection =
      Connection::Open(connection_string_, watchdog_);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (connection.ok()) {
    last_error_ = absl::OkStatus();
    backoff_ = first_backoff_;
    return connection;
  }
  --connections_;
  last_error_ = connection.status();
  const absl::Duration wait = backoff_ * (1 - 0.5 * UniformDouble(RandomSource::System()));
  next_attempt_ = Clock::now() + absl::ToChronoNanoseconds(wait);
  backoff_ = std::min(2 * backoff_, longest_backoff_);
  changed_.notify_all();
  return connection;
}

void Pool::GiveBack(std::unique_ptr<Connection> connection) {
  const bool is_open = connection->is_open();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_open) {
      idle_.push_back(std::move(connection));
    } else {
      --connections_;
    }
  }
  changed_.notify_one();
}

}  // namespace protograph::internal
