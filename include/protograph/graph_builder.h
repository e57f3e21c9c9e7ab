#ifndef PROTOGRAPH_GRAPH_BUILDER_H_
#define PROTOGRAPH_GRAPH_BUILDER_H_

// GraphBuilder: puts a graph together at run time, and validates it as a whole.
//
//   absl::StatusOr<Graph> graph = GraphBuilder("movies")
//                                     .Provide(catalog)
//                                     .Input<MovieId>()
//                                     .Add<FetchMovie>()
//                                     .Add<AnalyzeContent>({.timeout = absl::Seconds(2)})
//                                     .Add<ClassifyGenreAndMood>(StepOptions{}, model)
//                                     .Build();
//
// Where the steps are known as a list, StaticGraph (static_graph.h) has the compiler prove what
// Build checks here.

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "protograph/graph.h"
#include "protograph/internal/graph_core.h"
#include "protograph/step_options.h"
#include "protograph/thread_pool.h"

namespace protograph {

// Not thread safe. The order of the calls does not matter.
class GraphBuilder {
 public:
  // `name` is for people: it stands in errors, pictures and descriptions.
  explicit GraphBuilder(std::string name) { parts_.name = std::move(name); }

  // Gives the graph something that steps' constructors may take as shared_ptr<T>, T& or T*. It is
  // found by exactly its type: Provide<Interface>(std::make_shared<Implementation>()) for a step
  // that takes the interface.
  template <class T>
  GraphBuilder& Provide(std::shared_ptr<T> object) {
    parts_.provided.Add({internal::Dependency::On<T>(), std::move(object)});
    return *this;
  }
  template <class T, class Derived>
  requires(!std::same_as<T, Derived> && std::convertible_to<Derived*, T*>)
      GraphBuilder& Provide(std::shared_ptr<Derived> object) {
    return Provide<T>(std::shared_ptr<T>(std::move(object)));
  }
  template <class T>
  GraphBuilder& Provide(std::unique_ptr<T> object) {
    return Provide<T>(std::shared_ptr<T>(std::move(object)));
  }
  template <class T, class Derived>
  requires(!std::same_as<T, Derived> && std::convertible_to<Derived*, T*>)
      GraphBuilder& Provide(std::unique_ptr<Derived> object) {
    return Provide<T>(std::shared_ptr<T>(std::move(object)));
  }
  // Not owned: the object must outlive the graph.
  template <class T>
  GraphBuilder& Provide(T& object) {
    return Provide<T>(std::shared_ptr<T>(std::shared_ptr<void>(), &object));
  }

  // Declares a message that callers bring.
  template <class Message>
  GraphBuilder& Input() {
    if constexpr (internal::CheckInput<Message>()) {
      parts_.inputs.push_back(internal::KeyOf<Message>());
    }
    return *this;
  }

  // Adds a step class. Without `args` Build makes the step, finding the arguments of the
  // constructor with the most parameters among what was provided. With them the step is made here
  // and now; where its constructor throws, Build says so.
  template <class Step, class... Args>
  GraphBuilder& Add(StepOptions options = {}, Args&&... args) {
    parts_.steps.push_back(
        internal::DefineStep<Step>(std::move(options), std::forward<Args>(args)...));
    return *this;
  }

  // Adds a callable of the same shape: a lambda, a function object, a function.
  template <class Callable>
  requires internal::CallableStep<std::decay_t<Callable>> GraphBuilder& Add(
      Callable&& callable, StepOptions options = {}) {
    parts_.steps.push_back(internal::DefineStep<std::decay_t<Callable>>(
        std::move(options), std::forward<Callable>(callable)));
    return *this;
  }

  // Adds a step class that runs once for each item: its first message is an item of a Many, the
  // others are shared by all. See map.h. Otherwise as Add.
  template <class Step, class... Args>
  GraphBuilder& Map(StepOptions options = {}, Args&&... args) {
    parts_.steps.push_back(internal::DefineStep<protograph::Map<Step>>(
        std::move(options), std::forward<Args>(args)...));
    return *this;
  }
  template <class Callable>
  requires internal::CallableStep<std::decay_t<Callable>> GraphBuilder& Map(
      Callable&& callable, StepOptions options = {}) {
    parts_.steps.push_back(internal::DefineStep<protograph::Map<std::decay_t<Callable>>>(
        std::move(options), std::forward<Callable>(callable)));
    return *this;
  }

  // Says what to write instead of Add(object of a step class). The first parameter keeps
  // Add<Step>(...) out.
  template <std::nullptr_t = nullptr, class Object>
  requires(!internal::CallableStep<std::decay_t<Object>>)
      GraphBuilder& Add(Object&& /*object*/, const StepOptions& /*options*/ = {}) {
    static_assert(internal::StepIsAddedByItsClass<std::decay_t<Object>>::kAllowed,
                  "Protograph: Add was given an object that is no callable: name the step's class, "
                  "as in Add<Step>(options, arguments of its constructor)");
    return *this;
  }

  // The threads that help. Without this call the graph uses ThreadPool::Shared().
  GraphBuilder& UsePool(std::shared_ptr<ThreadPool> pool) {
    parts_.pool = std::move(pool);
    return *this;
  }

  // Makes the steps and the graph. kInvalidArgument with all faults at once, each with its remedy,
  // in a stable order (see GetGraphFaults). May be called again: graphs share the steps that were
  // given in place, and what was provided.
  absl::StatusOr<Graph> Build() const;

 private:
  template <class Inputs, class... Steps>
  friend class StaticGraph;

  internal::GraphParts parts_;
};

}  // namespace protograph

#endif  // PROTOGRAPH_GRAPH_BUILDER_H_
