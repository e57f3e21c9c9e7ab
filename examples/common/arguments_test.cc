#include "examples/common/arguments.h"

#include <array>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace examples {
namespace {

using ::testing::ElementsAre;

constexpr std::array kFlags = {FlagSpec{"--all", ""}, FlagSpec{"--data", "the path of a file"}};

absl::StatusOr<Arguments> Parse(const std::vector<std::string>& arguments) {
  return Arguments::Parse("program", arguments, kFlags);
}

std::string ErrorOf(const std::vector<std::string>& arguments) {
  return std::string(Parse(arguments).status().message());
}

TEST(ArgumentsTest, TakesFlagsInBothSpellingsAndKeepsTheRest) {
  const auto arguments = Parse({"603", "--data=a.csv", "--all", "--data", "b.csv", "-"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_TRUE(arguments->Has("--all"));
  EXPECT_EQ(arguments->Value("--data"), "b.csv");
  EXPECT_THAT(arguments->positional(), ElementsAre("603", "-"));
}

TEST(ArgumentsTest, SaysNothingOfFlagsThatWereNotGiven) {
  const auto arguments = Parse({});
  ASSERT_TRUE(arguments.ok());
  EXPECT_FALSE(arguments->Has("--all"));
  EXPECT_EQ(arguments->Value("--data"), std::nullopt);
}

TEST(ArgumentsTest, NamesWhatIsWrong) {
  EXPECT_EQ(ErrorOf({"--al"}), "there is no flag --al (see program --help)");
  EXPECT_EQ(ErrorOf({"-x"}), "there is no flag -x (see program --help)");
  EXPECT_EQ(ErrorOf({"--all=yes"}), "--all takes no value (see program --help)");
  EXPECT_EQ(ErrorOf({"--data"}), "--data needs the path of a file (see program --help)");
  EXPECT_EQ(ErrorOf({"--data="}), "--data needs the path of a file (see program --help)");
}

}  // namespace
}  // namespace examples
