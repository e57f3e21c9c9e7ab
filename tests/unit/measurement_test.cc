// Running steps side by side only where that pays: what the measurement switches, and when.

#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "branches.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"
#include "rendezvous.h"

namespace protograph {
namespace {

using ::film::Classification;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::Poster;
using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;

// Branches that can be made slow, and that tell whether the last execution ran them in order: a
// step is then given the caller's own context, as it has no thread to share it with.
class Measured {
 public:
  Measured() {
    const Branches::Body body = [this](ExecCtx& ctx) {
      if (&ctx != caller_ctx_) in_order_ = false;
      if (!is_slow_) return absl::OkStatus();
      if (std::this_thread::get_id() != caller_) on_other_thread_ = true;
      return ctx.SleepFor(absl::Milliseconds(1));
    };
    graph_.emplace(SameBody(body, Concurrency::kAuto).Build().value());
  }

  void SetSlow(bool slow) { is_slow_ = slow; }

  // Whether it ran in order.
  bool Execute() {
    ExecCtx ctx;
    caller_ctx_ = &ctx;
    in_order_ = true;
    EXPECT_THAT(graph_->Execute<Classification>(ctx, SomeMovie()), IsOk());
    return in_order_;
  }

  // Whether it ran in order so many times running before so many executions were over.
  bool Settles(int running, int before) {
    int in_a_row = 0;
    for (int i = 0; i < before && in_a_row < running; ++i) in_a_row = Execute() ? in_a_row + 1 : 0;
    return in_a_row == running;
  }

  bool was_on_other_thread() const { return on_other_thread_; }

 private:
  const std::thread::id caller_ = std::this_thread::get_id();
  std::atomic<bool> is_slow_ = false;
  std::atomic<bool> in_order_ = true;
  std::atomic<bool> on_other_thread_ = false;
  const ExecCtx* caller_ctx_ = nullptr;
  std::optional<Graph> graph_;
};

// Executions of a kind of call after which it must have been measured once more.
constexpr int kSamplingPeriod = 64;
// A loaded machine stops threads inside a step now and then, which makes the step look long.
constexpr int kPlenty = 20'000;

TEST(Measurement, SwitchesToOrderForTrivialStepsAndBackWhenTheyBecomeSlow) {
  Measured measured;
  ASSERT_TRUE(measured.Settles(2 * kSamplingPeriod, kPlenty));
  measured.SetSlow(true);
  EXPECT_FALSE(measured.Settles(kSamplingPeriod, kSamplingPeriod));
  // And stays there, with a thread that helps.
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(measured.Execute());
  EXPECT_TRUE(measured.was_on_other_thread());
  measured.SetSlow(false);
  EXPECT_TRUE(measured.Settles(2 * kSamplingPeriod, kPlenty));
}

TEST(Measurement, ReachesEachOfSeveralGraphsThatTakeTurns) {
  for (size_t count : {2, 3, 4}) {
    for (size_t slow = 0; slow < count; ++slow) {
      std::vector<Measured> graphs(count);
      for (Measured& graph : graphs) ASSERT_TRUE(graph.Settles(2 * kSamplingPeriod, kPlenty));
      graphs[slow].SetSlow(true);
      bool is_on = false;
      for (int turn = 0; turn < 2 * kSamplingPeriod && !is_on; ++turn) {
        for (size_t i = 0; i < count; ++i) {
          const bool in_order = graphs[i].Execute();
          if (i == slow) is_on = !in_order;
        }
      }
      EXPECT_TRUE(is_on) << "number " << slow << " of " << count << " graphs";
    }
  }
}

TEST(Measurement, AnExecutionThatFailsBeforeTheBranchesSaysNothingAboutThem) {
  bool fails = true;
  Rendezvous both(2);
  const auto graph = GraphBuilder("films")
                         .Input<MovieId>()
                         .Add([&](ExecCtx&, const MovieId&) -> absl::StatusOr<Movie> {
                           if (std::exchange(fails, false)) return absl::NotFoundError("not yet");
                           return Movie();
                         })
                         .Add([&](ExecCtx&, const Movie&) {
                           EXPECT_TRUE(both.Meet());
                           return DirectorProfile();
                         })
                         .Add([&](ExecCtx&, const Movie&) {
                           EXPECT_TRUE(both.Meet());
                           return Poster();
                         })
                         .UsePool(Pool(1))
                         .Build();
  ASSERT_THAT(graph, IsOk());
  ExecCtx ctx;
  EXPECT_THAT((graph->ExecuteAll<DirectorProfile, Poster>(ctx, MovieId())),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT((graph->ExecuteAll<DirectorProfile, Poster>(ctx, MovieId())), IsOk());
}

}  // namespace
}  // namespace protograph
