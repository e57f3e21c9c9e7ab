// Cron expressions in English.

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "random_cron.h"
#include "schedules/cron_expression.h"
#include "schedules/cron_fields.h"
#include "schedules/cron_parser.h"

namespace {

using ::protograph::internal::CronExpression;
using ::protograph::internal::CronFields;
using ::protograph::internal::DaysOfMonth;
using ::protograph::internal::ParseCron;
using ::protograph::test::RandomCron;

std::string Described(std::string_view text) {
  const absl::StatusOr<CronExpression> expression = CronExpression::Parse(text);
  return expression.ok() ? expression->Describe() : std::string(expression.status().message());
}

TEST(CronWords, SayWhatAnExpressionMeans) {
  struct Case {
    std::string_view text;
    std::string_view words;
  };
  const std::vector<Case> cases = {
      // Times.
      {"* * * * *", "every minute"},
      {"*/1 * * * *", "every minute"},
      {"* * * * * *", "every second"},
      {"*/15 * * * *", "every 15 minutes"},
      {"0,30 * * * *", "every 30 minutes"},
      {"*/10 * * * * *", "every 10 seconds"},
      {"0 * * * *", "every hour"},
      {"30 * * * *", "at minute 30 of every hour"},
      {"20 30 * * * *", "at minute 30 and second 20 of every hour"},
      {"0 * * * * *", "every minute"},
      {"20 * * * * *", "at second 20 of every minute"},
      {"5,10,35 * * * *", "at minutes 5, 10 and 35 of every hour"},
      {"10-40 * * * *", "at minutes 10 to 40 of every hour"},
      {"1-3,7,8 * * * *", "at minutes 1 to 3, 7 and 8 of every hour"},
      {"*/7 * * * *", "at every 7th minute from 0 to 56 of every hour"},
      {"5/10 * * * *", "at every 10th minute from 5 to 55 of every hour"},
      {"*/40 * * * *", "at minutes 0 and 40 of every hour"},
      {"30 2 * * *", "at 02:30 every day"},
      {"15 30 2 * * *", "at 02:30:15 every day"},
      {"0 9,12,15 * * *", "at 09:00, 12:00 and 15:00 every day"},
      {"0,30 9,17 * * *", "at 09:00, 09:30, 17:00 and 17:30 every day"},
      {"0,20 0 9 * * *", "at 09:00:00 and 09:00:20 every day"},
      {"0 9-17 * * *", "every hour from 09:00 to 17:00 every day"},
      {"30 */2 * * *", "every 2 hours from 00:30 to 22:30 every day"},
      {"0 1,2,3,5,8,13,21 * * *",
       "at 01:00, 02:00, 03:00, 05:00, 08:00, 13:00 and 21:00 every day"},
      {"* 2 * * *", "every minute from 02:00 to 02:59 every day"},
      {"* 22-23,0 * * *", "every minute from 00:00 to 00:59 and from 22:00 to 23:59 every day"},
      {"* */2 * * *", "every minute in every 2nd hour from 0 to 22 every day"},
      {"1,2 1,2,3,5,8,13,21 * * *",
       "at minutes 1 and 2 of hours 1 to 3, 5, 8, 13 and 21 every day"},
      {"5-35 9 * * *", "at minutes 5 to 35 of the hour from 09:00 to 09:59 every day"},
      {"5-35 9-12 * * *", "at minutes 5 to 35 of each hour from 09:00 to 12:59 every day"},
      {"*/5 0-59 9-12 * * *", "every 5 seconds from 09:00 to 12:59 every day"},
      {"*/5 30 9 * * *", "every 5 seconds in minute 30 of the hour from 09:00 to 09:59 every day"},
      {"15 */5 * * * *", "at second 15 of every 5th minute from 0 to 55 of every hour"},
      {"1-9 * 9-12 * * *", "at seconds 1 to 9 of every minute from 09:00 to 12:59 every day"},
      // Days of the month.
      {"0 0 1 * *", "at 00:00 on day 1 of each month"},
      {"0 0 1,15 * *", "at 00:00 on days 1 and 15 of each month"},
      {"0 0 */2 * *", "at 00:00 on every 2nd day from 1 to 31 of each month"},
      {"0 0 L * *", "at 00:00 on the last day of each month"},
      {"0 0 L-1 * *", "at 00:00 on the day before the last of each month"},
      {"0 0 L-3 * *", "at 00:00 on the day 3 days before the last of each month"},
      {"0 9 15W * *", "at 09:00 on the weekday nearest to day 15 of each month"},
      {"0 9 LW * *", "at 09:00 on the last weekday of each month"},
      {"0 9 1-7,L * *", "at 09:00 on days 1 to 7 of each month and on the last day of each month"},
      // Days of the week.
      {"*/15 9-17 * 1,6 1-5",
       "every 15 minutes from 09:00 to 17:59 on weekdays in January and June"},
      {"0 9 * * 6,0", "at 09:00 on Saturdays and Sundays"},
      {"0 9 * * SUN-TUE", "at 09:00 on Mondays, Tuesdays and Sundays"},
      {"0 * * * MON", "every hour on Mondays"},
      {"30 2 * * FRIL", "at 02:30 on the last Friday of each month"},
      {"0 10 * * MON#2", "at 10:00 on the second Monday of each month"},
      {"0 10 * * FRI,MON#2,7L",
       "at 10:00 on Fridays, on the second Monday of each month and on the last Sunday of each "
       "month"},
      {"0 0 * * 1-7", "at 00:00 every day"},
      // Both.
      {"30 4 1,15 * 5", "at 04:30 on days 1 and 15 of each month and on Fridays"},
      {"0 0 13 * */5", "at 00:00 on day 13 of each month, if that is a Friday or a Sunday"},
      {"0 0 */2 * MON-FRI",
       "at 00:00 on every 2nd day from 1 to 31 of each month, if that is a weekday"},
      {"0 0 */2 * MON#1",
       "at 00:00 on every 2nd day from 1 to 31 of each month, if that is the first Monday of its "
       "month"},
      {"0 0 5,* * MON", "at 00:00 every day"},
      // Months.
      {"* * * 2 *", "every minute in February"},
      {"0 0 1 1 *", "at 00:00 on day 1 of January"},
      {"0 0 1 1-3 *", "at 00:00 on day 1 of each month from January to March"},
      {"0 9 * JAN-MAR SAT", "at 09:00 on Saturdays from January to March"},
      {"0 9 * 1,2 *", "at 09:00 every day in January and February"},
      {"0 9 * 1-11/2 *", "at 09:00 every day in every 2nd month from January to November"},
      {"0 9 1 JAN-MAR,DEC *", "at 09:00 on day 1 of January to March and December"},
      {"0 0 29 2 MON#5", "at 00:00 on day 29 of February and on the fifth Monday of February"},
      // Macros.
      {"@hourly", "every hour"},
      {"@daily", "at 00:00 every day"},
      {"@weekly", "at 00:00 on Sundays"},
      {"@monthly", "at 00:00 on day 1 of each month"},
      {"@yearly", "at 00:00 on day 1 of January"},
  };
  for (const Case& c : cases) EXPECT_EQ(Described(c.text), c.words) << c.text;
}

// All that decides when it fires.
std::vector<uint64_t> Meaning(const CronFields& fields) {
  std::vector<uint64_t> meaning = {fields.seconds, fields.minutes, fields.hours, fields.months};
  for (int length = 28; length <= 31; ++length) {
    for (int weekday = 0; weekday < 7; ++weekday) {
      meaning.push_back(DaysOfMonth(fields, length, weekday));
    }
  }
  return meaning;
}

TEST(CronWords, AreDifferentForWhatMeansDifferentTimes) {
  constexpr int kExpressions = 100'000;
  std::mt19937_64 random(20261);
  std::map<std::string, std::pair<std::vector<uint64_t>, std::string>> meanings;
  for (int i = 0; i < kExpressions; ++i) {
    const std::string text = RandomCron(random).text();
    const absl::StatusOr<CronExpression> expression = CronExpression::Parse(text);
    if (!expression.ok()) continue;
    const std::string words = expression->Describe();
    ASSERT_FALSE(words.empty() || words.find("  ") != std::string::npos) << text << ": " << words;
    const std::vector<uint64_t> meaning = Meaning(ParseCron(text).value());
    const auto [place, is_new] = meanings.try_emplace(words, meaning, text);
    ASSERT_EQ(place->second.first, meaning)
        << text << " and " << place->second.second << " are both described as " << words;
  }
  EXPECT_GT(meanings.size(), kExpressions / 4);
}

}  // namespace
