#ifndef PROTOGRAPH_SRC_JOBS_SUBMISSIONS_H_
#define PROTOGRAPH_SRC_JOBS_SUBMISSIONS_H_

// From what callers give to what is stored.

#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "protograph/job.pb.h"

namespace protograph::internal {

// UUIDv7s in the order in which they are made: the 12 bits after the milliseconds count (RFC 9562,
// 6.2, method 1), so that jobs of one call are done in its order.
std::vector<std::string> MakeJobIds(size_t count, absl::Time now);

// A JSON object; empty where there is nothing in it. kInvalidArgument for what cannot be JSON.
absl::StatusOr<std::string> MetadataJson(const std::map<std::string, std::string>& metadata);

// kInvalidArgument for what cannot be serialised.
absl::StatusOr<JobInputs> SerializedInputs(
    std::span<const google::protobuf::Message* const> messages);

std::vector<std::string> TypesOf(const JobInputs& inputs);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_SUBMISSIONS_H_
