// protograph doctor, in a database that something is wrong with.

#include <unistd.h>

#include <fstream>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "base/child_process.h"
#include "cli_test.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace protograph::tests {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

class DoctorTest : public CliTest {
 protected:
  // Its lines of JSON.
  std::vector<std::string> Findings(std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {"doctor", "--json"});
    return Lines(Run(flags).out);
  }
  static auto Says(const std::string& level, const std::string& check, const std::string& what) {
    return Contains(AllOf(HasSubstr(fmt::format(R"("level":"{}","check":"{}")", level, check)),
                          HasSubstr(what)));
  }
};

TEST_F(DoctorTest, IsContentWithWhatIsWell) {
  const auto worker = StartWorker();
  const Outcome outcome = Run({"doctor"});
  EXPECT_EQ(outcome.code, 0) << outcome.out;
  EXPECT_THAT(Lines(outcome.out), Each(AllOf(Not(HasSubstr("fail")), Not(HasSubstr("do:")))));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("PostgreSQL"), HasSubstr("1 worker alive"),
                                 HasSubstr("arrive"), HasSubstr("straight to the server")));
  // That no index was forgotten: as many as the migrations have made.
  EXPECT_THAT(
      outcome.out,
      HasSubstr(fmt::format(
          "all {} are there",
          Query("SELECT count(*) FROM pg_class WHERE relkind IN ('i', 'I') AND NOT relispartition "
                "AND relnamespace = '" +
                schema() + "'::regnamespace AND relname <> 'migrations_pkey'"))));
}

TEST_F(DoctorTest, NamesWhoHoldsTheHorizon) {
  pqxx::connection connection(this->connection() + " application_name=nightly_report");
  pqxx::nontransaction session(connection);
  session.exec("BEGIN ISOLATION LEVEL REPEATABLE READ");
  session.exec("SELECT 'the whole history'");
  pqxx::connection other(this->connection());
  pqxx::nontransaction preparing(other);
  preparing.exec("BEGIN");
  preparing.exec("CREATE TABLE " + schema() + ".forgotten ()");
  preparing.exec("PREPARE TRANSACTION 'forgotten one'");
  absl::SleepFor(absl::Seconds(1.1));

  const std::vector<std::string> findings = Findings({"--max-transaction-age", "1s"});
  EXPECT_THAT(findings, Says("warn", "horizon", "nightly_report"));
  EXPECT_THAT(findings, Says("warn", "horizon", "the whole history"));
  EXPECT_THAT(findings, Says("warn", "horizon", "pg_terminate_backend"));
  EXPECT_THAT(findings, Says("warn", "horizon", "ROLLBACK PREPARED 'forgotten one'"));
  EXPECT_THAT(Findings({"--max-transaction-age", "0.1s"}), Says("fail", "horizon", "nightly"));
  EXPECT_EQ(Run({"doctor", "--max-transaction-age", "100ms"}).code, 1);
  EXPECT_THAT(Findings(), Says("ok", "horizon", ""));
  preparing.exec("ROLLBACK PREPARED 'forgotten one'");
}

TEST_F(DoctorTest, FindsJobsThatNobodySeesTo) {
  SubmitFilm(1);
  SubmitFilm(1, {"--queue", "night"});
  SubmitFilm(1, {"--queue", "paused"});
  Run({"pause", "paused"});
  std::vector<std::string> findings = Findings();
  EXPECT_THAT(findings, Says("warn", "workers", "0 workers alive"));
  EXPECT_THAT(findings, Says("fail", "queues", "queue night has 1 job waiting and no living"));
  EXPECT_THAT(findings, Says("warn", "queues", "queue paused has 1 job waiting and is paused"));
  EXPECT_THAT(findings, Says("fail", "queues", "no living worker has: films"));
  EXPECT_EQ(Run({"doctor"}).code, 1);

  const auto worker = StartWorker();
  findings = Findings();
  EXPECT_THAT(findings, Says("ok", "workers", "1 worker alive"));
  EXPECT_THAT(findings, Says("fail", "queues", "queue night"));
  EXPECT_THAT(findings, Not(Says("fail", "queues", "no living worker has")));
}

TEST_F(DoctorTest, FindsJobsOfTheDeadAndTheLate) {
  const std::string late = SubmitFilm(1);
  const std::string orphan = SubmitFilm(2);
  SubmitFilm(3, {"--delay", "1h"});
  Query(
      "INSERT INTO owners (owner_id, host, process_id, program, lease_until) VALUES "
      "('00000000-0000-7000-8000-000000000001', 'alive/x', 7, 'w', now() + interval '1 hour'), "
      "('00000000-0000-7000-8000-000000000002', 'dead/x', 8, 'w', now() - interval '1 hour')");
  Query(
      "UPDATE live SET state = 'r', claimed_at = now() - interval '3 hours', term = 1, "
      "owner_id = '00000000-0000-7000-8000-000000000001' WHERE job_id = '" +
      late + "'");
  Query(
      "UPDATE live SET state = 'r', claimed_at = now(), term = 2, "
      "owner_id = '00000000-0000-7000-8000-000000000002' WHERE job_id = '" +
      orphan + "'");
  Query("UPDATE live SET run_at = now() - interval '2 minutes' WHERE state = 's'");
  const std::vector<std::string> findings = Findings();
  EXPECT_THAT(findings, Says("fail", "running", "1 job run under workers that are dead"));
  EXPECT_THAT(findings, Says("warn", "running", late + " of graph films runs for 3h"));
  EXPECT_THAT(findings, Says("warn", "running", "on alive process 7"));
  EXPECT_THAT(findings, Says("fail", "queues", "1 scheduled job due for more than a minute"));
}

TEST_F(DoctorTest, FindsJobsThatWaitForNoItems) {
  const std::string parent = SubmitFilm(1);
  const std::string batch = SubmitFilm(2);
  Query(
      "UPDATE live SET state = 'w', claimed_at = now() - interval '3 hours', "
      "run_at = now() - interval '3 hours' WHERE job_id = '" +
      parent + "'");
  Query("UPDATE live SET run_at = now() - interval '3 hours' WHERE job_id = '" + batch + "'");
  Query(
      "INSERT INTO fan_outs (parent_id, key, attempt, term, called_in, called_at, step, "
      "shared_inputs) VALUES ('" +
      parent + "', 'key', 1, 1, 1, now() - interval '5 minutes', 'FetchMovie', '')");
  Query(
      fmt::format("INSERT INTO item_batches (job_id, parent_id, key, items, attempt, parent_term) "
                  "VALUES ('{}', '{}', 'key', 1, 1, 1)",
                  batch, parent));
  // It is old, but one of its items is under way, which waits since it was handed over.
  std::vector<std::string> findings = Findings();
  EXPECT_THAT(findings, Says("ok", "running", "waits for nothing"));
  EXPECT_THAT(findings, Says("warn", "workers", "the oldest for 5m"));

  EXPECT_EQ(Run({"cancel", batch}).code, 0);
  EXPECT_THAT(Findings(), Says("ok", "running", ""));
  Query("UPDATE finished SET finished_at = now() - interval '2 minutes'");
  findings = Findings();
  EXPECT_THAT(findings, Says("fail", "running", parent + " of graph films waits for its items"));
  EXPECT_THAT(findings, Says("fail", "running", "for 2m"));
}

TEST_F(DoctorTest, FindsSchedulesThatDoNotFire) {
  for (const char* const name : {"late", "wrong", "failing", "asked for", "well"}) {
    ASSERT_EQ(Run({"schedules", "add", name, "films.film.TagSet", "--json", "{}", "--input-type",
                   "film.MovieId", "--cron", "0 0 1 1 *", "--pause-after-failures", "3"})
                  .code,
              0);
  }
  Query(
      "UPDATE schedules SET due_at = now() + interval '1 hour', is_planned = true, "
      "changed_at = now() - interval '1 day'");
  EXPECT_THAT(Findings(), Says("ok", "schedules", "5 schedules, 0 of them paused"));
  Query("UPDATE schedules SET due_at = now() - interval '5 minutes' WHERE name = 'late'");
  Query(
      "UPDATE schedules SET is_paused = true, problem = 'there is no zone Mars' "
      "WHERE name = 'wrong'");
  Query(
      "UPDATE schedules SET is_paused = true, problem = 'paused itself: 3 jobs have failed', "
      "failures = 3 WHERE name = 'failing'");
  EXPECT_EQ(Run({"schedules", "pause", "asked for"}).code, 0);
  const std::vector<std::string> findings = Findings();
  EXPECT_THAT(findings, Says("fail", "schedules", "late has been due for 5m and nobody fires it"));
  EXPECT_THAT(findings, Says("fail", "schedules", "wrong does not fire: there is no zone Mars"));
  EXPECT_THAT(findings, Says("fail", "schedules", "protograph schedules add wrong"));
  EXPECT_THAT(findings, Says("fail", "schedules", "failing does not fire: paused itself"));
  EXPECT_THAT(findings, Says("fail", "schedules", "protograph schedules resume failing"));
  EXPECT_THAT(findings, Not(Contains(HasSubstr("asked for"))));
  EXPECT_EQ(Run({"doctor"}).code, 1);
}

TEST_F(DoctorTest, FindsIndexesThatAreMissingOrBroken) {
  Query("DROP INDEX live_scheduled");
  Query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'live_blocked'::regclass");
  const std::vector<std::string> findings = Findings();
  EXPECT_THAT(findings, Says("fail", "indexes", "index live_scheduled is missing"));
  EXPECT_THAT(findings, Says("fail", "indexes", "REINDEX INDEX CONCURRENTLY"));
}

TEST_F(DoctorTest, FindsTablesWithoutVacuumAndPartitions) {
  Query("ALTER TABLE live SET (autovacuum_enabled = false)");
  Query("DROP TABLE " + Query("SELECT 'jobs_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')"));
  const std::vector<std::string> findings = Findings();
  EXPECT_THAT(findings, Says("fail", "bloat", "autovacuum is switched off for table live"));
  EXPECT_THAT(findings, Says("warn", "upkeep", "partitions"));
}

TEST_F(DoctorTest, FindsDeadRowsThatAreNotRemoved) {
  // Nothing of them may go while this one is open.
  pqxx::connection connection(this->connection());
  pqxx::nontransaction session(connection);
  session.exec("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
  Query("INSERT INTO queue_changes (queue_id) SELECT 1 FROM generate_series(1, 150000)");
  Query("DELETE FROM queue_changes");
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  std::vector<std::string> findings;
  // Statistics come a moment later.
  do {
    absl::SleepFor(absl::Milliseconds(100));
    findings = Findings();
  } while (!::testing::Value(findings, Says("warn", "bloat", "dead rows")) &&
           absl::Now() < give_up);
  EXPECT_THAT(findings, Says("warn", "bloat", "table queue_changes has 150000 dead rows"));
}

TEST_F(DoctorTest, KnowsWhichRightsARoleLacks) {
  const std::string role = schema() + "_role";
  Query("CREATE ROLE " + role + " LOGIN");
  const auto as_role = [&] {
    return Lines(RunTool({"doctor", "--json", "--schema", schema(), "--database",
                          fmt::format("host={} port=5432 dbname=postgres user={}",
                                      CliPostgres().socket_directory(), role)})
                     .out);
  };
  EXPECT_THAT(as_role(), Says("fail", "rights", "may not use schema"));
  Query(fmt::format("GRANT USAGE ON SCHEMA {} TO {}", schema(), role));
  Query(fmt::format("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}", schema(), role));
  std::vector<std::string> findings = as_role();
  EXPECT_THAT(findings, Says("fail", "rights", "DELETE, INSERT, UPDATE on live"));
  EXPECT_THAT(findings, Says("warn", "horizon", "pg_read_all_stats"));
  Query(
      fmt::format("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}", schema(), role));
  Query(fmt::format("GRANT pg_read_all_stats TO {}", role));
  findings = as_role();
  EXPECT_THAT(findings, Says("ok", "rights", "may do all"));
  EXPECT_THAT(findings, Says("ok", "horizon", ""));
  Query(fmt::format("DROP OWNED BY {}; DROP ROLE {}", role, role));
}

TEST_F(DoctorTest, SeesAPoolerThatKeepsNotificationsBack) {
  const std::string program = internal::FindProgram({"pgbouncer", "/usr/sbin/pgbouncer"});
  ASSERT_NE(program, "") << "install pgbouncer";
  const std::string& folder = CliPostgres().socket_directory();
  const std::string settings = folder + "/pgbouncer.ini";
  std::ofstream(folder + "/users.txt") << "\"postgres\" \"\"\n";
  std::ofstream(settings) << fmt::format(
      "[databases]\n* = host={0} port=5432\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {0}\n"
      "listen_port = 6432\nauth_type = trust\nauth_file = {0}/users.txt\npool_mode = transaction\n",
      folder);
  internal::ChildOptions options{
      .command = {program, settings}, .log_file = folder + "/pgbouncer.log", .directory = folder};
  if (geteuid() == 0) options.user = internal::FindUser("postgres");
  auto pooler = internal::ChildProcess::Start(options);
  ASSERT_TRUE(pooler.ok()) << pooler.status();
  const std::vector<std::string> doctor = {
      "doctor",     "--json",
      "--schema",   schema(),
      "--database", fmt::format("host={} port=6432 user=postgres dbname=postgres", folder)};
  Outcome outcome;
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  do {
    outcome = RunTool(doctor);
  } while (outcome.code == 3 && absl::Now() < give_up);
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(Lines(outcome.out), Says("warn", "notifications", "a pooler that shares"));
}

TEST_F(DoctorTest, FindsSettingsThatLoseJobs) {
  auto careless = testing::TemporaryPostgres::Start({.settings = {"autovacuum=off"}});
  ASSERT_TRUE(careless.ok()) << careless.status();
  const Outcome outcome = RunTool({"doctor", "--json", "--database", (*careless)->connection()});
  EXPECT_EQ(outcome.code, 1);
  const std::vector<std::string> findings = Lines(outcome.out);
  EXPECT_THAT(findings, Says("fail", "durability", "fsync is off"));
  EXPECT_THAT(findings, Says("fail", "autovacuum", "autovacuum is off"));
  EXPECT_THAT(findings, Says("warn", "memory", "64MB"));
  EXPECT_THAT(findings, Says("fail", "schema", "there is no schema protograph"));
}

}  // namespace
}  // namespace protograph::tests
