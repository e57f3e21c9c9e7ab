#ifndef PROTOGRAPH_SRC_JOBS_WORKER_PROGRAM_H_
#define PROTOGRAPH_SRC_JOBS_WORKER_PROGRAM_H_

#include <vector>

#include "protograph/graph.h"

namespace protograph::internal {

struct WorkerProgram {
  // Those that are linked.
  std::vector<Graph> graphs = {};
  // Whether it has the setting `graph`. Then this must be called while the process has one thread.
  bool loads_graphs = false;
};

// See WorkerMain.
int RunWorkerProgram(int argc, char** argv, WorkerProgram program);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_WORKER_PROGRAM_H_
