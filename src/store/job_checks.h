#ifndef PROTOGRAPH_SRC_STORE_JOB_CHECKS_H_
#define PROTOGRAPH_SRC_STORE_JOB_CHECKS_H_

// What no JobStore accepts, beside the submissions that CheckSubmission refuses.

#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

// The last that every store has: of the year 9999.
inline constexpr absl::Time kLatestTime = absl::FromUnixSeconds(253'402'300'799);

// What is wrong with a text that must be UTF-8 of at most kLongestName bytes, and with a name,
// which must not be empty either; empty where nothing.
std::string FaultOfText(std::string_view text);
std::string FaultOfName(std::string_view name);

// Part of a message, whatever there is in it.
std::string Shown(std::string_view text);

// kInvalidArgument for a name that no queue can have, and for limits below zero.
absl::Status CheckQueue(std::string_view queue, const QueueSettings& settings);

// kInvalidArgument for results beyond kLargestPayload, and for waits without end.
absl::Status CheckEnds(std::span<const JobEnd> ends);

// kInvalidArgument for a name that no graph can have.
absl::Status CheckPublishedGraph(const PublishedGraph& graph);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_STORE_JOB_CHECKS_H_
