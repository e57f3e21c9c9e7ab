// Submits jobs of the graph "recorded" (see job_worker.cc), as a program of its own, whose clock a
// test can make wrong.
//
//   job_submitter <connection> <number of jobs> <delay in milliseconds>
//
// The delay is also their tag.

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "film.pb.h"
#include "protograph/jobs/client.h"
#include "protograph/postgres/postgres_store.h"

int main(int argc, char** argv) {
  using namespace protograph;
  if (argc != 4) return 2;
  const absl::StatusOr<std::shared_ptr<PostgresStore>> store =
      PostgresStore::Open({.connection = argv[1]});
  if (!store.ok()) {
    std::cerr << store.status() << "\n";
    return 1;
  }
  const absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(*store);
  if (!client.ok()) {
    std::cerr << client.status() << "\n";
    return 1;
  }
  film::MovieId id;
  id.set_id(1);
  const std::vector<film::MovieId> inputs(static_cast<size_t>(std::atoi(argv[2])), id);
  const int delay = std::atoi(argv[3]);
  const absl::StatusOr<std::vector<JobId>> jobs = (*client)->SubmitMany<film::TagSet>(
      "recorded", inputs, {.delay = absl::Milliseconds(delay), .tags = {std::to_string(delay)}});
  if (!jobs.ok()) std::cerr << jobs.status() << "\n";
  return jobs.ok() ? 0 : 1;
}
