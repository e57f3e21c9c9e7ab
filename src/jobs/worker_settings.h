#ifndef PROTOGRAPH_SRC_JOBS_WORKER_SETTINGS_H_
#define PROTOGRAPH_SRC_JOBS_WORKER_SETTINGS_H_

// What a worker program was told by its flags, by the environment and by its configuration file.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protograph/durability/engine.h"
#include "protograph/jobs/worker.h"
#include "protograph/logger.h"
#include "protograph/postgres/postgres_store.h"

namespace protograph::internal {

struct WorkerSettings {
  PostgresOptions store;
  EngineOptions engine;
  WorkerOptions worker;
  LogLevel log_level = LogLevel::kInfo;
  // Graph libraries to load.
  std::vector<std::string> graphs;
};

enum class WorkerAction { kRun, kCheck, kHelp, kVersion };

struct WorkerCommand {
  WorkerAction action = WorkerAction::kRun;
  WorkerSettings settings;
  // What is wrong, each as a sentence that says where the value comes from and what is allowed.
  // Settings that are wrong have their defaults.
  std::vector<std::string> faults;
  // Each setting, its value and where that comes from, a line each; without passwords.
  std::string overview;
};

// The value of a variable of the environment; not set where there is none.
using ReadVariable = std::function<std::optional<std::string>(const std::string& name)>;

// `loads_graphs`: whether there is the setting `graph`.
WorkerCommand ReadWorkerCommand(std::span<const std::string> arguments,
                                const ReadVariable& read_variable, bool loads_graphs);

// What --help prints.
std::string WorkerUsage(const std::string& program, bool loads_graphs);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_WORKER_SETTINGS_H_
