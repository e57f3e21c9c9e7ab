// Making and migrating the schema.

#include <span>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_replace.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "sql.h"
#include "support.h"

namespace {

using ::protograph::PostgresOptions;
using ::protograph::PostgresStore;
using ::protograph::integration::FreshOptions;
using ::protograph::integration::Query;
using ::protograph::integration::RegisterOwner;
using ::protograph::integration::TestRun;
using ::protograph::internal::kMigrations;
using ::protograph::internal::MigrationSource;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::HasSubstr;

std::string Applied(const PostgresOptions& options) {
  return Query("SELECT number, name, length(checksum) FROM " + options.schema +
               ".migrations ORDER BY number");
}

constexpr const char* kAll =
    "1|initial|64\n2|jobs|64\n3|submitting_jobs|64\n4|working_on_jobs|64\n5|upkeep_of_jobs|64\n"
    "6|schedules|64\n7|parents_of_jobs|64\n8|items|64\n9|order_of_blocked_jobs|64";

TEST(Migrations, MakeTheSchemaOnce) {
  const PostgresOptions options = FreshOptions();
  ASSERT_THAT(PostgresStore::Open(options), IsOk());
  EXPECT_EQ(Applied(options), kAll);
  ASSERT_THAT(PostgresStore::Open(options), IsOk());
  EXPECT_EQ(Applied(options), kAll);
}

TEST(Migrations, MayBeRunByManyAtOnce) {
  const PostgresOptions options = FreshOptions();
  std::vector<absl::Status> statuses(8);
  std::vector<std::thread> threads;
  for (absl::Status& status : statuses) {
    threads.emplace_back([&] { status = PostgresStore::Open(options).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) EXPECT_THAT(status, IsOk());
  EXPECT_EQ(Applied(options), kAll);
}

TEST(Migrations, OfANewerProgramAreRefused) {
  const PostgresOptions options = FreshOptions();
  ASSERT_THAT(PostgresStore::Open(options), IsOk());
  Query("INSERT INTO " + options.schema + ".migrations VALUES (9999, 'later', 'x')");
  EXPECT_THAT(PostgresStore::Open(options),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("upgrade this program")));
}

TEST(Migrations, ThatWereOthersAreRefused) {
  const PostgresOptions options = FreshOptions();
  ASSERT_THAT(PostgresStore::Open(options), IsOk());
  Query("UPDATE " + options.schema + ".migrations SET checksum = 'x'");
  EXPECT_THAT(PostgresStore::Open(options),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("is not the one that this program has")));
}

TEST(Migrations, OfARoleWithoutTheRightSayWhatToGrant) {
  PostgresOptions options = FreshOptions();
  Query("CREATE ROLE stranger LOGIN");
  options.connection += " user=stranger";
  EXPECT_THAT(PostgresStore::Open(options),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("CREATE on the database")));
}

TEST(Migrations, NeedNoRightsWhereNothingIsToDo) {
  PostgresOptions options = FreshOptions();
  ASSERT_THAT(PostgresStore::Open(options), IsOk());
  Query("CREATE ROLE writer LOGIN");
  Query("GRANT USAGE ON SCHEMA " + options.schema + " TO writer");
  Query("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + options.schema +
        " TO writer");
  options.connection += " user=writer";
  auto store = PostgresStore::Open(options);
  ASSERT_THAT(store, IsOk());
  const TestRun run;
  ASSERT_THAT(RegisterOwner(**store, run), IsOk());
  const auto written = (*store)->Write({.starts = {run.Start()}, .checkpoints = {run.Result(1)}});
  ASSERT_THAT(written, IsOk());
  EXPECT_EQ(written->claimed.size(), 1);
}

TEST(Migrations, GiveWorkersTheRightsOnNewTablesThatTheyHaveOnOldOnes) {
  PostgresOptions options = FreshOptions();
  // As names may be.
  options.schema = "My % \"Schema\"";
  const std::string schema = R"("My % ""Schema""")";
  Query("CREATE SCHEMA " + schema);
  Query("CREATE TABLE " + schema + ".migrations (number integer, name text, checksum text)");
  for (const MigrationSource& migration : std::span(kMigrations).first(7)) {
    ASSERT_EQ(Query(absl::StrReplaceAll(std::string(migration.text), {{":schema", schema}})), "");
    Query(fmt::format("INSERT INTO {}.migrations VALUES ({}, '{}', '{}')", schema, migration.number,
                      migration.name, migration.checksum));
  }
  Query("CREATE ROLE \"The Worker\"");
  Query("CREATE ROLE onlooker");
  Query("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON " + schema + ".live TO \"The Worker\"");
  Query("GRANT SELECT ON " + schema + ".live TO onlooker");
  ASSERT_THAT(PostgresStore::Open(options), IsOk());
  for (const std::string& table :
       {std::string("fan_outs"), std::string("item_batches"), std::string("job_progress")}) {
    EXPECT_EQ(
        Query("SELECT grantee, string_agg(privilege_type, ' ' ORDER BY privilege_type) "
              "FROM information_schema.role_table_grants WHERE table_name = '" +
              table + "' AND table_schema LIKE 'My \\%%' AND grantee <> grantor GROUP BY grantee"),
        "The Worker|DELETE INSERT SELECT UPDATE")
        << table;
  }
}

TEST(Migrations, QuoteTheNameOfTheSchema) {
  for (const std::string& schema :
       {std::string("My \"Schema\""), std::string("select"), std::string("a.b;--"),
        std::string("\xC3\xA4 ' $1 :schema. \\"), std::string(63, 'x')}) {
    PostgresOptions options = FreshOptions();
    options.schema = schema;
    auto store = PostgresStore::Open(options);
    ASSERT_THAT(store, IsOk()) << schema;
    const TestRun run;
    ASSERT_THAT(RegisterOwner(**store, run), IsOk());
    ASSERT_THAT((*store)->Write({.starts = {run.Start()}, .checkpoints = {run.Result(1)}}), IsOk());
    const auto loaded = (*store)->Load(run.workflow_id);
    ASSERT_THAT(loaded, IsOk());
    EXPECT_EQ(loaded->size(), 1) << schema;
  }
}

TEST(Options, ThatCannotBeAreRefused) {
  const auto refused = [](PostgresOptions options) {
    return PostgresStore::Open(std::move(options)).status().code() ==
           absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused({.connection = "postgresql://user:secret@[broken"}));
  EXPECT_TRUE(refused({.connection = "no_such_option=1"}));
  EXPECT_TRUE(refused({.schema = ""}));
  EXPECT_TRUE(refused({.schema = std::string(64, 'x')}));
  EXPECT_TRUE(refused({.schema = std::string("a\0b", 3)}));
  EXPECT_TRUE(refused({.schema = "\xFF"}));
  EXPECT_TRUE(refused({.max_connections = 0}));
  EXPECT_TRUE(refused({.connect_timeout = absl::ZeroDuration()}));
  EXPECT_TRUE(refused({.statement_timeout = absl::ZeroDuration()}));
  EXPECT_TRUE(refused({.first_backoff = absl::ZeroDuration()}));
}

TEST(Options, WithASecretAreNotRepeatedInErrors) {
  const absl::Status status =
      PostgresStore::Open({.connection = "postgresql://user:secret@[broken"}).status();
  EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr("secret")));
}

}  // namespace
