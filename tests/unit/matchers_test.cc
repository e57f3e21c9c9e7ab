// The testing kit's matchers: what they take, and what they say where they do not match.

#include "protograph/testing/matchers.h"

#include <memory>
#include <string>
#include <vector>

#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"

namespace {

using ::film::Movie;
using ::film::MovieId;
using ::protograph::ExecCtx;
using ::protograph::GraphBuilder;
using ::protograph::StepFailure;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::_;
using ::testing::AnyOf;
using ::testing::DescribeMatcher;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Property;
using ::testing::UnorderedElementsAre;

MovieId Id(int64_t id) {
  MovieId message;
  message.set_id(id);
  return message;
}

// What the matcher says about a value that it was shown.
template <class Matcher, class Value>
std::string Explanation(const Matcher& matcher, const Value& value) {
  ::testing::StringMatchResultListener listener;
  ::testing::SafeMatcherCast<const Value&>(matcher).MatchAndExplain(value, &listener);
  return listener.str();
}

TEST(IsOkMatcher, TakesStatusesAndResults) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(3), IsOk());
  EXPECT_THAT(absl::NotFoundError("film"), Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(absl::NotFoundError("film")), Not(IsOk()));
  EXPECT_THAT(Explanation(IsOk(), absl::NotFoundError("film")), "whose status is NOT_FOUND: film");
}

TEST(IsOkAndHoldsMatcher, LooksAtTheValue) {
  EXPECT_THAT(absl::StatusOr<int>(3), IsOkAndHolds(3));
  EXPECT_THAT(absl::StatusOr<int>(3), IsOkAndHolds(::testing::Gt(2)));
  EXPECT_THAT(absl::StatusOr<int>(3), Not(IsOkAndHolds(4)));
  EXPECT_THAT(absl::StatusOr<std::string>("Heat"), IsOkAndHolds("Heat"));
  EXPECT_THAT(absl::StatusOr<std::unique_ptr<int>>(std::make_unique<int>(3)),
              IsOkAndHolds(::testing::Pointee(3)));
}

TEST(IsOkAndHoldsMatcher, SaysWhatIsWrong) {
  const absl::StatusOr<int> missing = absl::NotFoundError("film");
  EXPECT_THAT(missing, Not(IsOkAndHolds(_)));
  EXPECT_EQ(Explanation(IsOkAndHolds(3), missing), "whose status is NOT_FOUND: film");
  EXPECT_EQ(Explanation(IsOkAndHolds(3), absl::StatusOr<int>(4)), "whose value is 4");
  EXPECT_EQ(DescribeMatcher<absl::StatusOr<int>>(IsOkAndHolds(3)),
            "is OK and holds a value that is equal to 3");
  EXPECT_EQ(DescribeMatcher<absl::StatusOr<int>>(Not(IsOkAndHolds(3))),
            "is not OK, or holds a value that isn't equal to 3");
}

TEST(StatusIsMatcher, LooksAtCodeAndMessage) {
  const absl::Status status = absl::NotFoundError("no film 603");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, "no film 603"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, HasSubstr("603")));
  EXPECT_THAT(status,
              StatusIs(AnyOf(absl::StatusCode::kNotFound, absl::StatusCode::kUnavailable), _));
  EXPECT_THAT(status, Not(StatusIs(absl::StatusCode::kUnavailable)));
  EXPECT_THAT(status, Not(StatusIs(absl::StatusCode::kNotFound, "no film")));
  EXPECT_THAT(absl::StatusOr<int>(status), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(absl::StatusOr<int>(3), StatusIs(absl::StatusCode::kOk));
  EXPECT_EQ(Explanation(StatusIs(absl::StatusCode::kUnavailable), status),
            "whose status is NOT_FOUND: no film 603");
}

TEST(EqualsProtoMatcher, TakesMessagesAndText) {
  const MovieId id = Id(603);
  EXPECT_THAT(id, EqualsProto(Id(603)));
  EXPECT_THAT(id, EqualsProto("id: 603"));
  EXPECT_THAT(id, Not(EqualsProto(Id(604))));
  EXPECT_THAT(id, Not(EqualsProto("id: 604")));
  EXPECT_THAT(MovieId(), EqualsProto(""));
  EXPECT_THAT(std::vector<MovieId>({Id(1), Id(2)}),
              UnorderedElementsAre(EqualsProto("id: 2"), EqualsProto("id: 1")));
}

TEST(EqualsProtoMatcher, PrintsTheDifference) {
  Movie heat;
  heat.set_id(949);
  heat.set_title("Heat");
  EXPECT_EQ(Explanation(EqualsProto("id: 949 title: 'Ronin'"), heat),
            "which differs, from expected to actual:\nmodified: title: \"Ronin\" -> \"Heat\"");
  EXPECT_EQ(Explanation(EqualsProto("id: 949"), heat),
            "which differs, from expected to actual:\nadded: title: \"Heat\"");
  EXPECT_EQ(DescribeMatcher<const Movie&>(EqualsProto(heat)), "equals id: 949 title: \"Heat\"");
}

TEST(EqualsProtoMatcher, DoesNotTakeAnotherTypeForEqual) {
  Movie movie;
  movie.set_id(603);
  EXPECT_THAT(movie, Not(EqualsProto(Id(603))));
  EXPECT_EQ(Explanation(EqualsProto(Id(603)), movie),
            "which is a film.Movie and not a film.MovieId");
}

TEST(EqualsProtoMatcher, FailsTheTestForTextThatIsNoSuchMessage) {
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(Id(603), Not(EqualsProto("idd: 603"))),
                          "EqualsProto: the expected text is no film.MovieId: 1:4: Message type "
                          "\"film.MovieId\" has no field named \"idd\".");
}

TEST(StepFailedMatcher, LooksAtTheFailure) {
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Add(
                             [](ExecCtx&, const MovieId&) -> absl::StatusOr<Movie> {
                               return absl::NotFoundError("no such film");
                             },
                             {.name = "FetchMovie"})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  const absl::StatusOr<Movie> movie = graph->Execute<Movie>(ctx, Id(0));
  EXPECT_THAT(movie, StepFailed("FetchMovie"));
  EXPECT_THAT(movie, StepFailed(HasSubstr("Movie"), Property(&StepFailure::attempts, 1)));
  EXPECT_THAT(movie, Not(StepFailed("AnalyzeContent")));
  EXPECT_THAT(movie, Not(StepFailed("FetchMovie", Property(&StepFailure::attempts, 2))));
  EXPECT_THAT(absl::NotFoundError("by hand"), Not(StepFailed(_)));
  EXPECT_EQ(Explanation(StepFailed("X"), absl::NotFoundError("by hand")),
            "whose status comes from no step: NOT_FOUND: by hand");
  EXPECT_THAT(Explanation(StepFailed("X"), movie),
              HasSubstr("whose failure is step: \"FetchMovie\""));
}

}  // namespace
