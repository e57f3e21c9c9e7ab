#ifndef PROTOGRAPH_SRC_TOOLS_CLI_PUBLISHED_GRAPH_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_PUBLISHED_GRAPH_H_

// KnownGraph: a graph that a worker has published, and its messages, of which this program has no
// classes.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "protograph/description.pb.h"
#include "protograph/store/job_store.h"

namespace protograph::cli {

class KnownGraph {
 public:
  // kDataLoss where what was published cannot be read.
  static absl::StatusOr<std::unique_ptr<KnownGraph>> Read(const PublishedGraph& published);

  const std::string& name() const { return description_.name(); }
  const GraphDescription& description() const { return description_; }

  // The full name of a message that a caller brings or a step makes, by its full name or the last
  // part of it. kInvalidArgument where there is none, or several; says which there are.
  absl::StatusOr<std::string> FullName(std::string_view name) const;

  // Full names of what a caller has to bring for this output.
  std::vector<std::string> NeededInputs(const std::string& output_type) const;

  // kInvalidArgument with the reason.
  absl::StatusOr<std::string> ToBinary(const std::string& type, const std::string& json) const;
  absl::StatusOr<std::string> ToJson(const std::string& type, const std::string& binary) const;

  // A message with something in each field, as an example.
  std::string ExampleJson(const std::string& type) const;

 private:
  KnownGraph() : factory_(&pool_) {}
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Make(const std::string& type) const;

  GraphDescription description_;
  google::protobuf::DescriptorPool pool_;
  mutable google::protobuf::DynamicMessageFactory factory_;
};

// Those that workers have published, the newest of each name.
class KnownGraphs {
 public:
  static absl::StatusOr<KnownGraphs> Load(JobStore& jobs);

  // Null where nobody has published it.
  const KnownGraph* Find(std::string_view name) const;
  std::span<const std::unique_ptr<KnownGraph>> all() const { return graphs_; }

 private:
  std::vector<std::unique_ptr<KnownGraph>> graphs_;
};

// What a job is asked to make: "movies.TagSet".
struct Target {
  std::string graph;
  // Full name.
  std::string output_type;
  // Null where nobody has published it.
  const KnownGraph* known = nullptr;
};
// Of a published graph the message's last name is enough. kInvalidArgument says what to write.
absl::StatusOr<Target> ParseTarget(const KnownGraphs& graphs, std::string_view text);

// A message as JSON. Where its type is not known: its bytes
// in Base64, as {"base64": "..."}.
std::string PayloadJson(const KnownGraph* graph, const std::string& type,
                        const std::string& binary);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_PUBLISHED_GRAPH_H_
