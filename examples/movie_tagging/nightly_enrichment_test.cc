// The films of examples/data/movies.csv, as jobs of a night. MOVIE_TAGGING_DATA is the file's path.

#include "nightly_enrichment.h"

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "movie_graph.h"
#include "protograph/durability/engine.h"
#include "protograph/jobs/worker.h"
#include "protograph/schedule_info.h"
#include "protograph/store/memory_store.h"
#include "protograph/testing/testing.h"
#include "rule_based_analyzer.h"
#include "tag_all.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::SizeIs;

const absl::Time kNight = absl::FromUnixSeconds(1'795'746'600);  // 2026-11-27 03:30 in Berlin

class NightlyEnrichment : public ::testing::Test {
 protected:
  NightlyEnrichment()
      : catalog_(CsvMovieCatalog::Load(MOVIE_TAGGING_DATA).value()),
        films_(MakeMovieGraph({catalog_, std::make_shared<RuleBasedAnalyzer>()}).value()),
        client_(protograph::Client::Make(store_, {.graphs = {films_.graph()}}).value()),
        nightly_(MakeNightlyGraph(catalog_, client_).value()) {}

  // Of all jobs that a night has made.
  std::vector<protograph::JobRecord> FilmJobs() {
    return client_->List({.tags = {"nightly"}}, /*after=*/"", 10'000).value();
  }

  const std::shared_ptr<protograph::MemoryStore> store_ =
      std::make_shared<protograph::MemoryStore>();
  const std::shared_ptr<const CsvMovieCatalog> catalog_;
  const MovieGraph films_;
  const std::shared_ptr<protograph::Client> client_;
  const NightlyGraph nightly_;
};

// A worker as long as it lives.
class RunningWorker {
 public:
  RunningWorker(std::shared_ptr<protograph::Store> store, std::vector<protograph::Graph> graphs)
      : engine_(protograph::Engine::Start(std::move(store)).value()),
        worker_(*engine_, std::move(graphs)),
        thread_([this] { EXPECT_THAT(worker_.Run(stop_.get_token()), IsOk()); }) {}
  ~RunningWorker() {
    stop_.request_stop();
    thread_.join();
  }

 private:
  std::stop_source stop_;
  std::unique_ptr<protograph::Engine> engine_;
  protograph::Worker worker_;
  std::thread thread_;
};

TEST_F(NightlyEnrichment, TagsEveryFilmOfTheCatalogue) {
  const auto schedules =
      protograph::Schedules::Make(store_, {.graphs = {nightly_.graph()}}).value();
  const protograph::NamedSchedule schedule = NightlySchedule().value();
  const auto report = schedules->Reconcile("nightly_enrichment", {&schedule, 1});
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(report->made, ElementsAre("nightly_enrichment"));
  EXPECT_THAT(protograph::UpcomingTicks(schedule.definition, kNight - absl::Hours(1), 1).value(),
              ElementsAre(kNight));

  const RunningWorker worker(store_, {films_.graph(), nightly_.graph()});
  const auto job = schedules->Trigger("nightly_enrichment");
  ASSERT_THAT(job, IsOk());
  const auto run = client_->Wait<EnrichmentRun>(*job, absl::Minutes(1));
  ASSERT_THAT(run, IsOk());
  EXPECT_EQ(run->films(), 3201);

  // As the same films give when no job is about.
  std::vector<MovieId> ids;
  for (const Movie& movie : catalog_->movies()) ids.push_back(MakeId(movie.id()));
  const TagAllResult expected = TagAll(films_, ids, {});
  const std::vector<protograph::JobRecord> jobs = FilmJobs();
  ASSERT_THAT(jobs, SizeIs(3201));
  std::set<int> tagged;
  for (const protograph::JobRecord& record : jobs) {
    const auto tags = client_->Wait<TagSet>(record.job_id, absl::Minutes(1));
    ASSERT_THAT(tags, IsOk());
    EXPECT_TRUE(tagged.insert(tags->movie_id()).second);
    EXPECT_EQ(tags->SerializeAsString(),
              expected.tag_sets[static_cast<size_t>(tags->movie_id() - 1)]->SerializeAsString());
  }
  EXPECT_THAT(tagged, SizeIs(3201));
}

TEST_F(NightlyEnrichment, SubmitsNoFilmTwiceForANight) {
  FilmRange range;
  range.set_from_id(600);
  range.set_to_id(609);
  for (const absl::Time night : {kNight, kNight, kNight + absl::Hours(24)}) {
    protograph::ExecCtx ctx(
        {.values = protograph::ContextValues().With(protograph::ScheduleInfo{
             .schedule = "nightly_enrichment", .time = night, .previous_time = {}})});
    const auto run = nightly_.Execute<EnrichmentRun>(ctx, range);
    ASSERT_THAT(run, IsOk());
    EXPECT_EQ(run->films(), 10);
  }
  EXPECT_THAT(FilmJobs(), SizeIs(20));
}

}  // namespace
}  // namespace movie_tagging
