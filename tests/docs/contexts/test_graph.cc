// Statements of a test that has a graph; compiled and run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "film.pb.h"
#include "film_graph.h"
#include "protograph/testing/testing.h"

namespace film {
namespace {

using ::protograph::testing::EqualsProto;
using ::protograph::testing::FailStep;
using ::protograph::testing::FakeClock;
using ::protograph::testing::IsOk;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::Recorder;
using ::protograph::testing::ReplaceStep;
using ::protograph::testing::SeededRandom;
using ::protograph::testing::StatusIs;
using ::protograph::testing::StepFailed;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Property;
using ::testing::SizeIs;

TEST(Documents, @NAME@) {
  Movie alien;
  alien.set_id(348);
  alien.set_title("Alien");
  alien.set_year(1979);
  alien.set_director("Ridley Scott");
  MovieId movie_id;
  movie_id.set_id(348);
  const auto analyzer = std::make_shared<WordAnalyzer>();
  const auto catalog = std::make_shared<ListedMovies>(std::vector<Movie>{alien});
  absl::StatusOr<FilmGraph> graph = MakeFilmGraph(
      catalog, analyzer,
      std::make_shared<protograph::ThreadPool>(protograph::ThreadPoolOptions{.max_threads = 0}));
  ASSERT_THAT(graph, IsOk());
  {
@SNIPPET@
  }
}

}  // namespace
}  // namespace film
