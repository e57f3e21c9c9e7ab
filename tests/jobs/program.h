#ifndef PROTOGRAPH_TESTS_JOBS_PROGRAM_H_
#define PROTOGRAPH_TESTS_JOBS_PROGRAM_H_

// protograph-worker as a child process, and a folder for what it writes.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/child_process.h"

namespace protograph::tests {

// A folder of the test's own, removed with this object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class Program {
 public:
  // `variables`: "NAME=value", beside this process's environment.
  explicit Program(std::vector<std::string> arguments,
                   const std::vector<std::string>& variables = {});

  void Signal(int signal);
  // Its exit code; not set where it still runs after the timeout.
  std::optional<int> Wait(absl::Duration timeout = absl::Seconds(60));
  // What it has written, to both of its outputs.
  std::string Output() const;
  // Whether it writes this within some time.
  bool AwaitOutput(const std::string& text) const;

 private:
  Folder folder_;
  std::unique_ptr<internal::ChildProcess> process_;
};

// Whether the file is there within some time.
bool AwaitFile(const std::string& path);

}  // namespace protograph::tests

#endif  // PROTOGRAPH_TESTS_JOBS_PROGRAM_H_
