// Every shape of step that the library takes, how steps are named, and how their constructors get
// their arguments. The shapes that it refuses are in tests/compile_fail.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace {

using ::film::ContentAnalysis;
using ::film::DirectorProfile;
using ::film::Movie;
using ::film::MovieId;
using ::film::TagSet;
using ::protograph::ExecCtx;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::StepOptions;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;

MovieId Id(int64_t id) {
  MovieId message;
  message.set_id(id);
  return message;
}

// What all steps here make of an id.
Movie Next(const MovieId& id) {
  Movie movie;
  movie.set_id(id.id() + 1);
  return movie;
}

// Runs a graph that takes a MovieId, where it takes one at all.
absl::StatusOr<Movie> Outcome(GraphBuilder& builder, bool has_input = true) {
  if (has_input) builder.Input<MovieId>();
  const absl::StatusOr<Graph> graph = builder.Build();
  if (!graph.ok()) return graph.status();
  ExecCtx ctx;
  return has_input ? graph->Execute<Movie>(ctx, Id(1)) : graph->Execute<Movie>(ctx);
}

template <class Step>
absl::StatusOr<Movie> Outcome() {
  GraphBuilder builder("films");
  return Outcome(builder.Add<Step>());
}

std::string NameOfOnlyStep(GraphBuilder& builder) {
  return builder.Input<MovieId>().Build().value().Describe().steps(0).name();
}

// ---- Shapes ----

struct Const {
  absl::StatusOr<Movie> Compute(ExecCtx&, const MovieId& id) const { return Next(id); }
};
struct NotConst {
  absl::StatusOr<Movie> Compute(ExecCtx&, const MovieId& id) { return Next(id); }
};
struct Noexcept {
  Movie Compute(ExecCtx&, const MovieId& id) noexcept { return Next(id); }
};
struct ConstNoexcept {
  Movie Compute(ExecCtx&, const MovieId& id) const noexcept { return Next(id); }
};
struct Reference {
  Movie Compute(ExecCtx&, const MovieId& id) & { return Next(id); }
};
struct ConstReference {
  Movie Compute(ExecCtx&, const MovieId& id) const& { return Next(id); }
};
struct ReferenceNoexcept {
  Movie Compute(ExecCtx&, const MovieId& id) & noexcept { return Next(id); }
};
struct ConstReferenceNoexcept {
  Movie Compute(ExecCtx&, const MovieId& id) const& noexcept { return Next(id); }
};
struct Static {
  static absl::StatusOr<Movie> Compute(ExecCtx&, const MovieId& id) { return Next(id); }
};
struct StaticNoexcept {
  static Movie Compute(ExecCtx&, const MovieId& id) noexcept { return Next(id); }
};
struct Plain {
  Movie Compute(ExecCtx&, const MovieId& id) const { return Next(id); }
};
struct ConstResult {
  // NOLINTNEXTLINE(readability-const-return-type)
  const Movie Compute(ExecCtx&, const MovieId& id) const { return Next(id); }
};
struct ConstStatusOrResult {
  // NOLINTNEXTLINE(readability-const-return-type)
  const absl::StatusOr<Movie> Compute(ExecCtx&, const MovieId& id) const { return Next(id); }
};
struct Virtual {
  virtual ~Virtual() = default;
  virtual Movie Compute(ExecCtx&, const MovieId& id) const { return Next(id); }
};
struct Overriding : Virtual {
  Movie Compute(ExecCtx&, const MovieId& id) const override { return Next(id); }
};
struct Inheriting : Plain {};
struct Final final {
  Movie Compute(ExecCtx&, const MovieId& id) const { return Next(id); }
};
struct FinalInheriting final : Plain {};
// A class that can be called too is a step by its Compute.
struct CallableToo {
  Movie Compute(ExecCtx&, const MovieId& id) const { return Next(id); }
  void operator()() const {}
};
template <class Message>
struct Templated {
  Movie Compute(ExecCtx&, const Message& id) const { return Next(id); }
};

template <class Step>
class Shape : public ::testing::Test {};
using Shapes =
    ::testing::Types<Const, NotConst, Noexcept, ConstNoexcept, Reference, ConstReference,
                     ReferenceNoexcept, ConstReferenceNoexcept, Static, StaticNoexcept, Plain,
                     ConstResult, ConstStatusOrResult, Virtual, Overriding, Inheriting, Final,
                     FinalInheriting, CallableToo, Templated<MovieId>>;
TYPED_TEST_SUITE(Shape, Shapes);

TYPED_TEST(Shape, IsTaken) {
  EXPECT_THAT(Outcome<TypeParam>(), IsOkAndHolds(EqualsProto("id: 2")));
}

TYPED_TEST(Shape, IsTakenByStaticGraph) {
  using Films = protograph::StaticGraph<protograph::Inputs<MovieId>, TypeParam>;
  const absl::StatusOr<Films> films = typename Films::Builder("films").Build();
  ASSERT_THAT(films, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(films->template Execute<Movie>(ctx, Id(1)), IsOkAndHolds(EqualsProto("id: 2")));
}

TEST(Shapes, AStepNeedsNoMessage) {
  struct FilmOfTheDay {
    Movie Compute(ExecCtx&) const { return Next(Id(41)); }
  };
  GraphBuilder builder("films");
  EXPECT_THAT(Outcome(builder.Add<FilmOfTheDay>(), /*has_input=*/false),
              IsOkAndHolds(EqualsProto("id: 42")));
}

TEST(Shapes, MessagesArriveInTheOrderOfTheParameters) {
  struct First {
    ContentAnalysis Compute(ExecCtx&, const MovieId& id) const {
      ContentAnalysis content;
      content.set_themes(10 * id.id());
      return content;
    }
  };
  struct Second {
    DirectorProfile Compute(ExecCtx&, const MovieId& id) const {
      DirectorProfile director;
      director.set_films(100 * id.id());
      return director;
    }
  };
  struct Third {
    Movie Compute(ExecCtx&, const DirectorProfile& director, const MovieId& id,
                  const ContentAnalysis& content) const {
      Movie movie;
      movie.set_id(director.films() + content.themes() + id.id());
      return movie;
    }
  };
  GraphBuilder builder("films");
  EXPECT_THAT(Outcome(builder.Add<First>().Add<Third>().Add<Second>()),
              IsOkAndHolds(EqualsProto("id: 111")));
}

TEST(Shapes, AStepThatIsNotConstKeepsWhatItCounts) {
  struct Counting {
    Movie Compute(ExecCtx&, const MovieId&) { return Next(Id(++count)); }
    Counting() = default;
    int count = 0;
  };
  const Graph graph = GraphBuilder("films").Input<MovieId>().Add<Counting>().Build().value();
  ExecCtx ctx;
  EXPECT_THAT(graph.Execute<Movie>(ctx, Id(1)), IsOkAndHolds(EqualsProto("id: 2")));
  EXPECT_THAT(graph.Execute<Movie>(ctx, Id(1)), IsOkAndHolds(EqualsProto("id: 3")));
}

TEST(Shapes, AStatusThatIsNotOkIsAFailure) {
  struct Failing {
    absl::StatusOr<Movie> Compute(ExecCtx&, const MovieId&) const {
      return absl::NotFoundError("no such film");
    }
  };
  EXPECT_THAT(Outcome<Failing>(), StatusIs(absl::StatusCode::kNotFound));
}

// ---- Callables ----

Movie MakeMovie(ExecCtx&, const MovieId& id) { return Next(id); }
absl::StatusOr<Movie> MakeMovieNoexcept(ExecCtx&, const MovieId& id) noexcept { return Next(id); }

struct Functor {
  int64_t more;
  Movie operator()(ExecCtx&, const MovieId& id) const { return Next(Id(id.id() + more)); }
};

TEST(Callables, ALambda) {
  GraphBuilder builder("films");
  EXPECT_THAT(Outcome(builder.Add([](ExecCtx&, const MovieId& id) { return Next(id); })),
              IsOkAndHolds(EqualsProto("id: 2")));
}

TEST(Callables, ALambdaThatMayFailAndOneThatTakesNothing) {
  GraphBuilder may_fail("films");
  EXPECT_THAT(Outcome(may_fail.Add(
                  [](ExecCtx&, const MovieId& id) -> absl::StatusOr<Movie> { return Next(id); })),
              IsOkAndHolds(EqualsProto("id: 2")));
  GraphBuilder nothing("films");
  EXPECT_THAT(Outcome(nothing.Add([](ExecCtx&) { return Movie(); }), /*has_input=*/false), IsOk());
}

TEST(Callables, AMutableLambdaThatOwnsWhatCannotBeCopied) {
  GraphBuilder builder("films");
  builder.Add([count = std::make_unique<int64_t>(6)](ExecCtx&, const MovieId&) mutable {
    return Next(Id((*count)++));
  });
  EXPECT_THAT(Outcome(builder), IsOkAndHolds(EqualsProto("id: 7")));
}

TEST(Callables, AFunctionAndAPointerToOne) {
  GraphBuilder function("films");
  EXPECT_THAT(Outcome(function.Add(MakeMovie)), IsOkAndHolds(EqualsProto("id: 2")));
  GraphBuilder pointer("films");
  EXPECT_THAT(Outcome(pointer.Add(&MakeMovieNoexcept)), IsOkAndHolds(EqualsProto("id: 2")));
}

TEST(Callables, AFunctionObject) {
  GraphBuilder temporary("films");
  EXPECT_THAT(Outcome(temporary.Add(Functor{5})), IsOkAndHolds(EqualsProto("id: 7")));
  GraphBuilder copied("films");
  const Functor functor{6};
  EXPECT_THAT(Outcome(copied.Add(functor)), IsOkAndHolds(EqualsProto("id: 8")));
}

// ---- Names ----

TEST(Names, AClassIsNamedByItselfWithoutNamespaces) {
  GraphBuilder builder("films");
  EXPECT_EQ(NameOfOnlyStep(builder.Add<Const>()), "Const");
}

TEST(Names, ALocalClassIsNamedByItself) {
  struct Local {
    Movie Compute(ExecCtx&, const MovieId& id) const { return Next(id); }
  };
  GraphBuilder builder("films");
  EXPECT_EQ(NameOfOnlyStep(builder.Add<Local>()), "Local");
}

TEST(Names, ACallableIsNamedByWhatItMakes) {
  GraphBuilder lambda("films");
  EXPECT_EQ(NameOfOnlyStep(lambda.Add([](ExecCtx&, const MovieId& id) { return Next(id); })),
            "Movie");
  GraphBuilder function("films");
  EXPECT_EQ(NameOfOnlyStep(function.Add(MakeMovie)), "Movie");
  GraphBuilder functor("films");
  EXPECT_EQ(NameOfOnlyStep(functor.Add(Functor{1})), "Movie");
}

TEST(Names, OptionsNameClassesAndCallables) {
  GraphBuilder step("films");
  EXPECT_EQ(NameOfOnlyStep(step.Add<Const>({.name = "FromDisk"})), "FromDisk");
  GraphBuilder lambda("films");
  EXPECT_EQ(NameOfOnlyStep(lambda.Add(MakeMovie, {.name = "FromTape"})), "FromTape");
}

TEST(Names, AStepKnowsItsOwn) {
  GraphBuilder builder("films");
  builder.Add(
      [](ExecCtx& ctx, const MovieId&) {
        Movie movie;
        movie.set_title(std::string(ctx.step_name()));
        return movie;
      },
      {.name = "Herald"});
  EXPECT_THAT(Outcome(builder), IsOkAndHolds(EqualsProto("title: 'Herald'")));
}

}  // namespace
