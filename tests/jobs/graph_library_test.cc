// Graph libraries as protograph-worker takes and refuses them. CMakeLists.txt beside this makes
// those of the tests.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "program.h"

namespace protograph::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

// By the names that CMakeLists.txt has for them; empty where it was not built.
std::string Library(const std::string& name) {
  static const auto& files = *new std::map<std::string, std::string>{PROTOGRAPH_GRAPH_LIBRARIES};
  const auto found = files.find(name);
  return found == files.end() ? "" : found->second;
}

struct Answer {
  std::optional<int> exit_code;
  std::string output;
};

// Of --check with these libraries.
Answer Check(const std::vector<std::string>& paths,
             const std::vector<std::string>& variables = {}) {
  std::vector<std::string> arguments = {"--check"};
  for (const std::string& path : paths) arguments.insert(arguments.end(), {"--graph", path});
  Program program(std::move(arguments), variables);
  const std::optional<int> exit_code = program.Wait();
  return {exit_code, program.Output()};
}

constexpr int kMisconfigured = 2;

void ExpectRefused(const std::string& name, const std::vector<std::string>& texts) {
  const Answer answer = Check({Library(name)});
  EXPECT_THAT(answer.exit_code, Optional(kMisconfigured)) << name << ": " << answer.output;
  EXPECT_THAT(answer.output, HasSubstr("protograph-worker: " + Library(name) + ": ")) << name;
  for (const std::string& text : texts) EXPECT_THAT(answer.output, HasSubstr(text)) << name;
}

TEST(GraphLibrary, BringsItsGraph) {
  const Answer answer = Check({Library("work")});
  EXPECT_THAT(answer.exit_code, Optional(0)) << answer.output;
  EXPECT_THAT(answer.output,
              AllOf(HasSubstr("graph = " + Library("work") + "  (the flag --graph)"),
                    HasSubstr("work: google.protobuf.Int64Value from google.protobuf.StringValue; "
                              "fingerprint ")));
}

TEST(GraphLibrary, OfTheExamplesBringTheirGraphs) {
  if (Library("movie_tagging").empty()) GTEST_SKIP() << "the examples are not built";
  const Answer answer = Check({Library("movie_tagging"), Library("lab_interpretation")});
  EXPECT_THAT(answer.exit_code, Optional(0)) << answer.output;
  EXPECT_THAT(answer.output, AllOf(HasSubstr("movie_tagging: movie_tagging.TagSet"),
                                   HasSubstr("lab_interpretation: lab_interpretation.")));
}

TEST(GraphLibrary, MayBeMadeWithWhatTheEnvironmentSays) {
  if (Library("movie_tagging").empty()) GTEST_SKIP() << "the examples are not built";
  Program program({"--check", "--graph", Library("movie_tagging")},
                  {"MOVIE_TAGGING_DATA=/nowhere/films.csv"});
  EXPECT_THAT(program.Wait(), Optional(kMisconfigured));
  EXPECT_THAT(program.Output(),
              AllOf(HasSubstr("its graphs cannot be made"), HasSubstr("/nowhere/films.csv")));
}

TEST(GraphLibrary, OfAnotherBuildIsRefused) {
  ExpectRefused("other_abi", {"its interface has version 999", "build it anew"});
  ExpectRefused("other_version", {"built with Protograph 0.0.9", "build it anew"});
  ExpectRefused("other_protobuf", {"built with protobuf 2.6.1", "build both with the same"});
  ExpectRefused("other_standard_library", {"built with libweird", "build both with the same"});
}

TEST(GraphLibrary, WithoutTheEntryPointIsRefused) {
  ExpectRefused("no_entry", {"no function protograph_graph_library",
                             "make it with protograph_add_graph_library()"});
  ExpectRefused("no_library", {"protograph_graph_library returned nothing"});
}

TEST(GraphLibrary, ThatCannotBeLoadedIsRefused) {
  ExpectRefused("undefined", {"cannot be loaded", "NobodyDefinesThis"});
  const Answer answer = Check({"/nowhere/libat.so", "/tmp", __FILE__, "without_folder.so"});
  EXPECT_THAT(answer.exit_code, Optional(kMisconfigured));
  EXPECT_THAT(answer.output,
              AllOf(HasSubstr("/nowhere/libat.so: No such file or directory: give the path"),
                    HasSubstr("/tmp: it is no file"), HasSubstr("is it a shared library"),
                    HasSubstr("without_folder.so: No such file")));
}

// An abort while it is loaded would otherwise be all that one sees.
TEST(GraphLibrary, ThatEndsTheProcessIsReportedAsAllOthers) {
  ExpectRefused("aborts", {"loading it ends the process (signal 6)"});
  const Answer answer = Check({Library("aborts"), Library("work"), Library("no_entry")});
  EXPECT_THAT(answer.exit_code, Optional(kMisconfigured));
  EXPECT_THAT(answer.output, AllOf(HasSubstr(Library("aborts") + ": loading it ends"),
                                   HasSubstr(Library("no_entry") + ": it is no graph library")));
}

TEST(GraphLibrary, WithMessagesThatAreThereAlreadyIsRefused) {
  // The address sanitizer would end it before protobuf does.
  const Answer answer =
      Check({Library("films"), Library("more_films")}, {"ASAN_OPTIONS=detect_odr_violation=0"});
  EXPECT_THAT(answer.exit_code, Optional(kMisconfigured));
  EXPECT_THAT(answer.output,
              AllOf(HasSubstr(Library("more_films") + ": loading it ends the process"),
                    HasSubstr("put what several graph libraries use into a shared library"),
                    Not(HasSubstr(Library("films") + ": "))));
}

TEST(GraphLibrary, WhoseFactoryFailsIsRefused) {
  ExpectRefused("failing", {"its graphs cannot be made: the catalogue of films is not there; its "
                            "factory threw: nobody catches this"});
  ExpectRefused("empty", {"it has no graphs"});
}

TEST(GraphLibrary, WithTheNameOfAnotherGraphIsRefused) {
  const Answer answer = Check({Library("work"), Library("same_work")});
  EXPECT_THAT(answer.exit_code, Optional(kMisconfigured));
  EXPECT_THAT(answer.output, HasSubstr(Library("same_work") + ": it makes the graph work, as " +
                                       Library("work") + " does"));
}

TEST(GraphLibrary, FaultsAreSaidTogetherWithThoseOfTheSettings) {
  Program program({"--threads", "none", "--graph", Library("failing"), "--graph", "/nowhere"});
  EXPECT_THAT(program.Wait(), Optional(kMisconfigured));
  EXPECT_THAT(program.Output(),
              AllOf(HasSubstr("the flag --threads is \"none\""), HasSubstr("/nowhere: No such"),
                    HasSubstr(Library("failing") + ": its graphs cannot be made")));
}

TEST(GraphLibrary, IsNeeded) {
  Program program({"--check"});
  EXPECT_THAT(program.Wait(), Optional(kMisconfigured));
  EXPECT_THAT(program.Output(), HasSubstr("name a library with --graph FILE"));
}

}  // namespace
}  // namespace protograph::tests
