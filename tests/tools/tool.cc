#include "tool.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <system_error>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace protograph::tests {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(5);

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What was written to it, once nobody has its other end any more.
std::string ReadTerminal(int terminal) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t length = 0; (length = read(terminal, part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<size_t>(length));
  }
  return text;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Folder::Folder() : path_(::testing::TempDir()) {
  path_.append("protograph_cli_XXXXXX");
  EXPECT_NE(mkdtemp(path_.data()), nullptr);
  // For root's Postgres, which is another user's.
  EXPECT_EQ(chmod(path_.c_str(), 0755), 0);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Tool::Tool(const std::vector<std::string>& arguments, const std::string& input,
           const std::vector<std::string>& variables, ErrorOutput error_output) {
  std::ofstream(folder_.File("in")) << input;
  std::vector<std::string> command = {PROTOGRAPH_TOOL};
  command.insert(command.end(), arguments.begin(), arguments.end());
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
  std::string err = folder_.File("err");
  if (error_output == ErrorOutput::kTerminal) {
    terminal_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_TRUE(terminal_ >= 0 && grantpt(terminal_) == 0 && unlockpt(terminal_) == 0);
    err = ptsname(terminal_);
  }
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), create, 0600);
  EXPECT_EQ(posix_spawn(&process_, PROTOGRAPH_TOOL, &files, nullptr, Pointers(command).data(),
                        Pointers(environment).data()),
            0);
  posix_spawn_file_actions_destroy(&files);
}

Tool::~Tool() {
  if (terminal_ >= 0) close(terminal_);
  if (process_ == 0) return;
  Signal(SIGKILL);
  waitpid(process_, nullptr, 0);
}

void Tool::Signal(int signal) const { kill(process_, signal); }

bool Tool::AwaitErr(const std::string& text) const {
  const absl::Time give_up = absl::Now() + absl::Minutes(1);
  siginfo_t info{};
  bool has_ended = false;
  while (Read(folder_.File("err")).find(text) == std::string::npos) {
    if (has_ended || absl::Now() > give_up) return false;
    absl::SleepFor(kLook);
    // What it wrote last is looked at once more.
    waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT);
    has_ended = info.si_pid == process_;
  }
  return true;
}

Outcome Tool::Wait(absl::Duration timeout) {
  Outcome outcome;
  outcome.code = -1;
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
  outcome.err = terminal_ >= 0 ? ReadTerminal(terminal_) : Read(folder_.File("err"));
  return outcome;
}

Outcome RunTool(const std::vector<std::string>& arguments, const std::string& input,
                const std::vector<std::string>& variables) {
  return Tool(arguments, input, variables).Wait();
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
