#include "options.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"

namespace lab_interpretation {
namespace {

using ::protograph::testing::StatusIs;
using ::testing::HasSubstr;

absl::StatusOr<Options> Parse(std::vector<std::string> arguments) {
  return ParseOptions(arguments, "default.csv");
}

TEST(ParseOptions, ReadsAVisit) {
  const absl::StatusOr<Options> options = Parse({"2", "182"});
  ASSERT_TRUE(options.ok()) << options.status();
  ASSERT_TRUE(options->visit.has_value());
  EXPECT_EQ(options->visit->patient(), 2);
  EXPECT_EQ(options->visit->day(), 182);
  EXPECT_EQ(options->data, "default.csv");
}

TEST(ParseOptions, ReadsAllWithBothFormsOfAFlag) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--all", "--jsonl", "out.jsonl", "--data", "in.csv"},
        std::vector<std::string>{"--data=in.csv", "--jsonl=out.jsonl", "--all"}}) {
    const absl::StatusOr<Options> options = Parse(arguments);
    ASSERT_TRUE(options.ok()) << options.status();
    EXPECT_TRUE(options->all);
    EXPECT_FALSE(options->visit.has_value());
    EXPECT_EQ(options->data, "in.csv");
    EXPECT_EQ(options->jsonl, "out.jsonl");
  }
}

TEST(ParseOptions, ReadsAPatient) {
  const absl::StatusOr<Options> options = Parse({"--patient", "2"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->patient, 2);
  EXPECT_FALSE(options->visit.has_value());
}

TEST(ParseOptions, PutsHelpBeforeEverythingElse) {
  const absl::StatusOr<Options> options = Parse({"1", "--help"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->help);
}

TEST(ParseOptions, SaysWhatIsWrongWithTheArguments) {
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{}, "name one visit"},
      {{"2"}, "name one visit"},
      {{"2", "182", "3"}, "name one visit"},
      {{"two", "182"}, "'two' is no patient"},
      {{"0", "182"}, "'0' is no patient"},
      {{"2", "-5"}, "no flag -5"},
      {{"2", "1.5"}, "'1.5' is no day"},
      {{"99999999999", "1"}, "is no patient"},
      {{"--all", "2"}, "leave out '2'"},
      {{"--all=yes"}, "--all takes no value"},
      {{"--everything"}, "no flag --everything"},
      {{"--all", "--data"}, "--data needs the path"},
      {{"--all", "--jsonl="}, "--jsonl needs the path"},
      {{"2", "182", "--jsonl", "x"}, "--jsonl goes with --all"},
      {{"--patient", "two"}, "'two' is no patient"},
      {{"--patient", "0"}, "'0' is no patient"},
      {{"--patient", "2", "182"}, "leave out '182'"},
      {{"--patient", "2", "--all"}, "leave out --patient"},
      {{"--patient", "2", "--jsonl", "x"}, "--jsonl goes with --all"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Parse(c.arguments),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)));
    EXPECT_THAT(Parse(c.arguments),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--help")));
  }
}

TEST(UsageText, NamesEveryFlagAndTheDisclaimer) {
  const std::string usage = UsageText("default.csv");
  for (const char* word :
       {"--all", "--patient", "--jsonl", "--data", "--help", "default.csv", "no medical advice"}) {
    EXPECT_THAT(usage, HasSubstr(word));
  }
}

}  // namespace
}  // namespace lab_interpretation
