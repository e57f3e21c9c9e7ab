#ifndef PROTOGRAPH_SRC_TOOLS_CLI_PAGING_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_PAGING_H_

#include <functional>

#include "absl/status/status.h"
#include "protograph/jobs/client.h"

namespace protograph::cli {

// Every job that passes the filter, the newest first, by pages; until `visit` returns an error,
// which is returned.
absl::Status ForEachJob(Client& client, const JobFilter& filter,
                        const std::function<absl::Status(const JobRecord&)>& visit);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_PAGING_H_
