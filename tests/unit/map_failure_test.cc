// Steps that run once for each item, and fail for some: what becomes of the others, what the status
// says, and what later steps see.

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <new>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "collections.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace protograph {
namespace {

using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::film::TagSet;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::Recorder;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::SizeIs;

// The ways in which items are run: the first costs nothing but the call, the second looks at each
// attempt, the third waits for slots, the last has other threads help.
enum class Way { kUnwatched, kWatched, kLimited, kThreads };

std::string NameOf(const ::testing::TestParamInfo<Way>& way) {
  switch (way.param) {
    case Way::kUnwatched:
      return "Unwatched";
    case Way::kWatched:
      return "Watched";
    case Way::kLimited:
      return "Limited";
    default:
      return "Threads";
  }
}

class MapFailureTest : public ::testing::TestWithParam<Way> {
 protected:
  // Executes Catalog; what ran is in fetched_ and analyzed_.
  template <class Output>
  absl::StatusOr<Output> Execute(const Many<MovieId>& ids, ItemOptions fetch = {},
                                 ItemOptions analyze = {}, ExecOptions exec = {}) {
    fetched_.clear();
    analyzed_.clear();
    Catalog catalog;
    catalog.fetch = [this](ExecCtx& ctx, int64_t number) {
      Note(fetched_, number);
      return fetch_(ctx, number);
    };
    catalog.analyze = [this](ExecCtx& ctx, int64_t number) {
      Note(analyzed_, number);
      return analyze_(ctx, number);
    };
    catalog.fetch_options.concurrency =
        GetParam() == Way::kThreads ? Concurrency::kAlways : Concurrency::kNever;
    if (GetParam() == Way::kLimited) fetch.parallelism = analyze.parallelism = 2;
    if (GetParam() == Way::kThreads) fetch.parallelism = 3;
    catalog.fetch_options.items = fetch;
    catalog.analyze_options.items = analyze;
    exec.clock = &clock_;
    if (GetParam() == Way::kWatched) exec.observer = &recorder_;
    const Graph graph = catalog.Build();
    ExecCtx ctx(std::move(exec));
    absl::StatusOr<Output> answer = graph.Execute<Output>(ctx, ids);
    progress_ = ctx.Progress();
    return answer;
  }

  static Catalog::Body FailsFor(std::set<int64_t> numbers) {
    return [numbers = std::move(numbers)](ExecCtx&, int64_t number) {
      if (!numbers.contains(number)) return absl::OkStatus();
      return absl::NotFoundError("no film " + std::to_string(number));
    };
  }

  static FailedItems ItemsOf(const absl::Status& status) {
    return GetStepFailure(status).value_or(StepFailure()).items();
  }

  Catalog::Body fetch_ = Catalog::Succeed;
  Catalog::Body analyze_ = Catalog::Succeed;
  std::vector<int64_t> fetched_;
  std::vector<int64_t> analyzed_;
  std::vector<StepProgress> progress_;
  FakeClock clock_;
  Recorder recorder_;

 private:
  void Note(std::vector<int64_t>& numbers, int64_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    numbers.push_back(number);
  }

  std::mutex mutex_;
};

// What hangs on the order in which items run.
class MapFailureInOrderTest : public MapFailureTest {};

INSTANTIATE_TEST_SUITE_P(, MapFailureTest,
                         ::testing::Values(Way::kUnwatched, Way::kWatched, Way::kLimited,
                                           Way::kThreads),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(, MapFailureInOrderTest,
                         ::testing::Values(Way::kUnwatched, Way::kWatched, Way::kLimited), NameOf);

constexpr ItemOptions kCollect = {.when_item_fails = WhenItemFails::kCollectErrors};
ItemOptions Tolerating(int64_t items, double share = 0) {
  return {.when_item_fails = WhenItemFails::kTolerate,
          .tolerated_items = items,
          .tolerated_share = share};
}

// ---- Fail fast ----

TEST_P(MapFailureInOrderTest, TheFirstFailureEndsItAndTheStatusCountsWhatWasNotRun) {
  fetch_ = FailsFor({3, 5});
  const auto all = Execute<Many<Movie>>(Ids(10));
  EXPECT_THAT(all, StatusIs(absl::StatusCode::kNotFound,
                            "step Fetch failed for 1 of 10 items, and 6 were not run "
                            "(Many<Movie>): item 3 after 1 attempt: no film 3"));
  EXPECT_THAT(all, StepFailed("Fetch", EqualsProto(R"pb(
                                step: "Fetch"
                                output_type: "Many<film.Movie>"
                                path: "Many<film.Movie>"
                                attempts: 1
                                gave_up: NOT_RETRIABLE
                                last_error: "no film 3"
                                items {
                                  total: 10
                                  failed: 1
                                  not_run: 6
                                  first { index: 3 attempts: 1 error: "no film 3" }
                                })pb")));
  EXPECT_THAT(fetched_, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(progress_, ElementsAre(FieldsAre("Fetch", 10, 4, 1, 0)));
}

TEST_P(MapFailureInOrderTest, TheLastItemLeavesNoneThatWasNotRun) {
  fetch_ = FailsFor({9});
  EXPECT_THAT(Execute<Many<Movie>>(Ids(10)),
              StatusIs(absl::StatusCode::kNotFound,
                       "step Fetch failed for 1 of 10 items (Many<Movie>): item 9 after 1 "
                       "attempt: no film 9"));
  fetch_ = FailsFor({0});
  EXPECT_EQ(ItemsOf(Execute<Many<Movie>>(Ids(10)).status()).not_run(), 9);
  EXPECT_EQ(ItemsOf(Execute<Many<Movie>>(Ids(1)).status()).not_run(), 0);
}

TEST_P(MapFailureInOrderTest, AFailureOfALaterStepIsThatStepsAndStopsAllOfTheGroup) {
  analyze_ = FailsFor({2});
  const auto tags = Execute<TagSet>(Ids(5));
  EXPECT_THAT(tags, StatusIs(absl::StatusCode::kNotFound,
                             "step Analyze failed for 1 of 5 items, and 2 were not run (TagSet <- "
                             "Many<ContentAnalysis>): item 2 after 1 attempt: no film 2"));
  EXPECT_THAT(tags, StepFailed("Analyze",
                               Property(&StepFailure::path,
                                        ElementsAre("film.TagSet", "Many<film.ContentAnalysis>"))));
  EXPECT_THAT(fetched_, ElementsAre(0, 1, 2));
  EXPECT_THAT(analyzed_, ElementsAre(0, 1, 2));
}

TEST_P(MapFailureInOrderTest, WhatFailedGoesNoFurther) {
  fetch_ = FailsFor({2});
  EXPECT_THAT(Execute<TagSet>(Ids(5)), StepFailed("Fetch"));
  EXPECT_THAT(analyzed_, ElementsAre(0, 1));
}

TEST_P(MapFailureTest, WhatWasBegunAndWhatWasNotAreAllItems) {
  fetch_ = FailsFor({30});
  for (int i = 0; i < 20; ++i) {
    const auto all = Execute<Many<Movie>>(Ids(100));
    ASSERT_THAT(all, StatusIs(absl::StatusCode::kNotFound));
    const FailedItems items = ItemsOf(all.status());
    ASSERT_EQ(items.total(), 100);
    ASSERT_EQ(items.failed(), 1);
    ASSERT_EQ(items.not_run(), 100 - static_cast<int64_t>(fetched_.size()));
  }
}

TEST_P(MapFailureTest, AFailureInOneExecutionIsNoneInTheNext) {
  for (int i = 0; i < 20; ++i) {
    fetch_ = i % 2 == 0 ? FailsFor({500}) : Catalog::Succeed;
    analyze_ = i % 3 == 0 ? FailsFor({501}) : Catalog::Succeed;
    const auto tags = Execute<TagSet>(Ids(1100));
    if (i % 2 == 0 || i % 3 == 0) {
      ASSERT_THAT(tags, StatusIs(absl::StatusCode::kNotFound));
    } else {
      ASSERT_THAT(tags, IsOk());
      ASSERT_EQ(tags->tags(), 1100 * 1099 / 2);
    }
  }
}

// ---- Collecting errors ----

TEST_P(MapFailureTest, CollectsTheErrorsOfAllItems) {
  fetch_ = FailsFor({2, 5, 7});
  const auto all = Execute<Many<Movie>>(Ids(10), kCollect);
  EXPECT_THAT(all, StatusIs(absl::StatusCode::kNotFound,
                            "step Fetch failed for 3 of 10 items (Many<Movie>): item 2 after 1 "
                            "attempt: no film 2; item 5 after 1 attempt: no film 5; item 7 after "
                            "1 attempt: no film 7"));
  EXPECT_THAT(all, StepFailed("Fetch", EqualsProto(R"pb(
                                step: "Fetch"
                                output_type: "Many<film.Movie>"
                                path: "Many<film.Movie>"
                                attempts: 1
                                gave_up: NOT_RETRIABLE
                                last_error: "no film 2"
                                items {
                                  total: 10
                                  failed: 3
                                  first { index: 2 attempts: 1 error: "no film 2" }
                                  first { index: 5 attempts: 1 error: "no film 5" }
                                  first { index: 7 attempts: 1 error: "no film 7" }
                                })pb")));
  EXPECT_THAT(fetched_, SizeIs(10));
  EXPECT_THAT(progress_, ElementsAre(FieldsAre("Fetch", 10, 10, 3, 0)));
}

TEST_P(MapFailureTest, TellsOfTheFirstFiveAndCountsTheRest) {
  fetch_ = [](ExecCtx&, int64_t number) {
    return number % 100 == 99 ? absl::NotFoundError("no film " + std::to_string(number))
                              : absl::OkStatus();
  };
  const auto all = Execute<Many<Movie>>(Ids(1000), kCollect);
  EXPECT_THAT(all,
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("step Fetch failed for 10 of 1000 items (Many<Movie>): "
                                       "item 99 after 1 attempt: no film 99; item 199 "),
                             ::testing::EndsWith("; item 499 after 1 attempt: no film 499; and 5 "
                                                 "more"))));
  std::vector<int64_t> told;
  const FailedItems items = ItemsOf(all.status());
  for (const FailedItem& item : items.first()) told.push_back(item.index());
  EXPECT_THAT(told, ElementsAre(99, 199, 299, 399, 499));
}

TEST_P(MapFailureTest, TheStatusHasTheCodeOfTheFirstItemThatFailed) {
  fetch_ = [](ExecCtx&, int64_t number) {
    if (number == 4) return absl::DataLossError("torn");
    return number >= 5 ? absl::NotFoundError("none") : absl::OkStatus();
  };
  EXPECT_THAT(Execute<Many<Movie>>(Ids(100), kCollect),
              StatusIs(absl::StatusCode::kDataLoss,
                       HasSubstr("failed for 96 of 100 items (Many<Movie>): item 4 ")));
}

TEST_P(MapFailureTest, CollectsWhereNothingFails) {
  const auto tags = Execute<TagSet>(Ids(600), kCollect, kCollect);
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 600 * 599 / 2);
}

TEST_P(MapFailureTest, AFailureOfTheFirstStepIsToldBeforeThoseOfLaterOnes) {
  fetch_ = FailsFor({8});
  analyze_ = FailsFor({1, 2});
  EXPECT_THAT(Execute<TagSet>(Ids(10), kCollect, kCollect),
              StatusIs(absl::StatusCode::kNotFound,
                       "step Fetch failed for 1 of 10 items (TagSet <- Many<ContentAnalysis> <- "
                       "Many<Movie>): item 8 after 1 attempt: no film 8"));
}

// ---- Tolerating them ----

TEST_P(MapFailureTest, ToleratedItemsStandAsErrorsAtTheirPlaces) {
  fetch_ = FailsFor({1, 3});
  const auto all = Execute<Many<Movie>>(Ids(5), Tolerating(2));
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(0, -1, 2, -1, 4));
  EXPECT_THAT((*all)[1], StatusIs(absl::StatusCode::kNotFound,
                                  "step Fetch failed after 1 attempt: no film 1"));
  EXPECT_THAT((*all)[3], StatusIs(absl::StatusCode::kNotFound,
                                  "step Fetch failed after 1 attempt: no film 3"));
  EXPECT_EQ(all->failed_count(), 2U);
  EXPECT_THAT(progress_, ElementsAre(FieldsAre("Fetch", 5, 5, 2, 0)));
}

TEST_P(MapFailureTest, LaterStepsLeaveThemOutAndTheLastSeesThem) {
  fetch_ = FailsFor({1, 3});
  const auto tags = Execute<TagSet>(Ids(5), Tolerating(2));
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 0 + 2 + 4);
  EXPECT_THAT(tags->trail(), ElementsAre("1: step Fetch failed after 1 attempt: no film 1",
                                         "3: step Fetch failed after 1 attempt: no film 3"));
  EXPECT_THAT(analyzed_, ::testing::UnorderedElementsAre(0, 2, 4));
  // Analyze, which tolerates none, has not failed for them, and is done with them.
  EXPECT_THAT(progress_,
              ElementsAre(FieldsAre("Fetch", 5, 5, 2, 0), FieldsAre("Analyze", 5, 5, 0, 0)));
}

TEST_P(MapFailureTest, EachStepToleratesItsOwn) {
  fetch_ = FailsFor({1});
  analyze_ = FailsFor({0, 2});
  const auto tags = Execute<TagSet>(Ids(5), Tolerating(1), Tolerating(2));
  ASSERT_THAT(tags, IsOk());
  EXPECT_EQ(tags->tags(), 3 + 4);
  EXPECT_THAT(tags->trail(), ElementsAre("0: step Analyze failed after 1 attempt: no film 0",
                                         "1: step Fetch failed after 1 attempt: no film 1",
                                         "2: step Analyze failed after 1 attempt: no film 2"));
  EXPECT_THAT(Execute<TagSet>(Ids(5), Tolerating(1), Tolerating(1)), StepFailed("Analyze"));
}

TEST_P(MapFailureInOrderTest, OneMoreThanIsToleratedEndsIt) {
  fetch_ = FailsFor({1, 3, 5, 7});
  const auto all = Execute<Many<Movie>>(Ids(10), Tolerating(2));
  EXPECT_THAT(all,
              StatusIs(absl::StatusCode::kNotFound,
                       "step Fetch failed for 3 of 10 items, more than the 2 that may fail, and 4 "
                       "were not run (Many<Movie>): item 1 after 1 attempt: no film 1; item 3 "
                       "after 1 attempt: no film 3; item 5 after 1 attempt: no film 5"));
  EXPECT_THAT(fetched_, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_P(MapFailureTest, ToleratesUpToTheNumberAndNotOneMore) {
  for (int64_t tolerated : {1, 2, 10, 99}) {
    for (int64_t failing : {tolerated - 1, tolerated, tolerated + 1}) {
      fetch_ = [failing](ExecCtx&, int64_t number) {
        return number < failing ? absl::NotFoundError("none") : absl::OkStatus();
      };
      const auto all = Execute<Many<Movie>>(Ids(100), Tolerating(tolerated));
      if (failing <= tolerated) {
        ASSERT_THAT(all, IsOk());
        ASSERT_EQ(all->failed_count(), static_cast<size_t>(failing));
      } else {
        ASSERT_THAT(all, StepFailed("Fetch"));
      }
    }
  }
}

TEST_P(MapFailureTest, ToleratesUpToTheShareAndNotOneMore) {
  // The share as it is written: 29 of 100 are not more than 0.29, whatever binary makes of it.
  for (int64_t hundredths : {1, 7, 14, 28, 29, 55, 56, 57, 58, 99, 100}) {
    for (int64_t total : {100, 200, 1000}) {
      const int64_t bound = hundredths * total / 100;
      for (int64_t failing : {bound, bound + 1}) {
        if (failing > total) continue;
        fetch_ = [failing](ExecCtx&, int64_t number) {
          return number < failing ? absl::NotFoundError("none") : absl::OkStatus();
        };
        const auto all =
            Execute<Many<Movie>>(Ids(total), Tolerating(0, static_cast<double>(hundredths) / 100));
        if (failing == bound) {
          ASSERT_THAT(all, IsOk()) << failing << " of " << total;
        } else {
          ASSERT_THAT(all, StepFailed("Fetch")) << failing << " of " << total;
        }
      }
    }
  }
}

TEST_P(MapFailureTest, AShareOfFewItemsMayBeLessThanOne) {
  fetch_ = FailsFor({0});
  EXPECT_THAT(Execute<Many<Movie>>(Ids(9), Tolerating(0, 0.1)), StepFailed("Fetch"));
  EXPECT_THAT(Execute<Many<Movie>>(Ids(10), Tolerating(0, 0.1)), IsOk());
  EXPECT_THAT(Execute<Many<Movie>>(Ids(0), Tolerating(0, 0.1)), IsOk());
}

TEST_P(MapFailureTest, ToleratesTheLargerOfNumberAndShare) {
  fetch_ = FailsFor({0, 1, 2});
  EXPECT_THAT(Execute<Many<Movie>>(Ids(10), Tolerating(3, 0.1)), IsOk());
  EXPECT_THAT(Execute<Many<Movie>>(Ids(10), Tolerating(1, 0.3)), IsOk());
  EXPECT_THAT(Execute<Many<Movie>>(Ids(10), Tolerating(2, 0.2)),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(", more than the 2 that may fail")));
}

TEST_P(MapFailureTest, MayTolerateThatAllFail) {
  fetch_ = [](ExecCtx&, int64_t) { return absl::NotFoundError("none"); };
  const auto tags = Execute<TagSet>(Ids(600), Tolerating(0, 1));
  ASSERT_THAT(tags, IsOk());
  EXPECT_THAT(tags->trail(), SizeIs(600));
  EXPECT_THAT(analyzed_, SizeIs(0));
}

TEST_P(MapFailureTest, ErrorsThatCameWithTheCollectionAreNotCounted) {
  Many<MovieId> ids = Ids(3);
  for (int i = 0; i < 5; ++i) ids.AddError(absl::DataLossError("torn page"));
  fetch_ = FailsFor({1});
  const auto all = Execute<Many<Movie>>(ids, Tolerating(1));
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->failed_count(), 6U);
  EXPECT_THAT(Execute<Many<Movie>>(ids, kCollect),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("failed for 1 of 8 items")));
}

TEST_P(MapFailureTest, AnItemsErrorKeepsWhatWasAttachedToIt) {
  fetch_ = [](ExecCtx&, int64_t) {
    absl::Status error = absl::NotFoundError("none");
    error.SetPayload("film", absl::Cord("603"));
    return error;
  };
  const auto all = Execute<Many<Movie>>(Ids(1), Tolerating(1));
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ((*all)[0].status().GetPayload("film"), absl::Cord("603"));
  const auto failed = Execute<Many<Movie>>(Ids(1), kCollect);
  EXPECT_EQ(failed.status().GetPayload("film"), absl::Cord("603"));
}

TEST_P(MapFailureTest, WhatAnItemSaidOfRetriesIsNotSaidOfTheStepThatTakesThemAll) {
  // As where a step fails: the hint was for this execution's attempts at that item.
  fetch_ = [](ExecCtx&, int64_t) { return DoNotRetry(absl::UnavailableError("busy")); };
  const auto all = Execute<Many<Movie>>(Ids(1), Tolerating(1));
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ((*all)[0].status().GetPayload("type.googleapis.com/protograph.RetryHint"),
            absl::nullopt);
}

// ---- Exceptions ----

struct StrangeError {};

TEST_P(MapFailureTest, WhatAnItemThrowsIsItsError) {
  fetch_ = [](ExecCtx&, int64_t number) -> absl::Status {
    if (number == 1) throw std::runtime_error("out of tape");
    if (number == 2) throw std::bad_alloc();
    if (number == 3) throw StrangeError();
    return absl::OkStatus();
  };
  const auto all = Execute<Many<Movie>>(Ids(5), Tolerating(3));
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(0, -1, -1, -1, 4));
  EXPECT_THAT((*all)[1], StatusIs(absl::StatusCode::kUnknown,
                                  "step Fetch failed after 1 attempt: std::runtime_error: out of "
                                  "tape"));
  EXPECT_THAT((*all)[2], StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT((*all)[3], StatusIs(absl::StatusCode::kUnknown, HasSubstr("StrangeError")));

  const auto failed = Execute<Many<Movie>>(Ids(5), kCollect);
  EXPECT_THAT(
      failed,
      StepFailed("Fetch",
                 AllOf(Property(&StepFailure::exception_type, "std::runtime_error"),
                       Property(&StepFailure::last_error, "std::runtime_error: out of tape"))));
}

TEST_P(MapFailureTest, AnExceptionInTheMiddleEndsIt) {
  analyze_ = [](ExecCtx&, int64_t number) -> absl::Status {
    if (number == 700) throw std::runtime_error("out of tape");
    return absl::OkStatus();
  };
  EXPECT_THAT(Execute<TagSet>(Ids(2000)),
              AllOf(StatusIs(absl::StatusCode::kUnknown), StepFailed("Analyze")));
}

// ---- Equal items ----

TEST_P(MapFailureTest, AFailureCountsForAllItemsThatAreEqual) {
  fetch_ = FailsFor({1});
  ItemOptions once = Tolerating(2);
  once.equal_items_once = true;
  const Many<MovieId> ids = IdsOf({1, 0, 1, 2, 1});
  EXPECT_THAT(
      Execute<Many<Movie>>(ids, once),
      StatusIs(absl::StatusCode::kNotFound,
               HasSubstr("step Fetch failed for 3 of 5 items, more than the 2 that may fail")));
  once.tolerated_items = 3;
  const auto all = Execute<Many<Movie>>(ids, once);
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(-1, 0, -1, 2, -1));
  for (size_t i : {0, 2, 4}) {
    EXPECT_THAT((*all)[i], StatusIs(absl::StatusCode::kNotFound,
                                    "step Fetch failed after 1 attempt: no film 1"));
  }
  EXPECT_THAT(fetched_, ::testing::UnorderedElementsAre(0, 1, 2));
  EXPECT_THAT(progress_, ElementsAre(FieldsAre("Fetch", 5, 5, 3, 0)));
  once.when_item_fails = WhenItemFails::kCollectErrors;
  once.tolerated_items = 0;
  EXPECT_EQ(ItemsOf(Execute<Many<Movie>>(ids, once).status()).failed(), 3);
}

// ---- Cancellation and deadlines ----

TEST_P(MapFailureInOrderTest, CancellationInTheMiddleBeginsNoFurtherItem) {
  std::stop_source stop;
  fetch_ = [&](ExecCtx&, int64_t number) {
    if (number == 3) stop.request_stop();
    return absl::OkStatus();
  };
  const auto tags = Execute<TagSet>(Ids(10), {}, {}, {.stop_token = stop.get_token()});
  EXPECT_THAT(fetched_, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(analyzed_, ElementsAre(0, 1, 2));
  EXPECT_THAT(tags, StatusIs(absl::StatusCode::kCancelled,
                             HasSubstr(" was stopped after 3 of 10 items, as the execution was "
                                       "asked to stop")));
  const StepFailure failure = GetStepFailure(tags.status()).value_or(StepFailure());
  EXPECT_EQ(failure.gave_up(), StepFailure::CANCELLED);
  EXPECT_EQ(failure.items().total(), 10);
  // Item 3 has been fetched and not analyzed, and it is Analyze that was stopped.
  EXPECT_EQ(failure.step(), "Analyze");
  EXPECT_EQ(failure.items().not_run(), 7);
}

TEST_P(MapFailureInOrderTest, ADeadlineInTheMiddleBeginsNoFurtherItem) {
  fetch_ = [&](ExecCtx&, int64_t) {
    clock_.Advance(absl::Seconds(1));
    return absl::OkStatus();
  };
  const auto all =
      Execute<Many<Movie>>(Ids(10), {}, {}, {.deadline = clock_.Now() + absl::Seconds(4)});
  EXPECT_THAT(fetched_, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(all, StatusIs(absl::StatusCode::kDeadlineExceeded,
                            HasSubstr("step Fetch was stopped after 4 of 10 items, as the "
                                      "deadline has passed")));
  const StepFailure failure = GetStepFailure(all.status()).value_or(StepFailure());
  EXPECT_EQ(failure.gave_up(), StepFailure::DEADLINE_PASSED);
  EXPECT_EQ(failure.items().total(), 10);
  EXPECT_EQ(failure.items().not_run(), 6);
  EXPECT_THAT(progress_, ElementsAre(FieldsAre("Fetch", 10, 4, 0, 0)));
}

TEST_P(MapFailureTest, NothingIsToleratedOfAnExecutionThatEnded) {
  // Neither does the end of the execution stand as an error in the result.
  for (const ItemOptions& options : {Tolerating(100), kCollect}) {
    std::stop_source stop;
    fetch_ = [&](ExecCtx&, int64_t number) {
      if (number == 30) stop.request_stop();
      return absl::OkStatus();
    };
    const auto all = Execute<Many<Movie>>(Ids(100), options, {}, {.stop_token = stop.get_token()});
    EXPECT_THAT(all, StatusIs(absl::StatusCode::kCancelled));
    EXPECT_EQ(ItemsOf(all.status()).not_run(), 100 - static_cast<int64_t>(fetched_.size()));
  }
}

TEST_P(MapFailureTest, BeginsNothingOnceTheExecutionHasEnded) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(Execute<TagSet>(Ids(10), {}, {}, {.stop_token = stop.get_token()}),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(fetched_, SizeIs(0));
  EXPECT_THAT(Execute<TagSet>(Ids(10), {}, {}, {.deadline = clock_.Now()}),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(fetched_, SizeIs(0));
}

TEST_P(MapFailureTest, ACancelledExecutionOfNothingIsCancelledToo) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(Execute<Many<Movie>>(Ids(0), {}, {}, {.stop_token = stop.get_token()}),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(Execute<TagSet>(Ids(0), {}, {}, {.stop_token = stop.get_token()}),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST_P(MapFailureInOrderTest, AStoppedExecutionCountsWhatHadFailed) {
  std::stop_source stop;
  fetch_ = [&](ExecCtx&, int64_t number) {
    if (number == 3) stop.request_stop();
    return number == 1 ? absl::NotFoundError("none") : absl::OkStatus();
  };
  const auto all =
      Execute<Many<Movie>>(Ids(10), Tolerating(5), {}, {.stop_token = stop.get_token()});
  EXPECT_THAT(all, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(ItemsOf(all.status()).failed(), 1);
  EXPECT_EQ(ItemsOf(all.status()).not_run(), 6);
}

TEST_P(MapFailureInOrderTest, AnItemThatGivesUpByItselfHasFailedAsItSays) {
  fetch_ = [](ExecCtx& ctx, int64_t) { return ctx.SleepFor(absl::Hours(1)); };
  EXPECT_THAT(
      Execute<Many<Movie>>(Ids(3), {}, {}, {.deadline = clock_.Now() + absl::Minutes(90)}),
      AllOf(StatusIs(absl::StatusCode::kDeadlineExceeded,
                     "step Fetch failed for 1 of 3 items, and 1 was not run (Many<Movie>): item "
                     "1 after 1 attempt: the deadline has passed"),
            StepFailed("Fetch")));
}

// ---- The rest of the graph ----

TEST(MapFailure, NothingThatNeedsAFailedStepIsBegun) {
  int begun = 0;
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Map([](ExecCtx&, const MovieId&) -> absl::StatusOr<Movie> {
                           return absl::NotFoundError("none");
                         })
                         .Add([&](ExecCtx&, const Many<Movie>&) {
                           ++begun;
                           return DirectorProfile();
                         })
                         .Map([&](ExecCtx&, const Movie&, const DirectorProfile&) {
                           ++begun;
                           return ContentAnalysis();
                         })
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(
      graph->Execute<Many<ContentAnalysis>>(ctx, Ids(3)),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("(Many<ContentAnalysis> <- Many<Movie>)")));
  EXPECT_EQ(begun, 0);
}

TEST(MapFailure, ALaterGroupMayFailAfterTheFirstHasSucceeded) {
  const auto graph = GraphBuilder("films")
                         .Input<Many<MovieId>>()
                         .Map([](ExecCtx&, const MovieId& id) {
                           Movie movie;
                           movie.set_id(id.id());
                           return movie;
                         })
                         .Add([](ExecCtx&, const Many<Movie>&) { return DirectorProfile(); })
                         .Map(
                             [](ExecCtx&, const Movie& movie,
                                const DirectorProfile&) -> absl::StatusOr<ContentAnalysis> {
                               if (movie.id() == 600) return absl::DataLossError("torn");
                               return ContentAnalysis();
                             },
                             {.name = "Analyze"})
                         .Build();
  ASSERT_THAT(graph, IsOk());
  for (int i = 0; i < 5; ++i) {
    ExecCtx ctx;
    ASSERT_THAT(graph->Execute<Many<ContentAnalysis>>(ctx, Ids(1200)), StepFailed("Analyze"));
    ASSERT_THAT(graph->Execute<Many<ContentAnalysis>>(ctx, Ids(600)), IsOk());
  }
}

TEST(MapFailure, AnItemsExecutionTellsOfTheInnerStep) {
  const Graph inner = Catalog{.fetch = [](ExecCtx&, int64_t number) {
                        return number == 2 ? absl::NotFoundError("none") : absl::OkStatus();
                      }}.Build();
  const auto outer =
      GraphBuilder("outer")
          .Input<Many<MovieId>>()
          .Map(
              [&](ExecCtx& ctx, const MovieId& id) -> absl::StatusOr<Poster> {
                const auto tags = inner.Execute<TagSet>(ctx, Ids(id.id()));
                if (!tags.ok()) return tags.status();
                return Poster();
              },
              {.name = "Outer",
               .concurrency = Concurrency::kNever,
               .items = {.when_item_fails = WhenItemFails::kTolerate, .tolerated_items = 1}})
          .Build();
  ASSERT_THAT(outer, IsOk());
  ExecCtx ctx;
  const auto all = outer->Execute<Many<Poster>>(ctx, IdsOf({2, 3, 1}));
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(NumbersOf(*all), ElementsAre(0, -1, 0));
  EXPECT_THAT((*all)[1], StepFailed("Fetch"));
  EXPECT_THAT((*all)[1],
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("step Outer failed after 1 attempt: step Fetch failed for 1 of 3 "
                                 "items (TagSet <- Many<ContentAnalysis> <- Many<Movie>): ")));
  // Where it is not tolerated, the step that failed is the outer one.
  EXPECT_THAT(outer->Execute<Many<Poster>>(ctx, IdsOf({3, 3})),
              AllOf(StatusIs(absl::StatusCode::kNotFound), StepFailed("Outer")));
}

}  // namespace
}  // namespace protograph
