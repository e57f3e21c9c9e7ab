#include "jobs/worker_settings.h"

#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace protograph::internal {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class WorkerSettingsTest : public ::testing::Test {
 protected:
  ~WorkerSettingsTest() override {
    if (!file_.empty()) std::remove(file_.c_str());
  }

  // A configuration file; returns its path.
  const std::string& File(const std::string& text) {
    file_ = ::testing::TempDir() + "worker_settings_test_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml";
    std::ofstream(file_) << text;
    return file_;
  }

  WorkerCommand Read(const std::vector<std::string>& arguments) {
    return ReadWorkerCommand(
        arguments,
        [this](const std::string& name) -> std::optional<std::string> {
          const auto found = environment_.find(name);
          if (found == environment_.end()) return std::nullopt;
          return found->second;
        },
        /*loads_graphs=*/true);
  }

  std::map<std::string, std::string> environment_;

 private:
  std::string file_;
};

auto IsQueue(const std::string& name, int weight) {
  return AllOf(Field(&WeightedQueue::name, name), Field(&WeightedQueue::weight, weight));
}

TEST_F(WorkerSettingsTest, AreTheDefaultsWhereNothingIsSaid) {
  const WorkerCommand command = Read({});
  EXPECT_THAT(command.faults, IsEmpty());
  EXPECT_EQ(command.action, WorkerAction::kRun);
  EXPECT_EQ(command.settings.worker.threads, WorkerOptions().threads);
  EXPECT_EQ(command.settings.engine.lease, EngineOptions().lease);
  EXPECT_EQ(command.settings.store.connection, "");
  EXPECT_THAT(command.settings.worker.queues, ElementsAre(IsQueue("default", 1)));
  EXPECT_THAT(command.overview, HasSubstr("threads = 4  (the default)\n"));
}

TEST_F(WorkerSettingsTest, AreReadFromFlags) {
  const WorkerCommand command = Read({"--database",
                                      "host=db dbname=films",
                                      "--schema=jobs",
                                      "--threads",
                                      "16",
                                      "--queue",
                                      "films=3",
                                      "--queue",
                                      "a=b=2",
                                      "--queue=rest",
                                      "--prefetch",
                                      "7",
                                      "--lease=1500ms",
                                      "--shutdown-grace",
                                      "0s",
                                      "--poll-interval",
                                      "1s",
                                      "--stuck-after",
                                      "2m",
                                      "--flush-interval",
                                      "20ms",
                                      "--keep-succeeded",
                                      "1h30m",
                                      "--keep-failed",
                                      "720h",
                                      "--most-crashes",
                                      "5",
                                      "--log-level",
                                      "debug",
                                      "--graph",
                                      "a.so",
                                      "--graph",
                                      "b.so"});
  ASSERT_THAT(command.faults, IsEmpty());
  const WorkerSettings& settings = command.settings;
  EXPECT_EQ(settings.store.connection, "host=db dbname=films");
  EXPECT_EQ(settings.store.schema, "jobs");
  EXPECT_EQ(settings.worker.threads, 16);
  EXPECT_THAT(settings.worker.queues,
              ElementsAre(IsQueue("films", 3), IsQueue("a=b", 2), IsQueue("rest", 1)));
  EXPECT_EQ(settings.worker.prefetch, 7);
  EXPECT_EQ(settings.engine.lease, absl::Milliseconds(1500));
  EXPECT_EQ(settings.worker.shutdown_grace, absl::ZeroDuration());
  EXPECT_EQ(settings.worker.poll_interval, absl::Seconds(1));
  EXPECT_EQ(settings.worker.stuck_after, absl::Minutes(2));
  EXPECT_EQ(settings.engine.flush_interval, absl::Milliseconds(20));
  EXPECT_EQ(settings.worker.maintain.keep_succeeded, absl::Minutes(90));
  EXPECT_EQ(settings.worker.maintain.keep_failed, absl::Hours(720));
  EXPECT_EQ(settings.worker.maintain.most_crashes, 5);
  EXPECT_EQ(settings.log_level, LogLevel::kDebug);
  EXPECT_THAT(settings.graphs, ElementsAre("a.so", "b.so"));
}

TEST_F(WorkerSettingsTest, AreReadFromTheEnvironment) {
  environment_ = {{"PROTOGRAPH_DATABASE", "postgresql://app@db/films"},
                  {"PROTOGRAPH_SHUTDOWN_GRACE", "1m"},
                  {"PROTOGRAPH_QUEUE", "films=3,rest"},
                  {"PROTOGRAPH_GRAPH", "a.so,b.so"},
                  {"PROTOGRAPH_THREADS", ""}};
  const WorkerCommand command = Read({});
  ASSERT_THAT(command.faults, IsEmpty());
  EXPECT_EQ(command.settings.store.connection, "postgresql://app@db/films");
  EXPECT_EQ(command.settings.worker.shutdown_grace, absl::Minutes(1));
  EXPECT_THAT(command.settings.worker.queues, ElementsAre(IsQueue("films", 3), IsQueue("rest", 1)));
  EXPECT_THAT(command.settings.graphs, ElementsAre("a.so", "b.so"));
}

TEST_F(WorkerSettingsTest, AreReadFromAFile) {
  environment_["PROTOGRAPH_CONFIG"] = File(
      "# The films' workers.\n"
      "database = \"host=db password='a#b'\"  # \"not by socket\n"
      "threads = 16\n"
      "lease = \"5s\"\n"
      "queue = [\"films=3\", \"rest\"]\n"
      "graph = [\n  \"a.so\",\n  \"b.so\"]\n");
  const WorkerCommand command = Read({});
  ASSERT_THAT(command.faults, IsEmpty());
  EXPECT_EQ(command.settings.store.connection, "host=db password='a#b'");
  EXPECT_EQ(command.settings.worker.threads, 16);
  EXPECT_EQ(command.settings.engine.lease, absl::Seconds(5));
  EXPECT_THAT(command.settings.worker.queues, ElementsAre(IsQueue("films", 3), IsQueue("rest", 1)));
  EXPECT_THAT(command.settings.graphs, ElementsAre("a.so", "b.so"));
}

TEST_F(WorkerSettingsTest, OfFlagsGoBeforeThoseOfTheEnvironmentAndThoseBeforeTheFile) {
  environment_ = {{"PROTOGRAPH_THREADS", "2"}, {"PROTOGRAPH_PREFETCH", "2"}};
  const std::string& file =
      File("threads = 3\nprefetch = 3\nmost-crashes = 3\nqueue = [\"c\", \"d\"]\n");
  const WorkerCommand command = Read({"--threads", "1", "--queue", "a", "--config", file});
  ASSERT_THAT(command.faults, IsEmpty());
  EXPECT_EQ(command.settings.worker.threads, 1);
  EXPECT_EQ(command.settings.worker.prefetch, 2);
  EXPECT_EQ(command.settings.worker.maintain.most_crashes, 3);
  // Lists are not put together.
  EXPECT_THAT(command.settings.worker.queues, ElementsAre(IsQueue("a", 1)));
  EXPECT_THAT(command.overview, HasSubstr("threads = 1  (the flag --threads)\n"));
  EXPECT_THAT(command.overview, HasSubstr("prefetch = 2  (the environment's PROTOGRAPH_PREFETCH)"));
  EXPECT_THAT(command.overview, HasSubstr("most-crashes = 3  (most-crashes in " + file + ")"));
}

TEST_F(WorkerSettingsTest, AllFaultsAreSaidAtOnceWithWhereTheyAreAndWhatIsAllowed) {
  environment_["PROTOGRAPH_LEASE"] = "10";
  const std::string& file = File(
      "thread = 4\n"
      "keep-failed = \"-1h\"\n"
      "[worker]\n"
      "threads = 4\n");
  const WorkerCommand command =
      Read({"--threads", "many", "--queue=films=0", "--queue", "rest", "--bogus", "--graph",
            "--prefetch", "1", "--prefetch", "2", "--config", file});
  EXPECT_THAT(
      command.faults,
      UnorderedElementsAre(
          "\"--bogus\" is no flag: see --help",
          AllOf(HasSubstr(file + ": \"thread\" is no setting; there are: "), HasSubstr("threads")),
          HasSubstr(file + ": \"worker.threads\" is no setting"),
          "the flag --graph is empty: allowed is the path of a shared library, each once",
          HasSubstr("the flag --queue is \"films=0\": allowed is the name of a queue"),
          "the flag --threads is \"many\": allowed is a whole number from 1 to 4096",
          HasSubstr("the flag --prefetch has 2 values: give one"),
          "the environment's PROTOGRAPH_LEASE is \"10\": allowed is a time from 100ms to 24h, "
          "such as 500ms, 10s or 1h30m",
          HasSubstr("keep-failed in " + file + " is \"-1h\": allowed is a time from 1s")));
  EXPECT_EQ(command.settings.worker.threads, WorkerOptions().threads);
}

TEST_F(WorkerSettingsTest, RefusesNumbersAndNamesThatCannotBe) {
  EXPECT_THAT(Read({"--threads", "0"}).faults, SizeIs(1));
  EXPECT_THAT(Read({"--threads", "99999999999999"}).faults, SizeIs(1));
  EXPECT_THAT(Read({"--threads", ""}).faults, SizeIs(1));
  EXPECT_THAT(Read({"--lease", "inf"}).faults, SizeIs(1));
  EXPECT_THAT(Read({"--schema", std::string(64, 's')}).faults, SizeIs(1));
  EXPECT_THAT(Read({"--queue", std::string(256, 'q')}).faults, SizeIs(1));
  EXPECT_THAT(Read({"--queue", "a", "--queue", "a=2"}).faults, SizeIs(1));
  EXPECT_THAT(Read({"--queue", "=2"}).faults, SizeIs(1));
  EXPECT_THAT(Read({"--graph", "a.so", "--graph", "a.so"}).faults, SizeIs(1));
  EXPECT_THAT(Read({"--log-level", "loud"}).faults, SizeIs(1));
  EXPECT_THAT(Read({"603"}).faults, ElementsAre("\"603\" is no flag: see --help"));
}

TEST_F(WorkerSettingsTest, ReportsAFileThatCannotBeRead) {
  EXPECT_THAT(Read({"--config", "/nowhere/at.all"}).faults,
              ElementsAre(AllOf(HasSubstr("/nowhere/at.all"), HasSubstr("No such file"))));
  EXPECT_THAT(Read({"--config", "/"}).faults, ElementsAre(HasSubstr("cannot be read")));
  EXPECT_THAT(Read({"--config"}).faults,
              ElementsAre("the flag --config needs the path of one file"));
}

TEST_F(WorkerSettingsTest, ReportsQuotesAndListsThatAreNotClosed) {
  EXPECT_THAT(
      Read({"--config", File("threads = 2\nschema = \"a b\nqueue = [\"a\"\n")}).faults,
      ElementsAre(HasSubstr("line 2: a quote is not closed"), HasSubstr("a list is not closed")));
}

TEST_F(WorkerSettingsTest, TakesAnEmptyFile) {
  EXPECT_THAT(Read({"--config", File("")}).faults, IsEmpty());
}

TEST_F(WorkerSettingsTest, NeverRepeatsPasswords) {
  const WorkerCommand sound = Read({"--database", "postgresql://app:secret@db/films"});
  EXPECT_THAT(sound.faults, IsEmpty());
  EXPECT_THAT(sound.overview, AllOf(HasSubstr("host=db"), HasSubstr("dbname=films"),
                                    HasSubstr("password=(hidden)"), Not(HasSubstr("secret"))));
  const WorkerCommand wrong = Read({"--database", "password=secret nonsense"});
  EXPECT_THAT(wrong.faults,
              ElementsAre(AllOf(HasSubstr("the flag --database is not understood: allowed is"),
                                Not(HasSubstr("secret")))));
}

TEST_F(WorkerSettingsTest, KnowsWhatElseItIsAskedFor) {
  EXPECT_EQ(Read({"--check"}).action, WorkerAction::kCheck);
  EXPECT_EQ(Read({"--version"}).action, WorkerAction::kVersion);
  EXPECT_EQ(Read({"--check", "--help"}).action, WorkerAction::kHelp);
  EXPECT_EQ(Read({"-h"}).action, WorkerAction::kHelp);
}

TEST_F(WorkerSettingsTest, HelpNamesEachWithItsDefault) {
  const std::string usage = WorkerUsage("worker", /*loads_graphs=*/true);
  EXPECT_THAT(usage, AllOf(HasSubstr("--threads N"), HasSubstr("[4]"), HasSubstr("--graph FILE"),
                           HasSubstr("--config FILE"), HasSubstr("Exit status")));
  EXPECT_THAT(WorkerUsage("worker", /*loads_graphs=*/false), Not(HasSubstr("--graph")));
  EXPECT_THAT(ReadWorkerCommand(
                  std::vector<std::string>{"--graph", "a.so"},
                  [](const std::string&) { return std::nullopt; }, /*loads_graphs=*/false)
                  .faults,
              Contains("\"--graph\" is no flag: see --help"));
}

}  // namespace
}  // namespace protograph::internal
