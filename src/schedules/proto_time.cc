#include "schedules/proto_time.h"

#include <algorithm>

namespace protograph::internal {
namespace {

// google/protobuf/timestamp.proto and duration.proto.
const absl::Time kFirst = absl::FromUnixSeconds(-62135596800);
const absl::Time kLast = absl::FromUnixSeconds(253402300799);
constexpr int64_t kMostSeconds = 315576000000;

}  // namespace

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

google::protobuf::Timestamp TimestampOf(absl::Time time) {
  time = std::clamp(time, kFirst, kLast);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  timestamp.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(timestamp.seconds()))));
  return timestamp;
}

google::protobuf::Duration DurationProtoOf(absl::Duration duration) {
  duration = std::clamp(duration, -absl::Seconds(kMostSeconds), absl::Seconds(kMostSeconds));
  absl::Duration rest;
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return proto;
}

}  // namespace protograph::internal
