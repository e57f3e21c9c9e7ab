// What the store in Postgres does in a second, beside the best that a plain program over libpq
// reaches with the same server; how long resuming takes; and, asked for by name, how large tables
// become.
//
//   bench_store [sizes]

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/wrappers.pb.h"
#include "measure.h"
#include "or_die.h"
#include "protograph/durability/engine.h"
#include "protograph/internal/graph_core.h"
#include "protograph/internal/step_traits.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/protograph.h"
#include "protograph/random_source.h"
#include "protograph/testing/temporary_postgres.h"

namespace protograph::bench {
namespace {

using google::protobuf::BytesValue;
using google::protobuf::Int64Value;
using google::protobuf::StringValue;
using testing::TemporaryPostgres;

double SecondsOf(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work(1);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string Noise(size_t bytes) {
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(RandomSource::System().Next());
  return text;
}

std::string Uuid() {
  const uint64_t high = RandomSource::System().Next();
  const uint64_t low = RandomSource::System().Next();
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF,
                     high & 0xFFFF, low >> 48, low & 0xFFFF'FFFF'FFFF);
}

// ---- Writing ----

constexpr int kRowsOfWrite = 2000;
constexpr int kRowsOfExecution = 5;
constexpr size_t kPayload = 300;

// What is written: the executions' starts apart, as they are no checkpoints.
struct Batch {
  StoreWrite starts;
  StoreWrite checkpoints;
};

Batch MakeBatch(const std::string& owner_id, size_t payload = kPayload) {
  Batch batch;
  for (int i = 0; i < kRowsOfWrite; ++i) {
    if (i % kRowsOfExecution == 0) {
      batch.starts.starts.push_back({.execution_id = Uuid(),
                                     .workflow_id = "film-" + Uuid(),
                                     .owner_id = owner_id,
                                     .graph = "films",
                                     .fingerprint = "0123456789abcdef",
                                     .output_type = "film.TagSet",
                                     .started_at = absl::Now()});
    }
    const ExecutionStart& start = batch.starts.starts.back();
    batch.checkpoints.checkpoints.push_back(
        {.execution_id = start.execution_id,
         .checkpoint = {
             .workflow_id = start.workflow_id,
             .output_type = "film.ContentAnalysis",
             .input_hash = {RandomSource::System().Next(), RandomSource::System().Next()},
             .step = "AnalyzeContent",
             .payload = Noise(payload),
             .digest = {RandomSource::System().Next(), RandomSource::System().Next()}}});
  }
  return batch;
}

std::string RegisterOwner(PostgresStore& store) {
  const std::string owner_id = Uuid();
  OrDie(store.Register({.owner_id = owner_id, .host = "", .process_id = 1, .program = "bench"},
                       absl::Hours(1)));
  return owner_id;
}

// Tables like the store's checkpoints, and the ways to fill them that do nothing else.
class PlainWriter {
 public:
  explicit PlainWriter(const std::string& connection)
      : connection_(PQconnectdb(connection.c_str())) {
    Execute("SET synchronous_commit = off");
    Execute("CREATE TABLE copied (LIKE protograph.checkpoints INCLUDING ALL)");
    Execute("CREATE TABLE unnested (LIKE protograph.checkpoints INCLUDING ALL)");
  }
  ~PlainWriter() { PQfinish(connection_); }
  PlainWriter(const PlainWriter&) = delete;
  PlainWriter& operator=(const PlainWriter&) = delete;

  void Execute(const char* sql) {
    PGresult* const result = PQexec(connection_, sql);
    Check(PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
  }

  void Copy(const StoreWrite& write) {
    std::string data("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    for (const CheckpointWrite& row : write.checkpoints) {
      AppendNumber<int16_t>(data, 7);
      const Checkpoint& checkpoint = row.checkpoint;
      AppendField(data, checkpoint.workflow_id);
      AppendField(data, checkpoint.output_type);
      AppendField(data, BytesOf(checkpoint.input_hash));
      AppendField(data, checkpoint.step);
      AppendNumber<int32_t>(data, 2);
      AppendNumber<int16_t>(data, 0);
      AppendField(data, checkpoint.payload);
      AppendField(data, BytesOf(checkpoint.digest));
    }
    AppendNumber<int16_t>(data, -1);
    PGresult* result = PQexec(connection_,
                              "COPY copied (workflow_id, output_type, input_hash, step, encoding, "
                              "payload, digest) FROM STDIN (FORMAT binary)");
    Check(PQresultStatus(result) == PGRES_COPY_IN);
    PQclear(result);
    Check(PQputCopyData(connection_, data.data(), static_cast<int>(data.size())) == 1);
    Check(PQputCopyEnd(connection_, nullptr) == 1);
    result = PQgetResult(connection_);
    Check(PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
    Check(PQgetResult(connection_) == nullptr);
  }

  // One statement with an array for each column, in binary.
  void Unnest(const StoreWrite& write) {
    constexpr int32_t kText = 25;
    constexpr int32_t kInt16 = 21;
    constexpr int32_t kBytes = 17;
    const int32_t types[] = {kText, kText, kBytes, kText, kInt16, kBytes, kBytes};
    std::vector<std::string> columns;
    for (int32_t type : types) {
      std::string& column = columns.emplace_back();
      AppendNumber<int32_t>(column, 1);
      AppendNumber<int32_t>(column, 0);
      AppendNumber<int32_t>(column, type);
      AppendNumber<int32_t>(column, static_cast<int32_t>(write.checkpoints.size()));
      AppendNumber<int32_t>(column, 1);
    }
    for (const CheckpointWrite& row : write.checkpoints) {
      const Checkpoint& checkpoint = row.checkpoint;
      AppendField(columns[0], checkpoint.workflow_id);
      AppendField(columns[1], checkpoint.output_type);
      AppendField(columns[2], BytesOf(checkpoint.input_hash));
      AppendField(columns[3], checkpoint.step);
      AppendNumber<int32_t>(columns[4], 2);
      AppendNumber<int16_t>(columns[4], 0);
      AppendField(columns[5], checkpoint.payload);
      AppendField(columns[6], BytesOf(checkpoint.digest));
    }
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (const std::string& column : columns) {
      values.push_back(column.data());
      lengths.push_back(static_cast<int>(column.size()));
    }
    const std::vector<int> formats(columns.size(), 1);
    PGresult* const result = PQexecParams(
        connection_,
        "INSERT INTO unnested (workflow_id, output_type, input_hash, step, encoding, payload, "
        "digest) "
        "SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::smallint[], "
        "$6::bytea[], $7::bytea[])",
        static_cast<int>(columns.size()), nullptr, values.data(), lengths.data(), formats.data(),
        1);
    Check(PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
  }

 private:
  template <class Number>
  static void AppendNumber(std::string& data, Number number) {
    for (size_t i = sizeof(Number); i-- > 0;) {
      data.push_back(static_cast<char>(static_cast<uint64_t>(number) >> (8 * i)));
    }
  }
  static void AppendField(std::string& data, const std::string& field) {
    AppendNumber(data, static_cast<int32_t>(field.size()));
    data.append(field);
  }
  static std::string BytesOf(const Digest& digest) {
    std::string bytes;
    AppendNumber(bytes, digest.high);
    AppendNumber(bytes, digest.low);
    return bytes;
  }
  void Check(bool is_ok) {
    if (is_ok) return;
    std::cerr << "error: " << PQerrorMessage(connection_) << "\n";
    std::exit(2);
  }

  PGconn* const connection_;
};

void CompareWriters(const std::string& connection, PostgresStore& store) {
  constexpr int kRounds = 150;
  const std::string owner_id = RegisterOwner(store);
  PlainWriter plain(connection);
  std::vector<double> ours;
  std::vector<double> copied;
  std::vector<double> unnested;
  for (int round = 0; round < kRounds; ++round) {
    const Batch batch = MakeBatch(owner_id);
    OrDie(store.Write(batch.starts));
    const Work write = [&](size_t) { OrDie(store.Write(batch.checkpoints)); };
    if (round % 2 == 0) ours.push_back(SecondsOf(write));
    copied.push_back(SecondsOf([&](size_t) { plain.Copy(batch.checkpoints); }));
    unnested.push_back(SecondsOf([&](size_t) { plain.Unnest(batch.checkpoints); }));
    if (round % 2 == 1) ours.push_back(SecondsOf(write));
  }
  const bool copying_is_best = Median(copied) < Median(unnested);
  const std::vector<double>& best = copying_is_best ? copied : unnested;
  std::vector<double> ratios;
  for (size_t i = 0; i < ours.size(); ++i) ratios.push_back(best[i] / ours[i]);
  PrintFigure({.group = "store",
               .name = "checkpoints of 300 bytes written",
               .value = kRowsOfWrite / Median(ours),
               .unit = "rows/s",
               .baseline = copying_is_best ? "libpq, COPY" : "libpq, unnest",
               .baseline_value = kRowsOfWrite / Median(best),
               .number = Median(ratios),
               .bar = ">=0.6"});
}

// ---- Resuming ----

constexpr int kSteps = 1000;
constexpr size_t kResult = 1024;

struct ToBytes {
  absl::StatusOr<BytesValue> Compute(ExecCtx& /*ctx*/, const StringValue& before) const {
    BytesValue value;
    value.set_value(before.value());
    return value;
  }
};
struct ToText {
  absl::StatusOr<StringValue> Compute(ExecCtx& /*ctx*/, const BytesValue& before) const {
    StringValue value;
    value.set_value(before.value());
    return value;
  }
};
// The last one, which fails at first.
class Measure {
 public:
  explicit Measure(const bool* fails) : fails_(fails) {}
  absl::StatusOr<Int64Value> Compute(ExecCtx& /*ctx*/, const StringValue& before) const {
    if (*fails_) return absl::InternalError("not yet");
    Int64Value size;
    size.set_value(static_cast<int64_t>(before.value().size()));
    return size;
  }

 private:
  const bool* const fails_;
};

// A chain of a thousand steps and the last one. The graph knows a type by the address of its
// default instance, so that two types do for all.
Graph MakeChain(const bool* fails) {
  static const auto& texts = *new std::array<StringValue, kSteps + 1>;
  static const auto& bytes = *new std::array<BytesValue, kSteps + 1>;
  const auto key = [&](int i) -> internal::TypeKey {
    const auto place = static_cast<size_t>(i);
    if (i == 0) return internal::KeyOf<StringValue>();
    return i % 2 == 0 ? internal::TypeKey(texts[place]) : internal::TypeKey(bytes[place]);
  };
  internal::GraphParts parts;
  parts.name = "chain";
  parts.inputs = {key(0)};
  for (int i = 0; i <= kSteps; ++i) {
    internal::StepDefinition step = i == kSteps
                                        ? internal::DefineStep<Measure>(StepOptions{}, fails)
                                    : i % 2 == 0 ? internal::DefineStep<ToBytes>(StepOptions{})
                                                 : internal::DefineStep<ToText>(StepOptions{});
    step.options.name = fmt::format("Step{}", i);
    step.inputs = {key(i)};
    if (i < kSteps) step.output = key(i + 1);
    parts.steps.push_back(std::move(step));
  }
  return internal::GraphAccess::Make(OrDie(internal::MakeGraphCore(std::move(parts))));
}

void MeasureResuming(const std::string& connection) {
  constexpr int kRounds = 21;
  bool fails = true;
  const Graph graph = MakeChain(&fails);
  StringValue input;
  for (size_t i = 0; i < kResult; ++i) {
    input.mutable_value()->push_back(static_cast<char>('0' + RandomSource::System().Next() % 64));
  }
  std::vector<double> resumed;
  std::vector<double> computed;
  for (int round = 0; round < kRounds; ++round) {
    const std::string workflow = fmt::format("resumed-{}", round);
    const auto start = [&] {
      return OrDie(Engine::Start(OrDie(PostgresStore::Open({.connection = connection}))));
    };
    {
      const auto engine = start();
      fails = true;
      ExecCtx ctx = engine->NewExecution({.workflow_id = workflow});
      computed.push_back(SecondsOf([&](size_t) { Keep(graph.Execute<Int64Value>(ctx, input)); }));
      DieUnlessOk(engine->Flush());
    }
    const auto engine = start();
    fails = false;
    ExecCtx ctx = engine->NewExecution({.workflow_id = workflow});
    resumed.push_back(SecondsOf([&](size_t) { OrDie(graph.Execute<Int64Value>(ctx, input)); }));
    if (engine->stats().steps_restored != kSteps) {
      std::cerr << "error: only " << engine->stats().steps_restored << " steps were restored\n";
      std::exit(2);
    }
  }
  PrintFigure({.group = "store",
               .name = "1,000 checkpoints of 1 KiB resumed",
               .value = Median(resumed) * 1e3,
               .unit = "ms",
               .baseline = "their first execution",
               .baseline_value = Median(computed) * 1e3,
               .number = Median(resumed) * 1e3,
               .number_unit = "ms",
               .bar = "<25"});
}

// ---- Sizes ----

// A million executions that last long enough to be written, each with its checkpoints, of which
// some thousand run at a time.
void MeasureSizes(const std::string& connection, PostgresStore& store) {
  constexpr int kExecutions = 1'000'000;
  constexpr size_t kRunning = 10;  // batches
  const std::string owner_id = RegisterOwner(store);
  std::deque<StoreWrite> running;
  const auto end = [&] {
    StoreWrite ends;
    for (const ExecutionStart& start : running.front().starts) {
      ends.ends.push_back({.execution_id = start.execution_id,
                           .workflow_id = start.workflow_id,
                           .state = ExecutionState::kSucceeded,
                           .failed_step = "",
                           .error = "",
                           .ended_at = absl::Now()});
    }
    running.pop_front();
    OrDie(store.Write(ends));
  };
  for (int done = 0; done < kExecutions; done += kRowsOfWrite / kRowsOfExecution) {
    Batch batch = MakeBatch(owner_id);
    batch.checkpoints.starts = batch.starts.starts;
    OrDie(store.Write(batch.checkpoints));
    running.push_back(std::move(batch.starts));
    if (running.size() > kRunning) end();
  }
  while (!running.empty()) end();

  pqxx::connection reading(connection);
  const auto print = [&](const std::string& when) {
    pqxx::nontransaction session(reading);
    for (const auto& row :
         session.exec("SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class "
                      "WHERE relnamespace = 'protograph'::regnamespace AND relkind = 'r' ORDER BY "
                      "relname")) {
      std::cout << fmt::format("{}: {:11} {:8.1f} MB, indexes {:8.1f} MB\n", when,
                               row[0].as<std::string>(), row[1].as<double>() / 1e6,
                               row[2].as<double>() / 1e6);
    }
  };
  print("after 1,000,000 executions");
  int64_t swept = 0;
  const double seconds = SecondsOf([&](size_t) {
    SweepResult result;
    do {
      result = OrDie(store.Sweep({.executions = absl::ZeroDuration()}));
      swept += result.executions;
    } while (result.more);
  });
  std::cout << fmt::format("sweeping the log: {} rows in {:.1f} s, {:.0f} rows/s\n", swept, seconds,
                           static_cast<double>(swept) / seconds);
  print("swept");
}

}  // namespace
}  // namespace protograph::bench

int main(int argc, char** argv) {
  using namespace protograph;
  using namespace protograph::bench;
  const auto postgres = OrDie(testing::TemporaryPostgres::Start({.fsync = true}));
  const std::string connection = postgres->connection();
  const auto store = OrDie(PostgresStore::Open({.connection = connection}));
  if (argc > 1 && std::strcmp(argv[1], "sizes") == 0) {
    MeasureSizes(connection, *store);
    return 0;
  }
  CompareWriters(connection, *store);
  MeasureResuming(connection);
}
