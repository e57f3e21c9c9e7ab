#ifndef PROTOGRAPH_SRC_JOBS_JOB_STATUS_H_
#define PROTOGRAPH_SRC_JOBS_JOB_STATUS_H_

// What a job has come to, as a status.

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

// Parses the result of a job that has succeeded; otherwise see Client::Result.
absl::Status ResultOf(const JobContents& contents, google::protobuf::Message& output);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_JOB_STATUS_H_
