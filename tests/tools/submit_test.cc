// protograph submit, wait, result, show.

#include <string>
#include <vector>

#include "cli_test.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace protograph::tests {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kId[] = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\n";

class SubmitTest : public CliTest {};

TEST_F(SubmitTest, PrintsTheResultOfAJobThatItWaitsFor) {
  const auto worker = StartWorker();
  const Outcome outcome =
      Run({"submit", "films.TagSet", "--json", R"({"id": "603"})", "--wait", "30s"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "{\"tags\":\"603\",\"trail\":[\"Film 603\"]}\n");
  EXPECT_THAT(outcome.err, MatchesRegex(kId));
}

TEST_F(SubmitTest, PrintsTheIdByWhichTheJobIsFound) {
  const auto worker = StartWorker();
  const Outcome submitted = Run({"submit", "films.film.TagSet", "--json", R"({"id": 1})"});
  ASSERT_EQ(submitted.code, 0) << submitted.err;
  EXPECT_THAT(submitted.out, MatchesRegex(kId));
  const std::string id = Trimmed(submitted.out);

  const Outcome waited = Run({"wait", id, "--timeout", "30s"});
  EXPECT_EQ(waited.code, 0) << waited.err;
  EXPECT_THAT(waited.out, HasSubstr("succeeded"));

  EXPECT_EQ(Run({"result", id, "--json"}).out, "{\"tags\":\"1\",\"trail\":[\"Film 1\"]}\n");
  EXPECT_EQ(Run({"result", id, "--binary"}).out,
            "\x08\x01\x12\x06"
            "Film 1");
  EXPECT_THAT(Run({"show", id}).out,
              AllOf(HasSubstr("\"id\":\"" + id + "\",\"state\":\"succeeded\""),
                    HasSubstr(R"("inputs":[{"type":"film.MovieId","value":{"id":"1"}}])"),
                    HasSubstr(R"("result":{"tags":"1","trail":["Film 1"]})")));
  EXPECT_THAT(Run({"status", id, "--json"}).out, HasSubstr("\"state\":\"succeeded\""));
}

TEST_F(SubmitTest, TellsInputsApartByWhatFits) {
  const auto worker = StartWorker();
  const Outcome outcome = Run({"submit", "films.Classification", "--json", R"({"films": 3})",
                               "--json", R"({"id": 5})", "--wait", "30s"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "{\"genre\":\"15\"}\n");

  // An empty message may be any of them.
  const Outcome unclear = Run({"submit", "films.Classification", "--json", "{}", "--json", "{}"});
  EXPECT_EQ(unclear.code, 2);
  EXPECT_THAT(unclear.err, AllOf(HasSubstr("cannot be told"), HasSubstr("film.DirectorProfile")));
  const Outcome named = Run({"submit", "films.Classification", "--json", "{}", "--input-type",
                             "DirectorProfile", "--json", "{}", "--input-type", "MovieId"});
  EXPECT_EQ(named.code, 0) << named.err;
}

TEST_F(SubmitTest, StoresNothingOfWhatIsWrong) {
  Publish();
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{"films.Nothing", "--json", "{}"}, "graph films has no message Nothing"},
      {{"films.TagSet", "--json", R"({"idd": 1})"}, "no film.MovieId in JSON"},
      {{"films.TagSet", "--json", R"({"id": "many"})"}, "no film.MovieId in JSON"},
      {{"films.TagSet", "--json", "{"}, "no film.MovieId in JSON"},
      {{"films.TagSet"}, "film.MovieId"},
      {{"films.TagSet", "--json", "{}", "--json", "{}"}, "one input too many"},
      {{"films.Classification", "--json", R"({"id": 1})"}, "film.DirectorProfile"},
      {{"films.TagSet", "--json", "{}", "--input-type", "Poster"}, "has no message Poster"},
      {{"films.TagSet", "--json", "{}", "--input-type", "DirectorProfile"}, "film.MovieId"},
      {{"films.TagSet", "--json", "{}", "--input-type", "MovieId", "--input-type", "MovieId"},
       "one for each"},
      {{"films", "--json", "{}"}, "<graph>.<Output>"},
      {{"series.TagSet", "--json", "{}"}, "no worker has published a graph series"},
      {{"series.film.TagSet", "--json", "{}"}, "--input-type"},
      {{"series.film.TagSet", "--json", "[1]", "--input-type", "film.MovieId"}, "no JSON object"},
      {{"films.TagSet", "--json", "{}", "--attempts", "0"}, "attempt"},
      {{"films.TagSet", "--json", "{}", "--priority", "5000"}, "priority"},
      {{"films.TagSet", "--json", "{}", "--queue", std::string(300, 'q')}, "queue"},
      {{"films.TagSet", "--json", "{}", "--meta", "novalue"}, "<name>=<value>"},
      {{"films.TagSet", "--json", "{}", "--delay", "soon"}, "is no duration"},
      {{"films.TagSet", "--json", "{}", "--at", "noon"}, "is no time"},
      {{"films.TagSet", "--json", "{}", "--unique-among", "all"}, "--unique-among"},
      {{"films.TagSet", "--json", "{}", "--wait", "films"}, "is no duration"},
      {{"films.TagSet", "--many", "-", "--json", "{}"}, "no --json"},
  };
  for (const Case& wrong : cases) {
    std::vector<std::string> arguments = wrong.arguments;
    arguments.insert(arguments.begin(), "submit");
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, 2) << wrong.message << ": " << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(wrong.message));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
  EXPECT_EQ(Query("SELECT count(*) FROM jobs"), "0");
}

TEST_F(SubmitTest, TakesEveryOption) {
  Publish();
  const Outcome outcome = Run({"submit",
                               "films.TagSet",
                               "--json",
                               R"({"id": 1})",
                               "--queue",
                               "night",
                               "--priority",
                               "-3",
                               "--delay",
                               "1h",
                               "--attempts",
                               "7",
                               "--backoff",
                               "2s",
                               "--longest-backoff",
                               "1m",
                               "--timeout",
                               "30s",
                               "--unique-key",
                               "film-1",
                               "--unique-among",
                               "finished",
                               "--unique-for",
                               "10m",
                               "--concurrency-key",
                               "studio",
                               "--tag",
                               "a",
                               "--tag",
                               "b c",
                               "--meta",
                               "who=me",
                               "--meta",
                               "why=a=b"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(
      Query("SELECT priority, max_attempts, backoff, longest_backoff, timeout, unique_for, "
            "unique_key, concurrency_key, tags, metadata FROM jobs"),
      R"(-3|7|2000000|60000000|30000000|600000000|film-1|studio|{a,"b c"}|{"who": "me", "why": "a=b"})");
  EXPECT_THAT(Run({"status", Trimmed(outcome.out)}).out, HasSubstr("scheduled, due in 59m"));

  const Outcome at =
      Run({"submit", "films.TagSet", "--json", R"({"id": 1})", "--at", "2100-01-02T03:04:05Z"});
  ASSERT_EQ(at.code, 0) << at.err;
  EXPECT_THAT(Run({"status", Trimmed(at.out), "--json"}).out,
              HasSubstr("\"run_at\":\"2100-01-02T03:04:05.000000Z\""));
}

TEST_F(SubmitTest, SaysWhichJobHasTheUniqueKey) {
  const std::string first = SubmitFilm(1, {"--unique-key", "film"});
  const Outcome second = Run({"submit", "films.film.TagSet", "--input-type", "film.MovieId",
                              "--json", "{}", "--unique-key", "film"});
  EXPECT_EQ(second.code, 0);
  EXPECT_EQ(Trimmed(second.out), first);
  EXPECT_THAT(second.err, HasSubstr("unique key"));
}

TEST_F(SubmitTest, KeepsJsonWhereNobodyHasPublishedTheGraph) {
  const std::string id = SubmitFilm(7);
  EXPECT_THAT(Run({"show", id}).out,
              HasSubstr(R"("inputs":[{"type":"film.MovieId","value":{"id":7}}])"));
  const auto worker = StartWorker();
  ASSERT_EQ(Run({"wait", id, "--timeout", "30s"}).code, 0);
  EXPECT_EQ(Run({"result", id}).out, "{\"tags\":\"7\",\"trail\":[\"Film 7\"]}\n");
}

TEST_F(SubmitTest, EndsWithACodeForEachWayThatAJobEnds) {
  const auto worker = StartWorker();
  const Outcome failed =
      Run({"submit", "films.TagSet", "--json", fmt::format("{{\"id\":{}}}", kMissingFilm),
           "--attempts", "1", "--wait"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.out, IsEmpty());
  EXPECT_THAT(failed.err, AllOf(HasSubstr("failed"), HasSubstr("there is no such film"),
                                HasSubstr("FetchMovie")));

  const Outcome late = Run({"submit", "films.TagSet", "--json",
                            fmt::format("{{\"id\":{}}}", kEndlessFilm), "--wait", "300ms"});
  EXPECT_EQ(late.code, 5);
  const std::string id = Lines(late.err).front();
  EXPECT_EQ(Run({"wait", id, "--timeout", "50ms"}).code, 5);
  EXPECT_EQ(Run({"result", id}).code, 1);

  EXPECT_THAT(Run({"cancel", id}).out, HasSubstr(id));
  EXPECT_EQ(Run({"wait", id, "--timeout", "30s"}).code, 6);
  EXPECT_EQ(Run({"result", id}).code, 6);
}

TEST_F(SubmitTest, SubmitsALineEach) {
  const auto worker = StartWorker();
  std::string input;
  for (int i = 1; i <= 2500; ++i) input += fmt::format("{{\"id\":{}}}\n", 1000 + i);
  const Outcome outcome = Run({"submit", "films.TagSet", "--many", "-", "--wait", "60s"}, input);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<std::string> lines = Lines(outcome.out);
  ASSERT_THAT(lines, SizeIs(2500));
  EXPECT_THAT(lines.back(), HasSubstr(R"("result":{"tags":"3500","trail":["Film 3500"]})"));
  EXPECT_THAT(outcome.err, HasSubstr("2500 jobs: 2500 succeeded"));
}

TEST_F(SubmitTest, ShowsProgressOnATerminalAndNoneInAPipe) {
  const std::string id = SubmitFilm(1, {"--delay", "1h"});
  const std::vector<std::string> wait = WithDatabase({"wait", id, "--timeout", "1500ms"});
  const Outcome shown = Tool(wait, "", {}, ErrorOutput::kTerminal).Wait();
  EXPECT_EQ(shown.code, 5);
  // One line, written over and cleared at the end.
  EXPECT_THAT(shown.err, AllOf(HasSubstr("\r\x1b[K" + id + ": scheduled, due in"),
                               EndsWith("\r\x1b[K"), Not(HasSubstr("\n"))));
  EXPECT_THAT(shown.out, HasSubstr("scheduled"));
  EXPECT_THAT(RunTool(wait).err, IsEmpty());
}

TEST_F(SubmitTest, SaysHowFarItCameWhereALineIsWrong) {
  Publish();
  std::string input;
  for (int i = 1; i <= 1500; ++i) input += "{\"id\":1}\n\n";
  const Outcome outcome = Run({"submit", "films.TagSet", "--many", "-"}, input + "{\"idd\":1}\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("line 3001"), HasSubstr("up to 1999 were submitted")));
  EXPECT_THAT(Lines(outcome.out), SizeIs(1000));
  EXPECT_EQ(Query("SELECT count(*) FROM jobs"), "1000");

  EXPECT_EQ(Run({"submit", "films.TagSet", "--many", "/no/such/file"}).code, 4);
  const Outcome none = Run({"submit", "films.TagSet", "--many", "-"}, "");
  EXPECT_EQ(none.code, 0);
  EXPECT_THAT(none.err, HasSubstr("0 jobs"));
}

TEST_F(SubmitTest, FindsNoJobThatIsNotThere) {
  const std::string id = "01900000-0000-7000-8000-000000000000";
  for (const char* const command : {"status", "wait", "result", "show", "cancel", "retry"}) {
    const Outcome outcome = Run({command, id});
    EXPECT_EQ(outcome.code, 4) << command << ": " << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("no job " + id));
    EXPECT_THAT(outcome.out, Not(HasSubstr(id)));
  }
}

}  // namespace
}  // namespace protograph::tests
