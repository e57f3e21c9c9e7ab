#include "base/process.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>

namespace protograph::internal {
namespace {

std::string FirstLine(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

std::string HostIdentity() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) return "";
  const std::string boot = FirstLine("/proc/sys/kernel/random/boot_id");
  std::array<char, 64> processes{};
  const ssize_t length = readlink("/proc/self/ns/pid", processes.data(), processes.size() - 1);
  if (boot.empty() || length <= 0) return "";
  return std::string(host.data()) + "/" + boot + "/" +
         std::string(processes.data(), static_cast<size_t>(length));
}

int64_t ThisProcessId() { return getpid(); }

bool MayBeAlive(int64_t process_id) {
  return kill(static_cast<pid_t>(process_id), 0) == 0 || errno != ESRCH;
}

std::string ProgramName() { return FirstLine("/proc/self/comm"); }

}  // namespace protograph::internal
