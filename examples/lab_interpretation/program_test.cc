// The program itself, as a person calls it. LAB_INTERPRETATION_PROGRAM is the path of the binary.

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Outcome {
  int exit_status = -1;
  std::string output;  // standard output and standard error
};

Outcome RunProgram(const std::string& arguments, const std::string& standard_error = "2>&1") {
  Outcome outcome;
  const std::string command =
      std::string("'") + LAB_INTERPRETATION_PROGRAM + "' " + arguments + " " + standard_error;
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

TEST(Program, ExplainsAVisitInReadableText) {
  const Outcome outcome = RunProgram("2 182");
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("patient 2, day 182"), HasSubstr("no medical advice"),
                    HasSubstr("cholesterol"), HasSubstr("not measured"), HasSubstr("mg/dl"),
                    HasSubstr("Interpretation:"), HasSubstr("Sources"), HasSubstr("since day 0")));
}

TEST(Program, InterpretsAllVisitsAndWritesJsonLines) {
  const std::string path = ::testing::TempDir() + "lab_interpretation_program_test.jsonl";
  const Outcome outcome = RunProgram("--all --jsonl '" + path + "'");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("1945 of 1945 visits interpreted"), HasSubstr("visits a second"),
                    HasSubstr("Clinical significance"), HasSubstr("Failures: 0"),
                    HasSubstr("no medical advice")));
  std::ifstream file(path);
  int lines = 0;
  for (std::string line; std::getline(file, line);) ++lines;
  EXPECT_EQ(lines, 1945);
  std::filesystem::remove(path);
}

TEST(Program, WritesNothingButJsonToStandardOutputWhereAsked) {
  const Outcome outcome = RunProgram("--all --jsonl -", "2>/dev/null");
  EXPECT_EQ(outcome.exit_status, 0);
  std::istringstream output(outcome.output);
  int lines = 0;
  for (std::string line; std::getline(output, line); ++lines) {
    ASSERT_THAT(line, AllOf(StartsWith("{\"id\":"), EndsWith("}")));
  }
  EXPECT_EQ(lines, 1945);
}

TEST(Program, SumsUpAllVisitsOfAPatient) {
  const Outcome outcome = RunProgram("--patient 2");
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("Patient 2: 9 visits over "), HasSubstr("no medical advice"),
                    HasSubstr("Gravest: "), HasSubstr("cholesterol")));
  const Outcome nobody = RunProgram("--patient 313");
  EXPECT_EQ(nobody.exit_status, 1);
  EXPECT_THAT(nobody.output, HasSubstr("numbered 1 to 312"));
}

TEST(Program, SaysWhichVisitsThereAre) {
  const Outcome outcome = RunProgram("2 183");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("no visit on day 183"), HasSubstr("0, 182")));
  const Outcome patient = RunProgram("313 0");
  EXPECT_EQ(patient.exit_status, 1);
  EXPECT_THAT(patient.output, HasSubstr("numbered 1 to 312"));
}

TEST(Program, EndsWithTwoWhereTheArgumentsAreWrong) {
  for (const char* arguments : {"", "2", "two 182", "--everything", "--all 2", "2 182 --jsonl x"}) {
    const Outcome outcome = RunProgram(arguments);
    EXPECT_EQ(outcome.exit_status, 2) << arguments;
    EXPECT_THAT(outcome.output, HasSubstr("--help")) << arguments;
  }
}

TEST(Program, NamesAFileThatItCannotUse) {
  const Outcome data = RunProgram("--all --data /nowhere/pbcseq.csv");
  EXPECT_EQ(data.exit_status, 1);
  EXPECT_THAT(data.output, HasSubstr("/nowhere/pbcseq.csv"));
  const Outcome jsonl = RunProgram("--all --jsonl /nowhere/out.jsonl");
  EXPECT_EQ(jsonl.exit_status, 1);
  EXPECT_THAT(jsonl.output, HasSubstr("/nowhere/out.jsonl"));
}

TEST(Program, PrintsItsUsage) {
  const Outcome outcome = RunProgram("--help");
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("PATIENT DAY"), HasSubstr("no medical advice")));
}

}  // namespace
