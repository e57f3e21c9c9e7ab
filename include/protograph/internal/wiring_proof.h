#ifndef PROTOGRAPH_INTERNAL_WIRING_PROOF_H_
#define PROTOGRAPH_INTERNAL_WIRING_PROOF_H_

// Internal: the checks of src/graph/validation.cc and src/graph/plan.cc for graphs whose steps are
// known as a list, done by the compiler. It searches in constexpr functions over small integers,
// and turns what it finds back into types and into a sentence.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "protograph/internal/misuse.h"
#include "protograph/internal/step_traits.h"
#include "protograph/internal/type_name.h"

namespace protograph::internal {

// ---- How faults are shown ----

// Messages, each needing the next.
template <class... Messages>
struct Path {};

#if defined(__clang__)
// clang shows text among template arguments as numbers: the path as types is more readable there.
#define PROTOGRAPH_INTERNAL_SENTENCE(...) void
#else
template <size_t kSize>
struct Text {
  char characters[kSize + 1] = {};
};
template <Text kText>
struct Sentence {};
#define PROTOGRAPH_INTERNAL_SENTENCE(...) Sentence<__VA_ARGS__>
#endif

template <class Missing, class NeededBy, class InWords>
struct NothingMakes {
  static constexpr bool kAllowed = false;
};
template <class Cycle, class InWords>
struct StepsNeedEachOther {
  static constexpr bool kAllowed = false;
};
template <class Output, class FirstStep, class SecondStep>
struct TwoStepsMake {
  static constexpr bool kAllowed = false;
};
template <class Input, class Step>
struct InputIsMadeByStep {
  static constexpr bool kAllowed = false;
};
template <class Input>
struct InputIsDeclaredTwice {
  static constexpr bool kAllowed = false;
};
template <class Input>
struct NoStepNeedsInput {
  static constexpr bool kAllowed = false;
};
template <class Missing, class NeededBy, class InWords>
struct CallLacksInput {
  static constexpr bool kAllowed = false;
};
template <class Input>
struct CallDoesNotNeedInput {
  static constexpr bool kAllowed = false;
};
template <class Message>
struct CallNamesMessageTwice {
  static constexpr bool kAllowed = false;
};

// ---- Lists of types ----

template <class... Lists>
struct Concatenation {
  using type = TypeList<>;
};
template <class... A>
struct Concatenation<TypeList<A...>> {
  using type = TypeList<A...>;
};
template <class... A, class... B, class... More>
struct Concatenation<TypeList<A...>, TypeList<B...>, More...>
    : Concatenation<TypeList<A..., B...>, More...> {};

template <size_t kIndex, class List>
struct At;
template <size_t kIndex, class... T>
struct At<kIndex, TypeList<T...>> : std::tuple_element<kIndex, std::tuple<T...>> {};

// Stands for a type in constexpr functions. Not the address of a variable: with some sanitizers g++
// does not compare those at compile time.
struct TypeTag {
  uint64_t hash;  // of the name, as most comparisons are of different types
  std::string_view name;

  constexpr bool operator==(const TypeTag& other) const {
    return hash == other.hash && name == other.name;
  }
};
constexpr TypeTag MakeTypeTag(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return {hash, name};
}
template <class T>
inline constexpr TypeTag kTag = MakeTypeTag(QualifiedTypeName<T>());

// ---- The search ----

inline constexpr size_t kNowhere = static_cast<size_t>(-1);

// kLength messages of the graph, by their numbers: outputs by the number of their step, then
// everything that steps need.
template <size_t kMost>
struct Trace {
  std::array<size_t, kMost + 2> numbers{};
  size_t length = 0;

  constexpr void Append(size_t number) { numbers[length++] = number; }
  constexpr bool Found() const { return length > 0; }
};

template <class... Steps>
struct Wiring {
  static constexpr size_t kSteps = sizeof...(Steps);
  using Outputs = TypeList<typename StepTraits<Steps>::Output...>;
  using Needs = typename Concatenation<TypeList<>, typename StepTraits<Steps>::Inputs...>::type;
  using Messages = typename Concatenation<Outputs, Needs>::type;
  static constexpr size_t kMessages = Messages::kSize;

  template <class... T>
  static constexpr std::array<TypeTag, sizeof...(T)> TagsOf(TypeList<T...> /*list*/) {
    return {kTag<T>...};
  }
  static constexpr std::array<TypeTag, kMessages> kTags = TagsOf(Messages());

  // Needs of step i: messages kNeedsBegin[i] to kNeedsBegin[i + 1].
  static constexpr std::array<size_t, kSteps + 1> kNeedsBegin = [] {
    const std::array<size_t, kSteps> counts = {StepTraits<Steps>::Inputs::kSize...};
    std::array<size_t, kSteps + 1> begin{};
    begin[0] = kSteps;
    for (size_t i = 0; i < kSteps; ++i) begin[i + 1] = begin[i] + counts[i];
    return begin;
  }();

  static constexpr size_t MakerOf(TypeTag type) {
    for (size_t i = 0; i < kSteps; ++i) {
      if (kTags[i] == type) return i;
    }
    return kNowhere;
  }

  static constexpr bool StepNeeds(size_t step, TypeTag type) {
    for (size_t k = kNeedsBegin[step]; k < kNeedsBegin[step + 1]; ++k) {
      if (kTags[k] == type) return true;
    }
    return false;
  }

  static constexpr bool AnyNeeds(TypeTag type) {
    for (size_t i = 0; i < kSteps; ++i) {
      if (StepNeeds(i, type)) return true;
    }
    return false;
  }

  // The first two steps with one output: numbers of both.
  static constexpr std::pair<size_t, size_t> Rivals() {
    for (size_t i = 0; i < kSteps; ++i) {
      if (const size_t maker = MakerOf(kTags[i]); maker < i) return {maker, i};
    }
    return {kNowhere, kNowhere};
  }

  template <size_t kCount>
  static constexpr bool Contains(const std::array<TypeTag, kCount>& types, TypeTag type) {
    for (const TypeTag& each : types) {
      if (each == type) return true;
    }
    return false;
  }

  // The shortest path from an output that no step needs to what nothing makes.
  template <size_t kInputs>
  static constexpr Trace<kSteps> Missing(const std::array<TypeTag, kInputs>& inputs) {
    for (size_t i = 0; i < kSteps; ++i) {
      for (size_t k = kNeedsBegin[i]; k < kNeedsBegin[i + 1]; ++k) {
        if (MakerOf(kTags[k]) != kNowhere || Contains(inputs, kTags[k])) continue;
        Trace<kSteps> path = FromFinalOutput(i);
        path.Append(k);
        return path;
      }
    }
    return {};
  }

  static constexpr Trace<kSteps> FromFinalOutput(size_t step) {
    std::array<size_t, kSteps> leads_to{};
    std::array<bool, kSteps> seen{};
    std::array<size_t, kSteps> open{};
    size_t begin = 0;
    size_t end = 0;
    open[end++] = step;
    seen[step] = true;
    leads_to[step] = kNowhere;
    Trace<kSteps> path;
    while (begin < end) {
      const size_t current = open[begin++];
      bool is_final = true;
      for (size_t i = 0; i < kSteps; ++i) {
        if (!StepNeeds(i, kTags[current])) continue;
        is_final = false;
        if (seen[i]) continue;
        seen[i] = true;
        leads_to[i] = current;
        open[end++] = i;
      }
      if (!is_final) continue;
      for (size_t i = current; i != kNowhere; i = leads_to[i]) path.Append(i);
      return path;
    }
    path.Append(step);
    return path;
  }

  // A path that comes back to where it began.
  static constexpr Trace<kSteps> Cycle() {
    std::array<bool, kSteps> done{};
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < kSteps; ++i) {
        if (done[i] || StuckNeed(i, done) != kNowhere) continue;
        done[i] = changed = true;
      }
    }
    for (size_t i = 0; i < kSteps; ++i) {
      if (done[i]) continue;
      std::array<size_t, kSteps> place{};
      Trace<kSteps> path;
      for (size_t step = i;; step = StuckNeed(step, done)) {
        if (place[step] > 0) {  // 1-based place in the path
          Trace<kSteps> cycle;
          for (size_t k = place[step] - 1; k < path.length; ++k) cycle.Append(path.numbers[k]);
          cycle.Append(step);
          return cycle;
        }
        path.Append(step);
        place[step] = path.length;
      }
    }
    return {};
  }

  // The step that makes the first need of `step` that is not done.
  static constexpr size_t StuckNeed(size_t step, const std::array<bool, kSteps>& done) {
    for (size_t k = kNeedsBegin[step]; k < kNeedsBegin[step + 1]; ++k) {
      const size_t maker = MakerOf(kTags[k]);
      if (maker != kNowhere && !done[maker]) return maker;
    }
    return kNowhere;
  }

  // What a call has to visit: from one output towards the inputs, none of them looked behind. Finds
  // the path to a message that is neither given nor made, and marks the given messages it meets.
  template <size_t kGiven>
  struct Visit {
    Trace<kSteps> missing;
    std::array<bool, kGiven + 1> meets{};
  };
  template <size_t kGiven>
  static constexpr Visit<kGiven> VisitFrom(TypeTag output,
                                           const std::array<TypeTag, kGiven>& given) {
    Visit<kGiven> visit;
    for (size_t i = 0; i < kGiven; ++i) {
      if (given[i] != output) continue;
      visit.meets[i] = true;
      return visit;
    }
    std::array<size_t, kSteps> needed_by{};
    std::array<bool, kSteps> seen{};
    std::array<size_t, kSteps> open{};
    size_t begin = 0;
    size_t end = 0;
    const size_t first = MakerOf(output);
    if (first == kNowhere) return visit;
    open[end++] = first;
    seen[first] = true;
    needed_by[first] = kNowhere;
    while (begin < end) {
      const size_t step = open[begin++];
      for (size_t k = kNeedsBegin[step]; k < kNeedsBegin[step + 1]; ++k) {
        bool is_given = false;
        for (size_t i = 0; i < kGiven; ++i) {
          if (given[i] == kTags[k]) is_given = visit.meets[i] = true;
        }
        if (is_given) continue;
        const size_t maker = MakerOf(kTags[k]);
        if (maker != kNowhere) {
          if (seen[maker]) continue;
          seen[maker] = true;
          needed_by[maker] = step;
          open[end++] = maker;
        } else if (!visit.missing.Found()) {
          visit.missing = Downwards(needed_by, step);
          visit.missing.Append(k);
        }
      }
    }
    return visit;
  }

  // From the output that was asked for down to `step`.
  static constexpr Trace<kSteps> Downwards(const std::array<size_t, kSteps>& needed_by,
                                           size_t step) {
    Trace<kSteps> upwards;
    for (size_t i = step; i != kNowhere; i = needed_by[i]) upwards.Append(i);
    Trace<kSteps> path;
    for (size_t i = upwards.length; i-- > 0;) path.Append(upwards.numbers[i]);
    return path;
  }
};

// ---- Back from numbers to types and words ----

template <class Wiring, auto kTrace, class Indices = std::make_index_sequence<kTrace.length>>
struct Shown;
template <class Wiring, auto kTrace, size_t... kIndex>
struct Shown<Wiring, kTrace, std::index_sequence<kIndex...>> {
  template <size_t kI>
  using MessageAt = typename At<kTrace.numbers[kI], typename Wiring::Messages>::type;
  using Types = Path<MessageAt<kIndex>...>;
  using Last = MessageAt<sizeof...(kIndex) - 1>;

#if !defined(__clang__)
  // "A <- B <- C: " and the rest.
  static constexpr auto Words(std::string_view rest) {
    constexpr size_t kSize =
        ((TypeName<MessageAt<kIndex>>().size() + 4) + ...) + 32 + TypeName<Last>().size();
    Text<kSize> text;
    size_t at = 0;
    const auto append = [&](std::string_view part) {
      for (char c : part) text.characters[at++] = c;
    };
    ((append(kIndex == 0 ? "" : " <- "), append(TypeName<MessageAt<kIndex>>())), ...);
    append(": ");
    append(rest);
    return text;
  }
  static constexpr auto NothingMakesLast() {
    auto text = Words("nothing makes ");
    size_t at = 0;
    while (text.characters[at] != '\0') ++at;
    for (char c : TypeName<Last>()) text.characters[at++] = c;
    return text;
  }
  static constexpr auto IsACycle() { return Words("a cycle"); }
#endif
};

// ---- The proof: kOk after all of it, or one sentence and false ----

template <class InputList, class... Steps>
struct ProveWiring;
template <class... Inputs, class... Steps>
struct ProveWiring<TypeList<Inputs...>, Steps...> {
  using W = Wiring<Steps...>;
  static constexpr std::array<TypeTag, sizeof...(Inputs)> kInputs = {kTag<Inputs>...};

  static constexpr bool Check() {
    using DuplicateInput = typename FirstDuplicate<Inputs...>::type;
    constexpr std::pair<size_t, size_t> kRivals = W::Rivals();
    if constexpr (kRivals.first != kNowhere) {
      using List = TypeList<Steps...>;
      static_assert(
          TwoStepsMake<typename At<kRivals.first, typename W::Outputs>::type,
                       typename At<kRivals.first, List>::type,
                       typename At<kRivals.second, List>::type>::kAllowed,
          "Protograph: two steps of the graph make the same message: remove one, or give one an "
          "output type of its own");
      return false;
    } else if constexpr (!std::is_void_v<DuplicateInput>) {
      static_assert(InputIsDeclaredTwice<DuplicateInput>::kAllowed,
                    "Protograph: a message is declared as an input twice: name it once in "
                    "Inputs<...>");
      return false;
    } else if constexpr (!(InputIsSound<Inputs>() && ...)) {
      return (CheckInputOf<Inputs>() && ...);
    } else if constexpr (W::Missing(kInputs).Found()) {
      using Where = Shown<W, W::Missing(kInputs)>;
      static_assert(NothingMakes<typename Where::Last, typename Where::Types,
                                 PROTOGRAPH_INTERNAL_SENTENCE(Where::NothingMakesLast())>::kAllowed,
                    "Protograph: nothing makes a message that a step of the graph needs: add a "
                    "step that makes it, or declare it in Inputs<...>");
      return false;
    } else if constexpr (W::Cycle().Found()) {
      using Where = Shown<W, W::Cycle()>;
      static_assert(StepsNeedEachOther<typename Where::Types,
                                       PROTOGRAPH_INTERNAL_SENTENCE(Where::IsACycle())>::kAllowed,
                    "Protograph: the steps of the graph need each other in a cycle: let one of "
                    "them do without what it takes from the next");
      return false;
    } else {
      return true;
    }
  }
  static constexpr bool kOk = Check();

 private:
  template <class Input>
  static constexpr bool InputIsSound() {
    return W::MakerOf(kTag<Input>) == kNowhere && W::AnyNeeds(kTag<Input>);
  }

  template <class Input>
  static constexpr bool CheckInputOf() {
    constexpr size_t kMaker = W::MakerOf(kTag<Input>);
    if constexpr (kMaker != kNowhere) {
      static_assert(
          InputIsMadeByStep<Input, typename At<kMaker, TypeList<Steps...>>::type>::kAllowed,
          "Protograph: a message is declared as an input and made by a step: remove it "
          "from Inputs<...>, as a caller may give it to Execute in any case");
      return false;
    } else if constexpr (!W::AnyNeeds(kTag<Input>)) {
      static_assert(NoStepNeedsInput<Input>::kAllowed,
                    "Protograph: a message is declared as an input and no step needs it: remove it "
                    "from Inputs<...>");
      return false;
    } else {
      return true;
    }
  }
};

template <class W, class Output>
struct ProveMade {
  static constexpr bool Check() {
    constexpr bool kIsMade = W::MakerOf(kTag<Output>) != kNowhere;
    if constexpr (!kIsMade) {
      static_assert(NothingMakes<Output, Path<Output>, void>::kAllowed,
                    "Protograph: the graph is asked for a message that nothing in it makes: ask "
                    "for the output of one of its steps, or add a step that makes it");
    }
    return kIsMade;
  }
  static constexpr bool kOk = Check();
};

template <class Wiring, class OutputList, class GivenList>
struct ProveCall;
template <class W, class... Outputs, class... Given>
struct ProveCall<W, TypeList<Outputs...>, TypeList<Given...>> {
  static constexpr std::array<TypeTag, sizeof...(Given)> kGiven = {kTag<Given>...};

  static constexpr bool Check() {
    using DuplicateOutput = typename FirstDuplicate<Outputs...>::type;
    using DuplicateInput = typename FirstDuplicate<Given...>::type;
    if constexpr (!std::is_void_v<DuplicateOutput> || !std::is_void_v<DuplicateInput>) {
      using Duplicate =
          std::conditional_t<std::is_void_v<DuplicateOutput>, DuplicateInput, DuplicateOutput>;
      static_assert(CallNamesMessageTwice<Duplicate>::kAllowed,
                    "Protograph: Execute is given or asked for the same message twice: name it "
                    "once");
      return false;
    } else if constexpr (!(CheckOutput<Outputs>() && ...)) {
      return false;
    } else {
      return (CheckGiven<Given>() && ...);
    }
  }
  static constexpr bool kOk = Check();

 private:
  template <class Output>
  static constexpr bool CheckOutput() {
    constexpr auto kVisit = W::VisitFrom(kTag<Output>, kGiven);
    if constexpr (W::MakerOf(kTag<Output>) == kNowhere && !W::Contains(kGiven, kTag<Output>)) {
      return ProveMade<W, Output>::kOk;
    } else if constexpr (kVisit.missing.Found()) {
      using Where = Shown<W, kVisit.missing>;
      static_assert(
          CallLacksInput<typename Where::Last, typename Where::Types,
                         PROTOGRAPH_INTERNAL_SENTENCE(Where::NothingMakesLast())>::kAllowed,
          "Protograph: Execute was not given a message that it needs: pass it");
      return false;
    } else {
      return true;
    }
  }

  template <class Input>
  static constexpr bool CheckGiven() {
    constexpr bool kIsNeeded = (Meets<Outputs, Input>() || ...);
    if constexpr (!kIsNeeded) {
      static_assert(CallDoesNotNeedInput<Input>::kAllowed,
                    "Protograph: Execute was given a message that it does not need: leave it away");
    }
    return kIsNeeded;
  }

  template <class Output, class Input>
  static constexpr bool Meets() {
    const auto visit = W::VisitFrom(kTag<Output>, kGiven);
    for (size_t i = 0; i < sizeof...(Given); ++i) {
      if (kGiven[i] == kTag<Input>) return visit.meets[i];
    }
    return false;
  }
};

}  // namespace protograph::internal

#undef PROTOGRAPH_INTERNAL_SENTENCE

#endif  // PROTOGRAPH_INTERNAL_WIRING_PROOF_H_
