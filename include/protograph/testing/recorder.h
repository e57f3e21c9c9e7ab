#ifndef PROTOGRAPH_TESTING_RECORDER_H_
#define PROTOGRAPH_TESTING_RECORDER_H_

// Recorder: which steps ran, in which order, how often, with what, and how it went.
//
//   Recorder recorder;
//   ExecCtx ctx({.observer = &recorder});
//   ASSERT_THAT(graph->Execute<TagSet>(ctx, id), IsOk());
//   EXPECT_THAT(recorder.order(), ElementsAre("FetchMovie", "AnalyzeContent", "GenerateTags"));
//   EXPECT_EQ(recorder.attempts("AnalyzeContent"), 2);
//   EXPECT_THAT(recorder.Inputs<Movie>("AnalyzeContent"), ElementsAre(EqualsProto("id: 603")));
//
// A run of a step is all its attempts in one execution. One recorder may watch any number of
// executions; it tells them together, until Clear(). Of a step that never ran, or that a test has
// misspelt, there is nothing to tell: counts are 0, lists empty.

#include <concepts>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "protograph/execution_observer.h"

namespace protograph::testing {

// Thread safe. Must outlive the executions that it watches.
class Recorder final : public ExecutionObserver {
 public:
  // Names of the steps, one for each run, in the order in which the runs began.
  std::vector<std::string> order() const;

  // Runs of the step.
  int count(std::string_view step) const;
  // Attempts of the step, over all its runs.
  int attempts(std::string_view step) const;
  // What the step's attempts failed with, in the order in which they ended.
  std::vector<absl::Status> failures(std::string_view step) const;
  // The waits between the step's attempts, in the order in which they began.
  std::vector<absl::Duration> backoffs(std::string_view step) const;

  // Copies of the Messages that the step took, one for each run, in the order in which the runs
  // began. Empty where it takes no such message.
  template <std::derived_from<google::protobuf::Message> Message>
  std::vector<Message> Inputs(std::string_view step) const {
    return Typed<Message>(InputsOf(step, *Message::descriptor()));
  }

  // Copies of the Messages that the step made, in the order in which it had made them. Empty where
  // it makes no such message.
  template <std::derived_from<google::protobuf::Message> Message>
  std::vector<Message> Outputs(std::string_view step) const {
    return Typed<Message>(OutputsOf(step, *Message::descriptor()));
  }

  // Forgets everything.
  void Clear();

  void OnAttemptStart(const ExecCtx& ctx, const StepEvent& event) override;
  void OnAttemptEnd(const ExecCtx& ctx, const StepEvent& event, const absl::Status& status,
                    const google::protobuf::Message* output) override;
  void OnBackoff(const ExecCtx& ctx, const StepEvent& event, absl::Duration wait,
                 const absl::Status& error) override;

 private:
  using Messages = std::vector<std::shared_ptr<const google::protobuf::Message>>;

  struct StepLog {
    int runs = 0;
    int attempts = 0;
    Messages inputs;  // of all runs
    Messages outputs;
    std::vector<absl::Status> failures;
    std::vector<absl::Duration> backoffs;
  };

  // `messages` must be of the class.
  template <class Message>
  static std::vector<Message> Typed(const Messages& messages) {
    std::vector<Message> typed;
    typed.reserve(messages.size());
    for (const auto& message : messages) typed.push_back(static_cast<const Message&>(*message));
    return typed;
  }

  Messages InputsOf(std::string_view step, const google::protobuf::Descriptor& type) const;
  Messages OutputsOf(std::string_view step, const google::protobuf::Descriptor& type) const;

  // A copy of what is known about the step.
  StepLog Of(std::string_view step) const;
  // With the lock.
  StepLog& At(std::string_view step);

  mutable std::mutex mutex_;
  std::vector<std::string> order_;
  std::map<std::string, StepLog, std::less<>> steps_;
};

}  // namespace protograph::testing

#endif  // PROTOGRAPH_TESTING_RECORDER_H_
