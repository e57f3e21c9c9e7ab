#include "postgres/parameters.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "postgres/texts.h"

namespace protograph::internal {
namespace {

template <class Number>
void Append(std::string& bytes, Number number) {
  auto rest = static_cast<std::make_unsigned_t<Number>>(number);
  char network[sizeof(Number)];
  for (size_t i = sizeof(Number); i-- > 0; rest = static_cast<decltype(rest)>(rest >> 4 >> 4)) {
    network[i] = static_cast<char>(rest & 0xFF);
  }
  bytes.append(network, sizeof(Number));
}

// Microseconds since 2000. Years that neither Postgres nor people have are cut off; infinite times
// are such, as the log's times are read back as numbers.
int64_t PostgresTime(absl::Time time) {
  static const absl::Time first = absl::FromCivil(absl::CivilYear(1), absl::UTCTimeZone());
  static const absl::Time last = absl::FromCivil(absl::CivilYear(9999), absl::UTCTimeZone());
  static const absl::Time epoch = absl::FromCivil(absl::CivilYear(2000), absl::UTCTimeZone());
  return absl::ToInt64Microseconds(std::clamp(time, first, last) - epoch);
}

}  // namespace

// Numbers of the element types: src/include/catalog/pg_type.dat.
enum class ArrayParameter::Type : uint32_t {
  kBoolean = 16,
  kBytes = 17,
  kInt64 = 20,
  kInt16 = 21,
  kInt32 = 23,
  kText = 25,
  kTime = 1184,
  kUuid = 2950,
};

std::string BytesOf(const Digest& digest) {
  std::string bytes;
  Append(bytes, digest.high);
  Append(bytes, digest.low);
  return bytes;
}

ArrayParameter::ArrayParameter(Type type, size_t count) {
  Append(bytes_, int32_t{count > 0});  // dimensions: an empty array has none
  Append(bytes_, int32_t{0});          // no nulls
  Append(bytes_, static_cast<uint32_t>(type));
  if (count == 0) return;
  Append(bytes_, static_cast<int32_t>(count));
  Append(bytes_, int32_t{1});  // index of the first
}

ArrayParameter ArrayParameter::Texts(size_t count) { return {Type::kText, count}; }
ArrayParameter ArrayParameter::Bytes(size_t count) { return {Type::kBytes, count}; }
ArrayParameter ArrayParameter::Uuids(size_t count) { return {Type::kUuid, count}; }
ArrayParameter ArrayParameter::Booleans(size_t count) { return {Type::kBoolean, count}; }
ArrayParameter ArrayParameter::Int16s(size_t count) { return {Type::kInt16, count}; }
ArrayParameter ArrayParameter::Int32s(size_t count) { return {Type::kInt32, count}; }
ArrayParameter ArrayParameter::Int64s(size_t count) { return {Type::kInt64, count}; }
ArrayParameter ArrayParameter::Times(size_t count) { return {Type::kTime, count}; }

void ArrayParameter::Add(std::string_view bytes) {
  Append(bytes_, static_cast<int32_t>(bytes.size()));
  bytes_.append(bytes);
}

void ArrayParameter::AddBoolean(bool value) {
  Append(bytes_, int32_t{1});
  bytes_.push_back(value ? '\1' : '\0');
}

void ArrayParameter::AddInt16(int16_t number) {
  Append(bytes_, int32_t{2});
  Append(bytes_, number);
}

void ArrayParameter::AddInt32(int32_t number) {
  Append(bytes_, int32_t{4});
  Append(bytes_, number);
}

void ArrayParameter::AddInt64(int64_t number) {
  Append(bytes_, int32_t{8});
  Append(bytes_, number);
}

void ArrayParameter::AddTime(absl::Time time) {
  Append(bytes_, int32_t{8});
  Append(bytes_, PostgresTime(time));
}

void ArrayParameter::AddDigest(const Digest& digest) {
  Append(bytes_, int32_t{16});
  Append(bytes_, digest.high);
  Append(bytes_, digest.low);
}

void ArrayParameter::AddText(std::string_view text) {
  if (IsText(text)) {
    Add(text);
  } else {
    Add(CleanText(text));
  }
}

Parameters& Parameters::Text(std::string_view text) {
  values_.push_back(CleanText(text));
  return *this;
}

Parameters& Parameters::Uuid(const UuidBytes& uuid) {
  values_.emplace_back(AsBytes(uuid));
  return *this;
}

Parameters& Parameters::Int16(int16_t number) {
  Append(values_.emplace_back(), number);
  return *this;
}

Parameters& Parameters::Time(absl::Time time) {
  Append(values_.emplace_back(), PostgresTime(time));
  return *this;
}

Parameters& Parameters::Int32(int32_t number) {
  Append(values_.emplace_back(), number);
  return *this;
}

Parameters& Parameters::Int64(int64_t number) {
  Append(values_.emplace_back(), number);
  return *this;
}

Parameters& Parameters::Boolean(bool value) {
  values_.emplace_back(1, value ? '\1' : '\0');
  return *this;
}

Parameters& Parameters::Bytes(std::string bytes) {
  values_.push_back(std::move(bytes));
  return *this;
}

Parameters& Parameters::Micros(absl::Duration duration) {
  constexpr absl::Duration kLongest = absl::Hours(24 * 365'000);
  return Int64(absl::ToInt64Microseconds(std::clamp(duration, -kLongest, kLongest)));
}

Parameters& Parameters::Array(ArrayParameter array) {
  values_.push_back(std::move(array.bytes_));
  return *this;
}

}  // namespace protograph::internal
