#ifndef PROTOGRAPH_TESTING_CRASH_EVERYWHERE_H_
#define PROTOGRAPH_TESTING_CRASH_EVERYWHERE_H_

// CrashEverywhere: what would a crash do to this graph?
//
//   EXPECT_THAT(CrashEverywhere<TagSet>([] { return MakeMovieGraph(FakeCatalog()); }, movie_id),
//               IsOkAndHolds(6));
//
// Executes a graph once to its end, and then once for every point between two checkpoints: there
// the process is as good as dead, nothing more is written, and another engine goes on from what
// was. Each step is hit after it has run and before its checkpoint is written, the moment that is
// worst for outside effects; and once everything has run and only the caller does not know. Finds
// steps that make something else when they run again, that hand on anything beside their messages,
// and that cannot be repeated.
//
// The graph may be a graph, or what makes one, which then is called for each execution as each
// process would: only so does it find what steps keep in their members.

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "protograph/exec_ctx.h"

namespace protograph::testing {

struct CrashOptions {
  std::string workflow_id = "crash-everywhere";
  // Makes the context of an execution: clock, values and the rest. Its stop token and its observer
  // are CrashEverywhere's own.
  std::function<ExecOptions()> context = nullptr;
  // Whether the result after a crash is as good as the one without; null: where every field is
  // equal. For results that say when they were made, for example.
  std::function<bool(const google::protobuf::Message& without_crash,
                     const google::protobuf::Message& after_crash)>
      equal = nullptr;
};

}  // namespace protograph::testing

namespace protograph::internal {

// Makes a graph and executes it.
using CrashingExecution =
    std::function<absl::StatusOr<std::unique_ptr<google::protobuf::Message>>(ExecCtx&)>;

absl::StatusOr<int> CrashEverywhere(const testing::CrashOptions& options,
                                    const CrashingExecution& execution);

template <class T>
absl::Status StatusOf(const absl::StatusOr<T>& made) {
  return made.status();
}
template <class T>
absl::Status StatusOf(const T& /*made*/) {
  return absl::OkStatus();
}
template <class T>
const T& ValueOf(const absl::StatusOr<T>& made) {
  return *made;
}
template <class T>
const T& ValueOf(const T& made) {
  return made;
}

}  // namespace protograph::internal

namespace protograph::testing {

// How often it crashed. Errors: the execution's, where the graph fails without a crash or when it
// is resumed; kDataLoss where a resumed execution made another result, with the step in which it
// crashed and what differs.
//
// `graph` is a Graph or a StaticGraph, or a function that makes one or a StatusOr of one. Blocks;
// keeps its checkpoints in memory and needs no database. Not for steps that run for long: with n
// steps there are 2n + 2 executions.
template <class Output, class GraphOrMaker, class... Inputs>
absl::StatusOr<int> CrashEverywhere(const CrashOptions& options, GraphOrMaker&& graph,
                                    const Inputs&... inputs) {
  const auto execute =
      [&](const auto& made,
          ExecCtx& ctx) -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
    absl::StatusOr<Output> output = made.template Execute<Output>(ctx, inputs...);
    if (!output.ok()) return output.status();
    return std::make_unique<Output>(*std::move(output));
  };
  return internal::CrashEverywhere(
      options, [&](ExecCtx& ctx) -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
        if constexpr (std::is_invocable_v<GraphOrMaker&>) {
          const auto made = graph();
          if (absl::Status status = internal::StatusOf(made); !status.ok()) return status;
          return execute(internal::ValueOf(made), ctx);
        } else {
          return execute(graph, ctx);
        }
      });
}

template <class Output, class GraphOrMaker, class... Inputs>
requires(!std::is_same_v<std::remove_cvref_t<GraphOrMaker>, CrashOptions>)
    absl::StatusOr<int> CrashEverywhere(GraphOrMaker&& graph, const Inputs&... inputs) {
  return CrashEverywhere<Output>(CrashOptions{}, graph, inputs...);
}

}  // namespace protograph::testing

#endif  // PROTOGRAPH_TESTING_CRASH_EVERYWHERE_H_
