// Names of time zones.

#include "schedules/time_zones.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using ::protograph::internal::ParseTimeZone;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Refusal(std::string_view name) {
  const absl::StatusOr<absl::TimeZone> zone = ParseTimeZone(name);
  if (zone.ok()) return "is accepted";
  EXPECT_EQ(zone.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(zone.status().message());
}

TEST(TimeZones, AreFoundByTheirNames) {
  for (const std::string_view name :
       {"UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "America/Port-au-Prince",
        "Etc/GMT+5", "Etc/GMT-14", "EST5EDT", "GB", "Asia/Kolkata", "Asia/Calcutta"}) {
    const absl::StatusOr<absl::TimeZone> zone = ParseTimeZone(name);
    ASSERT_TRUE(zone.ok()) << zone.status();
    EXPECT_EQ(zone->name(), name);
  }
  EXPECT_EQ(ParseTimeZone("Asia/Kathmandu")->At(absl::FromUnixSeconds(1'700'000'000)).offset,
            (5 * 60 + 45) * 60);
}

TEST(TimeZones, ThatDoNotExistAreNamed) {
  for (const std::string_view name : {"Mars/Olympus", "Europe", "Berlin", "leapseconds"}) {
    EXPECT_THAT(Refusal(name), AllOf(HasSubstr("no time zone \"" + std::string(name) + "\""),
                                     HasSubstr("tzdata")));
  }
}

TEST(TimeZones, AreNoFilesAndNoPosixRules) {
  for (const std::string_view name :
       {"", "/etc/passwd", "/usr/share/zoneinfo/UTC", "../x", "Europe/../UTC", "Europe//Berlin",
        "Europe/Berlin/", "./UTC", "file:UTC", ":UTC", "zone.tab", "Europe/Berlin ", " UTC",
        "CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3", "Fixed/UTC+01:00:00", "Zürich", "UTC\n"}) {
    EXPECT_THAT(Refusal(name), HasSubstr("is no name of a time zone")) << name;
  }
  EXPECT_THAT(Refusal(std::string_view("UTC\0", 4)), HasSubstr("is no name of a time zone"));
  EXPECT_THAT(Refusal(std::string(100'000, 'x')),
              AllOf(HasSubstr("a text of 100000 characters"), Not(HasSubstr("xxx"))));
}

TEST(TimeZones, AreTheSameOnEachMachine) {
  for (const std::string_view name :
       {"localtime", "LocalTime", "posixrules", "Factory", "right/Europe/Berlin"}) {
    EXPECT_THAT(Refusal(name), HasSubstr("is no name of a time zone")) << name;
  }
}

}  // namespace
