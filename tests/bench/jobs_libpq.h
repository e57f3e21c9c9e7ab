#ifndef PROTOGRAPH_TESTS_BENCH_JOBS_LIBPQ_H_
#define PROTOGRAPH_TESTS_BENCH_JOBS_LIBPQ_H_

// The least that a queue on Postgres can be, over libpq: one connection, a table of jobs, another
// one of results, prepared statements with binary parameters and results. What jobs.cc compares
// with. No retries, no leases, no notifications, no limits.
//
// A failing statement ends the program.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;

namespace protograph::bench {

// A connection, and what all below do with it.
class LibpqConnection {
 public:
  explicit LibpqConnection(const std::string& connection);
  ~LibpqConnection();
  LibpqConnection(const LibpqConnection&) = delete;
  LibpqConnection& operator=(const LibpqConnection&) = delete;

  void Execute(const std::string& sql);
  // The first field of the first row, as text; empty where there is none.
  std::string Ask(const std::string& sql);
  // The first field of each row, as text.
  std::vector<std::string> AskAll(const std::string& sql);

  void Prepare(const char* name, const char* sql);
  // With parameters in binary; the result, in binary, is the caller's, who clears it.
  PGresult* ExecutePrepared(const char* name, const std::vector<std::string>& parameters);

  // What COPY ... TO STDOUT (FORMAT binary) says, and where it is taken again.
  std::string CopyOut(const std::string& sql);
  void CopyIn(const std::string& sql, const std::string& data);

 private:
  void Check(bool is_ok);

  PGconn* const connection_;
};

class LibpqQueue {
 public:
  // Makes its tables, in a schema of their own.
  explicit LibpqQueue(const std::string& connection);

  // Jobs with payloads of so many bytes, and fresh statistics.
  void Fill(int64_t jobs, size_t payload_bytes);

  // Claims so many, finishes them with this result each, and so on until none is left. Returns the
  // jobs a second from the first claim's return on.
  double Drain(int batch, const std::string& result);

  // Inserts and commits one job.
  void Submit(const std::string& payload);

 private:
  LibpqConnection connection_;
};

}  // namespace protograph::bench

#endif  // PROTOGRAPH_TESTS_BENCH_JOBS_LIBPQ_H_
