#ifndef PROTOGRAPH_SRC_TOOLS_CLI_JOB_OUTPUT_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_JOB_OUTPUT_H_

// Jobs as text and as JSON.

#include <span>
#include <string>
#include <vector>

#include "protograph/exec_ctx.h"
#include "protograph/store/job_store.h"
#include "tools/cli/json_writer.h"
#include "tools/cli/published_graph.h"

namespace protograph::cli {

// The record's fields, without the braces around them.
void WriteFields(const JobRecord& record, JsonWriter& json);
std::string RecordJson(const JobRecord& record, std::span<const StepProgress> progress = {});
// With inputs and result.
std::string ContentsJson(const JobContents& contents, const KnownGraphs& graphs,
                         std::span<const StepProgress> progress = {});

// A line each, with titles.
std::string JobTable(const std::vector<JobRecord>& records, bool no_color);

// A sentence or two: what state it is in, since when, and why.
std::string Describe(const JobRecord& record);

// "FetchMovie 20/100 (20%), 2 failed, 8 running".
std::string Describe(const StepProgress& step);
// All of them on a line, and the same behind a bar of ASCII.
std::string Describe(std::span<const StepProgress> progress);
std::string ProgressBar(std::span<const StepProgress> progress);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_JOB_OUTPUT_H_
