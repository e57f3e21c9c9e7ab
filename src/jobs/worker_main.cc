#include "protograph/jobs/worker_main.h"

#include <google/protobuf/stubs/common.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "jobs/graph_loader.h"
#include "jobs/line_logger.h"
#include "jobs/stop_signals.h"
#include "jobs/worker_program.h"
#include "jobs/worker_settings.h"
#include "protograph/durability/engine.h"
#include "protograph/jobs/worker.h"
#include "protograph/postgres/postgres_store.h"

namespace protograph {
namespace internal {
namespace {

std::optional<std::string> Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

std::string NameOfProgram(int argc, char** argv) {
  if (argc < 1) return "worker";
  const std::string_view path = argv[0];
  return std::string(path.substr(path.rfind('/') + 1));
}

// One line a graph: its name, what it makes from what, its fingerprint.
std::string ShowGraph(const Graph& graph) {
  const GraphDescription description = graph.Describe();
  return fmt::format("  {}: {} from {}; fingerprint {}\n", description.name(),
                     absl::StrJoin(description.final_outputs(), ", "),
                     absl::StrJoin(description.inputs(), ", "), description.fingerprint());
}

int Fail(Logger& logger, std::string_view what, const absl::Status& status, WorkerExit exit) {
  logger.Log(LogLevel::kError, fmt::format("{}: {}", what, std::string(status.message())));
  // What no other start would do better.
  return status.code() == absl::StatusCode::kInvalidArgument ? kWorkerMisconfigured : exit;
}

std::string ShowStats(const WorkerStats& stats) {
  return fmt::format(
      "{} jobs succeeded, {} failed, {} are tried again, {} cancelled, {} given back, {} refused",
      stats.succeeded, stats.failed, stats.retried, stats.cancelled, stats.given_back,
      stats.refused);
}

int RunWorker(const WorkerSettings& settings, std::vector<Graph> graphs) {
  LineLogger logger(settings.log_level);
  std::stop_source stop;
  std::stop_source stop_at_once;
  StopSignals signals([&](int count) {
    if (count == 1) {
      logger.Log(LogLevel::kInfo, "asked to stop: what runs is finished within the grace");
      stop.request_stop();
    } else {
      logger.Log(LogLevel::kWarning, "asked to stop again: what runs is given back");
      stop_at_once.request_stop();
    }
  });
  if (absl::Status started = signals.Start(); !started.ok()) {
    return Fail(logger, "the worker cannot be started", started, kWorkerFailed);
  }
  absl::StatusOr<std::shared_ptr<PostgresStore>> store = PostgresStore::Open(settings.store);
  if (!store.ok()) {
    return Fail(logger, "the database cannot be opened", store.status(), kWorkerWithoutDatabase);
  }
  EngineOptions engine_options = settings.engine;
  engine_options.logger = &logger;
  absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Start(*store, engine_options);
  if (!engine.ok()) {
    return Fail(logger, "the engine cannot be started", engine.status(), kWorkerWithoutDatabase);
  }
  WorkerOptions worker_options = settings.worker;
  worker_options.logger = &logger;
  Worker worker(**engine, std::move(graphs), std::move(worker_options));
  const std::stop_callback at_once(stop_at_once.get_token(), [&worker] { worker.StopAtOnce(); });
  const absl::Status status = worker.Run(stop.get_token());
  const bool is_left_behind = absl::IsDeadlineExceeded(status);
  if (!status.ok() && !is_left_behind) {
    return Fail(logger, "the worker has failed", status, kWorkerFailed);
  }
  if (is_left_behind) logger.Log(LogLevel::kWarning, std::string(status.message()));
  logger.Log(LogLevel::kInfo, fmt::format("stopped: {}", ShowStats(worker.stats())));
  if (is_left_behind) {
    // Steps that did not heed their cancellation still use the engine, the graphs, and whatever the
    // end of the program would take from them.
    (*engine)->Stop();
    _exit(kWorkerStopped);
  }
  return kWorkerStopped;
}

int Run(const std::string& name, std::span<const std::string> arguments, WorkerProgram program) {
  WorkerCommand command = ReadWorkerCommand(arguments, Variable, program.loads_graphs);
  if (command.action == WorkerAction::kHelp) {
    std::cout << WorkerUsage(name, program.loads_graphs);
    return kWorkerStopped;
  }
  if (command.action == WorkerAction::kVersion) {
    std::cout << fmt::format("{} {} (protobuf {})\n", name, PROTOGRAPH_VERSION,
                             ProtobufVersionText(GOOGLE_PROTOBUF_VERSION));
    return kWorkerStopped;
  }

  std::vector<std::string> faults = std::move(command.faults);
  std::vector<Graph> graphs = std::move(program.graphs);
  if (program.loads_graphs) {
    LoadedGraphs loaded = LoadGraphs(command.settings.graphs);
    std::move(loaded.graphs.begin(), loaded.graphs.end(), std::back_inserter(graphs));
    std::move(loaded.faults.begin(), loaded.faults.end(), std::back_inserter(faults));
  }
  if (faults.empty() && graphs.empty()) {
    faults.emplace_back(program.loads_graphs
                            ? "there is no graph to run: name a library with --graph FILE"
                            : "there is no graph to run: pass those of the program to WorkerMain");
  }
  if (!faults.empty()) {
    for (const std::string& fault : faults) std::cerr << name << ": " << fault << "\n";
    return kWorkerMisconfigured;
  }
  if (command.action == WorkerAction::kCheck) {
    std::cout << command.overview << "graphs:\n";
    for (const Graph& graph : graphs) std::cout << ShowGraph(graph);
    return kWorkerStopped;
  }
  return RunWorker(command.settings, std::move(graphs));
}

}  // namespace

int RunWorkerProgram(int argc, char** argv, WorkerProgram program) {
  const std::string name = NameOfProgram(argc, argv);
  try {
    return Run(name, std::vector<std::string>(argv + std::min(argc, 1), argv + argc),
               std::move(program));
  } catch (const std::exception& error) {
    // No memory, no thread.
    std::cerr << name << ": " << error.what() << "\n";
    return kWorkerFailed;
  }
}

}  // namespace internal

int WorkerMain(int argc, char** argv, std::vector<Graph> graphs) {
  return internal::RunWorkerProgram(argc, argv, {.graphs = std::move(graphs)});
}

}  // namespace protograph
