#include "tool.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace protograph::tests {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(5);

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Folder::Folder() : path_(::testing::TempDir() + "protograph_cli_XXXXXX") {
  EXPECT_NE(mkdtemp(path_.data()), nullptr);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Tool::Tool(std::vector<std::string> arguments, const std::string& input,
           const std::vector<std::string>& variables) {
  std::ofstream(folder_.File("in")) << input;
  arguments.insert(arguments.begin(), PROTOGRAPH_TOOL);
  std::vector<std::string> environment = variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with("PROTOGRAPH_") && !text.starts_with("PG")) environment.emplace_back(text);
  }
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  const int create = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, folder_.File("in").c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, folder_.File("out").c_str(), create,
                                   0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, folder_.File("err").c_str(), create,
                                   0600);
  EXPECT_EQ(posix_spawn(&process_, PROTOGRAPH_TOOL, &files, nullptr, Pointers(arguments).data(),
                        Pointers(environment).data()),
            0);
  posix_spawn_file_actions_destroy(&files);
}

Tool::~Tool() {
  if (process_ == 0) return;
  Signal(SIGKILL);
  waitpid(process_, nullptr, 0);
}

void Tool::Signal(int signal) const { kill(process_, signal); }

bool Tool::AwaitErr(const std::string& text) const {
  const absl::Time give_up = absl::Now() + absl::Minutes(1);
  while (Read(folder_.File("err")).find(text) == std::string::npos) {
    if (absl::Now() > give_up) return false;
    absl::SleepFor(kLook);
  }
  return true;
}

Outcome Tool::Wait(absl::Duration timeout) {
  Outcome outcome{.code = -1};
  const absl::Time give_up = absl::Now() + timeout;
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(process_, &status, WNOHANG)) == 0 && absl::Now() < give_up) {
    absl::SleepFor(kLook);
  }
  if (ended == process_) {
    process_ = 0;
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  outcome.out = Read(folder_.File("out"));
  outcome.err = Read(folder_.File("err"));
  return outcome;
}

Outcome RunTool(std::vector<std::string> arguments, const std::string& input,
                const std::vector<std::string>& variables) {
  return Tool(std::move(arguments), input, variables).Wait();
}

std::string Trimmed(std::string text) {
  text.erase(text.find_last_not_of("\n") + 1);
  return text;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace protograph::tests
