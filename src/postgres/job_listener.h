#ifndef PROTOGRAPH_SRC_POSTGRES_JOB_LISTENER_H_
#define PROTOGRAPH_SRC_POSTGRES_JOB_LISTENER_H_

// Listens to notifications, on a connection and a thread of its own.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

struct ListenerOptions {
  std::string connection_string;
  std::string work_channel;
  std::string finished_channel;
  // Empty: of a client.
  std::string owner_id;
  JobEvents events;
};

// kResourceExhausted where the system gives no thread. Listens when it returns; where it could not
// connect, and whenever the connection breaks, it goes on trying in the background. Tells every
// event once it is connected, as some may have been missed.
absl::StatusOr<std::unique_ptr<JobListener>> StartPostgresListener(ListenerOptions options);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_JOB_LISTENER_H_
