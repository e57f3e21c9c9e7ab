#include "jobs/submissions.h"

#include <string_view>
#include <utility>

#include "base/uuid.h"
#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "protograph/random_source.h"

namespace protograph::internal {

using google::protobuf::Message;

namespace {

absl::Status AppendJson(const std::string& text, std::string& json) {
  google::protobuf::Value value;
  value.set_string_value(text);
  std::string quoted;
  const auto status = google::protobuf::util::MessageToJsonString(value, &quoted);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("SubmitOptions::metadata has a text that cannot be JSON: {}",
                    std::string_view(status.message().data(), status.message().size())));
  }
  json += quoted;
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> MakeJobIds(size_t count, absl::Time now) {
  constexpr size_t kIdsPerMillisecond = 4096;
  constexpr size_t kCounterPlace = 15;
  std::vector<std::string> ids;
  ids.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const auto millis = static_cast<int64_t>(i / kIdsPerMillisecond);
    std::string id = MakeUuidV7(now + absl::Milliseconds(millis), RandomSource::System());
    if (count > 1) {
      fmt::format_to_n(id.data() + kCounterPlace, 3, "{:03x}", i % kIdsPerMillisecond);
    }
    ids.push_back(std::move(id));
  }
  return ids;
}

// Text by text, and not by a google.protobuf.Struct: the layout of protobuf's maps is another one
// under the thread sanitizer than in a library that was built without.
absl::StatusOr<std::string> MetadataJson(const std::map<std::string, std::string>& metadata) {
  if (metadata.empty()) return std::string();
  std::string json;
  for (const auto& [key, value] : metadata) {
    json += json.empty() ? "{" : ",";
    if (absl::Status status = AppendJson(key, json); !status.ok()) return status;
    json += ":";
    if (absl::Status status = AppendJson(value, json); !status.ok()) return status;
  }
  return json + "}";
}

absl::StatusOr<JobInputs> SerializedInputs(std::span<const Message* const> messages) {
  JobInputs inputs;
  for (const Message* message : messages) {
    if (message == nullptr) {
      return absl::InvalidArgumentError("an input of a job is null: give a message for each");
    }
    JobInput& input = *inputs.add_inputs();
    input.set_type(message->GetTypeName());
    if (!message->IsInitialized() || !message->SerializeToString(input.mutable_message())) {
      return absl::InvalidArgumentError(
          fmt::format("the input {} of a job cannot be serialised: {}", message->GetTypeName(),
                      message->IsInitialized() ? "it is larger than 2 GiB"
                                               : message->InitializationErrorString()));
    }
  }
  return inputs;
}

std::vector<std::string> TypesOf(const JobInputs& inputs) {
  std::vector<std::string> types;
  for (const JobInput& input : inputs.inputs()) types.push_back(input.type());
  return types;
}

}  // namespace protograph::internal
