#ifndef PROTOGRAPH_SRC_STORE_JOB_CHECKS_H_
#define PROTOGRAPH_SRC_STORE_JOB_CHECKS_H_

// What no JobStore accepts, beside the submissions that CheckSubmission refuses.

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

// kInvalidArgument for a name that no queue can have, and for limits below zero.
absl::Status CheckQueue(std::string_view queue, const QueueSettings& settings);

// kInvalidArgument for results beyond kLargestPayload, and for waits without end.
absl::Status CheckEnds(std::span<const JobEnd> ends);

// kInvalidArgument for a name that no graph can have.
absl::Status CheckPublishedGraph(const PublishedGraph& graph);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_JOB_CHECKS_H_
