// The command line as a whole: usage, the environment, migrations, completion.

#include <cstdlib>
#include <string>
#include <vector>

#include "cli_test.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace protograph::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ProgramTest : public CliTest {};

TEST_F(ProgramTest, ExplainsItself) {
  const Outcome help = RunTool({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("submit"), HasSubstr("doctor"), HasSubstr("Exit codes")));
  EXPECT_EQ(RunTool({"submit", "--help"}).code, 0);
  EXPECT_EQ(RunTool({"--version"}).code, 0);
  EXPECT_EQ(RunTool({}).code, 2);
  const Outcome unknown = RunTool({"sumbit"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("sumbit"));
  EXPECT_EQ(RunTool({"jobs", "--nonsense"}).code, 2);
}

TEST_F(ProgramTest, SaysWhatIsWrongWithTheDatabase) {
  const Outcome away = RunTool({"jobs", "--database", "host=/no/such/folder"});
  EXPECT_EQ(away.code, 3);
  EXPECT_THAT(away.err, AllOf(HasSubstr("cannot be reached"), HasSubstr("PROTOGRAPH_DATABASE")));
  EXPECT_EQ(RunTool({"doctor", "--database", "host=/no/such/folder"}).code, 3);
  EXPECT_EQ(RunTool({"migrate", "--database", "host=/no/such/folder"}).code, 3);
  const Outcome secret = RunTool({"jobs", "--database", "password=secret nonsense"});
  EXPECT_EQ(secret.code, 2);
  EXPECT_THAT(secret.err, Not(HasSubstr("secret")));
}

TEST_F(ProgramTest, TakesTheDatabaseFromTheEnvironment) {
  EXPECT_EQ(RunTool({"queues"}, "",
                    {"PROTOGRAPH_DATABASE=" + connection(), "PROTOGRAPH_SCHEMA=" + schema()})
                .code,
            0);
  EXPECT_EQ(RunTool({"queues", "--schema", schema()}, "",
                    {"PGHOST=" + CliPostgres().socket_directory(), "PGUSER=postgres"})
                .code,
            0);
  // Before the command too.
  EXPECT_EQ(RunTool({"--database", connection(), "--schema", schema(), "queues"}).code, 0);
}

TEST_F(ProgramTest, MigratesOnlyWhenItIsAskedTo) {
  const std::vector<std::string> database = {"--database", connection(), "--schema", "fresh"};
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), database.begin(), database.end());
    return RunTool(arguments);
  };
  const Outcome before = run({"jobs"});
  EXPECT_EQ(before.code, 1);
  EXPECT_THAT(before.err, HasSubstr("protograph migrate"));
  EXPECT_EQ(run({"migrate", "--check"}).code, 1);
  EXPECT_EQ(Query("SELECT count(*) FROM pg_namespace WHERE nspname = 'fresh'"), "0");

  const Outcome migrated = run({"migrate"});
  EXPECT_EQ(migrated.code, 0) << migrated.err;
  EXPECT_THAT(migrated.out, HasSubstr("was 0"));
  EXPECT_THAT(run({"migrate"}).out, HasSubstr("up to date"));
  EXPECT_EQ(run({"migrate", "--check"}).code, 0);
  EXPECT_EQ(run({"jobs"}).code, 0);

  // One of an older program, and one of a newer.
  Query("DELETE FROM fresh.migrations WHERE number > 1");
  const Outcome old = run({"jobs"});
  EXPECT_EQ(old.code, 1);
  EXPECT_THAT(old.err, HasSubstr("has version 1"));
  EXPECT_THAT(run({"doctor"}).out, HasSubstr("run `protograph migrate`"));
  Query("INSERT INTO fresh.migrations (number, name, checksum) VALUES (1000, 'later', '')");
  EXPECT_EQ(run({"jobs"}).code, 1);
  EXPECT_THAT(run({"doctor"}).out, HasSubstr("upgrade this program"));
}

TEST_F(ProgramTest, CompletesCommandLines) {
  EXPECT_THAT(RunTool({"completion", "zsh"}).out, HasSubstr("#compdef protograph"));
  EXPECT_THAT(
      RunTool({"completion", "fish"}).out,
      AllOf(HasSubstr("complete -c protograph -n '__fish_seen_subcommand_from submit' -l many -r"),
            HasSubstr("'__fish_seen_subcommand_from schedules; and "
                      "__fish_seen_subcommand_from next' -l count -r")));
  EXPECT_EQ(RunTool({"completion", "tcsh"}).code, 2);

  const Outcome bash = RunTool({"completion", "bash"});
  ASSERT_EQ(bash.code, 0);
  const auto completed = [&](const std::string& words, int word) {
    const Folder folder;
    const std::string script =
        bash.out +
        fmt::format("COMP_WORDS=({})\nCOMP_CWORD={}\n_protograph\necho \"${{COMPREPLY[@]}}\"",
                    words, word);
    FILE* const shell = popen(fmt::format("bash -c '{}'", script).c_str(), "r");
    std::string text;
    for (int c = fgetc(shell); c != EOF; c = fgetc(shell)) text.push_back(static_cast<char>(c));
    EXPECT_EQ(pclose(shell), 0);
    return Trimmed(text);
  };
  EXPECT_EQ(completed("protograph su", 1), "submit");
  EXPECT_EQ(completed("protograph --no-color submit --unique-a", 3), "--unique-among");
  EXPECT_EQ(completed("protograph jobs --data", 2), "--database");
  EXPECT_THAT(completed("protograph jobs --unique-a", 2), IsEmpty());
  EXPECT_EQ(completed("protograph schedules re", 2), "resume remove");
  EXPECT_EQ(completed("protograph schedules add --over", 3), "--overlap");
  EXPECT_EQ(completed("protograph limit --conc", 2), "--concurrency");
  // Of the command of this name, and of the one under schedules.
  EXPECT_EQ(completed("protograph pause --cr", 2), "--create");
  EXPECT_THAT(completed("protograph schedules pause --cr", 3), IsEmpty());
  EXPECT_EQ(completed("protograph add --over", 2), "");
}

}  // namespace
}  // namespace protograph::tests
