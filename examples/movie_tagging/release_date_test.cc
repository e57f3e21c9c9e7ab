#include "release_date.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"

namespace movie_tagging {
namespace {

using ::protograph::testing::EqualsProto;
using ::protograph::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr int kLatestYear = 2011;

TEST(ReleaseDate, ReadsADate) {
  const auto release = ParseReleaseDate("Nov 12 2004", kLatestYear);
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_THAT(release->date, Optional(EqualsProto("year: 2004 month: 11 day: 12")));
  EXPECT_FALSE(release->century_corrected);
}

TEST(ReleaseDate, MovesAYearOfTheFutureBackByACentury) {
  const auto release = ParseReleaseDate("Dec 31 2046", kLatestYear);
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_THAT(release->date, Optional(EqualsProto("year: 1946 month: 12 day: 31")));
  EXPECT_TRUE(release->century_corrected);
}

TEST(ReleaseDate, KeepsAnAnnouncedReleaseOfTheLatestYear) {
  const auto release = ParseReleaseDate("Dec 23 2011", kLatestYear);
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_THAT(release->date, Optional(EqualsProto("year: 2011 month: 12 day: 23")));
  EXPECT_FALSE(release->century_corrected);
}

TEST(ReleaseDate, TakesTheUnixEpochAndNothingForUnknown) {
  for (const char* text : {"Dec 31 1969", ""}) {
    const auto release = ParseReleaseDate(text, kLatestYear);
    ASSERT_TRUE(release.ok()) << release.status();
    EXPECT_FALSE(release->date.has_value()) << text;
    EXPECT_FALSE(release->century_corrected) << text;
  }
  const auto day_before = ParseReleaseDate("Dec 30 1969", kLatestYear);
  ASSERT_TRUE(day_before.ok());
  EXPECT_TRUE(day_before->date.has_value());
}

TEST(ReleaseDate, RefusesWhatIsNoDate) {
  for (const char* text : {"2004", "Nov 2004", "Feb 30 2004", "12 Nov 2004", "Nov 12 2004 x"}) {
    EXPECT_THAT(ParseReleaseDate(text, kLatestYear),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(text)));
  }
}

}  // namespace
}  // namespace movie_tagging
