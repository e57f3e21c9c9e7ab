#ifndef PROTOGRAPH_INTERNAL_STEP_DEFINITION_H_
#define PROTOGRAPH_INTERNAL_STEP_DEFINITION_H_

// Internal: a step without its type, as builder, plan and executor know it, and the thin typed
// shell that makes one from a class.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/internal/constructor_probe.h"
#include "protograph/internal/provided.h"
#include "protograph/internal/step_traits.h"
#include "protograph/internal/type_name.h"
#include "protograph/step_options.h"

namespace protograph::internal {

// A message type is known by its default instance: an address that the linker fills in, and from
// which descriptor and name can be had.
using MessageKey = const google::protobuf::Message*;

template <MessageClass M>
MessageKey KeyOf() {
  return &M::default_instance();
}

struct StepInfo;

// One thread's hand in an execution.
struct StepCall {
  ExecCtx* ctx;
  // Where each message lies, by slot.
  const google::protobuf::Message** values;
  std::byte* frame;
  // Set where an attempt failed without a result.
  absl::Status thrown;
};

// What running a step takes, and nothing more: executors walk arrays of these.
struct StepRecord {
  // Runs one attempt; the result is constructed at frame + place. Returns the message, or null
  // where the attempt failed: then the error is call.thrown, or lies in the result.
  const google::protobuf::Message* (*invoke)(const StepRecord& record, StepCall& call);
  // Destroys the result of an attempt that succeeded.
  void (*destroy)(void* place);
  // An Answerer<O>, for the step whose message is what the caller asked for; null where the step
  // can only be invoked.
  void (*answer)();
  void* instance;
  // Slots of the messages it takes.
  const uint32_t* inputs;
  uint32_t output;
  uint32_t place;
  const StepInfo* info;
};

// Runs one attempt and returns its result, which so comes to lie where the caller of Execute wants
// it. What was thrown is in the result and in call.thrown.
template <class Output>
using Answerer = absl::StatusOr<Output> (*)(const StepRecord& record, StepCall& call);

// How a result lies in the frame.
struct ResultLayout {
  size_t size;
  size_t alignment;
  void (*destroy)(void* place);
  // Constructs a result that holds an empty message, and returns that.
  google::protobuf::Message* (*construct)(void* place);
  // Takes the error out of a result whose attempt failed, and destroys it. Null where a result
  // cannot hold an error.
  absl::Status (*take_error)(void* place);
};

struct StepDefinition {
  // Of the class; empty for a callable.
  std::string type_name;
  StepOptions options;
  MessageKey output;
  std::vector<MessageKey> inputs;
  const google::protobuf::Message* (*invoke)(const StepRecord& record, StepCall& call);
  void (*answer)();
  ResultLayout layout;
  // The step; null until `make` has made it. Both null: it was to be given in place, and was not.
  std::shared_ptr<void> instance;
  // For steps whose constructor arguments come from Provide.
  std::vector<Dependency> dependencies;
  std::shared_ptr<void> (*make)(const ProvidedSet& provided) = nullptr;
  // Why an instance that was given in place could not be made.
  absl::Status construction = absl::OkStatus();
};

// The exception that is being handled, as a status that keeps its type and message.
absl::Status StatusOfCurrentException();

template <class Step, class Inputs>
struct StepShell;

template <class Step, class... Inputs>
struct StepShell<Step, TypeList<Inputs...>> {
  using Traits = StepTraits<Step>;
  using Result = typename Traits::Result;

  template <size_t... kIndex>
  static Result Call(const StepRecord& record, StepCall& call, std::index_sequence<kIndex...>) {
    Step& step = *static_cast<Step*>(record.instance);
    if constexpr (Traits::kIsCallable) {
      return step(*call.ctx, *static_cast<const Inputs*>(call.values[record.inputs[kIndex]])...);
    } else {
      return step.Compute(*call.ctx,
                          *static_cast<const Inputs*>(call.values[record.inputs[kIndex]])...);
    }
  }

  static const google::protobuf::Message* Invoke(const StepRecord& record, StepCall& call) {
#if defined(__cpp_exceptions)
    try {
#endif
      // The result is constructed where it stays: no copy, no move.
      auto* result = ::new (static_cast<void*>(call.frame + record.place))
          Result(Call(record, call, std::index_sequence_for<Inputs...>{}));
      if constexpr (Traits::kReturnsStatusOr) {
        return result->ok() ? &**result : nullptr;
      } else {
        return result;
      }
#if defined(__cpp_exceptions)
    } catch (...) {
      call.thrown = StatusOfCurrentException();
      return nullptr;
    }
#endif
  }

  static absl::StatusOr<typename Traits::Output> Answer(const StepRecord& record, StepCall& call) {
#if defined(__cpp_exceptions)
    try {
#endif
      return Call(record, call, std::index_sequence_for<Inputs...>{});
#if defined(__cpp_exceptions)
    } catch (...) {
      call.thrown = StatusOfCurrentException();
      return call.thrown;
    }
#endif
  }

  static google::protobuf::Message* Construct(void* place) {
    auto* result = ::new (place) std::remove_const_t<Result>(typename Traits::Output());
    if constexpr (Traits::kReturnsStatusOr) {
      return &**result;
    } else {
      return result;
    }
  }

  static void Destroy(void* place) { static_cast<Result*>(place)->~Result(); }

  static absl::Status TakeError(void* place) {
    absl::Status error = std::move(*static_cast<Result*>(place)).status();
    Destroy(place);
    return error;
  }

  static StepDefinition Define(StepOptions options) {
    StepDefinition definition;
    definition.type_name = Traits::kIsCallable ? std::string() : std::string(TypeName<Step>());
    definition.options = std::move(options);
    definition.output = KeyOf<typename Traits::Output>();
    definition.inputs = {KeyOf<Inputs>()...};
    definition.invoke = &Invoke;
    definition.answer = reinterpret_cast<void (*)()>(&Answer);
    definition.layout = {sizeof(Result), alignof(Result), &Destroy, &Construct, nullptr};
    if constexpr (Traits::kReturnsStatusOr) definition.layout.take_error = &TakeError;
    return definition;
  }
};

// `make` returns the step; what it throws becomes the definition's fault.
template <class Make>
void ConstructInPlace(StepDefinition& definition, Make&& make) {
#if defined(__cpp_exceptions)
  try {
#endif
    definition.instance = std::forward<Make>(make)();
#if defined(__cpp_exceptions)
  } catch (...) {
    definition.construction = StatusOfCurrentException();
  }
#endif
}

// The definition of a step class whose constructor gets `args`, or what was provided where there
// are none.
template <class Step, class... Args>
StepDefinition DefineStep(StepOptions options, Args&&... args) {
  StepDefinition definition{};
  if constexpr (CheckStep<Step>::kOk) {
    definition = StepShell<Step, typename StepTraits<Step>::Inputs>::Define(std::move(options));
    if constexpr (sizeof...(Args) == 0) {
      if constexpr (Injection<Step>::kPossible) {
        using Constructor = typename Injection<Step>::Constructor;
        definition.dependencies = Constructor::Dependencies();
        definition.make = &Constructor::Make;
      } else {
        static_assert(StepHasNoInjectableConstructor<Step>::kAllowed,
                      "Protograph: the step has no constructor whose arguments can be found among "
                      "what was provided: let it take shared_ptr<T>, T& or T*, or give the "
                      "arguments in place, as in Add<Step>(StepOptions{}, args...)");
      }
    } else if constexpr (std::is_constructible_v<Step, Args&&...>) {
      ConstructInPlace(definition,
                       [&] { return std::make_shared<Step>(std::forward<Args>(args)...); });
    } else {
      static_assert(StepIsNotConstructibleFrom<Step, Args...>::kAllowed,
                    "Protograph: the step has no constructor that takes the arguments given in "
                    "place: make the arguments of Add<Step>(options, args...) fit a constructor, "
                    "or leave them away to have them found among what was provided");
    }
  }
  return definition;
}

}  // namespace protograph::internal

#endif  // PROTOGRAPH_INTERNAL_STEP_DEFINITION_H_
