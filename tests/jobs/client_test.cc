// What clients ask, on a store in memory. See tests/integration for the same on Postgres.

#include "protograph/jobs/client.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>

#include "absl/time/clock.h"
#include "unsteady_store.h"
#include "worker_fixture.h"

namespace protograph::tests {
namespace {

using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ClientTest : public WorkerTest {
 protected:
  // Which knows the graph, as a program does that links it.
  std::unique_ptr<Client> WithGraph() {
    ClientOptions options;
    options.graphs = {graph_};
    return MakeClient(std::move(options));
  }
  // Jobs are woken for, never looked for.
  std::unique_ptr<Client> Patient() {
    ClientOptions options;
    options.poll_interval = absl::InfiniteDuration();
    return MakeClient(std::move(options));
  }
  std::vector<JobId> List(const JobFilter& filter, const JobId& after, int limit) {
    const absl::StatusOr<std::vector<JobRecord>> records = client_->List(filter, after, limit);
    EXPECT_THAT(records, IsOk());
    std::vector<JobId> ids;
    if (records.ok()) {
      for (const JobRecord& record : *records) ids.push_back(record.job_id);
    }
    return ids;
  }
};

TEST_F(ClientTest, NeedsAStoreThatKeepsJobs) {
  EXPECT_THAT(Client::Make(nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("PostgresStore")));
  EXPECT_THAT(Client::Make(std::make_shared<FaultyStore>(store_)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ClientOptions options;
  options.poll_interval = absl::ZeroDuration();
  EXPECT_THAT(Client::Make(store_, options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("poll_interval")));
}

// ---- Submitting ----

TEST_F(ClientTest, WhatIsSaidOfAJobIsKept) {
  SubmitOptions options;
  options.queue = "cinema";
  options.priority = 7;
  options.delay = absl::Hours(2);
  options.retry = {.attempts = 9, .backoff = absl::Seconds(3), .longest_backoff = absl::Minutes(3)};
  options.timeout = absl::Minutes(20);
  options.unique_key = "film/603";
  options.concurrency_key = "studio";
  options.tags = {"new", "urgent"};
  options.metadata = {{"who", "me \"and\" you"}, {"why", ""}};
  const absl::Time before = absl::Now();
  const JobId job = Submit(603, options);
  const JobRecord record = Record(job);
  EXPECT_EQ(record.job_id, job);
  EXPECT_EQ(record.queue, "cinema");
  EXPECT_EQ(record.graph, "films");
  EXPECT_EQ(record.output_type, "film.TagSet");
  EXPECT_EQ(record.state, JobState::kScheduled);
  EXPECT_EQ(record.priority, 7);
  EXPECT_EQ(record.attempt, 0);
  EXPECT_EQ(record.max_attempts, 9);
  EXPECT_EQ(record.unique_key, "film/603");
  EXPECT_EQ(record.concurrency_key, "studio");
  EXPECT_THAT(record.tags, ElementsAre("new", "urgent"));
  EXPECT_THAT(record.metadata,
              AllOf(HasSubstr(R"("who":"me \"and\" you")"), HasSubstr(R"("why":"")")));
  EXPECT_GE(*record.run_at, before + options.delay);

  const absl::StatusOr<JobContents> contents = client_->Contents(job);
  ASSERT_THAT(contents, IsOk());
  JobInputs inputs;
  ASSERT_TRUE(inputs.ParseFromString(contents->inputs));
  ASSERT_EQ(inputs.inputs_size(), 1);
  EXPECT_EQ(inputs.inputs(0).type(), "film.MovieId");
  film::MovieId id;
  ASSERT_TRUE(id.ParseFromString(inputs.inputs(0).message()));
  EXPECT_THAT(id, EqualsProto(FilmId(603)));
}

TEST_F(ClientTest, AnEarliestTimeAndADelayBothHold) {
  SubmitOptions options = Once();
  options.earliest_run_time = absl::Now() + absl::Hours(5);
  EXPECT_EQ(Record(Submit(1, options)).run_at, options.earliest_run_time);
  options.earliest_run_time = absl::Now() - absl::Hours(5);
  EXPECT_EQ(Record(Submit(1, options)).state, JobState::kQueued);
}

TEST_F(ClientTest, ManyJobsHaveIdsInTheirOrder) {
  constexpr int kJobs = 10'000;
  const std::vector<JobId> jobs = SubmitMany(kJobs);
  ASSERT_THAT(jobs, SizeIs(kJobs));
  EXPECT_TRUE(std::is_sorted(jobs.begin(), jobs.end()));
  EXPECT_EQ(std::set<JobId>(jobs.begin(), jobs.end()).size(), kJobs);
}

TEST_F(ClientTest, ManyJobsMayEachHaveTheirInputsAndOptions) {
  const film::MovieId one = FilmId(1);
  const film::MovieId two = FilmId(2);
  SubmitOptions later = Once();
  later.delay = absl::Hours(1);
  const std::vector<JobRequest> requests = {{.inputs = {&one}, .options = Once()},
                                            {.inputs = {&two}, .options = later}};
  const absl::StatusOr<std::vector<JobId>> jobs =
      client_->SubmitMany<film::TagSet>(kGraph, requests);
  ASSERT_THAT(jobs, IsOkAndHolds(SizeIs(2)));
  EXPECT_EQ(Record(jobs->at(0)).state, JobState::kQueued);
  EXPECT_EQ(Record(jobs->at(1)).state, JobState::kScheduled);
  EXPECT_THAT(client_->SubmitMany<film::TagSet>(kGraph, std::vector<film::MovieId>()),
              IsOkAndHolds(IsEmpty()));
}

TEST_F(ClientTest, OfManyJobsAllOrNoneAreSubmitted) {
  const film::MovieId one = FilmId(1);
  SubmitOptions wrong = Once();
  wrong.priority = 100'000;
  const std::vector<JobRequest> requests = {{.inputs = {&one}, .options = Once()},
                                            {.inputs = {&one}, .options = wrong}};
  EXPECT_THAT(client_->SubmitMany<film::TagSet>(kGraph, requests),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("priority")));
  EXPECT_THAT(List({}, "", 10), IsEmpty());
  const std::vector<JobRequest> null = {{.inputs = {&one}}, {.inputs = {nullptr}}};
  EXPECT_THAT(client_->SubmitMany<film::TagSet>(kGraph, null),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("null")));
  EXPECT_THAT(List({}, "", 10), IsEmpty());
}

TEST_F(ClientTest, WhereAKeyIsTakenTheOtherJobIsTheAnswer) {
  SubmitOptions options = Once();
  options.unique_key = "film/1";
  const JobId job = Submit(1, options);
  EXPECT_EQ(Submit(1, options), job);
  EXPECT_THAT(SubmitMany(3, options), ElementsAre(job, job, job));
  options.queue = "another";
  EXPECT_NE(Submit(1, options), job);
  {
    const auto worker = Start();
    EXPECT_THAT(Wait(job), IsOk());
  }
  options.queue = "default";
  EXPECT_NE(Submit(1, options), job);
}

TEST_F(ClientTest, AKeyMayBeKeptForAWhileAfterTheJob) {
  SubmitOptions options = Once();
  options.unique_key = "film/1";
  options.unique_among = UniqueAmong::kFinished;
  options.unique_for = absl::Hours(1);
  const JobId job = Submit(1, options);
  const auto worker = Start();
  EXPECT_THAT(Wait(job), IsOk());
  EXPECT_EQ(Submit(1, options), job);
}

TEST_F(ClientTest, AKeyAmongThoseThatWaitIsFreeOnceTheJobRuns) {
  BlockIn("FetchMovie");
  SubmitOptions options = Once();
  options.unique_key = "film/1";
  options.unique_among = UniqueAmong::kWaiting;
  const JobId job = Submit(1, options);
  WorkerOptions of_worker = Options();
  of_worker.threads = 1;
  of_worker.prefetch = 1;
  const auto worker = Start(of_worker);
  reached_.WaitForMost(1);
  const JobId next = Submit(1, options);
  EXPECT_NE(next, job);
  released_.Open();
  EXPECT_THAT(Wait(next), IsOk());
}

TEST_F(ClientTest, WhatNoGraphCanDoIsRefusedWhereTheGraphIsTheProgramsOwn) {
  const std::unique_ptr<Client> client = WithGraph();
  EXPECT_THAT(client->Submit<film::TagSet>(kGraph, FilmId(1)), IsOk());
  EXPECT_THAT(client->Submit<film::Poster>(kGraph, FilmId(1)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("films"), HasSubstr("film.Poster"))));
  EXPECT_THAT(client->Submit<film::TagSet>(kGraph, film::Poster()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("film.Poster")));
  EXPECT_THAT(client->SubmitMany<film::TagSet>(kGraph, std::vector<JobRequest>(1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("MovieId")));
  // Of others it knows nothing.
  EXPECT_THAT(client->Submit<film::Poster>("books", FilmId(1)), IsOk());
}

TEST_F(ClientTest, WhatNoGraphCanDoIsRefusedWhereAWorkerHasPublishedTheGraph) {
  {
    const auto worker = Start();
    ASSERT_TRUE(Eventually([&] { return !store_->jobs()->Graphs()->empty(); }));
  }
  const std::unique_ptr<Client> client = MakeClient({});
  EXPECT_THAT(client->Submit<film::TagSet>(kGraph, FilmId(1)), IsOk());
  EXPECT_THAT(client->Submit<film::Poster>(kGraph, FilmId(1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("film.Poster")));
  EXPECT_THAT(client->Submit<film::TagSet>(kGraph, film::Poster()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ClientTest, GiantInputsAreRefused) {
  film::TagSet giant;
  giant.add_trail(std::string(kLargestPayload, 'x'));
  EXPECT_THAT(client_->Submit<film::TagSet>(kGraph, giant),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most")));
}

TEST_F(ClientTest, ADrainingQueueTakesNoJobs) {
  ASSERT_THAT(client_->Configure("default", {.mode = QueueMode::kDraining}), IsOk());
  EXPECT_THAT(client_->Submit<film::TagSet>(kGraph, FilmId(1)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("draining")));
  ASSERT_THAT(client_->Configure("default", {}), IsOk());
  EXPECT_THAT(client_->Submit<film::TagSet>(kGraph, FilmId(1)), IsOk());
}

// ---- Results ----

TEST_F(ClientTest, AResultIsThereOnceTheJobIsDone) {
  const JobId job = Submit(603);
  EXPECT_THAT(
      client_->Result<film::TagSet>(job),
      StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr(job), HasSubstr("queued"))));
  const auto worker = Start();
  ASSERT_THAT(Wait(job), IsOk());
  EXPECT_THAT(client_->Result<film::TagSet>(job), IsOkAndHolds(EqualsProto(TagsOf(603))));
  EXPECT_THAT(client_->Result<film::Movie>(job),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("film.TagSet"), HasSubstr("film.Movie"))));
}

TEST_F(ClientTest, AnUnknownJobIsNotFound) {
  for (const char* job :
       {"01890000-0000-7000-8000-000000000000", "", "603", "'; DROP TABLE jobs"}) {
    EXPECT_THAT(client_->Result<film::TagSet>(job), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(Wait(job), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(client_->Status(job), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(client_->Contents(job), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(client_->Cancel(job), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(client_->Retry(job), StatusIs(absl::StatusCode::kNotFound));
  }
}

TEST_F(ClientTest, OtherStatusesHaveNoJobFailure) {
  EXPECT_FALSE(GetJobFailure(absl::OkStatus()).has_value());
  EXPECT_FALSE(GetJobFailure(absl::InternalError("x")).has_value());
  EXPECT_FALSE(GetJobFailure(client_->Result<film::TagSet>(Submit(1)).status()).has_value());
}

TEST_F(ClientTest, WhoWaitsTooShortlyIsToldSo) {
  const JobId job = Submit(1);
  EXPECT_THAT(
      client_->Wait<film::TagSet>(job, absl::ZeroDuration()),
      StatusIs(absl::StatusCode::kDeadlineExceeded, AllOf(HasSubstr(job), HasSubstr("queued"))));
  EXPECT_THAT(client_->Wait<film::TagSet>(job, absl::Milliseconds(30)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(client_->Wait<film::TagSet>(job, -absl::Hours(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(ClientTest, WhoWaitsIsWokenAndNeedNotLook) {
  const std::unique_ptr<Client> client = Patient();
  BlockIn("FetchMovie");
  const JobId job = Submit(1);
  std::vector<std::thread> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(
        [&] { EXPECT_THAT(client->Wait<film::TagSet>(job, absl::InfiniteDuration()), IsOk()); });
  }
  const auto worker = Start();
  reached_.WaitForMost(1);
  released_.Open();
  for (std::thread& thread : waiting) thread.join();
}

TEST_F(ClientTest, WhoWaitsForACancelledJobIsWokenToo) {
  const std::unique_ptr<Client> client = Patient();
  const JobId job = Submit(1);
  std::thread waiting([&] {
    EXPECT_THAT(client->Wait<film::TagSet>(job, absl::InfiniteDuration()),
                StatusIs(absl::StatusCode::kCancelled));
  });
  EXPECT_THAT(client_->Cancel(job), IsOk());
  waiting.join();
}

TEST_F(ClientTest, WhoWaitsOutlastsAStoreThatIsAway) {
  const auto unsteady = std::make_shared<UnsteadyStore>(store_);
  ClientOptions options;
  options.poll_interval = absl::Milliseconds(1);
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(unsteady, options);
  ASSERT_THAT(client, IsOk());
  std::atomic<int> calls{0};
  unsteady->faults().SetBefore([&](std::string_view) {
    return ++calls <= 10 ? absl::UnavailableError("away") : absl::OkStatus();
  });
  const JobId job = Submit(1);
  const auto worker = Start();
  EXPECT_THAT((*client)->Wait<film::TagSet>(job, kLongWait), IsOk());
  EXPECT_GT(calls, 10);
  // Not for longer than it was told.
  unsteady->faults().SetBefore([&](std::string_view) { return absl::UnavailableError("away"); });
  EXPECT_THAT((*client)->Wait<film::TagSet>(job, absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kUnavailable));
}

// ---- The rest ----

TEST_F(ClientTest, JobsAreListedInPagesTheNewestFirst) {
  std::vector<JobId> jobs = SubmitMany(25);
  std::reverse(jobs.begin(), jobs.end());
  std::vector<JobId> listed;
  JobId after;
  int pages = 0;
  while (true) {
    const std::vector<JobId> page = List({}, after, 10);
    if (page.empty()) break;
    ++pages;
    listed.insert(listed.end(), page.begin(), page.end());
    after = page.back();
  }
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(listed, ElementsAreArray(jobs));
}

TEST_F(ClientTest, JobsAreListedByWhatTheyAre) {
  SubmitOptions tagged = Once();
  tagged.tags = {"new"};
  const JobId job = Submit(1, tagged);
  Submit(2);
  EXPECT_THAT(List({.tags = {"new"}}, "", 10), ElementsAre(job));
  EXPECT_THAT(List({.states = {JobState::kFailed}}, "", 10), IsEmpty());
}

TEST_F(ClientTest, OnlyWhatHasNotSucceededIsRetried) {
  const JobId job = Submit(1);
  EXPECT_THAT(client_->Retry(job), StatusIs(absl::StatusCode::kFailedPrecondition));
  const auto worker = Start();
  ASSERT_THAT(Wait(job), IsOk());
  EXPECT_THAT(client_->Retry(job), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(client_->Cancel(job), IsOkAndHolds(JobState::kSucceeded));
}

TEST_F(ClientTest, AScheduledJobThatIsRetriedIsDueAtOnce) {
  SubmitOptions options = Once();
  options.delay = absl::Hours(1);
  const JobId job = Submit(1, options);
  ASSERT_THAT(client_->Retry(job), IsOk());
  const auto worker = Start();
  EXPECT_THAT(Wait(job), IsOk());
}

TEST_F(ClientTest, QueuesSayWhatIsInThem) {
  ASSERT_THAT(client_->Configure("narrow", {.concurrency_limit = 3, .key_limit = 1}), IsOk());
  SubmitMany(3);
  SubmitOptions later = Once();
  later.delay = absl::Hours(1);
  Submit(1, later);
  const absl::StatusOr<std::vector<QueueRecord>> queues = client_->Queues();
  ASSERT_THAT(queues, IsOkAndHolds(SizeIs(2)));
  EXPECT_EQ(queues->at(0).queue, "default");
  EXPECT_EQ(queues->at(0).queued, 3);
  EXPECT_EQ(queues->at(0).scheduled, 1);
  EXPECT_EQ(queues->at(1).queue, "narrow");
  EXPECT_EQ(queues->at(1).settings.concurrency_limit, 3);
  EXPECT_EQ(queues->at(1).settings.key_limit, 1);
}

TEST_F(ClientTest, APausedQueueHandsNothingOutUntilItIsResumed) {
  ASSERT_THAT(client_->Configure("default", {.mode = QueueMode::kPaused}), IsOk());
  const JobId job = Submit(1);
  SubmitOptions elsewhere = Once();
  elsewhere.queue = "other";
  WorkerOptions options = Options();
  options.queues = {{.name = "default"}, {.name = "other"}};
  const auto worker = Start(options);
  EXPECT_THAT(Wait(Submit(2, elsewhere)), IsOk());
  EXPECT_EQ(Record(job).state, JobState::kQueued);
  ASSERT_THAT(client_->Configure("default", {}), IsOk());
  EXPECT_THAT(Wait(job), IsOk());
}

}  // namespace
}  // namespace protograph::tests
