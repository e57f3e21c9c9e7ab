#ifndef PROTOGRAPH_TESTS_TOOLS_TOOL_H_
#define PROTOGRAPH_TESTS_TOOLS_TOOL_H_

// The command line as a child process.

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

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

// What the standard error output is.
enum class ErrorOutput { kFile, kTerminal };

struct Outcome {
  // 128 and the signal where a signal ended it; -1 where it had to be killed.
  int code = 0;
  std::string out;
  std::string err;
};

class Tool {
 public:
  // `variables`: "NAME=value" beside this process's environment, of which nothing says PROTOGRAPH_.
  Tool(const std::vector<std::string>& arguments, const std::string& input,
       const std::vector<std::string>& variables = {},
       ErrorOutput error_output = ErrorOutput::kFile);
  // Kills it where it still runs.
  ~Tool();
  Tool(const Tool&) = delete;
  Tool& operator=(const Tool&) = delete;

  void Signal(int signal) const;
  // Whether its standard error output has this text within a minute.
  bool AwaitErr(const std::string& text) const;
  // Blocks until it has ended.
  Outcome Wait(absl::Duration timeout = absl::Seconds(60));

 private:
  Folder folder_;
  // Where the other end of the terminal is read; below zero: there is none.
  int terminal_ = -1;
  pid_t process_ = 0;
};

Outcome RunTool(const std::vector<std::string>& arguments, const std::string& input = "",
                const std::vector<std::string>& variables = {});

// Without line breaks at the end.
std::string Trimmed(std::string text);
std::vector<std::string> Lines(const std::string& text);

}  // namespace protograph::tests

#endif  // PROTOGRAPH_TESTS_TOOLS_TOOL_H_
