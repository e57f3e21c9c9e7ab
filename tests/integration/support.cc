#include "support.h"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <pqxx/pqxx>

#include "absl/time/clock.h"
#include "base/uuid.h"
#include "fmt/format.h"
#include "protograph/random_source.h"

namespace protograph::integration {

testing::TemporaryPostgres& SharedPostgres() {
  static const std::unique_ptr<testing::TemporaryPostgres> postgres = [] {
    auto started = testing::TemporaryPostgres::Start();
    if (!started.ok()) {
      std::cerr << started.status() << std::endl;
      std::abort();
    }
    return *std::move(started);
  }();
  return *postgres;
}

std::string FreshSchema() {
  static std::atomic<int> next{0};
  return fmt::format("test_{}", next.fetch_add(1));
}

PostgresOptions FreshOptions() {
  return {.connection = SharedPostgres().connection(), .schema = FreshSchema()};
}

std::string Query(const std::string& connection_string, const std::string& sql) {
  try {
    pqxx::connection connection(connection_string);
    pqxx::nontransaction transaction(connection);
    std::string text;
    for (const auto& row : transaction.exec(sql)) {
      if (!text.empty()) text += '\n';
      std::string separator;
      for (const auto& field : row) {
        text += separator + field.c_str();
        separator = "|";
      }
    }
    return text;
  } catch (const std::exception& error) {
    return std::string("error: ") + error.what();
  }
}

std::string Query(const std::string& sql) { return Query(SharedPostgres().connection(), sql); }

std::string NewUuid() { return internal::MakeUuidV7(absl::Now(), RandomSource::System()); }

ExecutionStart TestRun::Start() const {
  return {.execution_id = execution_id,
          .workflow_id = workflow_id,
          .owner_id = owner_id,
          .graph = "films",
          .fingerprint = "0123",
          .output_type = "film.TagSet",
          .attempt = 1,
          .started_at = absl::FromUnixSeconds(1'700'000'000)};
}

ExecutionEnd TestRun::End(ExecutionState state) const {
  ExecutionEnd end;
  end.execution_id = execution_id;
  end.workflow_id = workflow_id;
  end.state = state;
  end.ended_at = absl::FromUnixSeconds(1'700'000'060);
  if (state == ExecutionState::kFailed) {
    end.failed_step = "AnalyzeContent";
    end.error = "busy";
  }
  return end;
}

CheckpointWrite TestRun::Result(int number) const {
  const auto key = static_cast<uint64_t>(number);
  return {.execution_id = execution_id,
          .checkpoint = {.workflow_id = workflow_id,
                         .output_type = "film.Movie",
                         .input_hash = {.high = ~key, .low = key},
                         .step = "FetchMovie",
                         .encoding = Encoding::kZstd,
                         .payload = fmt::format("movie {}", number),
                         .digest = {.high = key, .low = ~key}}};
}

absl::Status RegisterOwner(Store& store, const TestRun& run) {
  return store
      .Register({.owner_id = run.owner_id, .host = "host", .process_id = 1, .program = "test"},
                absl::Hours(1))
      .status();
}

}  // namespace protograph::integration
