#include "jobs_libpq.h"

#include <libpq-fe.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

namespace protograph::bench {
namespace {

// Types of Postgres.
constexpr int32_t kBytes = 17;
constexpr int32_t kInt64 = 20;

template <class Number>
void AppendNumber(std::string& data, Number number) {
  for (size_t i = sizeof(Number); i-- > 0;) {
    data.push_back(static_cast<char>(static_cast<uint64_t>(number) >> (8 * i)));
  }
}

template <class Number>
std::string NumberOf(Number number) {
  std::string data;
  AppendNumber(data, number);
  return data;
}

// The head of an array's binary form; the elements follow, each with its length before it.
std::string ArrayOf(int32_t type, int elements) {
  std::string data;
  AppendNumber<int32_t>(data, 1);
  AppendNumber<int32_t>(data, 0);
  AppendNumber<int32_t>(data, type);
  AppendNumber<int32_t>(data, elements);
  AppendNumber<int32_t>(data, 1);
  return data;
}

void AppendField(std::string& data, const char* bytes, size_t size) {
  AppendNumber(data, static_cast<int32_t>(size));
  data.append(bytes, size);
}

}  // namespace

LibpqConnection::LibpqConnection(const std::string& connection)
    : connection_(PQconnectdb(connection.c_str())) {
  Check(PQstatus(connection_) == CONNECTION_OK);
  PQsetNoticeProcessor(
      connection_, [](void* /*nobody*/, const char* /*notice*/) {}, nullptr);
}

LibpqConnection::~LibpqConnection() { PQfinish(connection_); }

void LibpqConnection::Check(bool is_ok) {
  if (is_ok) return;
  std::cerr << "error: " << PQerrorMessage(connection_) << "\n";
  std::exit(2);
}

void LibpqConnection::Execute(const std::string& sql) { AskAll(sql); }

std::string LibpqConnection::Ask(const std::string& sql) {
  const std::vector<std::string> rows = AskAll(sql);
  return rows.empty() ? "" : rows.front();
}

std::vector<std::string> LibpqConnection::AskAll(const std::string& sql) {
  PGresult* const result = PQexec(connection_, sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  Check(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
  std::vector<std::string> rows;
  for (int i = 0; i < PQntuples(result); ++i) rows.emplace_back(PQgetvalue(result, i, 0));
  PQclear(result);
  return rows;
}

void LibpqConnection::Prepare(const char* name, const char* sql) {
  PGresult* const result = PQprepare(connection_, name, sql, 0, nullptr);
  Check(PQresultStatus(result) == PGRES_COMMAND_OK);
  PQclear(result);
}

PGresult* LibpqConnection::ExecutePrepared(const char* name,
                                           const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const std::string& parameter : parameters) {
    values.push_back(parameter.data());
    lengths.push_back(static_cast<int>(parameter.size()));
  }
  const std::vector<int> formats(parameters.size(), 1);
  PGresult* const result = PQexecPrepared(connection_, name, static_cast<int>(parameters.size()),
                                          values.data(), lengths.data(), formats.data(), 1);
  const ExecStatusType status = PQresultStatus(result);
  Check(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
  return result;
}

std::string LibpqConnection::CopyOut(const std::string& sql) {
  PGresult* result = PQexec(connection_, sql.c_str());
  Check(PQresultStatus(result) == PGRES_COPY_OUT);
  PQclear(result);
  std::string data;
  char* row = nullptr;
  int size = 0;
  while ((size = PQgetCopyData(connection_, &row, 0)) > 0) {
    data.append(row, static_cast<size_t>(size));
    PQfreemem(row);
  }
  while ((result = PQgetResult(connection_)) != nullptr) {
    Check(PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
  }
  return data;
}

void LibpqConnection::CopyIn(const std::string& sql, const std::string& data) {
  PGresult* result = PQexec(connection_, sql.c_str());
  Check(PQresultStatus(result) == PGRES_COPY_IN);
  PQclear(result);
  Check(PQputCopyData(connection_, data.data(), static_cast<int>(data.size())) == 1);
  Check(PQputCopyEnd(connection_, nullptr) == 1);
  while ((result = PQgetResult(connection_)) != nullptr) {
    Check(PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
  }
}

LibpqQueue::LibpqQueue(const std::string& connection) : connection_(connection) {
  connection_.Execute(R"(
    CREATE SCHEMA IF NOT EXISTS plain;
    CREATE TABLE IF NOT EXISTS plain.jobs (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      is_running boolean NOT NULL DEFAULT false,
      payload bytea NOT NULL);
    CREATE INDEX IF NOT EXISTS waiting ON plain.jobs (id) WHERE NOT is_running;
    CREATE TABLE IF NOT EXISTS plain.results (id bigint PRIMARY KEY, result bytea NOT NULL);)");
  // Sizes change faster than statistics: by index, always.
  connection_.Execute(
      "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
  connection_.Prepare("claim", R"(
    WITH picked AS MATERIALIZED (
      SELECT id FROM plain.jobs WHERE NOT is_running ORDER BY id LIMIT $1::bigint
      FOR UPDATE SKIP LOCKED)
    UPDATE plain.jobs SET is_running = true FROM picked WHERE jobs.id = picked.id
    RETURNING jobs.id, jobs.payload)");
  connection_.Prepare("finish", R"(
    WITH gone AS (
      DELETE FROM plain.jobs USING unnest($1::bigint[], $2::bytea[]) AS done (id, result)
      WHERE jobs.id = done.id RETURNING done.id, done.result)
    INSERT INTO plain.results (id, result) SELECT id, result FROM gone)");
  connection_.Prepare("submit", "INSERT INTO plain.jobs (payload) VALUES ($1)");
}

void LibpqQueue::Fill(int64_t jobs, size_t payload_bytes) {
  connection_.Execute("INSERT INTO plain.jobs (payload) SELECT decode(repeat('78', " +
                      std::to_string(payload_bytes) + "), 'hex') FROM generate_series(1, " +
                      std::to_string(jobs) + ")");
  connection_.Execute("VACUUM (ANALYZE) plain.jobs");
}

double LibpqQueue::Drain(int batch, const std::string& result) {
  int64_t done = 0;
  std::chrono::steady_clock::time_point begin;
  const std::vector<std::string> limit = {NumberOf<int64_t>(batch)};
  while (true) {
    PGresult* const claimed = connection_.ExecutePrepared("claim", limit);
    const int jobs = PQntuples(claimed);
    if (done == 0) begin = std::chrono::steady_clock::now();
    if (jobs == 0) {
      PQclear(claimed);
      break;
    }
    std::string ids = ArrayOf(kInt64, jobs);
    std::string results = ArrayOf(kBytes, jobs);
    for (int i = 0; i < jobs; ++i) {
      AppendField(ids, PQgetvalue(claimed, i, 0), sizeof(int64_t));
      AppendField(results, result.data(), result.size());
    }
    PQclear(claimed);
    PQclear(connection_.ExecutePrepared("finish", {ids, results}));
    done += jobs;
  }
  return static_cast<double>(done) /
         std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void LibpqQueue::Submit(const std::string& payload) {
  PQclear(connection_.ExecutePrepared("submit", {payload}));
}

}  // namespace protograph::bench
