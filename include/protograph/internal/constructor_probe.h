#ifndef PROTOGRAPH_INTERNAL_CONSTRUCTOR_PROBE_H_
#define PROTOGRAPH_INTERNAL_CONSTRUCTOR_PROBE_H_

// Internal: finds out which dependencies the constructor of a step takes, without a word from its
// author.
//
// A probe converts to anything. Asking whether the step can be constructed from n probes makes the
// compiler deduce the type of each parameter, and the deduced type is remembered by a friend
// function that the deduction defines ("friend injection", as Boost.PFR uses it to read the fields
// of a class). All of it happens in unevaluated expressions.

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "protograph/internal/misuse.h"
#include "protograph/internal/provided.h"
#include "protograph/internal/step_traits.h"

namespace protograph::internal {

// Only where it is no copy or move constructor that asks.
template <class Step, class T>
using IfOther = std::enable_if_t<!std::is_same_v<std::remove_cv_t<T>, Step>>;

// Converts to anything and remembers nothing.
template <class Step>
struct Probe {
  template <class T, class = IfOther<Step, T>>
  operator T&() const;  // NOLINT(google-explicit-constructor)
  template <class T, class = IfOther<Step, T>>
  operator T&&() const;  // NOLINT(google-explicit-constructor)
};

// A parameter of the constructor that takes kArity of them.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-template-friend"
#endif
template <class Step, size_t kArity, size_t kIndex>
struct Parameter {
  friend auto RecallType(Parameter<Step, kArity, kIndex>);
};
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

template <class Slot, class T>
struct Remember {
  friend auto RecallType(Slot) { return std::type_identity<T>{}; }
};

template <class Step, size_t kArity, size_t kIndex>
struct RememberingProbe {
  using Slot = Parameter<Step, kArity, kIndex>;
  template <class T, class = IfOther<Step, T>, size_t = sizeof(Remember<Slot, T>)>
  operator T&() const;  // NOLINT(google-explicit-constructor)
  template <class T, class = IfOther<Step, T>, size_t = sizeof(Remember<Slot, T>)>
  operator T&&() const;  // NOLINT(google-explicit-constructor)
};

template <class Step, size_t>
using ProbeAt = Probe<Step>;

// Whether exactly one constructor takes so many arguments. Asked before anything is remembered, as
// overloads of one arity would remember two types for one parameter.
template <class Step, class Indices>
struct TakesProbes;
template <class Step, size_t... kIndex>
struct TakesProbes<Step, std::index_sequence<kIndex...>> {
  static constexpr bool Check() {
    if constexpr (std::is_constructible_v<Step, ProbeAt<Step, kIndex>...>) {
      return std::is_constructible_v<Step, RememberingProbe<Step, sizeof...(kIndex), kIndex>...>;
    } else {
      return false;
    }
  }
  static constexpr bool kValue = Check();
};

inline constexpr int kMostInjectedArguments = 12;

// Number of parameters of the constructor that takes the most; -1 where no constructor can be
// probed. An aggregate is made empty.
template <class Step, int kTry = kMostInjectedArguments>
constexpr int InjectedArity() {
  if constexpr (std::is_aggregate_v<Step>) {
    return std::is_empty_v<Step> ? 0 : -1;
  } else if constexpr (TakesProbes<Step, std::make_index_sequence<kTry>>::kValue) {
    return kTry;
  } else if constexpr (kTry == 0) {
    return -1;
  } else {
    return InjectedArity<Step, kTry - 1>();
  }
}

// How a remembered parameter type is looked up: shared_ptr<T>, T* and T& all mean T.
template <class T>
struct DependencyOf {
  using type = T;
  static T& From(const ProvidedSet& provided) { return *provided.Get<T>(); }
};
template <class T>
struct DependencyOf<T*> {
  using type = T;
  static T* From(const ProvidedSet& provided) { return provided.Get<T>().get(); }
};
template <class T>
struct DependencyOf<std::shared_ptr<T>> {
  using type = T;
  static std::shared_ptr<T> From(const ProvidedSet& provided) { return provided.Get<T>(); }
};
template <class T>
struct DependencyOf<T* const> : DependencyOf<T*> {};
template <class T>
struct DependencyOf<const std::shared_ptr<T>> : DependencyOf<std::shared_ptr<T>> {};

template <class Step, size_t kArity, size_t kIndex>
using Lookup = DependencyOf<typename decltype(RecallType(Parameter<Step, kArity, kIndex>{}))::type>;

template <class Step, class Indices>
struct InjectedConstructor;
template <class Step, size_t... kIndex>
struct InjectedConstructor<Step, std::index_sequence<kIndex...>> {
  template <size_t kI>
  using LookupAt = Lookup<Step, sizeof...(kIndex), kI>;

  static constexpr bool kFits =
      std::is_constructible_v<Step,
                              decltype(LookupAt<kIndex>::From(std::declval<ProvidedSet&>()))...>;

  static std::vector<Dependency> Dependencies() {
    return {Dependency::On<typename LookupAt<kIndex>::type>()...};
  }

  static std::shared_ptr<void> Make([[maybe_unused]] const ProvidedSet& provided) {
    return std::make_shared<Step>(LookupAt<kIndex>::From(provided)...);
  }
};

template <class Step>
struct Injection {
  static constexpr int kArity = InjectedArity<Step>();
  using Constructor =
      InjectedConstructor<Step, std::make_index_sequence<(kArity < 0 ? 0 : kArity)>>;
  static constexpr bool kPossible = [] {
    if constexpr (kArity < 0) {
      return false;
    } else {
      return Constructor::kFits;
    }
  }();
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_INTERNAL_CONSTRUCTOR_PROBE_H_
