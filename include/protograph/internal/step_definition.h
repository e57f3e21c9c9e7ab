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
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "protograph/internal/constructor_probe.h"
#include "protograph/internal/many_base.h"
#include "protograph/internal/provided.h"
#include "protograph/internal/step_traits.h"
#include "protograph/internal/type_key.h"
#include "protograph/internal/type_name.h"
#include "protograph/step_options.h"

namespace protograph::internal {

template <DataClass T>
TypeKey KeyOf() {
  if constexpr (IsMany<T>) {
    return TypeKey::ManyOf(ManyTraits<T>::Item::default_instance());
  } else {
    return TypeKey(T::default_instance());
  }
}

// What lies in a slot: of a message its address as a Message, of a collection that of its ManyBase.
using Value = const void*;

inline const google::protobuf::Message& MessageAt(Value value) {
  return *static_cast<const google::protobuf::Message*>(value);
}
inline const ManyBase& ManyAt(Value value) { return *static_cast<const ManyBase*>(value); }

template <DataClass T>
Value ValueOf(const T& data) {
  if constexpr (IsMany<T>) {
    return &ManyAccess::Base(data);
  } else {
    return static_cast<const google::protobuf::Message*>(&data);
  }
}
template <DataClass T>
const T& DataAt(Value value) {
  if constexpr (IsMany<T>) {
    return ManyAccess::Of<typename ManyTraits<T>::Item>(ManyAt(value));
  } else {
    return static_cast<const T&>(MessageAt(value));
  }
}

class DurableRun;
class GraphCore;
struct Plan;
struct StepInfo;

// One thread's hand in an execution.
struct StepCall {
  ExecCtx* ctx;
  // By slot.
  Value* values;
  std::byte* frame;
  const GraphCore* core;
  const Plan* plan;
  // Null where the execution has no session.
  DurableRun* durable;
  // Of a step that runs for an item: that, and its number.
  const google::protobuf::Message* item;
  size_t item_index;
  // Set where an attempt failed without a result.
  absl::Status thrown;
};

// What running a step takes, and nothing more: executors walk arrays of these.
struct StepRecord {
  // Runs one attempt; the result is constructed at frame + place. Returns its value, or null where
  // the attempt failed: then the error is call.thrown, or lies in the result.
  Value (*invoke)(const StepRecord& record, StepCall& call);
  // Destroys the result of an attempt that succeeded.
  void (*destroy)(void* place);
  // An Answerer<O>, for the step whose message is what the caller asked for; null where the step
  // can only be invoked.
  void (*answer)();
  void* instance;
  // Slots of what it takes.
  const uint32_t* inputs;
  uint32_t output;
  uint32_t place;
  const StepInfo* info;
  // Takes the error out of a result whose attempt failed, and destroys it. Null where a result
  // cannot hold an error.
  absl::Status (*take_error)(void* place);
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
  // Constructs a result that holds an empty message, and returns that. Null for collections.
  google::protobuf::Message* (*construct)(void* place);
  // See StepRecord.
  absl::Status (*take_error)(void* place);
};

// Of a step that runs once for each item of its first input.
struct ItemShell {
  // As StepRecord::invoke, for call.item. The result is an item of the collection that the step
  // makes.
  Value (*invoke)(const StepRecord& record, StepCall& call);
  // Constructs an empty collection of results.
  ManyBase& (*construct)(void* place);
  const ItemLayout* layout;
};

struct StepDefinition {
  // Of the class; empty for a callable.
  std::string type_name;
  StepOptions options;
  TypeKey output;
  std::vector<TypeKey> inputs;
  // Of the inputs that are collections; null for messages.
  std::vector<const ItemLayout*> input_layouts;
  // Null for a step that runs once for each item, which has `items` instead.
  Value (*invoke)(const StepRecord& record, StepCall& call);
  std::optional<ItemShell> items;
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

// Calls the step with the inputs of a record.
template <class Step, class Inputs>
struct StepCaller;

template <class Step, class... Inputs>
struct StepCaller<Step, TypeList<Inputs...>> {
  using Traits = StepTraits<Step>;
  using Result = typename Traits::Result;
  using Output = typename Traits::Output;

  // `input`: of an index of the inputs, its value.
  template <class Input, size_t... kIndex>
  static Result Call(const StepRecord& record, StepCall& call, const Input& input,
                     std::index_sequence<kIndex...> /*indices*/) {
    Step& step = *static_cast<Step*>(record.instance);
    if constexpr (Traits::kIsCallable) {
      return step(*call.ctx, DataAt<Inputs>(input(kIndex))...);
    } else {
      return step.Compute(*call.ctx, DataAt<Inputs>(input(kIndex))...);
    }
  }

  static Result CallOnce(const StepRecord& record, StepCall& call) {
    return Call(
        record, call, [&](size_t i) { return call.values[record.inputs[i]]; },
        std::index_sequence_for<Inputs...>{});
  }

  static Result CallForItem(const StepRecord& record, StepCall& call) {
    return Call(
        record, call,
        [&](size_t i) -> Value { return i == 0 ? call.item : call.values[record.inputs[i]]; },
        std::index_sequence_for<Inputs...>{});
  }
};

// How a result of this type lies in the frame.
template <class Result>
struct ResultShell {
  using Traits = ResultTraits<Result>;
  using Output = typename Traits::Output;

  static google::protobuf::Message* Construct(void* place) {
    auto* result = ::new (place) std::remove_const_t<Result>(Output());
    if constexpr (Traits::kIsStatusOr) {
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

  static ResultLayout Layout() {
    ResultLayout layout = {sizeof(Result), alignof(Result), &Destroy, nullptr, nullptr};
    if constexpr (!IsMany<Output>) layout.construct = &Construct;
    if constexpr (Traits::kIsStatusOr) layout.take_error = &TakeError;
    return layout;
  }
};

template <class Step>
struct StepShell {
  using Traits = StepTraits<Step>;
  using Result = typename Traits::Result;
  using Caller = StepCaller<Step, typename Traits::Inputs>;

  static Value Invoke(const StepRecord& record, StepCall& call) {
#if defined(__cpp_exceptions)
    try {
#endif
      // The result is constructed where it stays: no copy, no move.
      auto* result = ::new (static_cast<void*>(call.frame + record.place))
          Result(Caller::CallOnce(record, call));
      if constexpr (Traits::kReturnsStatusOr) {
        return result->ok() ? ValueOf(**result) : nullptr;
      } else {
        return ValueOf(*result);
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
      return Caller::CallOnce(record, call);
#if defined(__cpp_exceptions)
    } catch (...) {
      call.thrown = StatusOfCurrentException();
      return call.thrown;
    }
#endif
  }

  static void Fill(StepDefinition& definition) {
    definition.invoke = &Invoke;
    definition.answer = reinterpret_cast<void (*)()>(&Answer);
    definition.layout = ResultShell<Result>::Layout();
  }
};

template <class Step>
struct StepShell<Map<Step>> {
  using Output = typename StepTraits<Step>::Output;
  using Item = absl::StatusOr<Output>;
  using Caller = StepCaller<Step, typename StepTraits<Step>::Inputs>;

  static Value InvokeForItem(const StepRecord& record, StepCall& call) {
#if defined(__cpp_exceptions)
    try {
#endif
      auto* item = ::new (static_cast<void*>(call.frame + record.place))
          Item(Caller::CallForItem(record, call));
      return item->ok() ? ValueOf(**item) : nullptr;
#if defined(__cpp_exceptions)
    } catch (...) {
      call.thrown = StatusOfCurrentException();
      return nullptr;
    }
#endif
  }

  static ManyBase& Construct(void* place) {
    return ManyAccess::Base(*::new (place) Many<Output>());
  }

  static void Fill(StepDefinition& definition) {
    definition.items = {&InvokeForItem, &Construct, &LayoutOfItems<Output>()};
    definition.layout = ResultShell<Many<Output>>::Layout();
  }
};

template <class... T>
std::vector<TypeKey> KeysOf(TypeList<T...> /*list*/) {
  return {KeyOf<T>()...};
}

template <class T>
const ItemLayout* LayoutOfInput() {
  if constexpr (IsMany<T>) {
    return &LayoutOfItems<typename T::value_type>();
  } else {
    return nullptr;
  }
}

template <class... T>
std::vector<const ItemLayout*> LayoutsOf(TypeList<T...> /*list*/) {
  return {LayoutOfInput<T>()...};
}

// The definition of an entry of a list of steps, without its instance.
template <class Step>
StepDefinition DefineShell(StepOptions options) {
  using Class = typename StepClassOf<Step>::type;
  StepDefinition definition{};
  if constexpr (!StepTraits<Class>::kIsCallable) definition.type_name = TypeName<Class>();
  definition.options = std::move(options);
  definition.output = KeyOf<typename StepTraits<Step>::Output>();
  definition.inputs = KeysOf(typename StepTraits<Step>::Inputs());
  definition.input_layouts = LayoutsOf(typename StepTraits<Step>::Inputs());
  StepShell<Step>::Fill(definition);
  return definition;
}

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

// The definition of a step class, or of Map of one, whose constructor gets `args`, or what was
// provided where there are none.
template <class Entry, class... Args>
StepDefinition DefineStep(StepOptions options, Args&&... args) {
  using Step = typename StepClassOf<Entry>::type;
  StepDefinition definition{};
  if constexpr (CheckStep<Entry>::kOk) {
    definition = DefineShell<Entry>(std::move(options));
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
