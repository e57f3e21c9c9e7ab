// The crash test that users have: it finds what it is made for, and nothing where there is nothing.

#include "protograph/testing/crash_everywhere.h"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "fixtures.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::protograph::testing::CrashEverywhere;
using ::protograph::testing::CrashOptions;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Two steps; the second hands on the first one's secret beside the messages where it is told to.
absl::StatusOr<Graph> TwoSteps(bool with_secret) {
  const auto secret = std::make_shared<int64_t>(0);
  return GraphBuilder("two")
      .Input<film::MovieId>()
      .Add(
          [secret](ExecCtx&, const film::MovieId& id) {
            film::Movie movie;
            movie.set_id(id.id());
            *secret = id.id();
            return movie;
          },
          {.name = "FetchMovie"})
      .Add(
          [secret, with_secret](ExecCtx&, const film::Movie& movie) {
            film::TagSet tags;
            tags.set_tags(with_secret ? *secret : movie.id());
            return tags;
          },
          {.name = "Tag"})
      .Build();
}

TEST(CrashEverywhereTest, CrashesInEachStepAndAfterTheLast) {
  FilmSteps steps;
  const Graph graph = steps.Build();
  EXPECT_THAT(CrashEverywhere<film::TagSet>(graph, FilmId(603)), IsOkAndHolds(6));
  // Without a crash; then each crash runs it and the steps before, and the resumed execution it and
  // those behind.
  EXPECT_EQ(steps.Runs("FetchMovie"), 1 + 5 + 1);
  EXPECT_EQ(steps.Runs("Tag"), 1 + 1 + 5);
}

TEST(CrashEverywhereTest, FindsWhatIsHandedOnBesideTheMessages) {
  EXPECT_THAT(CrashEverywhere<film::TagSet>([] { return TwoSteps(false); }, FilmId(603)),
              IsOkAndHolds(3));
  EXPECT_THAT(CrashEverywhere<film::TagSet>([] { return TwoSteps(true); }, FilmId(603)),
              StatusIs(absl::StatusCode::kDataLoss,
                       AllOf(HasSubstr("in step Tag"), HasSubstr("film.TagSet"),
                             HasSubstr("deleted: tags: 603"))));
}

TEST(CrashEverywhereTest, FindsAStepThatMakesSomethingElseEachTime) {
  FilmSteps steps;
  const Graph graph = steps.Build();
  std::atomic<int64_t> count{0};
  absl::StatusOr<Graph> counting =
      testing::ReplaceStep(graph, [&](ExecCtx&, const film::MovieId& id) {
        film::Movie movie;
        movie.set_id(id.id());
        movie.set_title(std::to_string(++count));
        return movie;
      });
  ASSERT_THAT(counting, IsOk());
  EXPECT_THAT(CrashEverywhere<film::TagSet>(*counting, FilmId(603)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("in step FetchMovie")));
  CrashOptions lenient;
  lenient.equal = [](const google::protobuf::Message& a, const google::protobuf::Message& b) {
    return static_cast<const film::TagSet&>(a).tags() == static_cast<const film::TagSet&>(b).tags();
  };
  EXPECT_THAT(CrashEverywhere<film::TagSet>(lenient, *counting, FilmId(603)), IsOkAndHolds(6));
}

TEST(CrashEverywhereTest, FindsAStepThatCannotBeRepeated) {
  FilmSteps steps;
  const Graph graph = steps.Build();
  std::set<std::string> charged;
  steps.Set("Classify", [&](ExecCtx& ctx) {
    return charged.insert(ctx.workflow_id()).second ? absl::OkStatus()
                                                    : absl::AlreadyExistsError("charged before");
  });
  CrashOptions options;
  int execution = 0;
  options.context = [&] {
    // What is outside forgets nothing between a crash and what resumes it.
    if (execution++ % 2 == 1) charged.clear();
    return ExecOptions{};
  };
  EXPECT_THAT(
      CrashEverywhere<film::TagSet>(options, graph, FilmId(603)),
      StatusIs(absl::StatusCode::kAlreadyExists,
               AllOf(HasSubstr("after a crash in step Classify"), HasSubstr("charged before"))));
}

TEST(CrashEverywhereTest, GivesEachTryTheSameIdempotencyKey) {
  FilmSteps steps;
  const Graph graph = steps.Build();
  std::set<std::string> keys;
  steps.Set("Classify", [&](ExecCtx& ctx) {
    keys.insert(ctx.IdempotencyKey());
    return absl::OkStatus();
  });
  EXPECT_THAT(CrashEverywhere<film::TagSet>(graph, FilmId(603)), IsOk());
  EXPECT_THAT(keys, SizeIs(1));
}

TEST(CrashEverywhereTest, CoversStepsOfEachDurability) {
  FilmSteps steps;
  const Graph graph = steps.Build({{"FetchMovie", {.durability = Durability::kSync}},
                                   {"Analyze", {.durability = Durability::kNone}},
                                   {"Tag", {.durability = Durability::kSync}}});
  EXPECT_THAT(CrashEverywhere<film::TagSet>(graph, FilmId(603)), IsOkAndHolds(6));
}

TEST(CrashEverywhereTest, SaysWhereTheGraphFailsWithoutACrash) {
  FilmSteps steps;
  const Graph graph = steps.Build();
  steps.Fail("Tag");
  EXPECT_THAT(CrashEverywhere<film::TagSet>(graph, FilmId(603)), testing::StepFailed("Tag"));
}

}  // namespace
}  // namespace protograph
