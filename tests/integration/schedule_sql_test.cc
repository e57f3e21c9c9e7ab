// Schedules that are written in SQL, and a worker that makes of them what it can.

#include <mutex>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "protograph/errors.h"
#include "protograph/jobs/schedules.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/schedule_info.h"
#include "support.h"
#include "worker_fixture.h"

namespace protograph::tests {
namespace {

using ::protograph::integration::FreshOptions;
using ::protograph::integration::Query;
using ::protograph::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ScheduleSqlTest : public WorkerTest {
 protected:
  ScheduleSqlTest() : ScheduleSqlTest(FreshOptions()) {}

  // Of the schema.
  std::string Run(const std::string& sql) const {
    return Query(fmt::format(fmt::runtime(sql), schema_));
  }
  // A definition that fires each second, with what is said beside.
  std::string Put(const std::string& name, const std::string& fields) const {
    return Query(fmt::format(
        R"sql(SELECT {}.put_schedule('{}', '{{"interval": "1s", "graph": "films",
        "outputType": "film.TagSet", {}"inputs": {{"inputs":
        [{{"type": "film.MovieId", "json": "{{\"id\": 603}}"}}]}}}}'))sql",
        schema_, name, fields));
  }
  ScheduleRecord Get(const std::string& name) const {
    absl::StatusOr<ScheduleRecord> record = store_->schedules()->GetSchedule(name);
    EXPECT_THAT(record, IsOk());
    return record.ok() ? *std::move(record) : ScheduleRecord();
  }

  const std::string schema_;

 private:
  explicit ScheduleSqlTest(const PostgresOptions& options)
      : WorkerTest(Open(options)), schema_(options.schema) {}

  static std::shared_ptr<Store> Open(const PostgresOptions& options) {
    absl::StatusOr<std::shared_ptr<PostgresStore>> store = PostgresStore::Open(options);
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }
};

TEST_F(ScheduleSqlTest, AWorkerFiresWhatSqlHasMade) {
  const auto worker = Start();
  EXPECT_EQ(Put("often", ""), "t");
  EXPECT_TRUE(Eventually([&] { return worker->stats().succeeded >= 1; }));
  EXPECT_EQ(Run("SELECT {0}.pause_schedule('often')"), "t");
  EXPECT_TRUE(Get("often").is_paused);
  EXPECT_EQ(Run("SELECT {0}.resume_schedule('often')"), "t");
  EXPECT_EQ(Run("SELECT {0}.remove_schedule('often')"), "t");
  EXPECT_EQ(Run("SELECT {0}.remove_schedule('often')"), "f");
}

// Protobuf reads both spellings of a field, and numbers however they are written.
TEST_F(ScheduleSqlTest, PausingAfterFailuresIsUnderstoodHoweverItIsWritten) {
  steps_.Set("FetchMovie", [](ExecCtx&) { return DoNotRetry(absl::NotFoundError("no film")); });
  const auto worker = Start();
  const std::vector<std::string> spellings = {
      R"("pauseAfterFailures": 2, )", R"("pauseAfterFailures": 2.0, )",
      R"("pauseAfterFailures": "2", )", R"("pause_after_failures": 2, )"};
  for (size_t i = 0; i < spellings.size(); ++i) {
    EXPECT_EQ(Put(fmt::format("often {}", i), R"("overlap": "OVERLAP_ALLOW", )" + spellings[i]),
              "t");
  }
  for (size_t i = 0; i < spellings.size(); ++i) {
    const std::string name = fmt::format("often {}", i);
    EXPECT_TRUE(Eventually([&] { return Get(name).is_paused; })) << spellings[i];
    EXPECT_THAT(Get(name).problem, HasSubstr("jobs have failed"));
  }
}

TEST_F(ScheduleSqlTest, OverlapsMayBeNumbers) {
  BlockIn("FetchMovie");
  const auto worker = Start();
  EXPECT_EQ(Put("often", R"("overlap": 1, )"), "t");
  // ALLOW: two of them run at once.
  reached_.WaitForMost(2);
  released_.Open();
}

TEST_F(ScheduleSqlTest, WhatMeansNothingIsPausedAndNoneOfTheOthersSuffers) {
  const auto worker = Start();
  const std::vector<std::string> wrong = {R"("pauseAfterFailures": "three", )",
                                          R"("overlap": "SOMETIMES", )", R"("jitter": "long", )",
                                          R"("cron": "* * * * *", )", R"("timeZone": "Mars", )"};
  for (size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_EQ(Put(fmt::format("wrong {}", i), wrong[i]), "t");
  }
  EXPECT_EQ(Put("right", ""), "t");
  for (size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_TRUE(Eventually([&] {
      const ScheduleRecord record = Get(fmt::format("wrong {}", i));
      return record.is_paused && !record.problem.empty();
    })) << wrong[i];
  }
  EXPECT_TRUE(Eventually([&] { return Get("right").runs >= 2; }));
}

TEST_F(ScheduleSqlTest, WhatIsNoDefinitionAtAllIsRefused) {
  EXPECT_THAT(Run("SELECT {0}.put_schedule('', '{{}}')"), StartsWith("error: "));
  EXPECT_THAT(Run("SELECT {0}.put_schedule('name', '[]')"), HasSubstr("JSON object"));
  EXPECT_THAT(Run("SELECT {0}.put_schedule('name', NULL)"), HasSubstr("JSON object"));
}

TEST_F(ScheduleSqlTest, AJobThatIsPutOffForGoodIsInNobodysWay) {
  const auto worker = Start();
  SubmitOptions later = Once();
  later.delay = absl::Hours(1);
  const JobId job = Submit(1, later);
  EXPECT_EQ(Run("SELECT {0}.change_job('" + job + "', 'infinity', NULL, NULL)"), "scheduled");
  Submit(2, later);
  EXPECT_EQ(Run("UPDATE {0}.live SET run_at = 'infinity' RETURNING 1"), "1\n1");
  EXPECT_EQ(Put("often", ""), "t");
  EXPECT_TRUE(Eventually([&] { return Get("often").runs >= 2; }));
}

TEST_F(ScheduleSqlTest, AScheduleThatSomebodyHoldsIsInNobodysWay) {
  const auto worker = Start();
  EXPECT_EQ(Put("held", ""), "t");
  EXPECT_EQ(Put("other", ""), "t");
  ASSERT_TRUE(Eventually([&] { return Get("held").runs >= 1; }));
  pqxx::connection connection(integration::SharedPostgres().connection());
  pqxx::work open(connection);
  open.exec("SELECT " + schema_ + ".pause_schedule('held')");
  const int64_t runs = Get("other").runs;
  EXPECT_TRUE(Eventually([&] { return Get("other").runs >= runs + 3; }));
  open.abort();
}

// What a job is to do since the one before is nothing that a tick without a job has had.
TEST_F(ScheduleSqlTest, ThePreviousTimeIsThatOfTheJobBefore) {
  std::mutex mutex;
  std::vector<ScheduleInfo> seen;
  steps_.Set("FetchMovie", [&](ExecCtx& ctx) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      seen.push_back(*ctx.Value<ScheduleInfo>());
    }
    reached_.Enter();
    released_.Wait();
    return absl::OkStatus();
  });
  const auto worker = Start();
  EXPECT_EQ(Put("often", R"("overlap": "OVERLAP_QUEUE_ONE", )"), "t");
  // Two ticks or more have waited, of which the last stays.
  ASSERT_TRUE(Eventually([&] { return Get("often").overlapped >= 1; }));
  released_.Open();
  ASSERT_TRUE(Eventually([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    return seen.size() >= 2;
  }));
  const std::lock_guard<std::mutex> lock(mutex);
  EXPECT_EQ(seen[1].previous_time, seen[0].time);
  EXPECT_GE(seen[1].time, seen[0].time + absl::Seconds(2));
}

}  // namespace
}  // namespace protograph::tests
