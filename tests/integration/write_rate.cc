// Rows that PostgresStore::Write stores in a second: checkpoints of about 300 bytes, in writes as
// the checkpointer makes them. By hand:
//
//   write_rate [connection] [rows of a write] [rows of an execution]
//
// Without a connection it starts a server of its own, which writes to the disk.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "fmt/format.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/random_source.h"
#include "protograph/testing/temporary_postgres.h"

namespace {

std::string Uuid() {
  protograph::RandomSource& random = protograph::RandomSource::System();
  const uint64_t high = random.Next();
  const uint64_t low = random.Next();
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF,
                     high & 0xFFFF, low >> 48, low & 0xFFFF'FFFF'FFFF);
}

int Measure(const std::string& connection, int rows_of_write, int rows_of_execution) {
  protograph::RandomSource& random = protograph::RandomSource::System();
  auto store = protograph::PostgresStore::Open({.connection = connection});
  if (!store.ok()) {
    std::cerr << store.status() << "\n";
    return 1;
  }
  const std::string owner_id = Uuid();
  if (!(*store)
           ->Register({.owner_id = owner_id, .host = "", .process_id = 1, .program = "write_rate"},
                      absl::Hours(1))
           .ok())
    return 1;
  for (int round = 0; round < 3; ++round) {
    double seconds = 0;
    int rows = 0;
    for (int batch = 0; batch < 40; ++batch) {
      protograph::StoreWrite starts;
      protograph::StoreWrite write;
      for (int i = 0; i < rows_of_write; ++i) {
        if (i % rows_of_execution == 0) {
          starts.starts.push_back({.execution_id = Uuid(),
                                   .workflow_id = "workflow-" + Uuid(),
                                   .owner_id = owner_id,
                                   .graph = "films",
                                   .fingerprint = "0",
                                   .output_type = "film.TagSet",
                                   .started_at = absl::Now()});
        }
        std::string payload(300, '\0');
        for (char& c : payload) c = static_cast<char>(random.Next());
        write.checkpoints.push_back({.execution_id = starts.starts.back().execution_id,
                                     .checkpoint = {.workflow_id = starts.starts.back().workflow_id,
                                                    .output_type = "film.ContentAnalysis",
                                                    .input_hash = {random.Next(), random.Next()},
                                                    .step = "AnalyzeContent",
                                                    .payload = payload,
                                                    .digest = {random.Next(), random.Next()}}});
      }
      if (!(*store)->Write(starts).ok()) return 1;
      const auto begin = std::chrono::steady_clock::now();
      const auto written = (*store)->Write(write);
      seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      if (!written.ok() || !written->refused.empty()) return 1;
      rows += rows_of_write;
    }
    std::cout << fmt::format("{:.0f} rows/s\n", rows / seconds);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int rows_of_write = argc > 2 ? std::atoi(argv[2]) : 2000;
  const int rows_of_execution = argc > 3 ? std::atoi(argv[3]) : 5;
  if (argc > 1 && argv[1][0] != '\0') return Measure(argv[1], rows_of_write, rows_of_execution);
  auto postgres = protograph::testing::TemporaryPostgres::Start({.fsync = true});
  if (!postgres.ok()) {
    std::cerr << postgres.status() << "\n";
    return 1;
  }
  return Measure((*postgres)->connection(), rows_of_write, rows_of_execution);
}
