// How the constructors of steps get their arguments: from what was provided, or in place.

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/protograph.h"
#include "protograph/testing/testing.h"

namespace {

using ::film::Movie;
using ::film::MovieId;
using ::film::TagSet;
using ::protograph::ExecCtx;
using ::protograph::GetGraphFaults;
using ::protograph::Graph;
using ::protograph::GraphBuilder;
using ::protograph::StepOptions;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::testing::ElementsAre;

class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual int64_t Size() const { return 0; }
};
class Shelf : public Catalog {
 public:
  explicit Shelf(int64_t size) : size_(size) {}
  int64_t Size() const override { return size_; }
  void Grow() { ++size_; }

 private:
  int64_t size_;
};

Movie OfSize(int64_t size) {
  Movie movie;
  movie.set_id(size);
  return movie;
}

// The id of the movie that the builder's only step makes from nothing.
absl::StatusOr<Movie> Outcome(const GraphBuilder& builder) {
  const absl::StatusOr<Graph> graph = builder.Build();
  if (!graph.ok()) return graph.status();
  ExecCtx ctx;
  return graph->Execute<Movie>(ctx);
}

// A step whose constructor takes just what is told.
template <class Parameter>
class Takes {
 public:
  explicit Takes(Parameter shelf) : shelf_(shelf) {}
  Movie Compute(ExecCtx&) const { return OfSize(SizeOf(shelf_)); }

 private:
  static int64_t SizeOf(const Catalog& catalog) { return catalog.Size(); }
  static int64_t SizeOf(const Catalog* catalog) { return catalog->Size(); }
  static int64_t SizeOf(const std::shared_ptr<const Catalog>& catalog) { return catalog->Size(); }

  // A pointer is the constructor's own copy even where it is taken by reference.
  using Pointer = std::remove_cvref_t<Parameter>;
  std::conditional_t<std::is_base_of_v<Catalog, Pointer>, Parameter, Pointer> shelf_;
};

// ---- Every form of parameter ----

template <class Parameter>
class InjectedAs : public ::testing::Test {};
using Parameters =
    ::testing::Types<std::shared_ptr<Shelf>, std::shared_ptr<const Shelf>,
                     const std::shared_ptr<Shelf>&, const std::shared_ptr<const Shelf>&, Shelf&,
                     const Shelf&, Shelf*, const Shelf*, Shelf* const, Shelf>;
TYPED_TEST_SUITE(InjectedAs, Parameters);

TYPED_TEST(InjectedAs, FindsASharedPtr) {
  const auto shelf = std::make_shared<Shelf>(7);
  EXPECT_THAT(Outcome(GraphBuilder("films").Provide(shelf).Add<Takes<TypeParam>>()),
              IsOkAndHolds(EqualsProto("id: 7")));
}

TYPED_TEST(InjectedAs, FindsAUniquePtr) {
  EXPECT_THAT(
      Outcome(GraphBuilder("films").Provide(std::make_unique<Shelf>(8)).Add<Takes<TypeParam>>()),
      IsOkAndHolds(EqualsProto("id: 8")));
}

TYPED_TEST(InjectedAs, FindsAReference) {
  Shelf shelf(9);
  EXPECT_THAT(Outcome(GraphBuilder("films").Provide(shelf).Add<Takes<TypeParam>>()),
              IsOkAndHolds(EqualsProto("id: 9")));
}

TYPED_TEST(InjectedAs, FindsItInAStaticGraph) {
  using Films = protograph::StaticGraph<protograph::Inputs<>, Takes<TypeParam>>;
  const absl::StatusOr<Films> films =
      typename Films::Builder("films").Provide(std::make_shared<Shelf>(10)).Build();
  ASSERT_THAT(films, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(films->template Execute<Movie>(ctx), IsOkAndHolds(EqualsProto("id: 10")));
}

// ---- What is provided ----

template <class Parameter>
class InjectedConstAs : public ::testing::Test {};
using ConstParameters =
    ::testing::Types<std::shared_ptr<const Shelf>, const std::shared_ptr<const Shelf>&,
                     const Shelf&, const Shelf*>;
TYPED_TEST_SUITE(InjectedConstAs, ConstParameters);

TYPED_TEST(InjectedConstAs, FindsWhatIsConst) {
  const Shelf shelf(3);
  EXPECT_THAT(Outcome(GraphBuilder("films").Provide(shelf).Add<Takes<TypeParam>>()),
              IsOkAndHolds(EqualsProto("id: 3")));
  EXPECT_THAT(
      Outcome(
          GraphBuilder("films").Provide(std::make_shared<const Shelf>(4)).Add<Takes<TypeParam>>()),
      IsOkAndHolds(EqualsProto("id: 4")));
  EXPECT_THAT(Outcome(GraphBuilder("films")
                          .Provide(std::unique_ptr<const Shelf>(std::make_unique<Shelf>(5)))
                          .Add<Takes<TypeParam>>()),
              IsOkAndHolds(EqualsProto("id: 5")));
}

TEST(Provide, UnderItsInterface) {
  EXPECT_THAT(Outcome(GraphBuilder("films")
                          .Provide<Catalog>(std::make_shared<Shelf>(6))
                          .Add<Takes<std::shared_ptr<Catalog>>>()),
              IsOkAndHolds(EqualsProto("id: 6")));
  EXPECT_THAT(Outcome(GraphBuilder("films")
                          .Provide<Catalog>(std::make_unique<Shelf>(6))
                          .Add<Takes<const Catalog&>>()),
              IsOkAndHolds(EqualsProto("id: 6")));
  EXPECT_THAT(Outcome(GraphBuilder("films")
                          .Provide<const Catalog>(std::make_shared<Shelf>(6))
                          .Add<Takes<const Catalog*>>()),
              IsOkAndHolds(EqualsProto("id: 6")));
  Shelf shelf(6);
  EXPECT_THAT(Outcome(GraphBuilder("films").Provide<Catalog>(shelf).Add<Takes<Catalog&>>()),
              IsOkAndHolds(EqualsProto("id: 6")));
}

TEST(Provide, IsFoundByExactlyItsType) {
  const absl::StatusOr<Graph> graph = GraphBuilder("films")
                                          .Provide(std::make_shared<Shelf>(6))
                                          .Add<Takes<std::shared_ptr<Catalog>>>({.name = "Count"})
                                          .Build();
  ASSERT_TRUE(GetGraphFaults(graph.status()).has_value());
  EXPECT_THAT(GetGraphFaults(graph.status())->faults(),
              ElementsAre("step Count needs Catalog, which was not provided: call "
                          "Provide<Catalog>(...) before Build(), or give the constructor's "
                          "arguments in place"));
}

TEST(Provide, OwnsWhatIsShared) {
  auto shelf = std::make_shared<Shelf>(1);
  const std::weak_ptr<Shelf> watched = shelf;
  {
    const Graph graph =
        GraphBuilder("films").Provide(std::move(shelf)).Add<Takes<Shelf&>>().Build().value();
    EXPECT_FALSE(watched.expired());
    ExecCtx ctx;
    EXPECT_THAT(graph.Execute<Movie>(ctx), IsOkAndHolds(EqualsProto("id: 1")));
  }
  EXPECT_TRUE(watched.expired());
}

TEST(Provide, GivesTheObjectItselfAndNoCopy) {
  Shelf shelf(1);
  const Graph graph = GraphBuilder("films").Provide(shelf).Add<Takes<Shelf&>>().Build().value();
  shelf.Grow();
  ExecCtx ctx;
  EXPECT_THAT(graph.Execute<Movie>(ctx), IsOkAndHolds(EqualsProto("id: 2")));
}

// ---- Which constructor ----

struct Prices {
  int64_t each = 100;
};

struct TwoThings {
  TwoThings(const Shelf& shelf, std::shared_ptr<const Prices> prices)
      : worth(shelf.Size() * prices->each) {}
  Movie Compute(ExecCtx&) const { return OfSize(worth); }
  int64_t worth;
};

struct Short {
  Short() = default;
  explicit Short(const Shelf& shelf) : size(shelf.Size()) {}
  Movie Compute(ExecCtx&) const { return OfSize(size); }
  int64_t size = -1;
};

struct Inheriting : TwoThings {
  using TwoThings::TwoThings;
};

// Neither can be copied or moved: the step is made where it stays.
struct Fixed {
  explicit Fixed(Shelf* shelf) : size(shelf->Size()) {}
  Fixed(const Fixed&) = delete;
  Fixed& operator=(const Fixed&) = delete;
  Movie Compute(ExecCtx&) const { return OfSize(size); }
  int64_t size;
};

struct Many {
  template <int kN>
  struct Part {
    int64_t n = kN;
  };
  Many(Part<1>& a, Part<2>* b, std::shared_ptr<Part<3>> c, const Part<4>& d, const Part<5>* e,
       std::shared_ptr<const Part<6>> f, Part<7>& g, Part<8>& h, Part<9>& i, Part<10>& j,
       Part<11>& k, Part<12>& l)
      : sum(a.n + b->n + c->n + d.n + e->n + f->n + g.n + h.n + i.n + j.n + k.n + l.n) {}
  Movie Compute(ExecCtx&) const { return OfSize(sum); }
  int64_t sum;
};

TEST(Constructor, TakesSeveralThingsInAnyForm) {
  EXPECT_THAT(Outcome(GraphBuilder("films")
                          .Provide(std::make_unique<Prices>())
                          .Provide(std::make_unique<Shelf>(3))
                          .Add<TwoThings>()),
              IsOkAndHolds(EqualsProto("id: 300")));
  EXPECT_THAT(Outcome(GraphBuilder("films")
                          .Provide(std::make_unique<Prices>())
                          .Provide(std::make_unique<Shelf>(4))
                          .Add<Inheriting>()),
              IsOkAndHolds(EqualsProto("id: 400")));
}

TEST(Constructor, TheOneWithTheMostParametersIsMeant) {
  EXPECT_THAT(Outcome(GraphBuilder("films").Provide(std::make_unique<Shelf>(3)).Add<Short>()),
              IsOkAndHolds(EqualsProto("id: 3")));
  EXPECT_FALSE(GraphBuilder("films").Add<Short>().Build().ok());
}

TEST(Constructor, OfAStepThatCannotBeCopied) {
  EXPECT_THAT(Outcome(GraphBuilder("films").Provide(std::make_unique<Shelf>(3)).Add<Fixed>()),
              IsOkAndHolds(EqualsProto("id: 3")));
  Shelf shelf(4);
  EXPECT_THAT(Outcome(GraphBuilder("films").Add<Fixed>(StepOptions{}, &shelf)),
              IsOkAndHolds(EqualsProto("id: 4")));
}

TEST(Constructor, TakesUpToTwelveThings) {
  EXPECT_THAT(Outcome(GraphBuilder("films")
                          .Provide(std::make_unique<Many::Part<1>>())
                          .Provide(std::make_unique<Many::Part<2>>())
                          .Provide(std::make_unique<Many::Part<3>>())
                          .Provide(std::make_unique<Many::Part<4>>())
                          .Provide(std::make_unique<Many::Part<5>>())
                          .Provide(std::make_unique<Many::Part<6>>())
                          .Provide(std::make_unique<Many::Part<7>>())
                          .Provide(std::make_unique<Many::Part<8>>())
                          .Provide(std::make_unique<Many::Part<9>>())
                          .Provide(std::make_unique<Many::Part<10>>())
                          .Provide(std::make_unique<Many::Part<11>>())
                          .Provide(std::make_unique<Many::Part<12>>())
                          .Add<Many>()),
              IsOkAndHolds(EqualsProto("id: 78")));
}

// ---- In place ----

class Labels {
 public:
  Labels(std::unique_ptr<Shelf> shelf, std::string suffix)
      : shelf_(std::move(shelf)), suffix_(std::move(suffix)) {}
  Movie Compute(ExecCtx&) const {
    Movie movie;
    movie.set_title(std::to_string(shelf_->Size()) + suffix_);
    return movie;
  }

 private:
  std::unique_ptr<Shelf> shelf_;
  std::string suffix_;
};

TEST(InPlace, ArgumentsAreMovedIntoTheStep) {
  EXPECT_THAT(Outcome(GraphBuilder("films").Add<Labels>(StepOptions{}, std::make_unique<Shelf>(2),
                                                        " films")),
              IsOkAndHolds(EqualsProto("title: '2 films'")));
}

TEST(InPlace, AStaticGraphsStepGetsThemFromConfigure) {
  using Films = protograph::StaticGraph<protograph::Inputs<>, Labels>;
  const absl::StatusOr<Films> films =
      Films::Builder("films")
          .Configure<Labels>(StepOptions{}, std::make_unique<Shelf>(2), " films")
          .Build();
  ASSERT_THAT(films, IsOk());
  ExecCtx ctx;
  EXPECT_THAT(films->Execute<Movie>(ctx), IsOkAndHolds(EqualsProto("title: '2 films'")));
}

TEST(InPlace, NothingIsLookedUpForThem) {
  Shelf given(5);
  Shelf provided(6);
  EXPECT_THAT(
      Outcome(GraphBuilder("films").Provide(provided).Add<Takes<Shelf*>>(StepOptions{}, &given)),
      IsOkAndHolds(EqualsProto("id: 5")));
}

// ---- Constructors that throw ----

struct Throwing {
  explicit Throwing(const Shelf& shelf) {
    if (shelf.Size() == 0) throw std::invalid_argument("the shelf is empty");
  }
  Movie Compute(ExecCtx&) const { return OfSize(1); }
};

TEST(AConstructorThatThrows, InPlaceIsAFaultOfBuild) {
  const absl::StatusOr<Graph> graph =
      GraphBuilder("films").Add<Throwing>(StepOptions{}, Shelf(0)).Build();
  ASSERT_TRUE(GetGraphFaults(graph.status()).has_value());
  EXPECT_THAT(GetGraphFaults(graph.status())->faults(),
              ElementsAre("step Throwing could not be made, its constructor threw "
                          "std::invalid_argument: the shelf is empty: mend what it was given in "
                          "place"));
}

TEST(AConstructorThatThrows, WithProvidedArgumentsIsAFaultOfBuild) {
  GraphBuilder builder("films");
  Shelf shelf(0);
  builder.Provide(shelf).Add<Throwing>();
  const absl::StatusOr<Graph> graph = builder.Build();
  ASSERT_TRUE(GetGraphFaults(graph.status()).has_value());
  EXPECT_THAT(GetGraphFaults(graph.status())->faults(),
              ElementsAre("step Throwing could not be made, its constructor threw "
                          "std::invalid_argument: the shelf is empty: mend what was provided to "
                          "it"));
  // Nothing sticks: the next Build tries again.
  shelf.Grow();
  EXPECT_THAT(builder.Build(), IsOk());
}

TEST(AConstructorThatThrows, IsAFaultOfAStaticGraphsBuildToo) {
  using Films = protograph::StaticGraph<protograph::Inputs<>, Throwing>;
  EXPECT_FALSE(Films::Builder("films").Provide(std::make_shared<Shelf>(0)).Build().ok());
  EXPECT_FALSE(Films::Builder("films").Configure<Throwing>(StepOptions{}, Shelf(0)).Build().ok());
  EXPECT_THAT(Films::Builder("films").Configure<Throwing>(StepOptions{}, Shelf(1)).Build(), IsOk());
}

}  // namespace
