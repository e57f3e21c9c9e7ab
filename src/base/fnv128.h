#ifndef PROTOGRAPH_SRC_BASE_FNV128_H_
#define PROTOGRAPH_SRC_BASE_FNV128_H_

// FNV-1a, 128 bits (Fowler, Noll, Vo; draft-eastlake-fnv): for fingerprints that nobody wants to
// forge.

#include <cstdint>
#include <string>
#include <string_view>

namespace protograph::internal {

class Fnv128 {
 public:
  void Add(std::string_view bytes);
  // The length first, so that ("ab", "c") and ("a", "bc") differ.
  void AddField(std::string_view bytes);
  // 32 hexadecimal digits.
  std::string Hex() const;

 private:
  __extension__ using Word = unsigned __int128;
  static constexpr Word kPrime = (Word{1} << 88) + 0x13B;
  Word hash_ = (Word{0x6C62272E07BB0142} << 64) + 0x62B821756295C58D;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_BASE_FNV128_H_
