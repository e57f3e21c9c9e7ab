// What cron expressions are, what they mean, and what is refused.

#include "schedules/cron_expression.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "schedules/cron_parser.h"

namespace {

using ::absl::CivilSecond;
using ::protograph::internal::CronExpression;
using ::protograph::internal::kMaxCronLength;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kFriday = 6;  // of March 2026, which begins on a Sunday

CronExpression Parsed(std::string_view text) {
  absl::StatusOr<CronExpression> expression = CronExpression::Parse(text);
  EXPECT_TRUE(expression.ok()) << text << ": " << expression.status();
  return expression.ok() ? *expression : CronExpression::Parse("* * * * *").value();
}

// The next times, as text.
std::vector<std::string> Nexts(std::string_view text, CivilSecond after, int count) {
  const CronExpression expression = Parsed(text);
  std::vector<std::string> times;
  std::optional<CivilSecond> next = after;
  for (int i = 0; i < count; ++i) {
    next = expression.Next(*next);
    if (!next.has_value()) break;
    times.push_back(absl::FormatCivilTime(*next));
  }
  return times;
}

std::string First(std::string_view text, CivilSecond after) {
  const std::vector<std::string> times = Nexts(text, after, 1);
  return times.empty() ? "never" : times[0];
}

std::string Refusal(std::string_view text) {
  const absl::StatusOr<CronExpression> expression = CronExpression::Parse(text);
  if (expression.ok()) return "is accepted";
  EXPECT_EQ(expression.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(expression.status().message());
}

TEST(CronExpression, FiresWhereItsFieldsSay) {
  struct Case {
    std::string_view text;
    std::string_view first;
  };
  // After Friday, 2026-03-06, 10:07:30.
  const CivilSecond after(2026, 3, kFriday, 10, 7, 30);
  const std::vector<Case> cases = {
      {"* * * * *", "2026-03-06T10:08:00"},
      {"? ? ? ? ?", "2026-03-06T10:08:00"},
      {"* * * * * *", "2026-03-06T10:07:31"},
      {"*/5 * * * *", "2026-03-06T10:10:00"},
      {"*/20 * * * * *", "2026-03-06T10:07:40"},
      {"30,15 10 * * *", "2026-03-06T10:15:00"},
      {"0-5 * * * *", "2026-03-06T11:00:00"},
      {"10-40/3 * * * *", "2026-03-06T10:10:00"},
      {"9/10 * * * *", "2026-03-06T10:09:00"},
      {"7 10 * * *", "2026-03-07T10:07:00"},
      {"30 2 * * *", "2026-03-07T02:30:00"},
      {"05 009 * * *", "2026-03-07T09:05:00"},
      {"0 0 1 * *", "2026-04-01T00:00:00"},
      {"0 0 31 * *", "2026-03-31T00:00:00"},
      {"0 0 31 4-6 *", "2026-05-31T00:00:00"},
      {"0 0 1 JAN *", "2027-01-01T00:00:00"},
      {"0 0 1 feb-Apr *", "2026-04-01T00:00:00"},
      {"0 0 * * SUN", "2026-03-08T00:00:00"},
      {"0 0 * * 0", "2026-03-08T00:00:00"},
      {"0 0 * * 7", "2026-03-08T00:00:00"},
      {"0 0 * * sat-sun", "2026-03-07T00:00:00"},
      {"0 0 * * FRI-SUN", "2026-03-07T00:00:00"},
      {"0 0 * * 5-7", "2026-03-07T00:00:00"},
      {"0 0 * * MON-WED", "2026-03-09T00:00:00"},
      {"0 0 * * 3/2", "2026-03-08T00:00:00"},  // Wednesday, Friday, Sunday
      {"0 0 29 2 *", "2028-02-29T00:00:00"},
      // The last, and what is before it.
      {"0 0 L * *", "2026-03-31T00:00:00"},
      {"0 0 l 2 *", "2027-02-28T00:00:00"},
      {"0 0 L-3 * *", "2026-03-28T00:00:00"},
      {"0 0 L-30 * *", "2026-05-01T00:00:00"},
      // The nearest weekday.
      {"0 0 15W * *", "2026-03-16T00:00:00"},  // from a Sunday
      {"0 0 7w * *", "2026-04-07T00:00:00"},   // from a Saturday to the 6th, which has begun
      {"0 0 1W 8 *", "2026-08-03T00:00:00"},   // from a Saturday that begins the month
      {"0 0 31W 5 *", "2026-05-29T00:00:00"},  // from a Sunday that ends it
      {"0 0 31W 4,5 *", "2026-05-29T00:00:00"},
      {"0 0 9W * *", "2026-03-09T00:00:00"},
      {"0 0 LW * *", "2026-03-31T00:00:00"},
      {"0 0 LW 5 *", "2026-05-29T00:00:00"},
      // Days of the week by their place in the month.
      {"0 0 * * 5L", "2026-03-27T00:00:00"},
      {"0 0 * * FRIL", "2026-03-27T00:00:00"},
      {"0 0 * * 0l", "2026-03-29T00:00:00"},
      {"0 0 * * 7L", "2026-03-29T00:00:00"},
      {"0 0 * * MON#2", "2026-03-09T00:00:00"},
      {"0 0 * * 5#1", "2026-04-03T00:00:00"},
      {"0 0 * * FRI#5", "2026-05-29T00:00:00"},
      {"0 0 * * 7#5", "2026-03-29T00:00:00"},
      {"0 0 * * MON#3,TUE", "2026-03-10T00:00:00"},
      // Macros.
      {"@hourly", "2026-03-06T11:00:00"},
      {"@daily", "2026-03-07T00:00:00"},
      {"@Midnight", "2026-03-07T00:00:00"},
      {"@weekly", "2026-03-08T00:00:00"},
      {"@monthly", "2026-04-01T00:00:00"},
      {"@yearly", "2027-01-01T00:00:00"},
      {"@annually", "2027-01-01T00:00:00"},
      // Blanks.
      {" \t30  2\t* * * ", "2026-03-07T02:30:00"},
  };
  for (const Case& c : cases) EXPECT_EQ(First(c.text, after), c.first) << c.text;
}

TEST(CronExpression, TakesADayThatIsInOneFieldWhereBothSaySomething) {
  EXPECT_THAT(Nexts("0 0 13 * FRI", CivilSecond(2026, 3, 1, 0, 0, 0), 4),
              ::testing::ElementsAre("2026-03-06T00:00:00", "2026-03-13T00:00:00",
                                     "2026-03-20T00:00:00", "2026-03-27T00:00:00"));
  EXPECT_EQ(First("0 0 13 * 2", CivilSecond(2026, 3, 10, 0, 0, 0)), "2026-03-13T00:00:00");
  EXPECT_EQ(First("0 0 L * MON#1", CivilSecond(2026, 3, 2, 0, 0, 0)), "2026-03-31T00:00:00");
  // No star at the beginning: it says something, even if that is every day.
  EXPECT_EQ(First("0 0 5,* * FRI", CivilSecond(2026, 3, 1, 0, 0, 0)), "2026-03-02T00:00:00");
}

TEST(CronExpression, TakesADayThatIsInBothFieldsWhereOneBeginsWithAStar) {
  EXPECT_EQ(First("0 0 */2 * FRI", CivilSecond(2026, 3, 1, 0, 0, 0)), "2026-03-13T00:00:00");
  EXPECT_EQ(First("0 0 13 * */5", CivilSecond(2026, 3, 1, 0, 0, 0)), "2026-03-13T00:00:00");
  EXPECT_EQ(First("0 0 13 * */6", CivilSecond(2026, 3, 1, 0, 0, 0)), "2026-06-13T00:00:00");
  EXPECT_EQ(First("0 0 *,5 * FRI", CivilSecond(2026, 3, 1, 0, 0, 0)), "2026-03-06T00:00:00");
}

TEST(CronExpression, GoesByTheClockOrByTheTimeThatPasses) {
  for (const std::string_view text : {"* * * * *", "*/5 2 * * *", "0 * * * *", "30 */2 * * *",
                                      "? 2 * * *", "0 0 * * * *", "@hourly"}) {
    EXPECT_TRUE(Parsed(text).is_wildcard()) << text;
  }
  for (const std::string_view text : {"0 0 * * *", "0-59 0-23 * * *", "5,*/10 2 * * *",
                                      "* 30 2 * * *", "0/15 9-17 * * *", "@daily", "@weekly"}) {
    EXPECT_FALSE(Parsed(text).is_wildcard()) << text;
  }
}

TEST(CronExpression, WaitsForDecadesWhereItHasTo) {
  // 2100 is no leap year.
  EXPECT_THAT(Nexts("0 0 29 2 *", CivilSecond(2095, 1, 1, 0, 0, 0), 2),
              ::testing::ElementsAre("2096-02-29T00:00:00", "2104-02-29T00:00:00"));
  EXPECT_THAT(
      Nexts("0 0 */28 2 MON#5", CivilSecond(2060, 1, 1, 0, 0, 0), 3),
      ::testing::ElementsAre("2072-02-29T00:00:00", "2112-02-29T00:00:00", "2140-02-29T00:00:00"));
}

TEST(CronExpression, EndsWithTheYear9999) {
  EXPECT_EQ(First("0 0 L 12 *", CivilSecond(9999, 12, 30, 0, 0, 0)), "9999-12-31T00:00:00");
  EXPECT_EQ(First("0 0 L 12 *", CivilSecond(9999, 12, 31, 0, 0, 0)), "never");
  EXPECT_EQ(First("* * * * * *", CivilSecond(9999, 12, 31, 23, 59, 58)), "9999-12-31T23:59:59");
  EXPECT_EQ(First("* * * * * *", CivilSecond(9999, 12, 31, 23, 59, 59)), "never");
  EXPECT_EQ(First("0 0 29 2 *", CivilSecond(9996, 3, 1, 0, 0, 0)), "never");
  EXPECT_EQ(First("* * * * *", CivilSecond::max()), "never");
}

TEST(CronExpression, BeginsWithTheYear1) {
  EXPECT_EQ(First("* * * * *", CivilSecond::min()), "1-01-01T00:00:00");
  EXPECT_EQ(First("0 0 29 2 *", CivilSecond(-400, 1, 1, 0, 0, 0)), "4-02-29T00:00:00");
}

TEST(CronExpression, KeepsItsText) {
  EXPECT_EQ(Parsed("  30 2\t* * *\t").text(), "30 2\t* * *");
  EXPECT_EQ(Parsed("@daily").text(), "@daily");
}

TEST(CronExpression, SaysWhichPieceIsWrongAndWhatIsAllowed) {
  struct Case {
    std::string_view text;
    std::string_view field_and_piece;
    std::string_view what;
  };
  const std::vector<Case> cases = {
      {"60 * * * *", "minute \"60\"", "allowed are 0-59"},
      {"* 24 * * *", "hour \"24\"", "allowed are 0-23"},
      {"* * 0 * *", "day of month \"0\"", "allowed are 1-31, L, L-3, 15W, LW"},
      {"* * 32 * *", "day of month \"32\"", "allowed are 1-31"},
      {"* * * 13 *", "month \"13\"", "allowed are 1-12, JAN-DEC"},
      {"* * * 0 *", "month \"0\"", "allowed are 1-12"},
      {"* * * * 8", "day of week \"8\"",
       "allowed are 0-7 (0 and 7 are Sunday), SUN-SAT, 5L, MON#2"},
      {"60 * * * * *", "second \"60\"", "allowed are 0-59"},
      {"1,61,2 * * * *", "minute \"61\"", "none of its values"},
      {"x * * * *", "minute \"x\"", "none of its values"},
      {"-1 * * * *", "minute \"-1\"", "between two values"},
      {"1- * * * *", "minute \"1-\"", "between two values"},
      {"1-2-3 * * * *", "minute \"1-2-3\"", "between two values"},
      {"*-5 * * * *", "minute \"*-5\"", "between two values"},
      {"+5 * * * *", "minute \"+5\"", "none of its values"},
      {"99999999999999999999 * * * *", "minute", "none of its values"},
      {"1,,2 * * * *", "minute \"1,,2\"", "nothing between two commas"},
      {"1, * * * *", "minute \"1,\"", "nothing"},
      {"** * * * *", "minute \"**\"", "none of its values"},
      {"*/0 * * * *", "minute \"*/0\"", "a step, 1-60"},
      {"*/61 * * * *", "minute \"*/61\"", "a step, 1-60"},
      {"* */25 * * *", "hour \"*/25\"", "a step, 1-24"},
      {"*/ * * * *", "minute \"*/\"", "a step"},
      {"*/-5 * * * *", "minute \"*/-5\"", "a step"},
      {"1/2/3 * * * *", "minute \"1/2/3\"", "a step"},
      {"* 22-3 * * *", "hour \"22-3\"", "write 22-23,0-3"},
      {"* * 25-5 * *", "day of month \"25-5\"", "write 25-31,1-5"},
      {"* * * nov-2 *", "month \"nov-2\"", "write NOV-DEC,JAN-FEB"},
      {"* * * * FRI-MON", "day of week \"FRI-MON\"", "write FRI-SAT,SUN-MON"},
      {"* * * * 7-2", "day of week \"7-2\"", "write SUN-TUE"},
      {"* * * * MONDAY", "day of week \"MONDAY\"", "none of its values"},
      {"* * * * JAN", "day of week \"JAN\"", "none of its values"},
      {"L * * * *", "minute \"L\"", "none of its values"},
      {"* * L-0 * *", "day of month \"L-0\"", "1-30"},
      {"* * L-31 * *", "day of month \"L-31\"", "1-30"},
      {"* * L5 * *", "day of month \"L5\"", "after L"},
      {"* * 1-L * *", "day of month \"1-L\"", "between two values"},
      {"* * L/2 * *", "day of month \"L/2\"", "after L"},
      {"* * W * *", "day of month \"W\"", "before W"},
      {"* * 32W * *", "day of month \"32W\"", "before W"},
      {"* * 1-5W * *", "day of month \"1-5W\"", "before W"},
      {"* * * * L", "day of week \"L\"", "before L"},
      {"* * * * 8L", "day of week \"8L\"", "before L"},
      {"* * * * MON-FRIL", "day of week \"MON-FRIL\"", "before L"},
      {"* * * * MON#0", "day of week \"MON#0\"", "1-5"},
      {"* * * * MON#6", "day of week \"MON#6\"", "1-5"},
      {"* * * * MON#", "day of week \"MON#\"", "after #"},
      {"* * * * #2", "day of week \"#2\"", "before #"},
      {"* * * * 1#1#1", "day of week \"1#1#1\"", "after #"},
      {"H * * * *", "minute \"H\"", "none of its values"},
      {"0~5 * * * *", "minute \"0~5\"", "none of its values"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Refusal(c.text), AllOf(HasSubstr(c.field_and_piece), HasSubstr(c.what),
                                       HasSubstr(std::string("\"") + std::string(c.text) + "\"")))
        << c.text;
  }
  EXPECT_EQ(Refusal("61 * * * *"),
            "cron expression \"61 * * * *\": minute \"61\": is none of its values; allowed are "
            "0-59, *, and lists (1,2), ranges (1-5) and steps (*/2) of these");
}

TEST(CronExpression, WritesRangesThatGoBackwardAsItAcceptsThem) {
  EXPECT_EQ(Parsed("0 22-23,0-3 * * *").Next(CivilSecond(2026, 3, 1, 3, 0, 0)),
            CivilSecond(2026, 3, 1, 22, 0, 0));
  EXPECT_EQ(Parsed("0 0 * * FRI-SAT,SUN-MON").Next(CivilSecond(2026, 3, 2, 0, 0, 0)),
            CivilSecond(2026, 3, kFriday, 0, 0, 0));
}

TEST(CronExpression, RefusesWhatHasNotItsFields) {
  EXPECT_THAT(Refusal(""), HasSubstr("has 0 fields: five are needed"));
  EXPECT_THAT(Refusal("   "), HasSubstr("has 0 fields"));
  EXPECT_THAT(Refusal("*"), HasSubstr("has 1 field: five are needed"));
  EXPECT_THAT(Refusal("* * * *"), HasSubstr("has 4 fields"));
  EXPECT_THAT(Refusal("0 0 12 * * ? 2027"), HasSubstr("has 7 fields"));
  EXPECT_THAT(Refusal("CRON_TZ=Europe/Berlin 0 2 * * *"), HasSubstr("time zone"));
}

TEST(CronExpression, RefusesMacrosThatSchedulesCannotKeep) {
  EXPECT_THAT(Refusal("@reboot"), HasSubstr("belongs to no machine"));
  EXPECT_THAT(Refusal("@every 5m"), HasSubstr("a duration of its own"));
  EXPECT_THAT(Refusal("@fortnightly"), AllOf(HasSubstr("@yearly"), HasSubstr("@hourly")));
  EXPECT_THAT(Refusal("@daily *"), HasSubstr("is none of @yearly"));
}

TEST(CronExpression, RefusesWhatCanNeverFire) {
  for (const std::string_view text : {"0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 31W 4 *",
                                      "0 0 L-29 2 *", "0 0 */30 * MON#2", "0 0 */29 2 MON#4"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("can never fire")) << text;
  }
  EXPECT_EQ(Refusal("0 0 30 2 *"),
            "cron expression \"0 0 30 2 *\" can never fire: there is no such day in its months");
  // One of the two fields is enough where both say something.
  EXPECT_EQ(Refusal("0 0 30 2 MON"), "is accepted");
  EXPECT_EQ(Refusal("0 0 29 2 *"), "is accepted");
  EXPECT_EQ(Refusal("0 0 L-28 2 *"), "is accepted");
}

TEST(CronExpression, BearsHostileTexts) {
  const std::string longest(kMaxCronLength, '*');
  EXPECT_THAT(Refusal(longest), HasSubstr("has 1 field"));
  const std::string million(1'000'000, '*');
  EXPECT_THAT(Refusal(million), AllOf(HasSubstr("1000000 characters"), Not(HasSubstr("***"))));
  std::string list = "0";
  while (list.size() < kMaxCronLength - 12) list += ",0";
  EXPECT_EQ(First(list + " * * * *", CivilSecond(2026, 3, 1, 0, 0, 0)), "2026-03-01T01:00:00");

  EXPECT_THAT(Refusal("* * * *\n*"), HasSubstr("the byte 0x0a at position 7"));
  EXPECT_THAT(Refusal(std::string_view("* * *\0* *", 9)), HasSubstr("0x00 at position 5"));
  EXPECT_THAT(Refusal("* * * * \xff"), HasSubstr("0xff at position 8"));
  EXPECT_THAT(Refusal("* * * * \xc3\xa4"), HasSubstr("printable ASCII"));
  EXPECT_THAT(Refusal("% {} {0} %s %n"), HasSubstr("is none of its values"));
}

}  // namespace
