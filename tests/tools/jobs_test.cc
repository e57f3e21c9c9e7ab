// protograph jobs, change, cancel, retry, queues, pause, resume, drain, limit, workers, graphs.

#include <string>
#include <vector>

#include "cli_test.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace protograph::tests {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class JobsTest : public CliTest {};

TEST_F(JobsTest, ListsTheNewestFirstAndByFilters) {
  const std::string first = SubmitFilm(1, {"--tag", "old"});
  const std::string second = SubmitFilm(2, {"--queue", "night", "--delay", "1h"});
  const Outcome all = Run({"jobs"});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(Lines(all.out),
              ElementsAre(StartsWith("ID "), AllOf(StartsWith(second), HasSubstr("scheduled")),
                          AllOf(StartsWith(first), HasSubstr("films.TagSet"))));

  const auto listed = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"jobs", "--json"});
    const Outcome outcome = Run(flags);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Lines(outcome.out);
  };
  EXPECT_THAT(listed({"--tag", "old"}), ElementsAre(HasSubstr(first)));
  EXPECT_THAT(listed({"--queue", "night"}), ElementsAre(HasSubstr(second)));
  EXPECT_THAT(listed({"--state", "scheduled,running"}), ElementsAre(HasSubstr(second)));
  EXPECT_THAT(listed({"--state", "scheduled", "--state", "queued"}), SizeIs(2));
  EXPECT_THAT(listed({"--graph", "films", "--output", "film.TagSet"}), SizeIs(2));
  EXPECT_THAT(listed({"--graph", "series"}), IsEmpty());
  EXPECT_THAT(listed({"--limit", "1"}), ElementsAre(HasSubstr(second)));
  EXPECT_THAT(listed({"--after", second}), ElementsAre(HasSubstr(first)));
  EXPECT_EQ(Run({"jobs", "--state", "lost"}).code, 2);
  EXPECT_EQ(Run({"jobs", "--limit", "0"}).code, 2);
}

TEST_F(JobsTest, PagesThroughMoreThanAPage) {
  Publish();
  std::string input;
  for (int i = 0; i < 1203; ++i) input += "{\"id\":1}\n";
  ASSERT_EQ(Run({"submit", "films.TagSet", "--many", "-"}, input).code, 0);
  EXPECT_THAT(Lines(Run({"jobs", "--json", "--limit", "5000"}).out), SizeIs(1203));
  const Outcome some = Run({"jobs", "--limit", "700"});
  EXPECT_THAT(Lines(some.out), SizeIs(701));
  EXPECT_THAT(some.err, HasSubstr("--after"));
}

TEST_F(JobsTest, CleansWhatATerminalWouldObey) {
  SubmitFilm(1, {"--queue", "red\x1b[31m"});
  EXPECT_THAT(Run({"jobs"}).out, AllOf(HasSubstr("red [31m"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(Run({"jobs", "--json"}).out, HasSubstr("red\\u001b[31m"));
}

TEST_F(JobsTest, ListsWhatIsDue) {
  const std::string now = SubmitFilm(1);
  const std::string soon = SubmitFilm(2, {"--delay", "30m"});
  const std::string later = SubmitFilm(3, {"--at", "2999-05-01T12:00:00Z"});
  const auto due = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"jobs", "--json"});
    return Lines(Run(flags).out);
  };
  EXPECT_THAT(due({"--due-in", "0s"}), ElementsAre(HasSubstr(now)));
  EXPECT_THAT(due({"--due-in", "1h"}), ElementsAre(HasSubstr(soon), HasSubstr(now)));
  EXPECT_THAT(due({"--due-by", "2999-05-02"}), SizeIs(3));
  EXPECT_THAT(due({"--due-in", "1h", "--state", "scheduled"}), ElementsAre(HasSubstr(soon)));
  EXPECT_THAT(Run({"jobs"}).out, AllOf(HasSubstr(" DUE "), HasSubstr(" in 29m")));
  EXPECT_EQ(Run({"jobs", "--due-in", "1h", "--due-by", "2999-05-02"}).code, 2);
  EXPECT_EQ(Run({"jobs", "--due-by", "soon"}).code, 2);
}

TEST_F(JobsTest, ChangesAJobThatWaits) {
  Publish();
  const std::string id = SubmitFilm(1, {"--delay", "1h"});
  const Outcome moved = Run({"change", id, "--in", "3h", "--priority", "4"});
  EXPECT_EQ(moved.code, 0) << moved.err;
  EXPECT_THAT(moved.out, StartsWith("scheduled, due in 2h"));
  EXPECT_THAT(Run({"show", id}).out,
              AllOf(HasSubstr(R"("priority":4)"), HasSubstr(R"("value":{"id":"1"})")));

  const Outcome replaced = Run({"change", id, "--json", R"({"id": 7})", "--at", "2020-01-01"});
  EXPECT_EQ(replaced.code, 0) << replaced.err;
  EXPECT_THAT(replaced.out, StartsWith("queued in default"));
  EXPECT_THAT(Run({"show", id}).out,
              AllOf(HasSubstr(R"("priority":4)"), HasSubstr(R"("value":{"id":"7"})")));
  const auto worker = StartWorker();
  EXPECT_EQ(Run({"wait", id, "--timeout", "30s"}).code, 0);
  EXPECT_THAT(Run({"result", id}).out, HasSubstr("Film 7"));
}

TEST_F(JobsTest, ChangesNothingThatIsWrongOrTooLate) {
  Publish();
  const std::string id = SubmitFilm(1);
  const Outcome nothing = Run({"change", id});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.err, HasSubstr("--at or --in, --priority"));
  EXPECT_EQ(Run({"change", id, "--at", "2020-01-01", "--in", "1h"}).code, 2);
  EXPECT_EQ(Run({"change", id, "--priority", "1001"}).code, 2);
  EXPECT_EQ(Run({"change", id, "--json", R"({"idd": 1})"}).code, 2);
  EXPECT_EQ(Run({"change", id, "--json", "{}", "--json", "{}"}).code, 2);
  EXPECT_THAT(Run({"show", id}).out,
              AllOf(HasSubstr(R"("priority":0)"), HasSubstr(R"("value":{"id":"1"})")));

  EXPECT_EQ(Run({"cancel", id}).code, 0);
  const Outcome late = Run({"change", id, "--priority", "1"});
  EXPECT_EQ(late.code, 1);
  EXPECT_THAT(late.err, HasSubstr(id));
  EXPECT_EQ(Run({"change", "01900000-0000-7000-8000-000000000000", "--priority", "1"}).code, 4);
}

TEST_F(JobsTest, CancelsAndRetries) {
  const std::string first = SubmitFilm(1);
  const std::string second = SubmitFilm(2);
  const Outcome cancelled = Run({"cancel", first, second});
  EXPECT_EQ(cancelled.code, 0) << cancelled.err;
  EXPECT_EQ(cancelled.out, first + " cancelled\n" + second + " cancelled\n");

  const Outcome retried = Run({"retry", first});
  EXPECT_EQ(retried.code, 0) << retried.err;
  EXPECT_EQ(retried.out, first + " queued\n");
  // It is queued already.
  const Outcome again = Run({"retry", first, second});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr(first));
  EXPECT_EQ(again.out, second + " queued\n");

  EXPECT_EQ(Run({"retry"}).code, 2);
  EXPECT_EQ(Run({"retry", first, "--all-failed"}).code, 2);
  EXPECT_EQ(Run({"retry", "--queue", "default"}).code, 2);
}

TEST_F(JobsTest, RetriesAllThatFailedAndPassTheFilters) {
  {
    const auto worker = StartWorker();
    const std::string missing = fmt::format("{{\"id\":{}}}\n", kMissingFilm);
    for (const char* const tag : {"one", "two"}) {
      EXPECT_EQ(Run({"submit", "films.TagSet", "--many", "-", "--attempts", "1", "--tag", tag,
                     "--wait", "30s"},
                    missing + missing)
                    .code,
                1);
    }
  }
  EXPECT_EQ(Run({"retry", "--all-failed", "--tag", "one"}).out, "queued 2 jobs again\n");
  EXPECT_THAT(Lines(Run({"jobs", "--json", "--state", "failed"}).out), SizeIs(2));
  EXPECT_EQ(Run({"retry", "--all-failed"}).out, "queued 2 jobs again\n");
  EXPECT_EQ(Query("SELECT count(*) FROM live WHERE state = 'q'"), "4");
}

TEST_F(JobsTest, TellsWhyAJobFailed) {
  const auto worker = StartWorker();
  const Outcome outcome =
      Run({"submit", "films.TagSet", "--json", fmt::format("{{\"id\":{}}}", kMissingFilm),
           "--attempts", "1", "--wait", "30s"});
  ASSERT_EQ(outcome.code, 1);
  const std::string id = Lines(outcome.err).front();
  EXPECT_THAT(Run({"status", id}).out,
              AllOf(StartsWith("failed"), HasSubstr("attempt 1 of 1"), HasSubstr("NOT_FOUND")));
  EXPECT_THAT(Run({"jobs"}).out, HasSubstr("NOT_FOUND"));
  EXPECT_THAT(Run({"show", id}).out, HasSubstr(R"("error":{"code":"NOT_FOUND")"));
}

class QueuesTest : public CliTest {};

TEST_F(QueuesTest, ListsPausesLimitsAndResumes) {
  SubmitFilm(1);
  EXPECT_THAT(
      Run({"queues", "--json"}).out,
      HasSubstr(R"({"queue":"default","mode":"running","concurrency_limit":0,"key_limit":0,)"
                R"("scheduled":0,"queued":1,"running":0)"));
  EXPECT_EQ(Run({"pause", "default"}).out, "default paused, limit -, per key -\n");
  EXPECT_EQ(Run({"limit", "default", "--concurrency", "4"}).out,
            "default paused, limit 4, per key -\n");
  EXPECT_EQ(Run({"limit", "default", "--per-key", "2"}).out,
            "default paused, limit 4, per key 2\n");
  EXPECT_THAT(Lines(Run({"queues"}).out),
              ElementsAre(StartsWith("QUEUE"),
                          AllOf(StartsWith("default  paused"), HasSubstr("4"), HasSubstr("2"))));
  EXPECT_EQ(Run({"resume", "default"}).out, "default running, limit 4, per key 2\n");
  EXPECT_EQ(Run({"limit", "default"}).code, 2);
  EXPECT_EQ(Run({"limit", "default", "--concurrency", "-1"}).code, 2);
}

TEST_F(QueuesTest, MakesNoQueueByMistake) {
  SubmitFilm(1);
  const Outcome outcome = Run({"pause", "default", "defualt"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("no queue defualt"));
  EXPECT_EQ(Query("SELECT name, mode FROM queues"), "default|running");
  EXPECT_EQ(Run({"pause", "night", "--create"}).code, 0);
  EXPECT_EQ(Query("SELECT mode FROM queues WHERE name = 'night'"), "paused");
}

TEST_F(QueuesTest, DrainsUntilNothingIsLeft) {
  SubmitFilm(1);
  const Outcome late = Run({"drain", "default", "--wait", "100ms"});
  EXPECT_EQ(late.code, 5);
  EXPECT_THAT(late.err, HasSubstr("1 job left"));
  const Outcome refused =
      Run({"submit", "films.film.TagSet", "--input-type", "film.MovieId", "--json", "{}"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("draining"));
  const auto worker = StartWorker();
  EXPECT_EQ(Run({"drain", "default", "--wait", "30s"}).code, 0);
}

class WorkersTest : public CliTest {};

TEST_F(WorkersTest, ListsWhoIsAlive) {
  {
    const auto worker = StartWorker({.threads = 3, .queues = {{"default"}, {"night", 5}}});
    EXPECT_THAT(Lines(Run({"workers"}).out),
                ElementsAre(StartsWith("ID"),
                            AllOf(HasSubstr("alive"), HasSubstr("night=5"), HasSubstr("films"))));
    EXPECT_THAT(Run({"workers", "--json"}).out,
                AllOf(HasSubstr("\"alive\":true"), HasSubstr("\"threads\":3"),
                      HasSubstr(R"({"queue":"night","weight":5})")));
  }
  EXPECT_THAT(Lines(Run({"workers"}).out), SizeIs(1));
  EXPECT_THAT(Run({"workers", "--all"}).out, HasSubstr("dead"));
}

TEST_F(WorkersTest, ShowsGraphs) {
  Publish();
  EXPECT_THAT(Lines(Run({"graphs"}).out),
              ElementsAre(StartsWith("GRAPH"),
                          AllOf(StartsWith("films"), HasSubstr("MovieId, DirectorProfile"))));
  EXPECT_THAT(Run({"graphs", "films"}).out,
              AllOf(HasSubstr("FetchMovie"),
                    HasSubstr("protograph submit films.TagSet --json '{\"id\":\"1\"}'")));
  EXPECT_THAT(Run({"graphs", "films", "--dot"}).out, HasSubstr("digraph"));
  EXPECT_THAT(Run({"graphs", "films", "--mermaid"}).out, HasSubstr("flowchart"));
  EXPECT_THAT(Run({"graphs", "--json"}).out,
              HasSubstr(R"("steps":[{"name":"FetchMovie","output":"film.Movie")"));
  EXPECT_EQ(Run({"graphs", "series"}).code, 4);
  EXPECT_EQ(Run({"graphs", "--dot"}).code, 2);
}

}  // namespace
}  // namespace protograph::tests
