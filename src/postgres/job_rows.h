#ifndef PROTOGRAPH_SRC_POSTGRES_JOB_ROWS_H_
#define PROTOGRAPH_SRC_POSTGRES_JOB_ROWS_H_

// Jobs as parameters of statements, and rows of statements as jobs.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "postgres/parameters.h"
#include "postgres/pqxx_compat.h"
#include "postgres/uuid_bytes.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

// kInvalidArgument where it is none; `what` begins the message.
absl::StatusOr<UuidBytes> UuidOf(std::string_view what, std::string_view text);

// Of submit_jobs.sql. The submissions were checked.
Parameters SubmitParameters(std::span<const JobSubmission> submissions, bool checks_ids);
// The same without checks_ids, added to other parameters.
void AddSubmissions(std::span<const JobSubmission> submissions, Parameters& parameters);

// Whether submit_job.sql takes it: it has no keys.
bool IsPlain(const JobSubmission& submission);
// Of submit_job.sql.
Parameters SubmitOneParameters(const JobSubmission& submission);

// Of finish_jobs.sql, sorted by job_id.
absl::StatusOr<Parameters> FinishParameters(const UuidBytes& owner_id,
                                            std::span<const JobEnd> ends);

// Names as a text[].
ArrayParameter NamesOf(std::span<const std::string> names);

// Of a row whose columns are those of get_job.sql, up to parent_id.
JobRecord JobRecordOf(const pqxx::row& row);

// Of a row of claim_jobs.sql or recover_claims.sql; all but the queue.
ClaimedJob ClaimedJobOf(const pqxx::row& row);

// Of hexadecimal digits.
std::string BytesOf(const pqxx::field& hex);

// Of microseconds since 1970.
std::optional<absl::Time> TimeOf(const pqxx::field& micros);

// Of a text[] as a text.
std::vector<std::string> TextsOfArray(std::string_view array);

// The first column.
std::vector<std::string> TextsOf(const pqxx::result& rows);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_JOB_ROWS_H_
