// The catalogue in one execution: over all films of examples/data/movies.csv, and where films fail.
// MOVIE_TAGGING_DATA is the path of the file.

#include "catalog_graph.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "flaky_content_analyzer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/testing.h"
#include "rule_based_analyzer.h"
#include "slow_content_analyzer.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::ExecCtx;
using ::protograph::Many;
using ::protograph::testing::FailStep;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::Recorder;
using ::protograph::testing::ReplaceMapStep;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::NiceMock;
using ::testing::Return;
using ::testing::StartsWith;

std::shared_ptr<const CsvMovieCatalog> Catalog() {
  static const auto& catalog = *new auto(CsvMovieCatalog::Load(MOVIE_TAGGING_DATA).value());
  return catalog;
}

FilmRange Films(int from, int to) {
  FilmRange range;
  range.set_from_id(from);
  range.set_to_id(to);
  return range;
}

std::shared_ptr<protograph::ThreadPool> PoolOf(size_t threads) {
  return std::make_shared<protograph::ThreadPool>(
      protograph::ThreadPoolOptions{.max_threads = threads});
}

// Without helpers, so that the order of items is the same in every run.
CatalogGraph Graph(CatalogGraphDeps deps = {}) {
  deps.catalog = Catalog();
  if (deps.analyzer == nullptr) deps.analyzer = std::make_shared<RuleBasedAnalyzer>();
  if (deps.pool == nullptr) deps.pool = PoolOf(0);
  return MakeCatalogGraph(std::move(deps)).value();
}

TEST(CatalogGraph, EnrichesEveryFilmOnAnyNumberOfThreads) {
  std::string first;
  for (const size_t threads : {0, 1, 7}) {
    ExecCtx ctx;
    const absl::StatusOr<CatalogSummary> summary =
        Graph({.pool = PoolOf(threads)}).Execute<CatalogSummary>(ctx, FilmRange());
    ASSERT_THAT(summary, IsOk());
    EXPECT_EQ(summary->films(), 3201);
    EXPECT_EQ(summary->left_out_size(), 0);
    if (first.empty()) first = summary->SerializeAsString();
    EXPECT_EQ(summary->SerializeAsString(), first) << threads;
  }
}

// Counted in the file with another tool, with years that lie in the future a century earlier.
TEST(CatalogGraph, CountsTheFilmsOfTheFile) {
  ExecCtx ctx;
  const absl::StatusOr<CatalogSummary> summary = Graph().Execute<CatalogSummary>(ctx, FilmRange());
  ASSERT_THAT(summary, IsOk());
  std::vector<std::pair<int, int>> decades;
  for (const DecadeSummary& decade : summary->decades()) {
    decades.emplace_back(decade.decade(), decade.group().films());
  }
  EXPECT_THAT(decades, testing::ElementsAreArray(std::vector<std::pair<int, int>>{{1910, 3},
                                                                                  {1920, 6},
                                                                                  {1930, 15},
                                                                                  {1940, 19},
                                                                                  {1950, 38},
                                                                                  {1960, 63},
                                                                                  {1970, 100},
                                                                                  {1980, 256},
                                                                                  {1990, 769},
                                                                                  {2000, 1830},
                                                                                  {2010, 94}}));
  EXPECT_EQ(summary->films_without_date(), 8);
  EXPECT_EQ(summary->films_without_director(), 1331);
  ASSERT_EQ(summary->directors_size(), 550);
  EXPECT_EQ(summary->directors(0).director(), "Steven Spielberg");
  EXPECT_EQ(summary->directors(0).group().films(), 23);
}

TEST(CatalogGraph, TakesTheFilmsOfARange) {
  ExecCtx ctx;
  const absl::StatusOr<CatalogSummary> some = Graph().Execute<CatalogSummary>(ctx, Films(10, 12));
  ASSERT_THAT(some, IsOk());
  EXPECT_EQ(some->films(), 3);
  const absl::StatusOr<CatalogSummary> none = Graph().Execute<CatalogSummary>(ctx, Films(4000, 0));
  ASSERT_THAT(none, IsOk());
  EXPECT_EQ(none->films(), 0);
}

TEST(CatalogGraph, NamesTheFewFilmsWhoseAnalysisFails) {
  FakeClock clock;
  ExecCtx ctx({.clock = &clock});
  const auto analyzer =
      std::make_shared<FlakyContentAnalyzer>(std::make_shared<RuleBasedAnalyzer>(), 0.2, 1);
  const absl::StatusOr<CatalogSummary> summary =
      Graph({.analyzer = analyzer}).Execute<CatalogSummary>(ctx, FilmRange());
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->films(), 3201);
  EXPECT_EQ(summary->left_out_size(), 25) << "as many as fail one by one";
  EXPECT_THAT(summary->left_out(0).why(),
              AllOf(StartsWith("step EnrichMovie failed after 1 attempt: "),
                    HasSubstr("step AnalyzeContent failed after 3 attempts"),
                    HasSubstr("the analyzer did not answer call 3 for film " +
                              std::to_string(summary->left_out(0).movie_id()))));
  const std::vector<protograph::StepProgress> progress = ctx.Progress();
  ASSERT_EQ(progress.size(), 2u);
  EXPECT_EQ(progress[0].step, "FetchMovie");
  EXPECT_EQ(progress[0].failed, 0);
  EXPECT_EQ(progress[1].step, "EnrichMovie");
  EXPECT_EQ(progress[1].total, 3201);
  EXPECT_EQ(progress[1].done, 3201);
  EXPECT_EQ(progress[1].failed, 25);
}

TEST(CatalogGraph, MakesNoSummaryWhereTooManyFilmsFail) {
  FakeClock clock;
  ExecCtx ctx({.clock = &clock});
  const auto analyzer =
      std::make_shared<FlakyContentAnalyzer>(std::make_shared<RuleBasedAnalyzer>(), 0.9, 1);
  const absl::StatusOr<CatalogSummary> summary =
      Graph({.analyzer = analyzer}).Execute<CatalogSummary>(ctx, FilmRange());
  EXPECT_THAT(summary, StatusIs(absl::StatusCode::kUnavailable,
                                AllOf(StartsWith("step EnrichMovie failed for 161 of 3201 items, "
                                                 "more than the 160 that may fail, and "),
                                      HasSubstr("; and 156 more"))));
  const auto failure = protograph::GetStepFailure(summary.status());
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->step(), "EnrichMovie");
  EXPECT_EQ(failure->items().total(), 3201);
  EXPECT_EQ(failure->items().failed(), 161);
}

TEST(CatalogGraph, LeavesAFilmThatIsNotThereOutOfTheRest) {
  const auto films = std::make_shared<NiceMock<MockMovieCatalog>>();
  ON_CALL(*films, FindMovie).WillByDefault([](const MovieId& id) -> absl::StatusOr<Movie> {
    if (id.id() == 12) return absl::NotFoundError("there is no film 12");
    return Catalog()->FindMovie(id);
  });
  ON_CALL(*films, FindFilmsBy).WillByDefault([](std::string_view director) {
    return Catalog()->FindFilmsBy(director);
  });
  Recorder recorder;
  ExecCtx ctx({.observer = &recorder});
  const absl::StatusOr<CatalogSummary> summary =
      Graph({.films = films}).Execute<CatalogSummary>(ctx, Films(1, 100));
  ASSERT_THAT(summary, IsOk());
  ASSERT_EQ(summary->left_out_size(), 1);
  EXPECT_EQ(summary->left_out(0).movie_id(), 12);
  EXPECT_EQ(summary->left_out(0).why(),
            "step FetchMovie failed after 1 attempt: there is no film 12");
  EXPECT_EQ(recorder.count("FetchMovie"), 100);
  EXPECT_EQ(recorder.count("EnrichMovie"), 99);
  EXPECT_EQ(recorder.count("AnalyzeContent"), 99) << "a step of the graph inside";
}

TEST(CatalogGraph, TakesFilmsThatTheCallerBrings) {
  ExecCtx ctx;
  const Many<MovieId> ids = {MakeId(1), MakeId(2)};
  const Many<Movie> films = {FromText<Movie>("id: 1 director: 'A'"),
                             FromText<Movie>("id: 2 director: 'A'")};
  const absl::StatusOr<CatalogSummary> summary = Graph().Execute<CatalogSummary>(ctx, films, ids);
  ASSERT_THAT(summary, IsOk());
  ASSERT_EQ(summary->directors_size(), 1);
  EXPECT_EQ(summary->directors(0).group().films(), 2);
}

TEST(CatalogGraph, SurvivesOneFailureOfAStep) {
  const auto flaky = FailStep(Graph(), "EnrichMovie", /*on_call=*/7, absl::InternalError("broken"));
  ASSERT_THAT(flaky, IsOk());
  ExecCtx ctx;
  const absl::StatusOr<CatalogSummary> summary = flaky->Execute<CatalogSummary>(ctx, Films(1, 100));
  ASSERT_THAT(summary, IsOk());
  ASSERT_EQ(summary->left_out_size(), 1);
  EXPECT_EQ(summary->left_out(0).movie_id(), 7);
}

TEST(CatalogGraph, SumsUpWhatAnotherStepMakes) {
  const auto offline = ReplaceMapStep(Graph(), [](ExecCtx&, const MovieId& id) {
    return FromText<Movie>("director: 'D' id: " + std::to_string(id.id()));
  });
  ASSERT_THAT(offline, IsOk());
  ExecCtx ctx;
  const absl::StatusOr<CatalogSummary> summary =
      offline->Execute<CatalogSummary>(ctx, Films(1, 50));
  ASSERT_THAT(summary, IsOk());
  ASSERT_EQ(summary->directors_size(), 1);
  EXPECT_EQ(summary->directors(0).group().films(), 50);
}

TEST(CatalogGraph, IsOneGroupOfStepsThatTakeItemByItem) {
  const auto plan = Graph().Explain<CatalogSummary>();
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(protograph::ToText(*plan),
              AllOf(HasSubstr("FetchMovie"), HasSubstr("(Many<Movie>) -> Many<EnrichedMovie>"),
                    HasSubstr("[item by item]")));
}

TEST(CatalogGraph, RefusesAMissingClient) {
  EXPECT_THAT(MakeCatalogGraph({.catalog = nullptr,
                                .films = nullptr,
                                .analyzer = std::make_shared<RuleBasedAnalyzer>()}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("MovieCatalog")));
}

TEST(SlowContentAnalyzer, AnswersAsTheOneBehindIt) {
  const auto slow = std::make_shared<NiceMock<MockContentAnalyzer>>();
  EXPECT_CALL(*slow, Analyze).WillOnce(Return(absl::UnavailableError("busy")));
  EXPECT_THAT(SlowContentAnalyzer(slow, absl::ZeroDuration()).Analyze(Movie()),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace movie_tagging
