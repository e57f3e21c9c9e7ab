#ifndef PROTOGRAPH_EXECUTION_OBSERVER_H_
#define PROTOGRAPH_EXECUTION_OBSERVER_H_

// ExecutionObserver: told what an execution does, as it does it. For tracing, metrics, progress
// and tests.
//
//   class Tracer : public protograph::ExecutionObserver {
//     void OnAttemptEnd(const ExecCtx& ctx, const StepEvent& event, const absl::Status& status,
//                       const google::protobuf::Message* output) override { ... }
//   };
//   Tracer tracer;
//   ExecCtx ctx({.observer = &tracer});
//
// An execution without an observer pays nothing for this.

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace protograph {

class ExecCtx;

// One attempt of one step. Everything it points to lives until the callback returns.
struct StepEvent {
  std::string_view step;
  // Full name of the message the step makes.
  std::string_view output_type;
  // Counted from 1.
  int attempt = 0;
  // Which item of its collection a step runs for that runs once for each, from 0; -1 for others.
  int64_t item = -1;
  // In the order of Compute's parameters; null where one is a collection.
  std::span<const google::protobuf::Message* const> inputs;
};

// Callbacks are made by the thread that runs the step; steps that run side by side make them at the
// same time, so an observer must be thread safe. They hold up the step: be quick. A callback must
// not throw.
class ExecutionObserver {
 public:
  virtual ~ExecutionObserver() = default;

  virtual void OnAttemptStart(const ExecCtx& /*ctx*/, const StepEvent& /*event*/) {}

  // `output` is null where the attempt failed, and where it made a collection.
  virtual void OnAttemptEnd(const ExecCtx& /*ctx*/, const StepEvent& /*event*/,
                            const absl::Status& /*status*/,
                            const google::protobuf::Message* /*output*/) {}

  // Before the wait between an attempt that ended with `error` and the next one.
  virtual void OnBackoff(const ExecCtx& /*ctx*/, const StepEvent& /*event*/,
                         absl::Duration /*wait*/, const absl::Status& /*error*/) {}
};

}  // namespace protograph

#endif  // PROTOGRAPH_EXECUTION_OBSERVER_H_
