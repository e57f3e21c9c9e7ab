#ifndef PROTOGRAPH_INTERNAL_MISUSE_H_
#define PROTOGRAPH_INTERNAL_MISUSE_H_

// Internal: the faults that the compiler finds. The name of each type is the fault and its
// arguments are the offenders, so that compilers print both beside the sentence of the
// static_assert. kAllowed depends on the arguments, so that only a use of the type fails; each type
// declares its own, as g++ would name the base class of an inherited one.

namespace protograph::internal {

template <class Step>
struct StepHasNoCompute {
  static constexpr bool kAllowed = false;
};
template <class Step>
struct StepComputeIsOverloadedOrTemplated {
  static constexpr bool kAllowed = false;
};
template <class Step>
struct StepComputeIsNoPlainFunction {
  static constexpr bool kAllowed = false;
};
template <class Step, class FirstParameter>
struct StepDoesNotTakeExecCtxFirst {
  static constexpr bool kAllowed = false;
};
template <class Step, class Message>
struct StepTakesMessageByValue {
  static constexpr bool kAllowed = false;
};
template <class Step, class Message>
struct StepTakesMessageByMutableReference {
  static constexpr bool kAllowed = false;
};
template <class Step, class Message>
struct StepTakesMessageByPointer {
  static constexpr bool kAllowed = false;
};
template <class Step, class Parameter>
struct StepTakesSomethingThatIsNoMessage {
  static constexpr bool kAllowed = false;
};
template <class Step, class Collection>
struct StepTakesManyOfNoMessage {
  static constexpr bool kAllowed = false;
};
template <class Step, class Collection>
struct StepReturnsManyOfNoMessage {
  static constexpr bool kAllowed = false;
};
template <class Step, class Message>
struct StepTakesMessageTwice {
  static constexpr bool kAllowed = false;
};
template <class Step, class Result>
struct StepReturnsNoMessage {
  static constexpr bool kAllowed = false;
};
template <class Step, class Value>
struct StepReturnsStatusOrOfNoMessage {
  static constexpr bool kAllowed = false;
};
template <class Step, class Message>
struct StepReturnsItsOwnInput {
  static constexpr bool kAllowed = false;
};
template <class Step, class... Arguments>
struct StepIsNotConstructibleFrom {
  static constexpr bool kAllowed = false;
};
template <class Step>
struct StepHasNoInjectableConstructor {
  static constexpr bool kAllowed = false;
};
template <class Step>
struct StepIsAddedByItsClass {
  static constexpr bool kAllowed = false;
};
template <class Step>
struct MapStepTakesNoItem {
  static constexpr bool kAllowed = false;
};
template <class Step, class Collection>
struct MapStepTakesCollectionAsItem {
  static constexpr bool kAllowed = false;
};
template <class Step, class Collection>
struct MapStepReturnsCollection {
  static constexpr bool kAllowed = false;
};
template <class Step, class Collection>
struct MapStepReturnsItsOwnInput {
  static constexpr bool kAllowed = false;
};
template <class Output>
struct OutputIsNoMessage {
  static constexpr bool kAllowed = false;
};
template <class Input>
struct InputIsNoMessage {
  static constexpr bool kAllowed = false;
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_INTERNAL_MISUSE_H_
