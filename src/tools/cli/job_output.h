#ifndef PROTOGRAPH_SRC_TOOLS_CLI_JOB_OUTPUT_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_JOB_OUTPUT_H_

// Jobs as text and as JSON.

#include <string>
#include <vector>

#include "protograph/store/job_store.h"
#include "tools/cli/json_writer.h"
#include "tools/cli/published_graph.h"

namespace protograph::cli {

// The record's fields, without the braces around them.
void WriteFields(const JobRecord& record, JsonWriter& json);
std::string RecordJson(const JobRecord& record);
// With inputs and result.
std::string ContentsJson(const JobContents& contents, const KnownGraphs& graphs);

// A line each, with titles.
std::string JobTable(const std::vector<JobRecord>& records, bool no_color);

// A sentence or two: what state it is in, since when, and why.
std::string Describe(const JobRecord& record);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_JOB_OUTPUT_H_
