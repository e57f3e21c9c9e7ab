#ifndef PROTOGRAPH_INTERNAL_TYPE_NAME_H_
#define PROTOGRAPH_INTERNAL_TYPE_NAME_H_

// Internal: names of C++ types at compile time. Not for users.

#include <cstddef>
#include <string_view>

namespace protograph::internal {

template <class T>
constexpr std::string_view FunctionSignature() {
  return __PRETTY_FUNCTION__;
}

// The type as the compiler writes it, namespaces and all.
template <class T>
constexpr std::string_view QualifiedTypeName() {
  // What stands around the type in the signature is the same for every type, so that it can be
  // measured with one whose name is known.
  constexpr std::string_view kProbe = FunctionSignature<int>();
  constexpr size_t kBefore = kProbe.rfind("int");
  constexpr size_t kAfter = kProbe.size() - kBefore - 3;
  const std::string_view signature = FunctionSignature<T>();
  return signature.substr(kBefore, signature.size() - kBefore - kAfter);
}

// The type without the namespaces (and classes) that it lies in; template arguments stay whole.
template <class T>
constexpr std::string_view TypeName() {
  const std::string_view name = QualifiedTypeName<T>();
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i + 1 < name.size(); ++i) {
    const char c = name[i];
    if (c == '<' || c == '(' || c == '{') ++depth;
    if (c == '>' || c == ')' || c == '}') --depth;
    if (depth == 0 && c == ':' && name[i + 1] == ':') begin = i + 2;
  }
  return name.substr(begin);
}

}  // namespace protograph::internal

#endif  // PROTOGRAPH_INTERNAL_TYPE_NAME_H_
