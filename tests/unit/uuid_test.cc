#include "base/uuid.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "protograph/random_source.h"

namespace protograph::internal {
namespace {

TEST(TimeOfUuidV7, IsThatOfItsMilliseconds) {
  const absl::Time time = absl::FromUnixMillis(1'795'000'123'456) + absl::Microseconds(789);
  EXPECT_EQ(TimeOfUuidV7(MakeUuidV7(time, RandomSource::System())),
            absl::FromUnixMillis(1'795'000'123'456));
}

TEST(TimeOfUuidV7, IsLongAgoWhereThereIsNone) {
  for (const char* text :
       {"", "018f3c5a", "018f3c5a-7b2", "018f3c5a7b2e7000", "zzzzzzzz-zzzz-7000"}) {
    EXPECT_EQ(TimeOfUuidV7(text), absl::InfinitePast()) << text;
  }
}

}  // namespace
}  // namespace protograph::internal
