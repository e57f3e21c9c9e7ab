#ifndef PROTOGRAPH_TESTS_PROPERTY_NUMBERED_MESSAGES_H_
#define PROTOGRAPH_TESTS_PROPERTY_NUMBERED_MESSAGES_H_

// Message types without generated code: as many as a random graph needs, known by a number.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "google/protobuf/message.h"
#include "protograph/internal/step_definition.h"

namespace protograph::property {

// The types numbered.M0, numbered.M1, ..., each with one field. Thread safe.
namespace numbered {

inline constexpr uint32_t kTypes = 256;

internal::TypeKey Key(uint32_t type);

std::unique_ptr<google::protobuf::Message> Make(uint32_t type, uint64_t value);

// What Make was given; false where the message is of another type.
bool Read(const google::protobuf::Message& message, uint32_t type, uint64_t* value);

// "M17"; and back, kTypes where it is no such name.
std::string Name(uint32_t type);
uint32_t TypeNamed(const std::string& name);

}  // namespace numbered
}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_NUMBERED_MESSAGES_H_
