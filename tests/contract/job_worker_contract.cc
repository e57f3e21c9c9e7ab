// What workers publish of themselves and of their graphs.

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_contract.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

WorkerRecord WorkerOf(const std::string& owner_id) {
  return {.owner_id = owner_id,
          .host = "",
          .process_id = 0,
          .program = "store_contract",
          .started_at = absl::UnixEpoch(),
          .threads = 4,
          .queues = {{"films", 3}, {"it's", 1}},
          .graphs = {"movies", "{lab}"}};
}

TEST_P(JobWorkerContract, WhereNoneWorksThereIsNone) {
  EXPECT_THAT(jobs().Workers(), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(jobs().Graphs(), IsOkAndHolds(IsEmpty()));
}

TEST_P(JobWorkerContract, AWorkerIsWhatItSaysAndWhatItsOwnerHas) {
  const std::string owner_id = NewOwner("machine 1");
  EXPECT_THAT(jobs().PublishWorker(WorkerOf(owner_id)), IsOk());
  const absl::StatusOr<std::vector<WorkerRecord>> workers = jobs().Workers();
  ASSERT_THAT(workers, IsOkAndHolds(SizeIs(1)));
  const WorkerRecord& worker = workers->front();
  EXPECT_EQ(worker.owner_id, owner_id);
  EXPECT_EQ(worker.host, "machine 1");
  EXPECT_EQ(worker.process_id, 4711);
  EXPECT_EQ(worker.program, "store_contract");
  EXPECT_TRUE(worker.is_alive);
  EXPECT_EQ(worker.threads, 4);
  EXPECT_THAT(worker.queues, ElementsAre(Pair("films", 3), Pair("it's", 1)));
  EXPECT_THAT(worker.graphs, ElementsAre("movies", "{lab}"));
  EXPECT_EQ(worker.running, 0);
  EXPECT_THAT(worker.started_at, About(Now()));
}

TEST_P(JobWorkerContract, WhatItPublishesAgainIsWhatItIs) {
  WorkerRecord worker = WorkerOf(owner());
  EXPECT_THAT(jobs().PublishWorker(worker), IsOk());
  worker.threads = 8;
  worker.queues.clear();
  worker.graphs = {"movies"};
  EXPECT_THAT(jobs().PublishWorker(worker), IsOk());
  const absl::StatusOr<std::vector<WorkerRecord>> workers = jobs().Workers();
  ASSERT_THAT(workers, IsOkAndHolds(SizeIs(1)));
  EXPECT_EQ(workers->front().threads, 8);
  EXPECT_THAT(workers->front().queues, IsEmpty());
  EXPECT_THAT(workers->front().graphs, ElementsAre("movies"));
}

TEST_P(JobWorkerContract, TheNewestComesFirst) {
  const std::string first = NewOwner();
  EXPECT_THAT(jobs().PublishWorker(WorkerOf(first)), IsOk());
  LetAMomentPass();
  const std::string second = NewOwner();
  EXPECT_THAT(jobs().PublishWorker(WorkerOf(second)), IsOk());
  EXPECT_THAT(jobs().Workers(), IsOkAndHolds(ElementsAre(Field(&WorkerRecord::owner_id, second),
                                                         Field(&WorkerRecord::owner_id, first))));
}

TEST_P(JobWorkerContract, ItsJobsAreCounted) {
  EXPECT_THAT(jobs().PublishWorker(WorkerOf(owner())), IsOk());
  SubmitAll(NewJobs(3));
  const std::vector<ClaimedJob> claimed = Claim(2);
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_THAT(jobs().Workers(), IsOkAndHolds(ElementsAre(Field(&WorkerRecord::running, 2))));
  EXPECT_THAT(Finish({Succeed(claimed[0])}), IsEmpty());
  EXPECT_THAT(jobs().Workers(), IsOkAndHolds(ElementsAre(Field(&WorkerRecord::running, 1))));
}

TEST_P(JobWorkerContract, TheDeadAreThereUntilTheirOwnersAreForgotten) {
  const std::string dead = NewOwner();
  EXPECT_THAT(jobs().PublishWorker(WorkerOf(dead)), IsOk());
  Bury(dead);
  EXPECT_THAT(jobs().Workers(), IsOkAndHolds(ElementsAre(Field(&WorkerRecord::is_alive, false))));
  LetAMomentPass();
  Retention retention = KeepEverything();
  retention.owners = absl::ZeroDuration();
  SweepAll(retention);
  Maintain();
  EXPECT_THAT(jobs().Workers(), IsOkAndHolds(IsEmpty()));
}

TEST_P(JobWorkerContract, OfEachGraphTheLastPublishedIsKept) {
  const std::string bytes("\0\xFF'", 3);
  EXPECT_THAT(jobs().PublishGraph({.graph = "movies",
                                   .fingerprint = "f1",
                                   .description = "old",
                                   .descriptors = "old",
                                   .published_at = absl::UnixEpoch()}),
              IsOk());
  EXPECT_THAT(jobs().PublishGraph({.graph = "it's a lab",
                                   .fingerprint = "f2",
                                   .description = "d",
                                   .descriptors = "e",
                                   .published_at = absl::UnixEpoch()}),
              IsOk());
  EXPECT_THAT(jobs().PublishGraph({.graph = "movies",
                                   .fingerprint = "f3",
                                   .description = bytes + "description",
                                   .descriptors = bytes + "descriptors",
                                   .published_at = absl::UnixEpoch()}),
              IsOk());
  const absl::StatusOr<std::vector<PublishedGraph>> graphs = jobs().Graphs();
  ASSERT_THAT(graphs, IsOkAndHolds(SizeIs(2)));
  EXPECT_EQ((*graphs)[0].graph, "it's a lab");
  EXPECT_EQ((*graphs)[0].fingerprint, "f2");
  EXPECT_EQ((*graphs)[1].graph, "movies");
  EXPECT_EQ((*graphs)[1].fingerprint, "f3");
  EXPECT_EQ((*graphs)[1].description, bytes + "description");
  EXPECT_EQ((*graphs)[1].descriptors, bytes + "descriptors");
  EXPECT_THAT((*graphs)[1].published_at, About(Now()));
}

}  // namespace
}  // namespace protograph
