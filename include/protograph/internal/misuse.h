#ifndef PROTOGRAPH_INTERNAL_MISUSE_H_
#define PROTOGRAPH_INTERNAL_MISUSE_H_

// Internal: the faults that the compiler finds. The name of each type is the fault and its
// arguments are the offenders, so that compilers print both beside the sentence of the
// static_assert. kAllowed depends on the arguments, so that only a use of the type fails.

namespace protograph::internal {

struct NeverAllowed {
  static constexpr bool kAllowed = false;
};

template <class Step>
struct StepHasNoCompute : NeverAllowed {};
template <class Step>
struct StepComputeIsOverloadedOrTemplated : NeverAllowed {};
template <class Step>
struct StepComputeIsNoPlainFunction : NeverAllowed {};
template <class Step, class FirstParameter>
struct StepDoesNotTakeExecCtxFirst : NeverAllowed {};
template <class Step, class Message>
struct StepTakesMessageByValue : NeverAllowed {};
template <class Step, class Message>
struct StepTakesMessageByMutableReference : NeverAllowed {};
template <class Step, class Message>
struct StepTakesMessageByPointer : NeverAllowed {};
template <class Step, class Parameter>
struct StepTakesSomethingThatIsNoMessage : NeverAllowed {};
template <class Step, class Message>
struct StepTakesMessageTwice : NeverAllowed {};
template <class Step, class Result>
struct StepReturnsNoMessage : NeverAllowed {};
template <class Step, class Value>
struct StepReturnsStatusOrOfNoMessage : NeverAllowed {};
template <class Step, class Message>
struct StepReturnsItsOwnInput : NeverAllowed {};
template <class Step, class... Arguments>
struct StepIsNotConstructibleFrom : NeverAllowed {};
template <class Step>
struct StepHasNoInjectableConstructor : NeverAllowed {};
template <class Output>
struct OutputIsNoMessage : NeverAllowed {};
template <class Input>
struct InputIsNoMessage : NeverAllowed {};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_INTERNAL_MISUSE_H_
