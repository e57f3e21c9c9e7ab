#ifndef PROTOGRAPH_SRC_JOBS_KNOWN_GRAPHS_H_
#define PROTOGRAPH_SRC_JOBS_KNOWN_GRAPHS_H_

// Graphs that a client knows: the program's own, and those that workers have published.

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "protograph/description.pb.h"
#include "protograph/graph.h"
#include "protograph/store/job_store.h"

namespace protograph::internal {

// Thread safe.
class KnownGraphs {
 public:
  KnownGraphs(JobStore& jobs, std::span<const Graph> own);

  // kInvalidArgument where the graph is known and cannot make the output from these inputs. Asks
  // the store for graphs that are not the program's own, once a minute at most.
  absl::Status Check(std::string_view graph, std::string_view output_type,
                     std::span<const std::string> input_types);

 private:
  // Null where none was published.
  const GraphDescription* FindPublishedLocked(std::string_view graph);

  JobStore& jobs_;
  absl::flat_hash_map<std::string, Graph> own_;

  std::mutex mutex_;
  absl::flat_hash_map<std::string, GraphDescription> published_;
  absl::Time read_at_ = absl::InfinitePast();
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_KNOWN_GRAPHS_H_
