// The program itself, as a person calls it. MOVIE_TAGGING_PROGRAM is the path of the binary.

#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Outcome {
  int exit_status = -1;
  std::string output;
};

Outcome RunShell(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return outcome;
  char buffer[4096];
  for (size_t n = 0; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
    outcome.output.append(buffer, n);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.exit_status = WEXITSTATUS(status);
  return outcome;
}

std::string Command(const std::string& arguments) {
  return std::string("'") + MOVIE_TAGGING_PROGRAM + "' " + arguments;
}

// With standard output and standard error together.
Outcome RunProgram(const std::string& arguments) { return RunShell(Command(arguments) + " 2>&1"); }

int CountLines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Program, TagsAllFilms) {
  const Outcome outcome = RunProgram("--all");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("3201 of 3201 films tagged"),
                                    HasSubstr("films a second"), HasSubstr("Most frequent tags"),
                                    HasSubstr("Retries: 0"), HasSubstr("Failures: 0")));
  EXPECT_THAT(outcome.output, Not(HasSubstr("\x1b"))) << "progress is for terminals only";
}

TEST(Program, ExplainsOneFilmStepByStep) {
  const Outcome outcome = RunProgram("603");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_THAT(
      outcome.output,
      AllOf(StartsWith("Film 603: It's a Mad Mad Mad Mad World (1963)\n"), HasSubstr("TagSet"),
            HasSubstr("1. FetchMovie: done, 1 attempt, "), HasSubstr("takes MovieId { id: 603 }"),
            HasSubstr("makes ContentAnalysis"), HasSubstr("ClassifyGenreAndMood: done"),
            HasSubstr("5. GenerateTags: done"), HasSubstr("\nTags: "), HasSubstr("decade:1960s")));
}

TEST(Program, ShowsHowAnotherProcessGoesOn) {
  const Outcome outcome = RunProgram("--resume-demo");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  const size_t kill = outcome.output.find("is killed, with SIGKILL");
  ASSERT_NE(kill, std::string::npos) << outcome.output;
  const std::string before = outcome.output.substr(0, kill);
  const std::string after = outcome.output.substr(kill);
  EXPECT_THAT(before, AllOf(HasSubstr("as workflow film-603"), HasSubstr("begins FetchMovie"),
                            HasSubstr("begins ClassifyGenreAndMood")));
  EXPECT_THAT(after,
              AllOf(HasSubstr("FetchMovie made movie_tagging.Movie"),
                    HasSubstr("AnalyzeContent made movie_tagging.ContentAnalysis"),
                    Not(HasSubstr("begins FetchMovie")), Not(HasSubstr("begins AnalyzeContent")),
                    HasSubstr("begins GenerateTags"), HasSubstr("decade:1960s"),
                    HasSubstr("Steps taken from the database: 3")));
}

TEST(Program, ShowsRetriesAndFailuresByCauseWhereTheAnalyzerIsFlaky) {
  const Outcome outcome = RunProgram("--all --flaky 0.2 --threads 8");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("3176 of 3201 films tagged"), HasSubstr("Retries: 789 (25 films"),
                    HasSubstr("AnalyzeContent: UNAVAILABLE: 25 films, such as: "),
                    HasSubstr("after 3 attempts")));
  EXPECT_THAT(RunProgram("--all --flaky 0.2 --seed 2 --threads 8").output,
              Not(HasSubstr("Retries: 789 ")));
}

TEST(Program, ShowsTheFailedAttemptsOfOneFilm) {
  const Outcome outcome = RunProgram("603 --flaky 1");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("AnalyzeContent: failed, 3 attempts"),
                                    HasSubstr("attempt 2 failed after "),
                                    HasSubstr("; tried again "), HasSubstr("call 3 for film 603")));
}

TEST(Program, WritesJsonLinesToAFile) {
  const std::string path = ::testing::TempDir() + "movie_tagging_program_test.jsonl";
  const Outcome outcome = RunProgram("--all --jsonl '" + path + "'");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("Tags are in " + path));
  std::ifstream file(path);
  int lines = 0;
  for (std::string line; std::getline(file, line);) {
    if (++lines == 730) {
      EXPECT_THAT(line, StartsWith("{\"movie_id\":730,\"title\":\"LÈon\",\"tags\":[{"));
    }
  }
  EXPECT_EQ(lines, 3201);
  std::filesystem::remove(path);
}

TEST(Program, WritesNothingButJsonLinesToStandardOutputWhereAsked) {
  const Outcome outcome = RunShell(Command("--all --jsonl - 2>/dev/null"));
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_THAT(outcome.output, StartsWith("{\"movie_id\":1,\"title\":\"The Land Girls\""));
  EXPECT_EQ(CountLines(outcome.output), 3201);
  EXPECT_THAT(RunShell(Command("--all --jsonl - 2>&1 >/dev/null")).output,
              HasSubstr("3201 of 3201 films tagged"));
}

TEST(Program, WritesTheSameLinesOnAnyNumberOfThreads) {
  EXPECT_EQ(RunShell(Command("--all --jsonl - --threads 1 2>/dev/null")).output,
            RunShell(Command("--all --jsonl - --threads 5 2>/dev/null")).output);
}

TEST(Program, SumsUpTheCatalogueInOneExecution) {
  const Outcome outcome = RunShell(Command("--catalogue 2>/dev/null"));
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_THAT(outcome.output, AllOf(StartsWith("3201 of 3201 films enriched in one execution"),
                                    HasSubstr("1990s"), HasSubstr("Steven Spielberg"),
                                    HasSubstr("without a name"), HasSubstr("Left out: 0")));
}

TEST(Program, TellsOfProgressInPlainLinesWhereNobodyWatches) {
  const Outcome outcome = RunShell(Command("--catalogue 2>&1 >/dev/null"));
  EXPECT_THAT(outcome.output, AllOf(EndsWith("FetchMovie 3201 of 3201, EnrichMovie 3201 of 3201\n"),
                                    Not(HasSubstr("\x1b"))));
}

TEST(Program, LeavesFilmsOutOfTheSummaryOrMakesNone) {
  const Outcome few = RunProgram("--catalogue --flaky 0.2");
  EXPECT_EQ(few.exit_status, 0);
  EXPECT_THAT(few.output, AllOf(HasSubstr("3176 of 3201 films enriched"), HasSubstr("(25 failed)"),
                                HasSubstr("Left out: 25"), HasSubstr("after 3 attempts"),
                                HasSubstr("and 20 others")));
  const Outcome many = RunProgram("--catalogue --flaky 0.9 --threads 4");
  EXPECT_EQ(many.exit_status, 1);
  EXPECT_THAT(many.output, HasSubstr("movie_tagging: step EnrichMovie failed for 161 of 3201 "
                                     "items, more than the 160 that may fail"));
}

TEST(Program, SaysWhichFilmsThereAre) {
  const Outcome outcome = RunProgram("3202");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("no film 3202"), HasSubstr("numbered 1 to 3201")));
}

TEST(Program, EndsWithTwoWhereTheArgumentsAreWrong) {
  for (const char* arguments :
       {"", "Jaws", "1 2", "--all 603", "--everything", "603 --jsonl x", "--all --flaky 2"}) {
    const Outcome outcome = RunProgram(arguments);
    EXPECT_EQ(outcome.exit_status, 2) << arguments;
    EXPECT_THAT(outcome.output, AllOf(StartsWith("movie_tagging: "), HasSubstr("--help")))
        << arguments;
  }
}

TEST(Program, NamesAFileThatItCannotUse) {
  const Outcome data = RunProgram("--all --data /nowhere/movies.csv");
  EXPECT_EQ(data.exit_status, 1);
  EXPECT_THAT(data.output, HasSubstr("/nowhere/movies.csv"));
  const Outcome jsonl = RunProgram("--all --jsonl /nowhere/out.jsonl");
  EXPECT_EQ(jsonl.exit_status, 1);
  EXPECT_THAT(jsonl.output, HasSubstr("/nowhere/out.jsonl"));
}

TEST(Program, ReadsAnotherFileWhereAsked) {
  const std::string path = ::testing::TempDir() + "movie_tagging_program_test.csv";
  std::ofstream(path)
      << "id,title,us_gross,worldwide_gross,us_dvd_sales,production_budget,release_date,"
         "mpaa_rating,running_time_min,distributor,source,major_genre,creative_type,director,"
         "rotten_tomatoes_rating,imdb_rating,imdb_votes\n"
         "12,\"Me, \"\"Myself\"\"\",,,,,Jun 20 1975,,,,,,,,,,\n";
  EXPECT_THAT(RunProgram("12 --data '" + path + "'").output,
              HasSubstr("Film 12: Me, \"Myself\" (1975)"));
  std::filesystem::remove(path);
}

TEST(Program, PrintsItsUsage) {
  const Outcome outcome = RunProgram("--help");
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("movie_tagging --all"), HasSubstr("--flaky")));
}

}  // namespace
