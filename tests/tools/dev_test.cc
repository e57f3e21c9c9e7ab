// protograph dev: from nothing to a job that is done.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tool.h"

namespace protograph::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kFilm[] = R"({"id": 1})";

TEST(Dev, DoesAJobFromNothing) {
  const Folder folder;
  const std::string data = folder.File("db");
  const Outcome outcome = RunTool({"dev", "--graph", PROTOGRAPH_MOVIE_GRAPH, "--data", data,
                                   "--submit", PROTOGRAPH_MOVIE_OUTPUT, "--json", kFilm, "--once"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\"tags\":["));
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("export PROTOGRAPH_DATABASE="), HasSubstr(" submit ")));

  // The data are there the next time, and nothing runs in between.
  EXPECT_FALSE(std::filesystem::exists(data + "/data/postmaster.pid"));
  Tool again({"dev", "--graph", PROTOGRAPH_MOVIE_GRAPH, "--data", data, "--", "--threads", "2"},
             "");
  ASSERT_TRUE(again.AwaitErr("Ctrl-C stops both"));
  const std::string database = "host=" + data + " port=5432 user=postgres dbname=postgres";
  const Outcome jobs = RunTool({"jobs", "--json", "--database", database});
  EXPECT_THAT(jobs.out, HasSubstr("\"state\":\"succeeded\""));
  const Outcome workers = RunTool({"workers", "--json", "--database", database});
  EXPECT_THAT(workers.out, HasSubstr("\"threads\":2"));
  const Outcome more = RunTool({"submit", PROTOGRAPH_MOVIE_OUTPUT, "--json", kFilm, "--wait", "30s",
                                "--database", database});
  EXPECT_EQ(more.code, 0) << more.err;
  again.Signal(SIGINT);
  const Outcome stopped = again.Wait();
  EXPECT_EQ(stopped.code, 0) << stopped.err;
  EXPECT_FALSE(std::filesystem::exists(data + "/data/postmaster.pid"));
}

TEST(Dev, SumsUpACatalogueWhoseFilmsAreJobsOfTheirOwn) {
  const Folder folder;
  const std::string data = folder.File("db");
  const Outcome outcome =
      RunTool({"dev", "--graph", PROTOGRAPH_MOVIE_GRAPH, "--data", data, "--submit",
               "movie_catalogue.CatalogSummary", "--json", R"({"toId": 400})", "--once"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("\"films\":400"), HasSubstr("\"decades\":[")));
}

TEST(Dev, SaysWhatIsMissing) {
  const Folder folder;
  const std::string data = folder.File("db");
  EXPECT_EQ(RunTool({"dev"}).code, 2);
  const Outcome none = RunTool({"dev", "--graph", "/no/such/library.so", "--data", data});
  EXPECT_EQ(none.code, 4);
  EXPECT_THAT(none.err, HasSubstr("/no/such/library.so"));
  EXPECT_EQ(RunTool({"dev", "--graph", PROTOGRAPH_MOVIE_GRAPH, "--data", data, "--once"}).code, 2);

  std::filesystem::create_directory(folder.File("full"));
  std::ofstream(folder.File("full") + "/letters.txt") << "mine";
  const Outcome full =
      RunTool({"dev", "--graph", PROTOGRAPH_MOVIE_GRAPH, "--data", folder.File("full")});
  EXPECT_EQ(full.code, 1);
  EXPECT_THAT(full.err, HasSubstr("letters.txt"));

  const Outcome lengthy = RunTool(
      {"dev", "--graph", PROTOGRAPH_MOVIE_GRAPH, "--data", folder.File(std::string(90, 'x'))});
  EXPECT_EQ(lengthy.code, 2);
  EXPECT_THAT(lengthy.err, HasSubstr("too long"));
}

TEST(Dev, EndsWhereTheWorkerDoes) {
  const Folder folder;
  const std::string library = folder.File("broken.so");
  std::ofstream(library) << "no library";
  const Outcome outcome = RunTool({"dev", "--graph", library, "--data", folder.File("db")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("broken.so"), HasSubstr("worker has ended by itself")));
}

}  // namespace
}  // namespace protograph::tests
