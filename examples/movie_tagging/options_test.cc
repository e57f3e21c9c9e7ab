#include "options.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"

namespace movie_tagging {
namespace {

using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

absl::StatusOr<Options> Parse(const std::vector<std::string>& arguments) {
  return ParseOptions(arguments, "default.csv");
}

TEST(Options, TakesOneFilm) {
  const auto options = Parse({"603"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->movie_id, 603);
  EXPECT_FALSE(options->all);
  EXPECT_EQ(options->data, "default.csv");
  EXPECT_EQ(options->flaky, 0);
  EXPECT_GE(options->threads, 1);
}

TEST(Options, TakesAllFlagsInBothForms) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--all", "--jsonl", "-", "--flaky", "0.2", "--seed", "7",
                                 "--threads", "3", "--data", "in.csv"},
        std::vector<std::string>{"--data=in.csv", "--threads=3", "--seed=7", "--flaky=0.2",
                                 "--jsonl=-", "--all"}}) {
    const auto options = Parse(arguments);
    ASSERT_TRUE(options.ok()) << options.status();
    EXPECT_TRUE(options->all);
    EXPECT_EQ(options->movie_id, std::nullopt);
    EXPECT_EQ(options->jsonl, "-");
    EXPECT_EQ(options->flaky, 0.2);
    EXPECT_EQ(options->seed, 7u);
    EXPECT_EQ(options->threads, 3);
    EXPECT_EQ(options->data, "in.csv");
  }
}

TEST(Options, TakesTheCatalogue) {
  const auto options = Parse({"--catalogue", "--delay", "5ms"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->catalogue);
  EXPECT_FALSE(options->all);
  EXPECT_EQ(options->movie_id, std::nullopt);
  EXPECT_EQ(options->delay, absl::Milliseconds(5));
  EXPECT_FALSE(options->threads_chosen);
  EXPECT_TRUE(Parse({"--catalogue", "--threads=2"})->threads_chosen);
}

TEST(Options, TakesAFilmBetweenFlags) {
  const auto options = Parse({"--flaky", "1", "603", "--seed=2"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->movie_id, 603);
  EXPECT_EQ(options->flaky, 1);
}

TEST(Options, SaysWhatIsWrongAndWhereHelpIs) {
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{}, "name one film"},
      {{"1", "2"}, "name one film"},
      {{"Jaws"}, "'Jaws' is no film"},
      {{"0"}, "'0' is no film"},
      {{"-5"}, "there is no flag -5"},
      {{"99999999999"}, "is no film"},
      {{"--all", "603"}, "leave out '603'"},
      {{"603", "--jsonl", "x"}, "--jsonl goes with --all"},
      {{"--catalogue", "603"}, "--catalogue takes every film; leave out '603'"},
      {{"--catalogue", "--all"}, "leave out one"},
      {{"--catalogue", "--jsonl", "x"}, "--jsonl goes with --all"},
      {{"--catalogue", "--resume-demo"}, "leave out --all and --catalogue"},
      {{"--catalogue", "--delay", "5"}, "--delay needs a duration from 0 to 1m"},
      {{"--catalogue", "--delay", "-5ms"}, "--delay needs"},
      {{"--catalogue", "--delay", "inf"}, "--delay needs"},
      {{"--everything"}, "there is no flag --everything"},
      {{"--all=yes"}, "--all takes no value"},
      {{"--all", "--data"}, "--data needs the path of a file"},
      {{"--all", "--jsonl="}, "--jsonl needs"},
      {{"--all", "--flaky", "1.5"}, "--flaky needs a probability from 0 to 1, not '1.5'"},
      {{"--all", "--flaky", "nan"}, "--flaky needs"},
      {{"--all", "--flaky", "-0.1"}, "--flaky needs"},
      {{"--all", "--seed", "-1"}, "--seed needs a whole number from 0 to 4294967295"},
      {{"--all", "--threads", "0"}, "--threads needs a whole number from 1 to 256"},
      {{"--all", "--threads", "257"}, "--threads needs"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Parse(c.arguments), StatusIs(absl::StatusCode::kInvalidArgument,
                                             AllOf(HasSubstr(c.message), HasSubstr("--help"))));
  }
}

TEST(Options, HelpNeedsNothingElse) {
  const auto options = Parse({"--help"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->help);
  const std::string usage = UsageText("default.csv");
  for (const char* flag : {"--all", "--catalogue", "--jsonl", "--flaky", "--seed", "--delay",
                           "--threads", "--data", "--help", "default.csv"}) {
    EXPECT_THAT(usage, HasSubstr(flag));
  }
}

}  // namespace
}  // namespace movie_tagging
