#ifndef PROTOGRAPH_TESTING_TESTING_H_
#define PROTOGRAPH_TESTING_TESTING_H_

// The testing kit: everything that a test of steps and graphs needs beside GoogleTest.
//
//   TEST(Tagging, TriesAgainWhenTheAnalyzerIsBusy) {
//     FakeClock clock;
//     Recorder recorder;
//     ExecCtx ctx({.clock = &clock, .observer = &recorder});
//     absl::StatusOr<Graph> flaky =
//         FailStep(*graph, "AnalyzeContent", /*on_call=*/1, absl::UnavailableError("busy"));
//     ASSERT_THAT(flaky, IsOk());
//     EXPECT_THAT(flaky->Execute<TagSet>(ctx, id), IsOkAndHolds(EqualsProto("tags: 3")));
//     EXPECT_EQ(recorder.attempts("AnalyzeContent"), 2);
//     EXPECT_THAT(clock.sleeps(), ElementsAre(absl::Milliseconds(100)));
//   }
//
// A step alone needs none of it: construct it with mocked clients, and call Compute. Link
// protograph::testing. Thread safety and errors: see each header.

#include "protograph/testing/crash_everywhere.h"
#include "protograph/testing/fake_clock.h"
#include "protograph/testing/graph_surgery.h"
#include "protograph/testing/matchers.h"
#include "protograph/testing/recorder.h"
#include "protograph/testing/seeded_random.h"

#endif  // PROTOGRAPH_TESTING_TESTING_H_
