// 100,000 items with checkpoints, beside what the store takes in writes alone.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/wrappers.pb.h"
#include "measure.h"
#include "or_die.h"
#include "protograph/durability/engine.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/protograph.h"
#include "protograph/random_source.h"
#include "protograph/testing/temporary_postgres.h"

namespace protograph::bench {
namespace {

using google::protobuf::BytesValue;
using google::protobuf::Int64Value;
using google::protobuf::StringValue;

constexpr int64_t kItems = 100'000;
constexpr size_t kPayload = 300;
constexpr int kRowsOfWrite = 2000;

std::string Noise(size_t bytes) {
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(RandomSource::System().Next());
  return text;
}

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Numbers, a payload that does not compress for each, and a step that waits until all are written.
Graph MakeGraph(Engine& engine) {
  return OrDie(
      GraphBuilder("items")
          .Input<Int64Value>()
          .Add(
              [](ExecCtx&, const Int64Value& count) {
                Many<StringValue> items;
                items.Reserve(static_cast<size_t>(count.value()));
                for (int64_t i = 0; i < count.value(); ++i) {
                  items.Add().set_value(fmt::format("item {}", i));
                }
                return items;
              },
              {.name = "Split"})
          .Map(
              [payload = Noise(kPayload)](ExecCtx&, const StringValue& item) {
                BytesValue bytes;
                bytes.set_value(payload);
                bytes.mutable_value()->replace(0, item.value().size(), item.value());
                return bytes;
              },
              {.name = "Fill"})
          .Add(
              [&engine](ExecCtx&, const Many<BytesValue>& all) -> absl::StatusOr<BytesValue> {
                if (absl::Status s = engine.Flush(absl::Minutes(1)); !s.ok()) return s;
                BytesValue size;
                size.set_value(std::to_string(all.size()));
                return size;
              },
              {.name = "WaitUntilWritten"})
          .Build());
}

double WriteAlone(PostgresStore& store, const std::string& owner_id, int round) {
  const auto id = [](int64_t low) { return fmt::format("00000000-0000-7000-8000-{:012x}", low); };
  double seconds = 0;
  for (int64_t done = 0; done < kItems; done += kRowsOfWrite) {
    StoreWrite write;
    const std::string execution_id = id(round);
    const std::string workflow_id = fmt::format("alone-{}", round);
    if (done == 0) {
      StoreWrite start;
      start.starts.push_back({.execution_id = execution_id,
                              .workflow_id = workflow_id,
                              .owner_id = owner_id,
                              .graph = "items",
                              .fingerprint = "0123456789abcdef",
                              .output_type = "google.protobuf.BytesValue",
                              .started_at = absl::Now()});
      OrDie(store.Write(start));
    }
    for (int i = 0; i < kRowsOfWrite; ++i) {
      write.checkpoints.push_back(
          {.execution_id = execution_id,
           .checkpoint = {
               .workflow_id = workflow_id,
               .output_type = "google.protobuf.BytesValue",
               .input_hash = {RandomSource::System().Next(), RandomSource::System().Next()},
               .step = "Fill",
               .payload = Noise(kPayload),
               .digest = {RandomSource::System().Next(), RandomSource::System().Next()}}});
    }
    const auto begin = std::chrono::steady_clock::now();
    OrDie(store.Write(write));
    seconds += SecondsSince(begin);
  }
  return seconds;
}

void Main() {
  const auto postgres = OrDie(testing::TemporaryPostgres::Start(
      {.fsync = true, .settings = {"shared_buffers=256MB", "max_wal_size=4GB"}}));
  const std::shared_ptr<PostgresStore> store =
      OrDie(PostgresStore::Open({.connection = postgres->connection()}));
  const std::string owner_id = "00000000-0000-7000-8000-aaaaaaaaaaaa";
  OrDie(store->Register({.owner_id = owner_id, .host = "", .process_id = 1, .program = "bench"},
                        absl::Hours(1)));
  const auto engine = OrDie(Engine::Start(store));
  const Graph graph = MakeGraph(*engine);
  Int64Value count;
  count.set_value(kItems);
  std::vector<double> items;
  std::vector<double> alone;
  std::vector<double> ratios;
  for (int round = 0; round < 7; ++round) {
    const int64_t before = engine->stats().checkpoints_written;
    const auto begin = std::chrono::steady_clock::now();
    {
      ExecCtx ctx = engine->NewExecution({.workflow_id = fmt::format("items-{}", round)});
      OrDie(graph.Execute<BytesValue>(ctx, count));
    }
    items.push_back(SecondsSince(begin));
    if (engine->stats().checkpoints_written - before < kItems) {
      DieUnlessOk(absl::InternalError("not every item was written"));
    }
    // Removing them is no part of it.
    DieUnlessOk(engine->Flush(absl::Minutes(1)));
    alone.push_back(WriteAlone(*store, owner_id, round));
    ratios.push_back(alone.back() / items.back());
  }
  PrintFigure({.group = "collections",
               .name = "100,000 items with checkpoints",
               .value = kItems / Median(items),
               .unit = "/s",
               .baseline = "checkpoints written alone",
               .baseline_value = kItems / Median(alone),
               .number = Median(ratios),
               .bar = ">=0.6"});
}

}  // namespace
}  // namespace protograph::bench

int main() { protograph::bench::Main(); }
