#ifndef PROTOGRAPH_SRC_BASE_STABLE_BYTES_H_
#define PROTOGRAPH_SRC_BASE_STABLE_BYTES_H_

#include <string>

#include "google/protobuf/message.h"

namespace protograph::internal {

// The bytes of a message, the same each time in one build of the program: maps are sorted. Across
// builds they may differ (protobuf.dev, "Proto Serialization Is Not Canonical").
std::string StableBytes(const google::protobuf::Message& message);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_BASE_STABLE_BYTES_H_
