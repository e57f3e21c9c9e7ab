// protograph schedules.

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "cli_test.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace protograph::tests {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class SchedulesTest : public CliTest {
 protected:
  Outcome Schedules(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "schedules");
    return Run(std::move(arguments));
  }
  // A schedule for film 603, by these flags.
  Outcome Add(const std::string& name, std::vector<std::string> flags) const {
    std::vector<std::string> arguments = {"add", name, "films.TagSet", "--json", R"({"id": 603})"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return Schedules(std::move(arguments));
  }
  // Waits for this; the workers fire on threads of their own.
  bool Awaits(const std::string& query, const std::string& answer) const {
    const absl::Time give_up = absl::Now() + absl::Seconds(30);
    while (Query(query) != answer) {
      if (absl::Now() > give_up) return false;
      absl::SleepFor(absl::Milliseconds(20));
    }
    return true;
  }
};

TEST_F(SchedulesTest, MakesChangesAndSaysWhatItMeans) {
  Publish();
  const Outcome made = Add("nightly", {"--cron", "30 3 * * *", "--time-zone", "Europe/Berlin"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, AllOf(StartsWith("nightly made: at 03:30"), HasSubstr("Europe/Berlin"),
                              HasSubstr("; next "), HasSubstr(" 03:30:00 +0")));
  EXPECT_THAT(made.err, IsEmpty());
  EXPECT_THAT(Add("nightly", {"--every", "90m"}).out, StartsWith("nightly changed: every 1h30m"));
  EXPECT_THAT(Add("nightly", {"--every", "90m"}).out, StartsWith("nightly is as it was: every"));

  EXPECT_EQ(Schedules({"pause", "nightly"}).out, "nightly paused\n");
  EXPECT_THAT(Add("nightly", {"--every", "2h"}).err,
              HasSubstr("protograph schedules resume nightly"));
  EXPECT_THAT(Schedules({"next", "nightly"}).err, HasSubstr("nightly is paused"));
  EXPECT_EQ(Schedules({"resume", "nightly"}).out, "nightly resumed\n");
  EXPECT_EQ(Schedules({"remove", "nightly"}).out, "nightly removed\n");
  EXPECT_EQ(Query("SELECT count(*) FROM schedules"), "0");
}

TEST_F(SchedulesTest, WarnsThatAProgramChangesItBack) {
  Publish();
  ASSERT_EQ(Add("nightly", {"--every", "1h"}).code, 0);
  Query("UPDATE schedules SET source = 'importer'");
  EXPECT_THAT(Add("nightly", {"--every", "2h"}).err, HasSubstr("importer names it in its code"));
}

TEST_F(SchedulesTest, StoresAllThatIsSaidOfIt) {
  Publish();
  const Outcome made = Schedules({"add",
                                  "hourly",
                                  "films.TagSet",
                                  "--json",
                                  R"({"id": "{{time:%j}}"})",
                                  "--every",
                                  "1h",
                                  "--anchor",
                                  "2026-01-01T00:15:00Z",
                                  "--start",
                                  "2026-06-01T00:00:00Z",
                                  "--end",
                                  "2999-01-01T00:00:00Z",
                                  "--jitter",
                                  "30s",
                                  "--most-runs",
                                  "1000",
                                  "--missed",
                                  "run-window",
                                  "--missed-window",
                                  "6h",
                                  "--overlap",
                                  "queue-one",
                                  "--pause-after-failures",
                                  "5",
                                  "--queue",
                                  "bulk",
                                  "--priority",
                                  "-2",
                                  "--attempts",
                                  "3",
                                  "--timeout",
                                  "10m",
                                  "--tag",
                                  "nightly",
                                  "--meta",
                                  "by=cron",
                                  "--concurrency-key",
                                  "films"});
  ASSERT_EQ(made.code, 0) << made.err;
  const std::string shown = Schedules({"show", "hourly"}).out;
  for (const char* const part :
       {R"("schedule":"hourly","state":"active")", R"("when":"every 1h")", R"("queue":"bulk")",
        // A template stays one.
        R"("inputs":[{"type":"film.MovieId","value":{"id": "{{time:%j}}"}}])",
        R"("anchor":"2026-01-01T00:15:00Z")", R"("jitter":"30s")", R"("mostRuns":"1000")",
        R"("missedTicks":"RUN_WINDOW","missedWindow":"21600s","overlap":"OVERLAP_QUEUE_ONE")",
        R"("pauseAfterFailures":5)", R"("priority":-2,"attempts":3)", R"("timeout":"600s")",
        R"("concurrencyKey":"films","tags":["nightly"])", R"({\"by\":\"cron\"})"}) {
    EXPECT_THAT(shown, HasSubstr(part));
  }
  EXPECT_THAT(
      Schedules({"list", "--json"}).out,
      AllOf(HasSubstr(R"("graph":"films","output":"film.TagSet")"), Not(HasSubstr("definition"))));

  // What is no template is checked, and stored as its bytes.
  ASSERT_EQ(Add("plain", {"--every", "1h"}).code, 0);
  EXPECT_THAT(Schedules({"show", "plain"}).out,
              AllOf(HasSubstr(R"("value":{"id":"603"})"), HasSubstr(R"("message":")")));
}

TEST_F(SchedulesTest, StoresNothingOfWhatIsWrong) {
  Publish();
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::vector<std::string> daily = {"--cron", "@daily"};
  const std::vector<Case> cases = {
      {{"films.TagSet", "--json", "{}"}, "--cron EXPRESSION or --every DURATION"},
      {{"films.TagSet", "--json", "{}", "--cron", "@daily", "--every", "1h"}, "--every"},
      {{"films.TagSet", "--json", "{}", "--cron", "61 * * * *"}, "minute"},
      {{"films.TagSet", "--json", "{}", "--cron", "@daily", "--time-zone", "Mars"}, "Mars"},
      {{"films.TagSet", "--json", "{}", "--every", "10ms"}, "1s at least"},
      {{"films.TagSet", "--json", "{}", "--every", "1h", "--missed", "sometimes"}, "run-once"},
      {{"films.TagSet", "--json", "{}", "--every", "1h", "--missed", "run-window"}, "window"},
      {{"films.TagSet", "--json", "{}", "--every", "1h", "--overlap", "perhaps"}, "queue-one"},
      {{"films.TagSet", "--json", "{}", "--cron", "@daily", "--anchor", "2026-01-01"}, "--every"},
      {{"films.TagSet", "--json", "{}", "--every", "1h", "--unique-key", "a"}, "--unique-key"},
      {{"films.TagSet", "--json", "{}", "--every", "1h", "--priority", "2000"}, "priority"},
      {{"films.Nothing", "--json", "{}", "--every", "1h"}, "graph films has no message Nothing"},
      {{"films.TagSet", "--every", "1h"}, "film.MovieId"},
      {{"films.TagSet", "--json", R"({"idd": 1})", "--every", "1h"}, "no film.MovieId in JSON"},
      {{"films.TagSet", "--json", R"({"id": "{{time}}"})", "--every", "1h"},
       "no film.MovieId in JSON"},
      {{"films.TagSet", "--json", R"({"id": "{{tick}}"})", "--every", "1h"},
       "there are {{time}}, {{previous_time}}"},
      {{"series.TagSet", "--json", "{}", "--every", "1h"}, "no worker has published"}};
  for (const Case& each : cases) {
    std::vector<std::string> arguments = {"add", "wrong"};
    arguments.insert(arguments.end(), each.arguments.begin(), each.arguments.end());
    const Outcome outcome = Schedules(arguments);
    EXPECT_EQ(outcome.code, 2) << each.message << ": " << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(each.message));
  }
  EXPECT_EQ(Query("SELECT count(*) FROM schedules"), "0");
  EXPECT_EQ(Schedules({}).code, 2);
  EXPECT_EQ(Schedules({"add", "nameless"}).code, 2);
}

TEST_F(SchedulesTest, SaysWhenAnExpressionFiresWithoutADatabase) {
  // Clocks are put forward on March 29 of 2026, at 02:00.
  const Outcome spring =
      RunTool({"schedules", "next", "--cron", "30 2 * * *", "--time-zone", "Europe/Berlin",
               "--after", "2026-03-28T12:00:00Z", "--count", "2", "--database", "host=/nowhere"});
  EXPECT_EQ(spring.code, 0) << spring.err;
  EXPECT_THAT(Lines(spring.out),
              ElementsAre(AllOf(HasSubstr("02:30"), EndsWith("Europe/Berlin")),
                          AllOf(StartsWith("EUROPE/BERLIN "), EndsWith("UTC")),
                          "Sun 2026-03-29 03:00:00 +02:00  2026-03-29T01:00:00Z",
                          "Mon 2026-03-30 02:30:00 +02:00  2026-03-30T00:30:00Z"));
  EXPECT_THAT(Lines(RunTool({"schedules", "next", "--cron", "@hourly"}).out), SizeIs(12));
  EXPECT_THAT(RunTool({"schedules", "next", "--every", "36h", "--anchor", "2026-01-01T06:00:00Z",
                       "--after", "2026-01-02T00:00:00Z", "--count", "1", "--json"})
                  .out,
              AllOf(HasSubstr(R"("in_words":"every 36h)"),
                    HasSubstr(R"("ticks":[{"local":"2026-01-02T18:00:00+00:00",)"
                              R"("utc":"2026-01-02T18:00:00.000000Z"}])")));
  EXPECT_THAT(RunTool({"schedules", "next", "--cron", "@daily", "--end", "2020-01-01"}).out,
              EndsWith("never again\n"));

  EXPECT_EQ(RunTool({"schedules", "next"}).code, 2);
  EXPECT_EQ(RunTool({"schedules", "next", "nightly", "--cron", "@daily"}).code, 2);
  const Outcome never = RunTool({"schedules", "next", "--cron", "0 0 30 2 *"});
  EXPECT_EQ(never.code, 2);
  EXPECT_THAT(never.err, HasSubstr("never"));
}

TEST_F(SchedulesTest, SaysWhenAStoredOneFires) {
  Publish();
  ASSERT_EQ(
      Add("few", {"--cron", "0 12 * * *", "--time-zone", "Asia/Kolkata", "--most-runs", "3"}).code,
      0);
  const Outcome next = Schedules({"next", "few"});
  EXPECT_EQ(next.code, 0) << next.err;
  EXPECT_THAT(Lines(next.out), SizeIs(5));
  EXPECT_THAT(next.out, AllOf(HasSubstr("12:00:00 +05:30"), HasSubstr("T06:30:00Z")));
}

TEST_F(SchedulesTest, ListsThemAndTheirFirings) {
  Publish();
  EXPECT_THAT(Lines(Schedules({"list"}).out), ElementsAre(StartsWith("NAME ")));
  ASSERT_EQ(Add("often", {"--every", "1s", "--overlap", "allow"}).code, 0);
  ASSERT_EQ(Add("yearly", {"--cron", "@yearly"}).code, 0);
  ASSERT_EQ(Add("over", {"--cron", "@daily", "--end", "2020-01-01"}).code, 0);
  ASSERT_EQ(Add("waits", {"--cron", "@daily"}).code, 0);
  ASSERT_EQ(Schedules({"pause", "waits"}).code, 0);
  const auto worker = StartWorker();
  ASSERT_TRUE(Awaits("SELECT runs >= 2 FROM schedules WHERE name = 'often'", "t"));
  ASSERT_TRUE(Awaits("SELECT count(*) FROM schedules WHERE is_planned OR is_paused", "4"));
  EXPECT_THAT(Lines(Schedules({"list"}).out),
              ElementsAre(StartsWith("NAME "),
                          AllOf(StartsWith("often "), HasSubstr("every 1s"), EndsWith("active")),
                          AllOf(StartsWith("over "), EndsWith("ended")),
                          AllOf(StartsWith("waits "), EndsWith("paused")),
                          AllOf(StartsWith("yearly "), HasSubstr("@yearly"), HasSubstr("-01-01"),
                                EndsWith("active"))));
  EXPECT_THAT(Lines(Schedules({"list", "--json"}).out), SizeIs(4));

  const Outcome firings = Schedules({"firings", "often", "--limit", "2"});
  EXPECT_THAT(Lines(firings.out),
              ElementsAre(StartsWith("TICK "), HasSubstr(" fired "), HasSubstr(" fired ")));
  EXPECT_THAT(Schedules({"firings", "often", "--json", "--limit", "1"}).out,
              AllOf(HasSubstr(R"("outcome":"fired","job":")"), HasSubstr(R"("worker":")")));
}

TEST_F(SchedulesTest, TriggersOne) {
  const auto worker = StartWorker();
  ASSERT_EQ(Add("yearly", {"--cron", "@yearly"}).code, 0);
  const Outcome done = Schedules({"trigger", "yearly", "--wait", "30s"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out, "{\"tags\":\"603\",\"trail\":[\"Film 603\"]}\n");
  const Outcome asked = Schedules({"trigger", "yearly"});
  EXPECT_EQ(asked.code, 0) << asked.err;
  EXPECT_EQ(Run({"wait", Trimmed(asked.out), "--timeout", "30s"}).code, 0);
  EXPECT_THAT(Schedules({"firings", "yearly"}).out, HasSubstr("a client"));

  // One that runs keeps another from beginning.
  ASSERT_EQ(Schedules({"add", "endless", "films.TagSet", "--json",
                       fmt::format("{{\"id\": {}}}", kEndlessFilm), "--cron", "@yearly"})
                .code,
            0);
  const std::string running = Trimmed(Schedules({"trigger", "endless"}).out);
  const Outcome refused = Schedules({"trigger", "endless"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr(running), HasSubstr("has not finished")));
  EXPECT_EQ(Run({"cancel", running}).code, 0);
}

TEST_F(SchedulesTest, MakesUpForThePast) {
  Publish();
  ASSERT_EQ(Add("nightly", {"--cron", "30 3 * * *"}).code, 0);
  const Outcome made = Schedules({"backfill", "nightly", "--from", "2026-01-01T00:00:00Z", "--to",
                                  "2026-01-08T00:00:00Z", "--per-minute", "600"});
  EXPECT_EQ(made.code, 0) << made.err;
  const std::string name = Trimmed(made.out);
  EXPECT_THAT(name, StartsWith("nightly backfill 2026-01-01T00:00:00Z"));
  EXPECT_THAT(made.err, HasSubstr("at most 600 a minute"));
  EXPECT_THAT(Schedules({"list"}).out, HasSubstr("backfill of nightly"));
  EXPECT_EQ(Schedules({"next", name}).code, 2);
  EXPECT_EQ(Schedules({"backfill", "nightly", "--from", "2026-01-01T00:00:00Z", "--to",
                       "2026-01-08T00:00:00Z"})
                .code,
            1);
  const auto worker = StartWorker();
  EXPECT_TRUE(Awaits("SELECT count(*) FROM job_states WHERE state = 'succeeded'", "7"));
  EXPECT_TRUE(Awaits("SELECT count(*) FROM schedules", "1"));

  EXPECT_EQ(Schedules({"backfill", "nightly", "--from", "2026-01-08", "--to", "2026-01-01"}).code,
            2);
  EXPECT_EQ(Schedules({"backfill", "nightly", "--from", "2026-01-01"}).code, 2);
}

TEST_F(SchedulesTest, FindsNoneThatIsNotThere) {
  for (const char* const command :
       {"show", "next", "firings", "pause", "resume", "remove", "trigger"}) {
    const Outcome outcome = Schedules({command, "nobody"});
    EXPECT_EQ(outcome.code, 4) << command << ": " << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("nobody")) << command;
  }
  EXPECT_EQ(Schedules({"backfill", "nobody", "--from", "2026-01-01", "--to", "2026-01-02"}).code,
            4);
  // Goes on after the one that is not there.
  Publish();
  ASSERT_EQ(Add("nightly", {"--cron", "@daily"}).code, 0);
  const Outcome some = Schedules({"pause", "nobody", "nightly"});
  EXPECT_EQ(some.code, 4);
  EXPECT_EQ(some.out, "nightly paused\n");
}

}  // namespace
}  // namespace protograph::tests
