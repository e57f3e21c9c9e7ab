#ifndef PROTOGRAPH_JOBS_WORKER_MAIN_H_
#define PROTOGRAPH_JOBS_WORKER_MAIN_H_

// WorkerMain: a worker as a whole program, for those who link their graphs.
//
//   int main(int argc, char** argv) {
//     absl::StatusOr<protograph::Graph> graph = movies::MakeGraph();
//     if (!graph.ok()) return ...;
//     return protograph::WorkerMain(argc, argv, {*graph});
//   }
//
// It reads its settings from flags, from the environment and from a file, opens the database,
// and runs jobs until it is asked to stop. `--help` prints the settings. The program
// protograph-worker is the same for graphs in shared libraries: see graph_library.h.
//
// Settings: a flag (--shutdown-grace 1m) goes before the environment
// (PROTOGRAPH_SHUTDOWN_GRACE=1m), and that before a line of the file that --config names
// (shutdown-grace = "1m"). Everything that is wrong with them is said at once.
//
// Signals: at SIGTERM or SIGINT it claims no more jobs, finishes what runs within the grace, and
// gives the rest back; at a second one it gives back at once what it has. They are this call's
// while it runs: it installs handlers and restores those that were there.
//
// What it has to say goes to standard error, a line each.

#include <vector>

#include "protograph/graph.h"

namespace protograph {

// What WorkerMain returns, and protograph-worker exits with.
enum WorkerExit : int {
  // Stopped as asked; or --help, --version or --check had nothing to complain about.
  kWorkerStopped = 0,
  // Anything else, such as no memory for threads.
  kWorkerFailed = 1,
  // Settings or graphs are wrong. Starting it again does not help.
  kWorkerMisconfigured = 2,
  // The database cannot be opened. Starting it again later may help.
  kWorkerWithoutDatabase = 3,
};

// Blocks until the worker has stopped. One at a time in a process. Where steps that ignored their
// cancellation still run then, it ends the process instead of returning.
int WorkerMain(int argc, char** argv, std::vector<Graph> graphs);

}  // namespace protograph

#endif  // PROTOGRAPH_JOBS_WORKER_MAIN_H_
