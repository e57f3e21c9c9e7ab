// Rows of checkpoints that somebody, or a disk, has changed.

#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/durability/engine.h"
#include "protograph/postgres/postgres_store.h"
#include "protograph/protograph.h"
#include "protograph/testing/temporary_postgres.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::protograph::testing::TemporaryPostgres;

struct Tampering {
  std::string name;
  // SQL, for the row of FetchMovie.
  std::string set;
  // Whether the row is found and then found to be damaged.
  bool is_reported = true;
};

const Tampering kTamperings[] = {
    {"BytesAppended", "payload = payload || 'x'"},
    {"Truncated", "payload = substr(payload, 1, length(payload) - 1)"},
    {"Emptied", "payload = ''"},
    {"OneBitFlipped", "payload = set_bit(payload, 40, 1 - get_bit(payload, 40))"},
    {"Large", "payload = convert_to(repeat('x', 10000000), 'UTF8')"},
    {"OtherDigest", "digest = '\\x00000000000000000000000000000000'"},
    {"ShortDigest", "digest = '\\x00'"},
    {"NoDigest", "digest = ''"},
    {"SaidToBeCompressed", "encoding = 1 - encoding"},
    {"UnknownEncoding", "encoding = 99"},
    {"OtherInputs", "input_hash = '\\x00000000000000000000000000000000'", false},
    {"NoInputs", "input_hash = ''", false},
    {"OtherType", "output_type = 'film.Nothing'", false},
    {"NoType", "output_type = ''", false},
    // Such a row is an execution's result to cleaning up, and the step's all the same.
    {"NoStep", "step = '', payload = 'x'"},
};

class TamperingTest : public ::testing::TestWithParam<Tampering> {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<TemporaryPostgres>> postgres = TemporaryPostgres::Start();
    ASSERT_THAT(postgres, IsOk());
    postgres_ = postgres->release();
  }
  static void TearDownTestSuite() {
    delete postgres_;
    postgres_ = nullptr;
  }

  static std::unique_ptr<Engine> StartEngine() {
    absl::StatusOr<std::shared_ptr<PostgresStore>> store =
        PostgresStore::Open({.connection = postgres_->connection()});
    EXPECT_THAT(store, IsOk());
    absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Start(*store);
    EXPECT_THAT(engine, IsOk());
    return *std::move(engine);
  }

  static TemporaryPostgres* postgres_;
};
TemporaryPostgres* TamperingTest::postgres_ = nullptr;

TEST_P(TamperingTest, IsReportedAndTheStepRunsAgain) {
  int fetched = 0;
  bool fails = true;
  const absl::StatusOr<Graph> graph =
      GraphBuilder("films")
          .Input<film::MovieId>()
          .Add(
              [&](ExecCtx&, const film::MovieId& id) {
                ++fetched;
                film::Movie movie;
                movie.set_id(id.id());
                movie.set_title(std::string(1000, 'x'));
                return movie;
              },
              {.name = "FetchMovie"})
          .Add(
              [&](ExecCtx&, const film::Movie& movie) -> absl::StatusOr<film::TagSet> {
                if (fails) return absl::InternalError("not yet");
                film::TagSet tags;
                tags.set_tags(movie.id() * 7);
                tags.add_trail(movie.title());
                return tags;
              },
              {.name = "Tag"})
          .Build();
  ASSERT_THAT(graph, IsOk());
  const std::string workflow = "film-" + GetParam().name;
  film::MovieId id;
  id.set_id(603);
  {
    const std::unique_ptr<Engine> engine = StartEngine();
    ExecCtx ctx = engine->NewExecution({.workflow_id = workflow});
    ASSERT_THAT(graph->Execute<film::TagSet>(ctx, id), StatusIs(absl::StatusCode::kInternal));
  }
  {
    pqxx::connection connection(postgres_->connection());
    pqxx::work transaction(connection);
    const pqxx::result changed =
        transaction.exec("UPDATE protograph.checkpoints SET " + GetParam().set +
                         " WHERE workflow_id = " + transaction.quote(workflow));
    ASSERT_EQ(changed.affected_rows(), 1U);
    transaction.commit();
  }
  fails = false;
  const std::unique_ptr<Engine> engine = StartEngine();
  ExecCtx ctx = engine->NewExecution({.workflow_id = workflow});
  const absl::StatusOr<film::TagSet> tags = graph->Execute<film::TagSet>(ctx, id);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 603 * 7);
  EXPECT_EQ(tags->trail(0), std::string(1000, 'x'));
  EXPECT_EQ(fetched, 2);
  EXPECT_EQ(engine->stats().checkpoints_damaged, GetParam().is_reported ? 1 : 0);
  EXPECT_EQ(engine->stats().steps_restored, 0);
}

INSTANTIATE_TEST_SUITE_P(Rows, TamperingTest, ::testing::ValuesIn(kTamperings),
                         [](const auto& tampering) { return tampering.param.name; });

}  // namespace
}  // namespace protograph
