#ifndef PROTOGRAPH_SRC_DURABILITY_DIGEST_H_
#define PROTOGRAPH_SRC_DURABILITY_DIGEST_H_

// Digests of messages and keys of checkpoints: XXH3, 128 bits (xxHash by Yann Collet). It tells
// apart what differs by accident and is as fast as memory. Whoever can choose a step's inputs could
// make two of them collide on purpose, within one workflow and one type of message only, where they
// would get a result of their own data.

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "graph/core.h"
#include "protograph/store/store.h"

namespace protograph::internal {

Digest DigestOf(std::string_view bytes);
// Over the digests of a collection's items, which `of_item` knows.
Digest DigestOf(const ManyBase& many, absl::FunctionRef<Digest(size_t)> of_item);
// Of a message its stable bytes'; of a collection over those of its items.
Digest DigestOf(TypeKey type, Value value);

// What the checkpoint of a step is found by: over the graph's name, the step's name and version,
// and the digests of its inputs.
Digest InputHash(std::string_view graph, const StepInfo& step, std::span<const Digest> inputs);

// What the results of an execution are found by: over the graph's name and fingerprint, the names
// and versions of the steps, and the inputs that it was given, by their types' names, in any order.
Digest ResultHash(std::string_view graph, std::string_view fingerprint,
                  std::span<const StepRecord* const> steps,
                  std::vector<std::pair<std::string, Digest>> inputs);

// 32 hexadecimal digits.
std::string ToHex(const Digest& digest);

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_DURABILITY_DIGEST_H_
