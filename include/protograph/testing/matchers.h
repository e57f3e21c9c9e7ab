#ifndef PROTOGRAPH_TESTING_MATCHERS_H_
#define PROTOGRAPH_TESTING_MATCHERS_H_

// GoogleMock matchers for statuses and protobuf messages.
//
//   EXPECT_THAT(status, IsOk());
//   EXPECT_THAT(graph->Execute<Movie>(ctx, id), IsOkAndHolds(EqualsProto("id: 603")));
//   EXPECT_THAT(step.Compute(ctx, id), StatusIs(absl::StatusCode::kNotFound, HasSubstr("603")));
//   EXPECT_THAT(graph->Execute<TagSet>(ctx, id),
//               StepFailed("AnalyzeContent", Property(&StepFailure::attempts, 3)));
//
// Status matchers take absl::Status and absl::StatusOr<T>. Matchers are values, as immutable as the
// matchers they are made of, and may be used by several threads. They throw nothing.

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "protograph/errors.h"

namespace protograph::testing {

namespace internal_matchers {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <class T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

class IsOkMatcher {
 public:
  template <class StatusLike>
  bool MatchAndExplain(const StatusLike& actual, ::testing::MatchResultListener* listener) const {
    return Explain(StatusOf(actual), *listener);
  }
  void DescribeTo(std::ostream* out) const { *out << "is OK"; }
  void DescribeNegationTo(std::ostream* out) const { *out << "is not OK"; }

 private:
  static bool Explain(const absl::Status& status, ::testing::MatchResultListener& listener);
};

class StatusIsMatcher {
 public:
  StatusIsMatcher(::testing::Matcher<absl::StatusCode> code,
                  ::testing::Matcher<const std::string&> message)
      : code_(std::move(code)), message_(std::move(message)) {}

  template <class StatusLike>
  bool MatchAndExplain(const StatusLike& actual, ::testing::MatchResultListener* listener) const {
    return Explain(StatusOf(actual), *listener);
  }
  void DescribeTo(std::ostream* out) const;
  void DescribeNegationTo(std::ostream* out) const;

 private:
  bool Explain(const absl::Status& status, ::testing::MatchResultListener& listener) const;

  ::testing::Matcher<absl::StatusCode> code_;
  ::testing::Matcher<const std::string&> message_;
};

class StepFailedMatcher {
 public:
  StepFailedMatcher(::testing::Matcher<const std::string&> step,
                    ::testing::Matcher<const StepFailure&> failure)
      : step_(std::move(step)), failure_(std::move(failure)) {}

  template <class StatusLike>
  bool MatchAndExplain(const StatusLike& actual, ::testing::MatchResultListener* listener) const {
    return Explain(StatusOf(actual), *listener);
  }
  void DescribeTo(std::ostream* out) const;
  void DescribeNegationTo(std::ostream* out) const;

 private:
  bool Explain(const absl::Status& status, ::testing::MatchResultListener& listener) const;

  ::testing::Matcher<const std::string&> step_;
  ::testing::Matcher<const StepFailure&> failure_;
};

// What IsOkAndHolds(inner) is for one type of StatusOr.
template <class StatusOrReference>
class IsOkAndHoldsImpl final : public ::testing::MatcherInterface<StatusOrReference> {
  using Value = typename std::remove_cvref_t<StatusOrReference>::value_type;

 public:
  template <class Inner>
  explicit IsOkAndHoldsImpl(const Inner& inner)
      : inner_(::testing::SafeMatcherCast<const Value&>(inner)) {}

  bool MatchAndExplain(StatusOrReference actual,
                       ::testing::MatchResultListener* listener) const override {
    if (!actual.ok()) {
      *listener << "whose status is " << actual.status();
      return false;
    }
    *listener << "whose value is " << ::testing::PrintToString(*actual);
    ::testing::StringMatchResultListener of_value;
    const bool matches = inner_.MatchAndExplain(*actual, &of_value);
    if (!of_value.str().empty()) *listener << ", " << of_value.str();
    return matches;
  }
  void DescribeTo(std::ostream* out) const override {
    *out << "is OK and holds a value that ";
    inner_.DescribeTo(out);
  }
  void DescribeNegationTo(std::ostream* out) const override {
    *out << "is not OK, or holds a value that ";
    inner_.DescribeNegationTo(out);
  }

 private:
  const ::testing::Matcher<const Value&> inner_;
};

template <class Inner>
class IsOkAndHoldsMatcher {
 public:
  explicit IsOkAndHoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <class StatusOrReference>
  operator ::testing::Matcher<StatusOrReference>() const {  // NOLINT(google-explicit-constructor)
    return ::testing::Matcher<StatusOrReference>(
        new IsOkAndHoldsImpl<const std::remove_cvref_t<StatusOrReference>&>(inner_));
  }

 private:
  Inner inner_;
};

class EqualsProtoMatcher {
 public:
  explicit EqualsProtoMatcher(const google::protobuf::Message& expected);
  explicit EqualsProtoMatcher(std::string_view expected_text) : text_(expected_text) {}

  bool MatchAndExplain(const google::protobuf::Message& actual,
                       ::testing::MatchResultListener* listener) const;
  void DescribeTo(std::ostream* out) const;
  void DescribeNegationTo(std::ostream* out) const;

 private:
  std::string text_;  // where there is no message
  std::shared_ptr<const google::protobuf::Message> message_;
};

}  // namespace internal_matchers

// A status that is OK.
inline auto IsOk() { return ::testing::MakePolymorphicMatcher(internal_matchers::IsOkMatcher()); }

// A StatusOr that is OK and whose value matches `inner`, a value or a matcher.
template <class Inner>
auto IsOkAndHolds(Inner&& inner) {
  return internal_matchers::IsOkAndHoldsMatcher<std::decay_t<Inner>>(std::forward<Inner>(inner));
}

// A status with this code, and a message that matches: codes and strings, or matchers of them.
inline auto StatusIs(::testing::Matcher<absl::StatusCode> code,
                     ::testing::Matcher<const std::string&> message = ::testing::_) {
  return ::testing::MakePolymorphicMatcher(
      internal_matchers::StatusIsMatcher(std::move(code), std::move(message)));
}

// A status that Execute returned because a step failed, one whose name matches; `failure` is for
// the rest of what is known about it (see GetStepFailure).
inline auto StepFailed(::testing::Matcher<const std::string&> step,
                       ::testing::Matcher<const StepFailure&> failure = ::testing::_) {
  return ::testing::MakePolymorphicMatcher(
      internal_matchers::StepFailedMatcher(std::move(step), std::move(failure)));
}

// A message of the same type with the same fields; of unknown fields too. A mismatch is explained
// field by field, as seen from `expected`: what is modified, added, deleted.
inline auto EqualsProto(const google::protobuf::Message& expected) {
  return ::testing::MakePolymorphicMatcher(internal_matchers::EqualsProtoMatcher(expected));
}

// The same with the expected message in text format, `id: 603 title: "The Matrix"`. The test fails
// where the text is no message of the actual one's type, also inside of Not(...).
inline auto EqualsProto(std::string_view expected_text) {
  return ::testing::MakePolymorphicMatcher(internal_matchers::EqualsProtoMatcher(expected_text));
}

}  // namespace protograph::testing

#endif  // PROTOGRAPH_TESTING_MATCHERS_H_
