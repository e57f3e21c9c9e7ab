// Calls whose types are known only at run time do what Graph::Execute does.

#include "graph/erased_call.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "branches.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "graph/call_check.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace protograph::internal {
namespace {

using ::film::Classification;
using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::TagSet;
using ::google::protobuf::Message;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::HasSubstr;

Graph MakeGraph() {
  return GraphBuilder("films")
      .Input<MovieId>()
      .Add(
          [](ExecCtx&, const MovieId& id) -> absl::StatusOr<Movie> {
            if (id.id() < 0) return absl::NotFoundError("no such film");
            Movie movie;
            movie.set_id(id.id());
            movie.set_title("film " + std::to_string(id.id()));
            return movie;
          },
          {.name = "Fetch"})
      .Add(
          [](ExecCtx&, const Movie& movie) {
            TagSet tags;
            tags.set_tags(movie.id() * 2);
            tags.add_trail(movie.title());
            return tags;
          },
          {.name = "Tag"})
      .Build()
      .value();
}

template <class Output>
Output Parsed(const std::string& bytes) {
  Output output;
  EXPECT_TRUE(output.ParseFromString(bytes));
  return output;
}

std::unique_ptr<ErasedCall> MakeCall(const Graph& graph, const std::string& output,
                                     const std::vector<std::string>& inputs) {
  absl::StatusOr<std::unique_ptr<ErasedCall>> call = ErasedCall::Make(graph, output, inputs);
  EXPECT_THAT(call.status(), IsOk());
  return call.ok() ? *std::move(call) : nullptr;
}

// One input, whose bytes are those of `given`.
absl::StatusOr<std::string> Execute(const ErasedCall& call, const Message& given) {
  const std::vector<std::unique_ptr<Message>> inputs = call.NewInputs();
  EXPECT_TRUE(inputs.at(0)->ParseFromString(given.SerializeAsString()));
  const Message* const messages[] = {inputs.at(0).get()};
  ExecCtx ctx;
  return call.Execute(ctx, messages);
}

MovieId Id(int64_t id) {
  MovieId movie_id;
  movie_id.set_id(id);
  return movie_id;
}

TEST(ErasedCall, MakesTheBytesOfWhatExecuteMakes) {
  const Graph graph = MakeGraph();
  ExecCtx ctx;
  const auto tags = MakeCall(graph, "film.TagSet", {"film.MovieId"});
  EXPECT_THAT(Execute(*tags, Id(603)),
              IsOkAndHolds(graph.Execute<TagSet>(ctx, Id(603)).value().SerializeAsString()));
  const auto movie = MakeCall(graph, "film.Movie", {"film.MovieId"});
  EXPECT_THAT(Execute(*movie, Id(604)),
              IsOkAndHolds(graph.Execute<Movie>(ctx, Id(604)).value().SerializeAsString()));
}

TEST(ErasedCall, BeginsFromWhatTheCallerBrings) {
  const auto call = MakeCall(MakeGraph(), "film.TagSet", {"film.Movie"});
  Movie movie;
  movie.set_id(7);
  movie.set_title("given");
  const absl::StatusOr<std::string> bytes = Execute(*call, movie);
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(Parsed<TagSet>(*bytes).tags(), 14);
  EXPECT_EQ(Parsed<TagSet>(*bytes).trail(0), "given");
}

TEST(ErasedCall, GivesBackAnAnswerThatTheCallerBrought) {
  const auto call = MakeCall(MakeGraph(), "film.MovieId", {"film.MovieId"});
  EXPECT_THAT(Execute(*call, Id(603)), IsOkAndHolds(Id(603).SerializeAsString()));
}

TEST(ErasedCall, KeepsTheOrderOfItsInputs) {
  const Graph graph = Branches{.director = [](ExecCtx&) { return absl::OkStatus(); },
                               .content = [](ExecCtx&) { return absl::OkStatus(); }}
                          .Build()
                          .value();
  for (const bool swapped : {false, true}) {
    std::vector<std::string> types = {"film.DirectorProfile", "film.ContentAnalysis"};
    if (swapped) std::swap(types[0], types[1]);
    const auto call = MakeCall(graph, "film.Classification", types);
    DirectorProfile director;
    director.set_films(3);
    ContentAnalysis content;
    content.set_themes(5);
    std::vector<const Message*> inputs = {&director, &content};
    if (swapped) std::swap(inputs[0], inputs[1]);
    ExecCtx ctx;
    const absl::StatusOr<std::string> bytes = call->Execute(ctx, inputs);
    ASSERT_THAT(bytes, IsOk());
    EXPECT_EQ(Parsed<Classification>(*bytes).genre(), 15);
  }
}

TEST(ErasedCall, OutlivesTheCallersGraph) {
  std::unique_ptr<ErasedCall> call;
  {
    const Graph graph = MakeGraph();
    call = MakeCall(graph, "film.TagSet", {"film.MovieId"});
  }
  EXPECT_THAT(Execute(*call, Id(603)), IsOk());
}

TEST(ErasedCall, CanBeMadeAnyNumberOfTimes) {
  const Graph graph = MakeGraph();
  for (int i = 0; i < 1000; ++i) {
    // What stood at this address before was another kind of call.
    const auto call = MakeCall(graph, i % 2 == 0 ? "film.TagSet" : "film.Movie", {"film.MovieId"});
    const absl::StatusOr<std::string> bytes = Execute(*call, Id(i));
    ASSERT_THAT(bytes, IsOk());
    if (i % 2 == 0) {
      EXPECT_EQ(Parsed<TagSet>(*bytes).tags(), i * 2);
    } else {
      EXPECT_EQ(Parsed<Movie>(*bytes).id(), i);
    }
  }
}

TEST(ErasedCall, FailsWithTheStepsError) {
  const auto call = MakeCall(MakeGraph(), "film.TagSet", {"film.MovieId"});
  const absl::StatusOr<std::string> bytes = Execute(*call, Id(-1));
  EXPECT_THAT(bytes, StatusIs(absl::StatusCode::kNotFound, HasSubstr("no such film")));
  ASSERT_TRUE(GetStepFailure(bytes.status()).has_value());
  EXPECT_EQ(GetStepFailure(bytes.status())->step(), "Fetch");
}

TEST(ErasedCall, IsNotMadeForWhatTheGraphCannotDo) {
  const Graph graph = MakeGraph();
  const std::pair<std::string, std::vector<std::string>> calls[] = {
      {"film.Poster", {"film.MovieId"}},
      {"film.TagSet", {}},
      {"film.TagSet", {"film.Poster"}},
      {"film.TagSet", {"film.MovieId", "film.MovieId"}},
      {"film.TagSet", {"film.MovieId", "film.Movie"}},
      {"", {""}}};
  for (const auto& [output, inputs] : calls) {
    const absl::Status expected = CheckCall(graph, output, inputs);
    EXPECT_THAT(ErasedCall::Make(graph, output, inputs).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, std::string(expected.message())));
  }
}

TEST(ErasedCall, RefusesInputsOfOtherClasses) {
  const auto call = MakeCall(MakeGraph(), "film.TagSet", {"film.MovieId"});
  ExecCtx ctx;
  EXPECT_THAT(call->Execute(ctx, {}), StatusIs(absl::StatusCode::kInvalidArgument,
                                               HasSubstr("takes 1 inputs and was given 0")));
  const Movie movie;
  const Message* inputs[] = {&movie};
  EXPECT_THAT(call->Execute(ctx, inputs), StatusIs(absl::StatusCode::kInvalidArgument,
                                                   HasSubstr("is to be a MovieId and was given a "
                                                             "Movie")));
  // It says that it is a MovieId, but no step could read it.
  google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<Message> dynamic(factory.GetPrototype(MovieId::descriptor())->New());
  inputs[0] = dynamic.get();
  EXPECT_THAT(call->Execute(ctx, inputs), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ErasedCall, SaysWhichRequiredFieldsAnAnswerLacks) {
  using NamePart = google::protobuf::UninterpretedOption_NamePart;  // has required fields
  const Graph graph = GraphBuilder("names")
                          .Input<MovieId>()
                          .Add(
                              [](ExecCtx&, const MovieId& id) {
                                NamePart part;
                                part.set_name_part("name");
                                if (id.id() > 0) part.set_is_extension(true);
                                return part;
                              },
                              {.name = "Name"})
                          .Build()
                          .value();
  const auto call =
      MakeCall(graph, "google.protobuf.UninterpretedOption.NamePart", {"film.MovieId"});
  EXPECT_THAT(Execute(*call, Id(1)), IsOk());
  EXPECT_THAT(Execute(*call, Id(0)),
              StatusIs(absl::StatusCode::kInternal,
                       "the UninterpretedOption.NamePart that graph names made cannot be "
                       "serialised, as required fields are not set: is_extension"));
}

TEST(ErasedCall, ServesManyThreadsAtOnce) {
  const Graph graph = MakeGraph();
  const auto shared = MakeCall(graph, "film.TagSet", {"film.MovieId"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::vector<std::string> inputs = {i % 2 == 0 ? "film.Movie" : "film.MovieId"};
        EXPECT_THAT(ErasedCall::Make(graph, "film.TagSet", inputs).status(), IsOk());
        const absl::StatusOr<std::string> bytes = Execute(*shared, Id(t * 1000 + i));
        EXPECT_THAT(bytes, IsOk());
        EXPECT_EQ(Parsed<TagSet>(*bytes).tags(), (t * 1000 + i) * 2);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ErasedCall, RunsGraphsWhoseCollectionsAreInside) {
  const Graph graph = GraphBuilder("catalog")
                          .Input<MovieId>()
                          .Add([](ExecCtx&, const MovieId& id) {
                            Many<MovieId> ids;
                            for (int64_t i = 0; i < id.id(); ++i) ids.Add(Id(i));
                            return ids;
                          })
                          .Map([](ExecCtx&, const MovieId& id) {
                            Movie movie;
                            movie.set_id(id.id());
                            return movie;
                          })
                          .Add([](ExecCtx&, const Many<Movie>& movies) {
                            TagSet tags;
                            for (const Movie& movie : movies) {
                              tags.set_tags(tags.tags() + movie.id());
                            }
                            return tags;
                          })
                          .Build()
                          .value();
  const auto call = MakeCall(graph, "film.TagSet", {"film.MovieId"});
  for (int64_t n : {0, 3, 600}) {
    const absl::StatusOr<std::string> bytes = Execute(*call, Id(n));
    ASSERT_THAT(bytes, IsOk());
    EXPECT_EQ(Parsed<TagSet>(*bytes).tags(), n * (n - 1) / 2);
  }
  // They have no bytes of their own.
  const std::pair<std::string, std::vector<std::string>> calls[] = {
      {"Many<film.Movie>", {"film.MovieId"}},
      {"film.TagSet", {"Many<film.MovieId>"}},
      {"Many<film.MovieId>", {"Many<film.MovieId>"}}};
  for (const auto& [output, inputs] : calls) {
    const absl::Status expected = CheckCall(graph, output, inputs);
    EXPECT_THAT(ErasedCall::Make(graph, output, inputs).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, std::string(expected.message())));
    EXPECT_THAT(expected,
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is a collection")));
  }
}

}  // namespace
}  // namespace protograph::internal
