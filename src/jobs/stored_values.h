#ifndef PROTOGRAPH_SRC_JOBS_STORED_VALUES_H_
#define PROTOGRAPH_SRC_JOBS_STORED_VALUES_H_

// Values of a graph, and statuses, as they are stored for jobs that have another one's items: see
// job.proto.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "graph/core.h"
#include "protograph/internal/many_base.h"
#include "protograph/job.pb.h"

namespace protograph::internal {

StoredStatus ToStored(const absl::Status& status);
absl::Status FromStored(const StoredStatus& stored);

SharedInput ToStored(TypeKey type, Value value);

// What a batch's steps take beside their items. Immutable and thread safe.
class SharedValues {
 public:
  // kInvalidArgument where the graph does not know a type, or what is stored is damaged.
  static absl::StatusOr<std::shared_ptr<const SharedValues>> Make(const GraphCore& core,
                                                                  const std::string& stored);

  // Full names, and the values, in the order in which they were stored.
  const std::vector<std::string>& types() const { return types_; }
  const std::vector<Value>& values() const { return values_; }

 private:
  std::vector<std::string> types_;
  std::vector<Value> values_;
  std::vector<std::unique_ptr<google::protobuf::Message>> messages_;
  std::vector<std::unique_ptr<ManyBase>> collections_;
};

// Appends an item that is this message; false where it is none.
bool AppendItem(ManyBase& collection, const std::string& bytes);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_JOBS_STORED_VALUES_H_
