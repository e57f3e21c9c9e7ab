// protograph-worker: runs jobs of graphs that it loads from shared libraries. See WorkerMain in
// protograph/jobs/worker_main.h, and protograph/jobs/graph_library.h.

#include "jobs/worker_program.h"

int main(int argc, char** argv) {
  return protograph::internal::RunWorkerProgram(argc, argv, {.loads_graphs = true});
}
