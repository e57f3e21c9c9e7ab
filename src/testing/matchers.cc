#include "protograph/testing/matchers.h"

#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

namespace protograph::testing::internal_matchers {
namespace {

using google::protobuf::Message;

// Keeps the first error, with its place.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    text_ = std::to_string(line + 1) + ":" + std::to_string(column + 1) + ": " + message;
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

bool Compare(const Message& expected, const Message& actual,
             ::testing::MatchResultListener& listener) {
  if (expected.GetDescriptor() != actual.GetDescriptor()) {
    listener << "which is a " << actual.GetDescriptor()->full_name() << " and not a "
             << expected.GetDescriptor()->full_name();
    return false;
  }
  google::protobuf::util::MessageDifferencer differencer;
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  if (differencer.Compare(expected, actual)) return true;
  // The lines end in newlines; the listener's text does not.
  while (!difference.empty() && difference.back() == '\n') difference.pop_back();
  listener << "which differs, from expected to actual:\n" << difference;
  return false;
}

}  // namespace

bool IsOkMatcher::Explain(const absl::Status& status, ::testing::MatchResultListener& listener) {
  if (!status.ok()) listener << "whose status is " << status;
  return status.ok();
}

void StatusIsMatcher::DescribeTo(std::ostream* out) const {
  *out << "has a status code that ";
  code_.DescribeTo(out);
  *out << ", and a message that ";
  message_.DescribeTo(out);
}

void StatusIsMatcher::DescribeNegationTo(std::ostream* out) const {
  *out << "has a status code that ";
  code_.DescribeNegationTo(out);
  *out << ", or a message that ";
  message_.DescribeNegationTo(out);
}

bool StatusIsMatcher::Explain(const absl::Status& status,
                              ::testing::MatchResultListener& listener) const {
  listener << "whose status is " << status;
  return code_.Matches(status.code()) && message_.Matches(std::string(status.message()));
}

void StepFailedMatcher::DescribeTo(std::ostream* out) const {
  *out << "comes from a step whose name ";
  step_.DescribeTo(out);
  *out << ", and whose failure ";
  failure_.DescribeTo(out);
}

void StepFailedMatcher::DescribeNegationTo(std::ostream* out) const {
  *out << "comes from no step, or from one whose name ";
  step_.DescribeNegationTo(out);
  *out << ", or whose failure ";
  failure_.DescribeNegationTo(out);
}

bool StepFailedMatcher::Explain(const absl::Status& status,
                                ::testing::MatchResultListener& listener) const {
  const std::optional<StepFailure> failure = GetStepFailure(status);
  if (!failure.has_value()) {
    listener << "whose status comes from no step: " << status;
    return false;
  }
  listener << "whose failure is " << failure->ShortDebugString();
  if (!step_.Matches(failure->step())) return false;
  ::testing::StringMatchResultListener of_failure;
  const bool matches = failure_.MatchAndExplain(*failure, &of_failure);
  if (!of_failure.str().empty()) listener << ", " << of_failure.str();
  return matches;
}

EqualsProtoMatcher::EqualsProtoMatcher(const Message& expected) {
  const std::shared_ptr<Message> copy(expected.New());
  copy->CopyFrom(expected);
  message_ = copy;
}

bool EqualsProtoMatcher::MatchAndExplain(const Message& actual,
                                         ::testing::MatchResultListener* listener) const {
  if (message_ != nullptr) return Compare(*message_, actual, *listener);
  const std::unique_ptr<Message> expected(actual.New());
  google::protobuf::TextFormat::Parser parser;
  FirstError error;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(text_, expected.get())) {
    // A mismatch alone would please Not(EqualsProto("a misspelt field")).
    ADD_FAILURE() << "EqualsProto: the expected text is no " << actual.GetDescriptor()->full_name()
                  << ": " << error.text() << "\n  " << text_;
    return false;
  }
  return Compare(*expected, actual, *listener);
}

void EqualsProtoMatcher::DescribeTo(std::ostream* out) const {
  *out << "equals " << (message_ != nullptr ? message_->ShortDebugString() : text_);
}

void EqualsProtoMatcher::DescribeNegationTo(std::ostream* out) const {
  *out << "does not equal " << (message_ != nullptr ? message_->ShortDebugString() : text_);
}

}  // namespace protograph::testing::internal_matchers
