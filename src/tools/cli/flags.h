#ifndef PROTOGRAPH_SRC_TOOLS_CLI_FLAGS_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_FLAGS_H_

// Kinds of options that several commands have.

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "protograph/store/job_store.h"

namespace protograph::cli {

// "90s", "1h30m", "250ms", "inf".
CLI::Option* AddDuration(CLI::App& app, const std::string& names, absl::Duration& value,
                         const std::string& description);

// "--wait [timeout]": for how long; for ever where no timeout is given; not set without the option.
CLI::Option* AddWait(CLI::App& app, const std::string& names, std::optional<absl::Duration>& value,
                     const std::string& description);

// RFC 3339, or "2024-05-01 12:30" by the local clock.
CLI::Option* AddTime(CLI::App& app, const std::string& names, absl::Time& value,
                     const std::string& description);

// --queue, --graph, --output, --tag, --unique-key; with states --state, --due-by, --due-in too.
void AddFilter(CLI::App& app, JobFilter& filter, bool with_states);

// --json: whether results are printed as JSON.
CLI::Option* AddJson(CLI::App& app, bool& json);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_FLAGS_H_
