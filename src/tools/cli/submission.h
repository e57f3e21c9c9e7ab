#ifndef PROTOGRAPH_SRC_TOOLS_CLI_SUBMISSION_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_SUBMISSION_H_

// From a command line to jobs that can be stored.

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/job.pb.h"
#include "protograph/jobs/client.h"
#include "protograph/store/job_store.h"
#include "tools/cli/published_graph.h"

namespace protograph::cli {

// An input as it was given.
struct GivenInput {
  std::string json;
  // Full name or, of a published graph's message, its last part; empty: whatever the output needs.
  std::string type = {};
};

// Whether an input may have templates, as those of schedules have: see schedule.proto.
enum class Templates { kNone, kAllowed };

// Inputs for this target. Where the graph is published they are checked and become their bytes,
// else they stay JSON, as those with templates do. kInvalidArgument for what no worker could do.
absl::StatusOr<JobInputs> MakeInputs(const Target& target, const std::vector<GivenInput>& given,
                                     Templates templates);

class SubmitFlags {
 public:
  SubmitFlags();
  // --json, --input-type.
  void AddInputs(CLI::App& app);
  // --queue, --priority and so on.
  void AddOptions(CLI::App& app);
  // --at, --unique-key and so on, which the jobs of schedules do not have.
  void AddOnceOptions(CLI::App& app);

  // "movies.TagSet".
  std::string target;
  std::vector<std::string> jsons;
  std::vector<std::string> input_types;

  // The inputs of --json with their types of --input-type, in their order.
  absl::StatusOr<std::vector<GivenInput>> Inputs() const;

  // What AddOptions has. kInvalidArgument where a fact is none.
  absl::StatusOr<SubmitOptions> Options() const;

  // A job with these inputs, with a new id. kInvalidArgument for what no worker could do.
  absl::StatusOr<JobSubmission> Make(const Target& target,
                                     const std::vector<GivenInput>& inputs) const;

 private:
  absl::StatusOr<std::map<std::string, std::string>> Metadata() const;

  JobSubmission options_;
  std::vector<std::string> metadata_;
};

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_SUBMISSION_H_
