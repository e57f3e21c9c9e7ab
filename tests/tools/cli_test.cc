#include "cli_test.h"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <pqxx/pqxx>
#include <utility>

#include "absl/time/clock.h"
#include "film.pb.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "graph/call_check.h"
#include "protograph/protograph.h"
#include "protograph/testing/matchers.h"

namespace protograph::tests {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::TemporaryPostgres;

class FetchMovie {
 public:
  absl::StatusOr<film::Movie> Compute(ExecCtx& ctx, const film::MovieId& id) const {
    if (id.id() == kMissingFilm) return absl::NotFoundError("there is no such film");
    while (id.id() == kEndlessFilm) {
      if (absl::Status status = ctx.CheckAlive(); !status.ok()) return status;
      absl::SleepFor(absl::Milliseconds(5));
    }
    film::Movie movie;
    movie.set_id(id.id());
    movie.set_title(fmt::format("Film {}", id.id()));
    return movie;
  }
};

class TagMovie {
 public:
  film::TagSet Compute(ExecCtx& /*ctx*/, const film::Movie& movie) const {
    film::TagSet tags;
    tags.set_tags(movie.id());
    tags.add_trail(movie.title());
    return tags;
  }
};

class Classify {
 public:
  film::Classification Compute(ExecCtx& /*ctx*/, const film::Movie& movie,
                               const film::DirectorProfile& director) const {
    film::Classification classification;
    classification.set_genre(movie.id() * director.films());
    return classification;
  }
};

}  // namespace

Graph FilmGraph() {
  absl::StatusOr<Graph> graph = GraphBuilder("films")
                                    .Input<film::MovieId>()
                                    .Input<film::DirectorProfile>()
                                    .Add<FetchMovie>()
                                    .Add<TagMovie>()
                                    .Add<Classify>()
                                    .Build();
  EXPECT_THAT(graph, IsOk());
  return *std::move(graph);
}

TemporaryPostgres& CliPostgres() {
  static const std::unique_ptr<TemporaryPostgres> postgres = [] {
    auto started = TemporaryPostgres::Start(
        {.fsync = true, .settings = {"shared_buffers=128MB", "max_prepared_transactions=4"}});
    if (!started.ok()) {
      std::cerr << started.status() << std::endl;
      std::abort();
    }
    return *std::move(started);
  }();
  return *postgres;
}

TestWorker::TestWorker(std::shared_ptr<Store> store, Graph graph, WorkerOptions options) {
  absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Start(std::move(store));
  if (!engine.ok()) {
    ADD_FAILURE() << engine.status();
    return;
  }
  engine_ = *std::move(engine);
  worker_ =
      std::make_unique<Worker>(*engine_, std::vector<Graph>{std::move(graph)}, std::move(options));
  thread_ = std::thread([this] { EXPECT_THAT(worker_->Run(stop_.get_token()), IsOk()); });
}

TestWorker::~TestWorker() {
  stop_.request_stop();
  if (worker_ != nullptr) worker_->StopAtOnce();
  if (thread_.joinable()) thread_.join();
}

void CliTest::SetUp() {
  static std::atomic<int> next{0};
  connection_ = CliPostgres().connection();
  schema_ = fmt::format("cli_{}", next.fetch_add(1));
  absl::StatusOr<std::shared_ptr<PostgresStore>> store =
      PostgresStore::Open({.connection = connection_, .schema = schema_});
  ASSERT_THAT(store, IsOk());
  store_ = *std::move(store);
}

std::vector<std::string> CliTest::WithDatabase(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--database", connection_, "--schema", schema_});
  return arguments;
}

Outcome CliTest::Run(std::vector<std::string> arguments, const std::string& input) const {
  return RunTool(WithDatabase(std::move(arguments)), input);
}

std::string CliTest::Query(const std::string& sql) const {
  try {
    pqxx::connection connection(connection_);
    pqxx::nontransaction transaction(connection);
    transaction.exec("SET search_path = " + schema_);
    std::string text;
    for (const auto& row : transaction.exec(sql)) {
      for (const auto& field : row) text += (text.empty() ? "" : "|") + std::string(field.c_str());
    }
    return text;
  } catch (const std::exception& error) {
    return std::string("error: ") + error.what();
  }
}

std::unique_ptr<TestWorker> CliTest::StartWorker(WorkerOptions options, Graph graph) {
  auto worker = std::make_unique<TestWorker>(store_, std::move(graph), std::move(options));
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  while (Query("SELECT count(*) FROM graphs WHERE EXISTS (SELECT FROM workers)") != "1") {
    EXPECT_LT(absl::Now(), give_up) << "the worker does not begin";
    if (absl::Now() > give_up) break;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return worker;
}

void CliTest::Publish() {
  const Graph graph = FilmGraph();
  EXPECT_THAT(store_->jobs()->PublishGraph(
                  {.graph = "films",
                   .fingerprint = graph.fingerprint(),
                   .description = graph.Describe().SerializeAsString(),
                   .descriptors = internal::DescriptorsOf(graph).SerializeAsString(),
                   .published_at = {}}),
              IsOk());
}

std::string CliTest::SubmitFilm(int film, std::vector<std::string> flags) const {
  std::vector<std::string> arguments = {"submit",       "films.film.TagSet",
                                        "--input-type", "film.MovieId",
                                        "--json",       fmt::format("{{\"id\":{}}}", film)};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const Outcome outcome = Run(std::move(arguments));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return Trimmed(outcome.out);
}

}  // namespace protograph::tests
