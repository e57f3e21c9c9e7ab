#ifndef PROTOGRAPH_INTERNAL_STEP_TRAITS_H_
#define PROTOGRAPH_INTERNAL_STEP_TRAITS_H_

// Internal: reads a step's Compute at compile time. CheckStep<S>::kOk says whether S is a step, and
// raises exactly one sentence where it is not; StepTraits<S> may be used only where it is.

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "protograph/internal/misuse.h"
#include "protograph/many.h"
#include "protograph/map.h"

namespace protograph {

class ExecCtx;

namespace internal {

template <class T>
concept Complete = requires {
  sizeof(T);
};
template <class T>
concept HasDefaultInstance = requires {
  { T::default_instance() } -> std::same_as<const T&>;
};

// A generated message class. Lite messages have no descriptor and are none.
template <class T>
concept MessageClass = Complete<T> && std::same_as<T, std::remove_cv_t<T>> &&
    std::derived_from<T, google::protobuf::Message> && HasDefaultInstance<T>;

// What may flow between steps: a message, or a collection of them.
template <class T>
struct DataTraits {
  static constexpr bool kIsData = MessageClass<T>;
  static constexpr bool kIsManyOfNoMessage = false;
};
template <class T>
struct DataTraits<Many<T>> {
  static constexpr bool kIsData = MessageClass<T>;
  static constexpr bool kIsManyOfNoMessage = !kIsData;
};
template <class T>
concept DataClass = DataTraits<T>::kIsData;

// ---- Which function is the step's entry ----

// A class that inherits a name from two bases cannot name it: the way to see that a class has a
// member of that name, however often it is overloaded, templated or private.
struct HasComputeToo {
  int Compute;
};
struct HasCallOperatorToo {
  void operator()();
};
template <class Step, class Other>
struct Both : Step, Other {};

template <class Step>
concept Derivable = std::is_class_v<Step> && !std::is_final_v<Step>;

template <class Step>
concept NamesCompute =
    (Derivable<Step> && !requires { &Both<Step, HasComputeToo>::Compute; }) || requires {
  &Step::Compute;
};
template <class Step>
concept NamesCallOperator =
    (Derivable<Step> && !requires { &Both<Step, HasCallOperatorToo>::operator(); }) || requires {
  &Step::operator();
};

template <class Step>
concept HasOneCompute = requires {
  &Step::Compute;
};
template <class Step>
concept HasOneCallOperator = !NamesCompute<Step> && requires {
  &Step::operator();
};

template <class Step>
concept FunctionPointer =
    std::is_pointer_v<Step> && std::is_function_v<std::remove_pointer_t<Step>>;

template <class Step>
constexpr auto EntryOf() {
  if constexpr (FunctionPointer<Step>) {
    return Step{};
  } else if constexpr (HasOneCompute<Step>) {
    return &Step::Compute;
  } else {
    return &Step::operator();
  }
}

// ---- The entry's signature ----

template <class... T>
struct TypeList {
  static constexpr size_t kSize = sizeof...(T);
};

template <class R, class... P>
struct SignatureOf {
  static constexpr bool kPlain = true;
  using Result = R;
  using Parameters = TypeList<P...>;
};

template <class Function>
struct Signature {
  static constexpr bool kPlain = false;
};
template <class R, class... P>
struct Signature<R (*)(P...)> : SignatureOf<R, P...> {};
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> : SignatureOf<R, P...> {};
template <class R, class S, class... P>
struct Signature<R (S::*)(P...)> : SignatureOf<R, P...> {};
template <class R, class S, class... P>
struct Signature<R (S::*)(P...) const> : SignatureOf<R, P...> {};
template <class R, class S, class... P>
struct Signature<R (S::*)(P...) noexcept> : SignatureOf<R, P...> {};
template <class R, class S, class... P>
struct Signature<R (S::*)(P...) const noexcept> : SignatureOf<R, P...> {};
template <class R, class S, class... P>
struct Signature<R (S::*)(P...)&> : SignatureOf<R, P...> {};
template <class R, class S, class... P>
struct Signature<R (S::*)(P...) const&> : SignatureOf<R, P...> {};
template <class R, class S, class... P>
struct Signature<R (S::*)(P...)& noexcept> : SignatureOf<R, P...> {};
template <class R, class S, class... P>
struct Signature<R (S::*)(P...) const& noexcept> : SignatureOf<R, P...> {};

template <class Result>
struct ResultTraits {
  static constexpr bool kIsStatusOr = false;
  using Output = Result;
};
template <class O>
struct ResultTraits<absl::StatusOr<O>> {
  static constexpr bool kIsStatusOr = true;
  using Output = O;
};
// A result by const value says nothing more.
template <class Result>
struct ResultTraits<const Result> : ResultTraits<Result> {};

// ---- The checks, each a class whose kOk is false after its sentence ----

template <class Step, class Parameter>
struct CheckParameter {
  using Bare = std::remove_cvref_t<Parameter>;
  using Pointee = std::remove_cv_t<std::remove_pointer_t<Bare>>;

  static constexpr bool kByPointer = std::is_pointer_v<Bare> && DataClass<Pointee>;
  static constexpr bool kIsMessage = kByPointer || DataClass<Bare>;
  static constexpr bool kByValue = kIsMessage && !kByPointer && !std::is_reference_v<Parameter>;
  static constexpr bool kConstReference = std::is_same_v<Parameter, const Bare&>;
  static constexpr bool kOk = kIsMessage && !kByPointer && kConstReference;

  static constexpr bool Check() {
    if constexpr (DataTraits<Bare>::kIsManyOfNoMessage) {
      static_assert(StepTakesManyOfNoMessage<Step, Bare>::kAllowed,
                    "Protograph: a parameter of the step's Compute is a collection of something "
                    "that is no protobuf message: take const Many<T>& of a message type T");
    } else if constexpr (!kIsMessage) {
      static_assert(StepTakesSomethingThatIsNoMessage<Step, Parameter>::kAllowed,
                    "Protograph: a parameter of the step's Compute is no protobuf message: let "
                    "data arrive as messages (const T&, with the generated header included), and "
                    "give clients and settings to the step's constructor");
    } else if constexpr (kByPointer) {
      static_assert(StepTakesMessageByPointer<Step, Pointee>::kAllowed,
                    "Protograph: the step's Compute takes a message by pointer: take it as "
                    "const T&");
    } else if constexpr (kByValue) {
      static_assert(StepTakesMessageByValue<Step, Bare>::kAllowed,
                    "Protograph: the step's Compute takes a message by value: take it as const T&");
    } else if constexpr (!kConstReference) {
      static_assert(StepTakesMessageByMutableReference<Step, Bare>::kAllowed,
                    "Protograph: the step's Compute takes a message by non-const reference: take "
                    "it as const T&, as other steps read the same message");
    }
    return kOk;
  }
};

template <class T, class... Others>
inline constexpr size_t kCountOf = (size_t{0} + ... + (std::is_same_v<T, Others> ? 1 : 0));

// The first type that stands in the list more than once; void where none does.
template <class... T>
struct FirstDuplicate {
  using type = void;
};
template <class Head, class... Tail>
struct FirstDuplicate<Head, Tail...> {
  using type = typename std::conditional_t<(kCountOf<Head, Tail...> > 0), std::type_identity<Head>,
                                           FirstDuplicate<Tail...>>::type;
};

// The first parameter that is no `const Message&`; void where none is bad.
template <class Step, class... P>
struct FirstBadParameter {
  using type = void;
};
template <class Step, class Head, class... Tail>
struct FirstBadParameter<Step, Head, Tail...> {
  using type =
      typename std::conditional_t<!CheckParameter<Step, Head>::kOk, std::type_identity<Head>,
                                  FirstBadParameter<Step, Tail...>>::type;
};

template <class Step, class... Messages>
struct CheckDuplicates {
  template <class Duplicate>
  static constexpr bool CheckOne() {
    if constexpr (!std::is_void_v<Duplicate>) {
      static_assert(StepTakesMessageTwice<Step, Duplicate>::kAllowed,
                    "Protograph: the step's Compute takes the same message type twice: a message "
                    "is found by its type, so take it once, or give the second its own type");
    }
    return std::is_void_v<Duplicate>;
  }
  static constexpr bool kOk = CheckOne<typename FirstDuplicate<Messages...>::type>();
};

template <class Step, class Result, class... Messages>
struct CheckResult {
  using Traits = ResultTraits<Result>;
  using Output = typename Traits::Output;

  static constexpr bool Check() {
    if constexpr (!DataClass<Output>) {
      if constexpr (DataTraits<Output>::kIsManyOfNoMessage) {
        static_assert(StepReturnsManyOfNoMessage<Step, Output>::kAllowed,
                      "Protograph: the step's Compute returns a collection of something that is no "
                      "protobuf message: return Many<T> of a message type T");
      } else if constexpr (Traits::kIsStatusOr) {
        static_assert(StepReturnsStatusOrOfNoMessage<Step, Output>::kAllowed,
                      "Protograph: the step's Compute returns absl::StatusOr of something that is "
                      "no protobuf message: return absl::StatusOr<O> of a message type O");
      } else {
        static_assert(StepReturnsNoMessage<Step, Result>::kAllowed,
                      "Protograph: the step's Compute returns no protobuf message: return a "
                      "message O by value, or absl::StatusOr<O>");
      }
      return false;
    } else if constexpr (kCountOf<Output, Messages...> > 0) {
      static_assert(StepReturnsItsOwnInput<Step, Output>::kAllowed,
                    "Protograph: the step's Compute returns a type that it also takes: one message "
                    "type stands for one thing, so give the result a type of its own");
      return false;
    } else {
      return true;
    }
  }
};

template <class Step, class Result, class ParameterList>
struct CheckSignature {  // no parameter at all
  static constexpr bool Check() {
    static_assert(StepDoesNotTakeExecCtxFirst<Step, void>::kAllowed,
                  "Protograph: the first parameter of the step's Compute must be ExecCtx&: write "
                  "Compute(ExecCtx& ctx, const A& a, ...)");
    return false;
  }
};

template <class Step, class Result, class First, class... Rest>
struct CheckSignature<Step, Result, TypeList<First, Rest...>> {
  static constexpr bool Check() {
    if constexpr (!std::is_same_v<First, ExecCtx&>) {
      static_assert(StepDoesNotTakeExecCtxFirst<Step, First>::kAllowed,
                    "Protograph: the first parameter of the step's Compute must be ExecCtx&: write "
                    "Compute(ExecCtx& ctx, const A& a, ...)");
      return false;
    } else if constexpr (!std::is_void_v<typename FirstBadParameter<Step, Rest...>::type>) {
      return CheckParameter<Step, typename FirstBadParameter<Step, Rest...>::type>::Check();
    } else if constexpr (!CheckDuplicates<Step, std::remove_cvref_t<Rest>...>::kOk) {
      return false;
    } else {
      return CheckResult<Step, Result, std::remove_cvref_t<Rest>...>::Check();
    }
  }
};

template <class Step>
struct CheckStep {
  static constexpr bool Check() {
    if constexpr (!FunctionPointer<Step> && !NamesCompute<Step> && !NamesCallOperator<Step>) {
      static_assert(StepHasNoCompute<Step>::kAllowed,
                    "Protograph: the class is no step, because it has no Compute: give it a public "
                    "absl::StatusOr<O> Compute(ExecCtx& ctx, const A& a, ...)");
      return false;
    } else if constexpr (!FunctionPointer<Step> && !HasOneCompute<Step> &&
                         !HasOneCallOperator<Step>) {
      static_assert(StepComputeIsOverloadedOrTemplated<Step>::kAllowed,
                    "Protograph: the step's Compute is overloaded, a template, or not public: give "
                    "the step exactly one public Compute that is no template");
      return false;
    } else if constexpr (!Signature<decltype(EntryOf<Step>())>::kPlain) {
      static_assert(StepComputeIsNoPlainFunction<Step>::kAllowed,
                    "Protograph: the step's Compute is volatile, &&-qualified or variadic: declare "
                    "it as a plain member function, const or not");
      return false;
    } else {
      using S = Signature<decltype(EntryOf<Step>())>;
      return CheckSignature<Step, typename S::Result, typename S::Parameters>::Check();
    }
  }
  static constexpr bool kOk = Check();
};

// ---- What the rest of the library asks ----

// What Add takes as an object: a lambda, a function object, a function.
template <class T>
concept CallableStep = FunctionPointer<T> ||(NamesCallOperator<T> && !NamesCompute<T>);

template <class ParameterList>
struct InputsOf;
template <class First, class... Rest>
struct InputsOf<TypeList<First, Rest...>> {
  using type = TypeList<std::remove_cvref_t<Rest>...>;
};

template <class Step>
struct StepTraits {
  using StepSignature = Signature<decltype(EntryOf<Step>())>;
  // What Compute returns: O or absl::StatusOr<O>.
  using Result = typename StepSignature::Result;
  using Output = typename ResultTraits<Result>::Output;
  static constexpr bool kReturnsStatusOr = ResultTraits<Result>::kIsStatusOr;
  // TypeList of the messages it takes, in order.
  using Inputs = typename InputsOf<typename StepSignature::Parameters>::type;
  static constexpr bool kIsCallable = !HasOneCompute<Step>;
};

// ---- Steps that run once for each item ----

// The class behind an entry of a list of steps.
template <class Step>
struct StepClassOf {
  using type = Step;
  static constexpr bool kIsMap = false;
};
template <class Step>
struct StepClassOf<Map<Step>> {
  using type = Step;
  static constexpr bool kIsMap = true;
};

template <class Step, class Output, class InputList>
struct CheckItems {  // no message at all
  static constexpr bool Check() {
    static_assert(MapStepTakesNoItem<Step>::kAllowed,
                  "Protograph: a step that is to run for each item takes no message: let it take "
                  "the item first, as in Compute(ExecCtx& ctx, const Item& item, ...)");
    return false;
  }
};
template <class Step, class Output, class Item, class... Shared>
struct CheckItems<Step, Output, TypeList<Item, Shared...>> {
  static constexpr bool Check() {
    if constexpr (IsMany<Item>) {
      static_assert(MapStepTakesCollectionAsItem<Step, Item>::kAllowed,
                    "Protograph: a step that is to run for each item takes a collection first: let "
                    "it take the item first, as const T&, or add it as a step that takes all");
      return false;
    } else if constexpr (IsMany<Output>) {
      static_assert(MapStepReturnsCollection<Step, Output>::kAllowed,
                    "Protograph: a step that is to run for each item returns a collection, and "
                    "there are no collections of collections: return one message for each item, "
                    "with a repeated field, or split in a step that takes all of them");
      return false;
    } else if constexpr (kCountOf<Many<Output>, Shared...> > 0) {
      static_assert(MapStepReturnsItsOwnInput<Step, Many<Output>>::kAllowed,
                    "Protograph: a step that is to run for each item takes the collection that its "
                    "results are: give its result a type of its own");
      return false;
    } else {
      return true;
    }
  }
};

template <class Step>
struct CheckStep<Map<Step>> {
  static constexpr bool Check() {
    if constexpr (CheckStep<Step>::kOk) {
      return CheckItems<Step, typename StepTraits<Step>::Output,
                        typename StepTraits<Step>::Inputs>::Check();
    } else {
      return false;
    }
  }
  static constexpr bool kOk = Check();
};

template <class InputList>
struct MappedInputs;
template <class Item, class... Shared>
struct MappedInputs<TypeList<Item, Shared...>> {
  using type = TypeList<Many<Item>, Shared...>;
};

template <class Step>
struct StepTraits<Map<Step>> {
  using Output = Many<typename StepTraits<Step>::Output>;
  using Inputs = typename MappedInputs<typename StepTraits<Step>::Inputs>::type;
};

}  // namespace internal
}  // namespace protograph

#endif  // PROTOGRAPH_INTERNAL_STEP_TRAITS_H_
