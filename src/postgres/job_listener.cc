#include "postgres/job_listener.h"

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "protograph/random_source.h"

namespace protograph::internal {
namespace {

constexpr absl::Duration kFirstBackoff = absl::Milliseconds(100);
constexpr absl::Duration kLongestBackoff = absl::Seconds(5);
constexpr size_t kUuidLength = 36;

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionPtr = std::unique_ptr<PGconn, CloseConnection>;

class PostgresListener final : public JobListener {
 public:
  explicit PostgresListener(ListenerOptions options)
      : options_(std::move(options)), stop_(eventfd(0, EFD_CLOEXEC)) {}

  ~PostgresListener() override {
    if (thread_.joinable()) {
      const uint64_t one = 1;
      // An eventfd that nobody else writes to takes this.
      [[maybe_unused]] const ssize_t written = write(stop_, &one, sizeof(one));
      thread_.join();
    }
    if (stop_ >= 0) close(stop_);
  }

  absl::Status Start() {
    if (stop_ < 0) {
      return absl::ResourceExhaustedError(
          "the process has too many open files to listen to Postgres: raise its limit");
    }
    // The first time here: what happens once this has returned is heard, if the server is there.
    try {
      thread_ = std::thread([this, first = Connect()]() mutable { Run(std::move(first)); });
    } catch (const std::system_error& error) {
      return absl::ResourceExhaustedError(
          fmt::format("the system gives no thread to listen to Postgres: {}", error.what()));
    }
    return absl::OkStatus();
  }

 private:
  void Run(ConnectionPtr connection) {
    pthread_setname_np(pthread_self(), "ptg-listener");
    absl::Duration backoff = kFirstBackoff;
    for (;; connection = Connect()) {
      if (connection != nullptr) {
        backoff = kFirstBackoff;
        TellAll();
        if (!ListenOn(*connection)) return;
        connection.reset();
      }
      const absl::Duration wait = backoff * (0.5 + 0.5 * UniformDouble(RandomSource::System()));
      backoff = std::min(2 * backoff, kLongestBackoff);
      if (IsStoppedAfter(wait)) return;
    }
  }

  // Null where it does not succeed.
  ConnectionPtr Connect() {
    ConnectionPtr connection(PQconnectdb(options_.connection_string.c_str()));
    if (PQstatus(connection.get()) != CONNECTION_OK) return nullptr;
    PQsetNoticeProcessor(
        connection.get(), [](void*, const char*) {}, nullptr);
    const std::string& channel =
        options_.owner_id.empty() ? options_.finished_channel : options_.work_channel;
    // The names are ours: letters, digits and underscores.
    PGresult* result = PQexec(connection.get(), fmt::format("LISTEN {}", channel).c_str());
    const bool is_listening = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (!is_listening) return nullptr;
    return connection;
  }

  // False once it was stopped, true once the connection has broken.
  bool ListenOn(PGconn& connection) {
    while (true) {
      pollfd descriptors[] = {{.fd = PQsocket(&connection), .events = POLLIN, .revents = 0},
                              {.fd = stop_, .events = POLLIN, .revents = 0}};
      if (poll(descriptors, 2, -1) < 0) continue;
      if (descriptors[1].revents != 0) return false;
      if (PQconsumeInput(&connection) == 0 || PQstatus(&connection) != CONNECTION_OK) return true;
      while (PGnotify* notification = PQnotifies(&connection)) {
        Tell(notification->extra);
        PQfreemem(notification);
      }
    }
  }

  bool IsStoppedAfter(absl::Duration wait) {
    pollfd descriptor = {.fd = stop_, .events = POLLIN, .revents = 0};
    return poll(&descriptor, 1, static_cast<int>(absl::ToInt64Milliseconds(wait))) > 0;
  }

  void TellAll() {
    const JobEvents& events = options_.events;
    if (events.on_work) events.on_work();
    if (events.on_due) events.on_due();
    if (events.on_finished) events.on_finished("");
  }

  // Of workers: 'w' and the owner, 'c', the owner and the job, or 'd'. Of clients: the jobs, or
  // '*'.
  void Tell(std::string_view payload) {
    const JobEvents& events = options_.events;
    if (options_.owner_id.empty()) {
      if (!events.on_finished) return;
      if (payload == "*") {
        events.on_finished("");
        return;
      }
      for (absl::string_view id :
           absl::StrSplit(absl::string_view(payload.data(), payload.size()), ',')) {
        events.on_finished({id.data(), id.size()});
      }
      return;
    }
    if (payload == "d" && events.on_due) events.on_due();
    if (payload.size() < 1 + kUuidLength || payload.substr(1, kUuidLength) != options_.owner_id) {
      return;
    }
    if (payload[0] == 'w' && events.on_work) events.on_work();
    if (payload[0] == 'c' && events.on_cancel) events.on_cancel(payload.substr(1 + kUuidLength));
  }

  const ListenerOptions options_;
  const int stop_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<JobListener>> StartPostgresListener(ListenerOptions options) {
  auto listener = std::make_unique<PostgresListener>(std::move(options));
  if (absl::Status status = listener->Start(); !status.ok()) return status;
  return listener;
}

}  // namespace protograph::internal
