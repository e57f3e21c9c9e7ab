// The statements that workers repeat are planned as they should be, whatever is in the tables.

#include <libpq-fe.h>

#include <memory>
#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "support.h"

namespace protograph::integration {
namespace {

using ::protograph::testing::IsOk;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Runs statements, with the plans of those that their functions run.
class Explaining {
 public:
  Explaining() : connection_(PQconnectdb(SharedPostgres().connection().c_str()), PQfinish) {
    EXPECT_EQ(PQstatus(connection_.get()), CONNECTION_OK);
    PQsetNoticeProcessor(
        connection_.get(),
        [](void* self, const char* message) {
          static_cast<Explaining*>(self)->notices_ += message;
        },
        this);
    for (const char* sql :
         {"LOAD 'auto_explain'", "SET auto_explain.log_min_duration = 0",
          "SET auto_explain.log_nested_statements = on", "SET client_min_messages = log"}) {
      Run(sql);
    }
  }

  // The plans.
  std::string Run(const std::string& sql) {
    notices_.clear();
    PGresult* const result = PQexec(connection_.get(), sql.c_str());
    const ExecStatusType status = PQresultStatus(result);
    EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        << PQerrorMessage(connection_.get());
    PQclear(result);
    return notices_;
  }

 private:
  std::string notices_;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

class JobPlans : public ::testing::Test {
 protected:
  JobPlans() {
    const PostgresOptions options = FreshOptions();
    schema_ = options.schema;
    auto store = PostgresStore::Open(options);
    EXPECT_THAT(store, IsOk());
    store_ = *std::move(store);
    EXPECT_THAT(RegisterOwner(*store_, run_), IsOk());
  }

  // Jobs with nothing in them.
  void Fill(const std::string& state, int count) {
    EXPECT_EQ(
        Query(fmt::format(
            "INSERT INTO {0}.queues (name) VALUES ('default') ON CONFLICT DO NOTHING; "
            "WITH made AS (INSERT INTO {0}.jobs (job_id, backoff, longest_backoff, queue_id, "
            "priority, max_attempts, graph, output_type, inputs) "
            "SELECT {0}.new_job_id(), 0, 0, 1, 0, 1, 'films', 'film.TagSet', '' "
            "FROM generate_series(1, {2}) RETURNING job_id) "
            "INSERT INTO {0}.live (job_id, run_at, rank, queue_id, state, owner_id, term) "
            "SELECT job_id, moment, moment, 1, '{1}', CASE WHEN '{1}' = 'r' THEN '{3}'::uuid END, "
            "CASE WHEN '{1}' = 'r' THEN 0 END "
            "FROM made, (SELECT now() + CASE WHEN '{1}' = 's' THEN interval '1 hour' "
            "ELSE interval '0' END AS moment) AS moments",
            schema_, state, count, NewUuid())),
        "");
  }
  std::string Claim() const {
    return fmt::format(
        "SELECT * FROM {}.claim_jobs('{}', '{{default}}', '{{10}}', '{{-infinity}}', "
        "'{{00000000-0000-0000-0000-000000000000}}', false)",
        schema_, run_.owner_id);
  }
  void Analyze() const { Query(fmt::format("ANALYZE {}.live", schema_)); }

  TestRun run_;
  std::string schema_;
  std::shared_ptr<PostgresStore> store_;
  Explaining explaining_;
};

const auto kClaimsByIndex =
    AllOf(HasSubstr("using live_queued"), Not(HasSubstr("Seq Scan on live")),
          Not(HasSubstr("using live_pkey on live")), Not(HasSubstr("Sort Key: live")));

TEST_F(JobPlans, AClaimReadsTheIndexOfWhatIsQueued) {
  // Planned while there was next to nothing, by each new connection.
  Fill("q", 10);
  EXPECT_THAT(explaining_.Run(Claim()), kClaimsByIndex);
  EXPECT_THAT(Explaining().Run(Claim()), kClaimsByIndex);
}

TEST_F(JobPlans, ScheduledJobsAreInNobodysWay) {
  Fill("q", 100);
  Fill("s", 100'000);
  EXPECT_THAT(explaining_.Run(Claim()), kClaimsByIndex);
  Analyze();
  EXPECT_THAT(Explaining().Run(Claim()), kClaimsByIndex);
}

TEST_F(JobPlans, RunningJobsAreInNobodysWay) {
  Fill("q", 100);
  Fill("r", 50'000);
  Analyze();
  EXPECT_THAT(Explaining().Run(Claim()), kClaimsByIndex);
}

TEST_F(JobPlans, StatisticsThatAreStaleChangeNothing) {
  Analyze();
  Fill("q", 50'000);
  EXPECT_THAT(Explaining().Run(Claim()), kClaimsByIndex);
  Analyze();
  EXPECT_THAT(Explaining().Run(Claim()), kClaimsByIndex);
  Query(fmt::format("DELETE FROM {}.live", schema_));
  EXPECT_THAT(Explaining().Run(Claim()), kClaimsByIndex);
}

TEST_F(JobPlans, WhatIsDueIsFoundByItsIndex) {
  Fill("s", 50'000);
  const std::string plans = Explaining().Run(Claim());
  EXPECT_THAT(plans, HasSubstr("using live_scheduled"));
  EXPECT_THAT(plans, Not(HasSubstr("Seq Scan on live")));
}

TEST_F(JobPlans, FinishingReadsByTheKey) {
  Fill("r", 50'000);
  Analyze();
  const std::string ids = Query(fmt::format(
      "SELECT array_agg(job_id) FROM (SELECT job_id FROM {}.live LIMIT 10) AS few", schema_));
  const std::string plans = Explaining().Run(
      fmt::format("SELECT {0}.finish_jobs('{1}', '{2}', array_fill(0::bigint, ARRAY[10]), "
                  "array_fill('S'::text, ARRAY[10]), array_fill('\\x'::bytea, ARRAY[10]), "
                  "array_fill(0::smallint, ARRAY[10]), array_fill(''::text, ARRAY[10]), "
                  "array_fill(''::text, ARRAY[10]), array_fill(0::bigint, ARRAY[10]))",
                  schema_, run_.owner_id, ids));
  EXPECT_THAT(plans, HasSubstr("using live_pkey"));
  EXPECT_THAT(plans, Not(HasSubstr("Seq Scan on live")));
}

TEST_F(JobPlans, SchedulesThatAreNotDueAreInNobodysWay) {
  EXPECT_EQ(Query(fmt::format(
                "INSERT INTO {0}.schedules (name, definition, revision, is_planned, due_at) "
                "SELECT 'schedule ' || number, '{{}}', number, true, "
                "CASE WHEN number <= 10 THEN now() ELSE now() + interval '1 hour' END "
                "FROM generate_series(1, 20000) AS number",
                schema_)),
            "");
  const std::string find = fmt::format("SELECT * FROM {}.find_due_schedules(100)", schema_);
  const auto finds_by_index =
      AllOf(HasSubstr("using schedules_due"), HasSubstr("Index Cond: (due_at <= "),
            Not(HasSubstr("Seq Scan on schedules")), Not(HasSubstr("Sort Key")),
            HasSubstr("using live_pkey on live"), Not(HasSubstr("Heap Scan on live")));
  EXPECT_THAT(Explaining().Run(find), finds_by_index);
  Query(fmt::format("ANALYZE {}.schedules", schema_));
  EXPECT_THAT(Explaining().Run(find), finds_by_index);
}

TEST_F(JobPlans, WhatIsHandedOverIsFoundByItsIndexes) {
  Fill("r", 20'000);
  Fill("w", 100);
  // Each parent that waits has 200 of those that run.
  EXPECT_EQ(
      Query(fmt::format(
          "WITH parents AS (SELECT job_id, row_number() OVER () AS number FROM {0}.live "
          "WHERE state = 'w'), places AS (INSERT INTO {0}.fan_outs (parent_id, key, attempt, "
          "term, called_in, called_at, step, shared_inputs) SELECT job_id, '\\x01', 1, 1, 1, "
          "now(), "
          "'TagFrame', '' FROM parents) INSERT INTO {0}.item_batches (job_id, parent_id, key, "
          "items, attempt, parent_term) SELECT running.job_id, parents.job_id, '\\x01', 10, 1, 1 "
          "FROM "
          "(SELECT job_id, row_number() OVER () % 100 + 1 AS number FROM {0}.live "
          "WHERE state = 'r') AS running JOIN parents USING (number)",
          schema_)),
      "");
  const std::string parent = Query(
      fmt::format("SELECT job_id FROM {}.live WHERE state = 'w' ORDER BY job_id LIMIT 1", schema_));
  const auto by_index =
      AllOf(Not(HasSubstr("Seq Scan on live")), Not(HasSubstr("Seq Scan on item_batches")),
            Not(HasSubstr("Seq Scan on fan_outs")), Not(HasSubstr("Hash Join")));
  const auto plans_of = [&](const std::string& call) {
    return Explaining().Run(fmt::format("SELECT {}.{}", schema_, call));
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(
        plans_of(fmt::format("resume_parents('{{{}}}', '{{false}}', '{{0}}', true)", parent)),
        AllOf(by_index, HasSubstr("using item_batches_open"),
              HasSubstr("using live_pkey on live")));
    EXPECT_THAT(plans_of("maintain_items(5000)"),
                AllOf(by_index, HasSubstr("live_parents"), HasSubstr("fan_outs_unsettled")));
    EXPECT_THAT(plans_of(fmt::format("list_item_batches('{}', '\\x01', "
                                     "'00000000-0000-0000-0000-000000000000', 100)",
                                     parent)),
                AllOf(by_index, HasSubstr("using item_batches_of_parent")));
    EXPECT_THAT(plans_of(fmt::format("find_progress('{}')", parent)), by_index);
    EXPECT_THAT(plans_of(fmt::format("cancel_batches('{{{}}}', '{{1}}', true)", NewUuid())),
                AllOf(by_index, HasSubstr("on item_batches_of_parent"),
                      HasSubstr("using live_pkey on live")));
    // All that it has settled, and each one's job.
    EXPECT_THAT(plans_of("unsettle_fan_outs()"), AllOf(HasSubstr("using finished_other_pkey"),
                                                       Not(HasSubstr("Seq Scan on finished"))));
    Query(fmt::format("ANALYZE {0}.live; ANALYZE {0}.item_batches; ANALYZE {0}.fan_outs", schema_));
  }
}

TEST_F(JobPlans, UpkeepWithoutItemsLooksOnce) {
  Fill("r", 20'000);
  const std::string plans =
      Explaining().Run(fmt::format("SELECT {}.maintain_items(5000)", schema_));
  EXPECT_THAT(plans, AllOf(HasSubstr("live_parents"), Not(HasSubstr("Seq Scan")),
                           Not(HasSubstr("resume_parents")), Not(HasSubstr("item_batches"))));
}

}  // namespace
}  // namespace protograph::integration
