#ifndef PROTOGRAPH_SRC_POSTGRES_PARAMETERS_H_
#define PROTOGRAPH_SRC_POSTGRES_PARAMETERS_H_

// Parameters of a statement in Postgres's binary format (what the types' receive functions read;
// for arrays, array_recv in src/backend/utils/adt/arrayfuncs.c). Half the bytes of texts, nothing
// to quote, and the server need not parse them. The statement says each parameter's type:
// `$1::uuid[]`.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "postgres/uuid_bytes.h"
#include "protograph/store/store.h"

namespace protograph::internal {

// 16 bytes in network order.
std::string BytesOf(const Digest& digest);

// One array. The elements are counted beforehand.
class ArrayParameter {
 public:
  enum class Type : uint32_t;

  void Add(std::string_view bytes);
  void AddBoolean(bool value);
  void AddInt16(int16_t number);
  void AddInt32(int32_t number);
  void AddInt64(int64_t number);
  void AddTime(absl::Time time);
  void AddDigest(const Digest& digest);
  // Replaces what Postgres takes for no text; see CleanText.
  void AddText(std::string_view text);

  static ArrayParameter Texts(size_t count);
  static ArrayParameter Bytes(size_t count);
  static ArrayParameter Uuids(size_t count);
  static ArrayParameter Booleans(size_t count);
  static ArrayParameter Int16s(size_t count);
  static ArrayParameter Int32s(size_t count);
  static ArrayParameter Int64s(size_t count);
  static ArrayParameter Times(size_t count);

 private:
  friend class Parameters;
  ArrayParameter(Type type, size_t count);
  std::string bytes_;
};

class Parameters {
 public:
  Parameters& Text(std::string_view text);
  Parameters& Uuid(const UuidBytes& uuid);
  Parameters& Int16(int16_t number);
  Parameters& Int32(int32_t number);
  Parameters& Int64(int64_t number);
  Parameters& Boolean(bool value);
  Parameters& Bytes(std::string bytes);
  Parameters& Time(absl::Time time);
  // Whole microseconds, as a bigint; what is longer than a thousand years, for ever included, is
  // that.
  Parameters& Micros(absl::Duration duration);
  Parameters& Array(ArrayParameter array);

  const std::vector<std::string>& values() const { return values_; }

 private:
  std::vector<std::string> values_;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_PARAMETERS_H_
