#include "graph/idempotency_key.h"

#include "base/fnv128.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/message.h"

namespace protograph::internal {

std::string StableBytes(const google::protobuf::Message& message) {
  std::string bytes;
  bytes.reserve(message.ByteSizeLong());
  google::protobuf::io::StringOutputStream stream(&bytes);
  {
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&coded);
  }
  return bytes;
}

std::string IdempotencyKey(std::string_view scope, const StepInfo& step, const StepCall& call) {
  Fnv128 hash;
  hash.AddField(scope);
  hash.AddField(step.name);
  hash.AddField(std::to_string(step.options.version));
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    hash.AddField(StableBytes(*call.values[step.input_slots[i]]));
  }
  return hash.Hex();
}

}  // namespace protograph::internal
