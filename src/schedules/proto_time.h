#ifndef PROTOGRAPH_SRC_SCHEDULES_PROTO_TIME_H_
#define PROTOGRAPH_SRC_SCHEDULES_PROTO_TIME_H_

// Times as protobuf has them. Theirs are from the year 1 to 9999; what is beyond is that.

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace protograph::internal {

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp);
absl::Duration DurationOf(const google::protobuf::Duration& duration);
google::protobuf::Timestamp TimestampOf(absl::Time time);
google::protobuf::Duration DurationProtoOf(absl::Duration duration);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_SCHEDULES_PROTO_TIME_H_
