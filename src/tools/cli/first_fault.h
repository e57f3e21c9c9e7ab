#ifndef PROTOGRAPH_SRC_TOOLS_CLI_FIRST_FAULT_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_FIRST_FAULT_H_

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "tools/cli/exit_code.h"

namespace protograph::cli {

// For commands that do the same to several things and go on after a fault: says each on the
// standard error output, and keeps the one that tells most: that of the database, else the first.
class FirstFault {
 public:
  void Note(const std::string& what, const absl::Status& status) {
    if (status.ok()) return;
    std::cerr << what << ": " << std::string(status.message()) << '\n';
    if (code_ == ExitCode::kOk || absl::IsUnavailable(status)) code_ = ExitCodeOf(status);
  }
  ExitCode code() const { return code_; }

 private:
  ExitCode code_ = ExitCode::kOk;
};

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_FIRST_FAULT_H_
