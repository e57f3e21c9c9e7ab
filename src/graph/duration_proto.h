#ifndef PROTOGRAPH_SRC_GRAPH_DURATION_PROTO_H_
#define PROTOGRAPH_SRC_GRAPH_DURATION_PROTO_H_

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"

namespace protograph::internal {

// Finite durations within the range of the message, which is 10,000 years.
inline google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(
      static_cast<int32_t>(absl::IDivDuration(duration, absl::Nanoseconds(1), &duration)));
  return proto;
}

inline absl::Duration FromProto(const google::protobuf::Duration& proto) {
  return absl::Seconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_GRAPH_DURATION_PROTO_H_
