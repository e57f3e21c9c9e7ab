#include "progress_display.h"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "movie_tagging/movie_tagging.pb.h"
#include "protograph/protograph.h"
#include "protograph/testing/matchers.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::ExecCtx;
using ::protograph::Many;
using ::protograph::StepProgress;
using ::protograph::testing::IsOk;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ProgressText, NamesEachStepAndItsFailures) {
  EXPECT_EQ(ProgressText({}), "");
  const std::vector<StepProgress> steps = {
      {.step = "FetchMovie", .total = 40, .done = 30},
      {.step = "EnrichMovie", .total = 40, .done = 30, .failed = 2, .running = 4}};
  EXPECT_EQ(ProgressText(steps), "FetchMovie 30 of 40, EnrichMovie 30 of 40 (2 failed)");
}

TEST(ProgressBar, IsAsLongAsWhatIsDone) {
  EXPECT_EQ(ProgressBar({}), "[--------------------]   0%");
  std::vector<StepProgress> steps = {{.step = "FetchMovie", .total = 8, .done = 2}};
  EXPECT_EQ(ProgressBar(steps), "[#####---------------]  25%");
  steps.push_back({.step = "EnrichMovie", .total = 8, .done = 8});
  EXPECT_EQ(ProgressBar(steps), "[############--------]  62%");
  steps[0].done = 8;
  EXPECT_EQ(ProgressBar(steps), "[####################] 100%");
}

class ProgressDisplayTest : public ::testing::Test {
 protected:
  ~ProgressDisplayTest() override { std::fclose(file_); }

  // Another thread may write to the file meanwhile.
  std::string Written() {
    std::string text(4096, '\0');
    text.resize(static_cast<size_t>(pread(fileno(file_), text.data(), text.size(), 0)));
    return text;
  }

  // Two films, of which the second ends once something has been shown of the first.
  absl::Status Run(ExecCtx& ctx, bool waits) {
    const auto graph = protograph::GraphBuilder("films")
                           .Input<Many<MovieId>>()
                           .Map(
                               [&](ExecCtx&, const MovieId& id) {
                                 while (waits && id.id() == 2 && Written().empty()) {
                                   std::this_thread::yield();
                                 }
                                 return Movie();
                               },
                               {.name = "FetchMovie"})
                           .UsePool(std::make_shared<protograph::ThreadPool>(
                               protograph::ThreadPoolOptions{.max_threads = 0}))
                           .Build();
    if (!graph.ok()) return graph.status();
    return graph->Execute<Many<Movie>>(ctx, Many<MovieId>{MakeId(1), MakeId(2)}).status();
  }

  std::FILE* const file_ = std::tmpfile();
};

TEST_F(ProgressDisplayTest, WritesALineInTheEnd) {
  ExecCtx ctx;
  {
    const ProgressDisplay display(ctx, file_, ProgressDisplay::Form::kLines);
    ASSERT_THAT(Run(ctx, /*waits=*/false), IsOk());
  }
  EXPECT_THAT(Written(), EndsWith("FetchMovie 2 of 2\n"));
}

TEST_F(ProgressDisplayTest, WritesLinesWhileItRuns) {
  ExecCtx ctx;
  {
    const ProgressDisplay display(ctx, file_, ProgressDisplay::Form::kLines);
    ASSERT_THAT(Run(ctx, /*waits=*/true), IsOk());
  }
  EXPECT_EQ(Written(), "FetchMovie 1 of 2\nFetchMovie 2 of 2\n");
}

TEST_F(ProgressDisplayTest, WritesABarAndErasesIt) {
  ExecCtx ctx;
  {
    const ProgressDisplay display(ctx, file_, ProgressDisplay::Form::kBar);
    ASSERT_THAT(Run(ctx, /*waits=*/true), IsOk());
  }
  EXPECT_THAT(Written(), AllOf(StartsWith("\r\x1b[K[##########----------]  50% FetchMovie 1 of 2"),
                               EndsWith("\r\x1b[K")));
}

TEST_F(ProgressDisplayTest, WritesNothingOfAnExecutionWithoutItems) {
  ExecCtx ctx;
  for (const auto form : {ProgressDisplay::Form::kBar, ProgressDisplay::Form::kLines}) {
    const ProgressDisplay display(ctx, file_, form);
  }
  EXPECT_EQ(Written(), "");
}

}  // namespace
}  // namespace movie_tagging
