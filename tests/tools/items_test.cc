// Jobs with items: protograph status, show, jobs, wait.

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "cli_test.h"
#include "film.pb.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/matchers.h"

namespace protograph::tests {
namespace {

using ::protograph::testing::IsOk;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Four films, of which one is not there, and one without end.
Graph CatalogGraph(ItemPlace place) {
  absl::StatusOr<Graph> graph =
      GraphBuilder("catalog")
          .Input<film::DirectorProfile>()
          .Add(
              [](ExecCtx&, const film::DirectorProfile&) {
                Many<film::MovieId> ids;
                for (const int id : {1, 2, kMissingFilm, kEndlessFilm}) ids.Add().set_id(id);
                return ids;
              },
              {.name = "ListMovies"})
          .Map(
              [](ExecCtx& ctx, const film::MovieId& id) -> absl::StatusOr<film::Movie> {
                if (id.id() == kMissingFilm) return absl::NotFoundError("there is no such film");
                while (id.id() == kEndlessFilm) {
                  if (absl::Status status = ctx.CheckAlive(); !status.ok()) return status;
                  absl::SleepFor(absl::Milliseconds(5));
                }
                return film::Movie();
              },
              {.name = "FetchMovie",
               .items = {.when_item_fails = WhenItemFails::kTolerate,
                         .tolerated_items = 1,
                         .place = place}})
          .Add([](ExecCtx&, const Many<film::Movie>&) { return film::TagSet(); }, {.name = "SumUp"})
          .Build();
  EXPECT_THAT(graph, IsOk());
  return *std::move(graph);
}

class ItemsTest : public CliTest {
 protected:
  // A job that is as far as it comes: three films of four.
  std::string StartJob(ItemPlace place) {
    worker_ = StartWorker({}, CatalogGraph(place));
    const Outcome submitted = Run({"submit", "catalog.TagSet", "--json", "{}"});
    EXPECT_EQ(submitted.code, 0) << submitted.err;
    std::string id = Trimmed(submitted.out);
    const absl::Time give_up = absl::Now() + absl::Seconds(30);
    while (Run({"status", id}).out.find(kProgress) == std::string::npos) {
      EXPECT_LT(absl::Now(), give_up) << Run({"show", id}).out;
      if (absl::Now() > give_up) break;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return id;
  }

  static constexpr char kProgress[] = "FetchMovie 3/4 (75%), 1 failed, 1 running";
  static constexpr char kProgressJson[] =
      R"("progress":[{"step":"FetchMovie","total":4,"done":3,"failed":1,"running":1}])";

 private:
  std::unique_ptr<TestWorker> worker_;
};

TEST_F(ItemsTest, StatusSaysHowFarTheStepsAre) {
  const std::string id = StartJob(ItemPlace::kHere);
  const std::vector<std::string> lines = Lines(Run({"status", id}).out);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], AllOf(StartsWith("running, attempt 1 of 5"), Not(HasSubstr("items"))));
  EXPECT_EQ(lines[1], kProgress);
  EXPECT_THAT(Run({"status", id, "--json"}).out, HasSubstr(kProgressJson));
  EXPECT_THAT(Run({"show", id}).out, HasSubstr(kProgressJson));
  // Nobody has items of it.
  EXPECT_THAT(Run({"jobs", "--json", "--parent", id}).out, IsEmpty());

  EXPECT_EQ(Run({"cancel", id}).code, 0);
  EXPECT_EQ(Run({"wait", id, "--timeout", "30s"}).code, 6);
  EXPECT_THAT(Run({"status", id, "--json"}).out, Not(HasSubstr("progress")));
}

TEST_F(ItemsTest, ItemsOfAJobAreJobs) {
  const std::string id = StartJob(ItemPlace::kOnWorkers);
  EXPECT_THAT(Lines(Run({"status", id}).out).front(),
              AllOf(StartsWith("running, attempt 1 of 5"), EndsWith("waits for its items")));
  EXPECT_THAT(Run({"status", id, "--json"}).out, HasSubstr(kProgressJson));
  EXPECT_THAT(Run({"show", id}).out, HasSubstr(kProgressJson));

  const std::vector<std::string> children = Lines(Run({"jobs", "--json", "--parent", id}).out);
  ASSERT_THAT(children, SizeIs(4));
  EXPECT_THAT(children, Each(HasSubstr(R"(,"parent":")" + id + '"')));
  const std::vector<std::string> endless =
      Lines(Run({"jobs", "--json", "--parent", id, "--state", "running"}).out);
  ASSERT_THAT(endless, SizeIs(1));
  const std::string child = endless[0].substr(std::string(R"({"id":")").size(), id.size());
  EXPECT_THAT(Run({"status", child}).out,
              AllOf(StartsWith("running"), HasSubstr("; has items of job " + id)));
  // Without --parent they are not listed.
  const std::vector<std::string> jobs = Lines(Run({"jobs", "--json"}).out);
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_THAT(jobs[0], AllOf(HasSubstr(id), Not(HasSubstr("parent"))));
  // A child has none.
  EXPECT_EQ(Run({"jobs", "--json", "--parent", child}).out, "");
  EXPECT_EQ(Run({"jobs", "--parent", "01900000-0000-7000-8000-000000000000"}).code, 4);

  EXPECT_EQ(Run({"cancel", id}).code, 0);
  EXPECT_EQ(Run({"wait", id, "--timeout", "30s"}).code, 6);
}

TEST_F(ItemsTest, WaitShowsProgress) {
  const std::string id = StartJob(ItemPlace::kOnWorkers);
  // In a pipe a line each ten seconds.
  Tool piped(WithDatabase({"wait", id}), "");
  const Outcome shown =
      Tool(WithDatabase({"wait", id, "--timeout", "1500ms"}), "", {}, ErrorOutput::kTerminal)
          .Wait();
  EXPECT_EQ(shown.code, 5);
  EXPECT_THAT(shown.err,
              AllOf(HasSubstr(fmt::format("\r\x1b[K[###############-----] {}", kProgress)),
                    EndsWith("\r\x1b[K"), Not(HasSubstr("\n"))));
  EXPECT_THAT(shown.out, StartsWith("running"));

  EXPECT_TRUE(piped.AwaitErr(fmt::format("{}: {}\n", id, kProgress)));
  EXPECT_EQ(Run({"cancel", id}).code, 0);
  const Outcome outcome = piped.Wait();
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.out, StartsWith("cancelled"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace protograph::tests
