#include "jobs/graph_loader.h"

#include <dlfcn.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <exception>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "fmt/format.h"
#include "protograph/jobs/graph_library.h"

namespace protograph::internal {
namespace {

// How dlopen is to take it: a name without a slash it looks for among the system's libraries.
std::string FileOf(const std::string& path) {
  return path.find('/') == std::string::npos ? "./" + path : path;
}

void* Open(const std::string& path) { return dlopen(FileOf(path).c_str(), RTLD_NOW | RTLD_LOCAL); }

std::string LastLinkerError() {
  const char* error = dlerror();
  return error == nullptr ? "the system does not say why" : error;
}

// ---- Loading in a copy of the process ----

// How the copy of this process has ended that loaded libraries.
struct Trial {
  // Which library it was at; not set where it came to the end.
  std::optional<size_t> failed_at;
  int signal = 0;
  // What was written to standard error last.
  std::string said;
};

constexpr size_t kMostSaid = 2000;

// In the copy: loads and says through `progress` at which it is.
[[noreturn]] void LoadAll(std::span<const std::string> paths, int progress, int errors) {
  dup2(errors, STDERR_FILENO);
  for (size_t i = 0; i < paths.size(); ++i) {
    if (write(progress, &i, sizeof(i)) != sizeof(i)) break;
    // What it returns is of no interest: the process itself will see the same.
    Open(paths[i]);
  }
  const size_t end = paths.size();
  // Where this fails the process seems to have ended before, and nothing is lost but a sentence.
  [[maybe_unused]] const ssize_t written = write(progress, &end, sizeof(end));
  // Nothing that the process would do at its end is the copy's to do.
  _exit(0);
}

// Reads both until the copy has closed them, which it does by ending.
void Listen(int progress, int errors, size_t& at, std::string& said) {
  std::array<pollfd, 2> open = {{{.fd = progress, .events = POLLIN, .revents = 0},
                                 {.fd = errors, .events = POLLIN, .revents = 0}}};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    if (poll(open.data(), open.size(), -1) < 0) continue;
    if (open[0].revents != 0 && read(progress, &at, sizeof(at)) != sizeof(at)) open[0].fd = -1;
    if (open[1].revents != 0) {
      std::array<char, 512> buffer;
      const ssize_t size = read(errors, buffer.data(), buffer.size());
      if (size <= 0) open[1].fd = -1;
      for (ssize_t i = 0; i < size; ++i) {
        if (said.size() < kMostSaid) said.push_back(buffer[i]);
      }
    }
  }
}

// Nothing is reported where the system makes no copy: then loading itself shows what happens.
Trial TryToLoad(std::span<const std::string> paths) {
  int progress[2];
  if (pipe(progress) != 0) return {};
  int errors[2];
  if (pipe(errors) != 0) {
    close(progress[0]);
    close(progress[1]);
    return {};
  }
  const pid_t copy = fork();
  if (copy == 0) LoadAll(paths, progress[1], errors[1]);
  close(progress[1]);
  close(errors[1]);
  Trial trial;
  if (copy > 0) {
    size_t at = 0;
    Listen(progress[0], errors[0], at, trial.said);
    int status = 0;
    while (waitpid(copy, &status, 0) < 0 && errno == EINTR) {
    }
    if (at < paths.size()) trial.failed_at = at;
    if (WIFSIGNALED(status)) trial.signal = WTERMSIG(status);
  }
  close(progress[0]);
  close(errors[0]);
  return trial;
}

std::string FatalFault(const std::string& path, const Trial& trial) {
  const std::string end =
      trial.signal == 0 ? std::string("it exits") : fmt::format("signal {}", trial.signal);
  const std::string said(absl::StripAsciiWhitespace(trial.said));
  std::string fault =
      fmt::format("{}: loading it ends the process ({}){}{}", path, end, said.empty() ? "" : ": ",
                  absl::StrReplaceAll(said, {{"\n", " | "}}));
  if (said.find("already exists in database") != std::string::npos) {
    fault +=
        "; a .proto file may be there once in a process: put what several graph libraries use into "
        "a shared library that they link, and build each with protograph_add_graph_library()";
  } else {
    fault += "; see what its static objects do";
  }
  return fault;
}

// Leaves out, and reports, what would end this process.
std::vector<std::string> WithoutFatal(std::span<const std::string> paths,
                                      std::vector<std::string>& faults) {
  std::vector<std::string> sound(paths.begin(), paths.end());
  while (!sound.empty()) {
    const Trial trial = TryToLoad(sound);
    if (!trial.failed_at.has_value()) break;
    const auto failed = sound.begin() + static_cast<std::ptrdiff_t>(*trial.failed_at);
    faults.push_back(FatalFault(*failed, trial));
    sound.erase(failed);
  }
  return sound;
}

// ---- Loading ----

// Why it cannot be a library; empty where it may be one.
std::string FileFault(const std::string& path) {
  struct stat file = {};
  if (stat(FileOf(path).c_str(), &file) != 0) {
    return fmt::format("{}: {}: give the path of a library made by protograph_add_graph_library()",
                       path, std::generic_category().message(errno));
  }
  if (!S_ISREG(file.st_mode)) {
    return fmt::format("{}: it is no file: give the path of a graph library", path);
  }
  return "";
}

constexpr std::string_view kRebuild =
    "build it anew with the Protograph that this worker belongs to";

// Why its graphs cannot be used here; empty where they can.
std::string Mismatch(const ProtographGraphLibrary& library) {
  if (library.abi != PROTOGRAPH_GRAPH_LIBRARY_ABI) {
    return fmt::format("its interface has version {}, this worker's has {}: {}", library.abi,
                       PROTOGRAPH_GRAPH_LIBRARY_ABI, kRebuild);
  }
  if (std::string_view(library.version) != PROTOGRAPH_VERSION) {
    return fmt::format("it was built with Protograph {}, this worker is {}: {}", library.version,
                       PROTOGRAPH_VERSION, kRebuild);
  }
  if (library.protobuf != GOOGLE_PROTOBUF_VERSION) {
    return fmt::format(
        "it was built with protobuf {}, this worker with {}: build both with the same",
        ProtobufVersionText(library.protobuf), ProtobufVersionText(GOOGLE_PROTOBUF_VERSION));
  }
  if (std::string_view(library.standard_library) != kStandardLibrary) {
    return fmt::format("it was built with {}, this worker with {}: build both with the same",
                       library.standard_library, kStandardLibrary);
  }
  return "";
}

absl::StatusOr<std::vector<Graph>> Load(const std::string& path) {
  void* handle = Open(path);
  if (handle == nullptr) {
    return absl::InvalidArgumentError(
        fmt::format("{}: it cannot be loaded: {}: is it a shared library for this machine, and are "
                    "those that it needs there? Where a symbol is undefined, {}, and name what it "
                    "links under LIBS",
                    path, LastLinkerError(), kRebuild));
  }
  // The address of an object or a function of C is one of both on POSIX.
  const auto entry = reinterpret_cast<decltype(&protograph_graph_library)>(
      dlsym(handle, "protograph_graph_library"));
  if (entry == nullptr) {
    return absl::InvalidArgumentError(
        fmt::format("{}: it is no graph library, as it has no function protograph_graph_library: "
                    "make it with protograph_add_graph_library()",
                    path));
  }
  const ProtographGraphLibrary* library = entry();
  if (library == nullptr) {
    return absl::InvalidArgumentError(
        fmt::format("{}: protograph_graph_library returned nothing: make the library with "
                    "protograph_add_graph_library()",
                    path));
  }
  if (const std::string mismatch = Mismatch(*library); !mismatch.empty()) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", path, mismatch));
  }
  absl::StatusOr<std::vector<Graph>> graphs = library->make();
  if (!graphs.ok()) {
    return absl::InvalidArgumentError(fmt::format("{}: its graphs cannot be made: {}", path,
                                                  std::string(graphs.status().message())));
  }
  if (graphs->empty()) {
    return absl::InvalidArgumentError(fmt::format("{}: it has no graphs", path));
  }
  return graphs;
}

}  // namespace

std::string ProtobufVersionText(int version) {
  return fmt::format("{}.{}.{}", version / 1'000'000, version / 1000 % 1000, version % 1000);
}

absl::StatusOr<std::vector<Graph>> CallGraphFactories(std::span<const GraphFactory> factories) {
  std::vector<Graph> graphs;
  absl::Status fault;
  const auto add_fault = [&fault](const absl::Status& status) {
    fault = fault.ok() ? status
                       : absl::Status(fault.code(), std::string(fault.message()) + "; " +
                                                        std::string(status.message()));
  };
  for (const GraphFactory& factory : factories) {
    try {
      absl::StatusOr<std::vector<Graph>> made = factory();
      if (made.ok()) {
        std::move(made->begin(), made->end(), std::back_inserter(graphs));
      } else {
        add_fault(made.status());
      }
    } catch (const std::exception& error) {
      add_fault(absl::InternalError(fmt::format("its factory threw: {}", error.what())));
    } catch (...) {
      add_fault(absl::InternalError("its factory threw what is no std::exception"));
    }
  }
  if (!fault.ok()) return fault;
  return graphs;
}

LoadedGraphs LoadGraphs(std::span<const std::string> paths) {
  LoadedGraphs loaded;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::string fault = FileFault(path);
    if (fault.empty()) {
      files.push_back(path);
    } else {
      loaded.faults.push_back(std::move(fault));
    }
  }
  // By the graphs' names.
  std::map<std::string, std::string> makers;
  for (const std::string& path : WithoutFatal(files, loaded.faults)) {
    absl::StatusOr<std::vector<Graph>> graphs = Load(path);
    if (!graphs.ok()) {
      loaded.faults.emplace_back(graphs.status().message());
      continue;
    }
    for (Graph& graph : *graphs) {
      const std::string name = graph.Describe().name();
      const auto [maker, is_new] = makers.emplace(name, path);
      if (is_new) {
        loaded.graphs.push_back(std::move(graph));
      } else {
        loaded.faults.push_back(
            fmt::format("{}: it makes the graph {}, as {} does: jobs name graphs, so give one of "
                        "them another name, or load one library",
                        path, name, maker->second));
      }
    }
  }
  return loaded;
}

}  // namespace protograph::internal
