#ifndef PROTOGRAPH_SRC_POSTGRES_ERRORS_H_
#define PROTOGRAPH_SRC_POSTGRES_ERRORS_H_

// Where libpqxx's exceptions end.

#include <exception>
#include <string>

#include "absl/status/status.h"

namespace protograph::internal {

struct Fault {
  absl::Status status;
  // The server asks for the transaction to be repeated: a deadlock, for one.
  bool repeat = false;
  // The connection is of no use any more, whatever it says of itself.
  bool discard = false;
  // The server did not answer in time.
  bool timed_out = false;
};

// Of the exception that is being handled. `what` begins the message.
Fault FaultOf(const std::string& what);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_ERRORS_H_
