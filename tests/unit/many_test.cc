// Many<T> as a value, and the chunks that it lies in.

#include "protograph/many.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "film.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/internal/many_base.h"
#include "protograph/protograph.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::film::Movie;
using ::film::MovieId;
using ::protograph::testing::EqualsProto;
using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Where a collection grows: within its first chunk, from one chunk to the next, over several.
constexpr int64_t kSizes[] = {0, 1, 3, 4, 5, 8, 511, 512, 513, 1023, 1024, 1025, 5000};

Movie Film(int64_t id) {
  Movie movie;
  movie.set_id(id);
  // Too long for the string itself, so that a copy that is not deep would share it.
  movie.set_title("the film with the number " + std::to_string(id));
  return movie;
}

Many<Movie> Films(int64_t n) {
  Many<Movie> films;
  for (int64_t i = 0; i < n; ++i) films.Add(Film(i));
  return films;
}

void ExpectFilms(const Many<Movie>& films, int64_t n) {
  ASSERT_EQ(films.size(), static_cast<size_t>(n));
  EXPECT_EQ(films.empty(), n == 0);
  for (int64_t i = 0; i < n; ++i) {
    ASSERT_THAT(films[static_cast<size_t>(i)], IsOkAndHolds(EqualsProto(Film(i).DebugString())));
  }
  int64_t next = 0;
  for (const Movie& film : films) ASSERT_EQ(film.id(), next++);
  EXPECT_EQ(next, n);
}

std::vector<int64_t> IdsIn(const Many<Movie>& films) {
  std::vector<int64_t> ids;
  for (const Movie& film : films) ids.push_back(film.id());
  return ids;
}

TEST(Many, BeginsEmpty) {
  const Many<Movie> films;
  EXPECT_TRUE(films.empty());
  EXPECT_EQ(films.size(), 0U);
  EXPECT_EQ(films.begin(), films.end());
  EXPECT_EQ(films.failed_count(), 0U);
  EXPECT_THAT(films.failures(), IsEmpty());
}

TEST(Many, AddsMessagesInPlaceAndByValue) {
  Many<Movie> films;
  films.Add().set_id(1);
  Movie& second = films.Add(Film(2));
  second.set_title("changed");
  const Movie third = Film(3);
  films.Add(third);
  EXPECT_EQ(films[0]->id(), 1);
  EXPECT_EQ(films[1]->title(), "changed");
  EXPECT_EQ(films[2]->title(), third.title());
}

TEST(Many, AddsAnItemOfItsOwn) {
  // It must not be read after the growth that makes room for it.
  Many<Movie> films = Films(4);
  for (int i = 0; i < 600; ++i) films.Add(*films[static_cast<size_t>(i) % 4]);
  ASSERT_EQ(films.size(), 604U);
  for (size_t i = 0; i < films.size(); ++i) {
    ASSERT_EQ(films[i]->title(), Film(static_cast<int64_t>(i % 4)).title());
  }
}

TEST(Many, KeepsItsItemsWhileItGrows) {
  for (int64_t n : kSizes) ExpectFilms(Films(n), n);
}

TEST(Many, KeepsItsItemsWhereRoomWasReserved) {
  for (int64_t room : kSizes) {
    for (int64_t n : {int64_t{0}, int64_t{5}, int64_t{700}}) {
      Many<Movie> films;
      films.Reserve(static_cast<size_t>(room));
      for (int64_t i = 0; i < n; ++i) films.Add(Film(i));
      ExpectFilms(films, n);
      // More, and less than there is.
      films.Reserve(static_cast<size_t>(n + room));
      films.Reserve(1);
      films.Add(Film(n));
      ExpectFilms(films, n + 1);
    }
  }
}

TEST(Many, IsMadeOfAList) {
  const Many<Movie> films = {Film(0), Film(1), Film(2)};
  ExpectFilms(films, 3);
  ExpectFilms(Many<Movie>{}, 0);
}

TEST(Many, IsMadeOfAVector) {
  for (int64_t n : kSizes) {
    std::vector<Movie> messages;
    for (int64_t i = 0; i < n; ++i) messages.push_back(Film(i));
    ExpectFilms(Many<Movie>(messages), n);
    ExpectFilms(Many<Movie>(std::move(messages)), n);
  }
  // Not by accident.
  static_assert(!std::is_convertible_v<std::vector<Movie>, Many<Movie>>);
}

// ---- Copies and moves ----

TEST(Many, CopiesAreDeep) {
  for (int64_t n : kSizes) {
    Many<Movie> films = Films(n);
    const Many<Movie> copy = films;
    Many<Movie> assigned = Films(7);
    assigned = films;
    films.Add(Film(n));
    if (n > 0) films.Clear();
    ExpectFilms(copy, n);
    ExpectFilms(assigned, n);
    // And may grow on their own.
    assigned.Add(Film(n));
    ExpectFilms(assigned, n + 1);
    ExpectFilms(copy, n);
  }
}

TEST(Many, CopiesOfAFewItemsOfManyMayGrow) {
  // A copy has room for what it holds, another than that of what it was copied from.
  for (int64_t n : {1, 4, 5, 511, 512, 513, 1024}) {
    Many<Movie> copy = Films(n);
    copy = Many<Movie>(copy);
    for (int64_t i = n; i < n + 1100; ++i) copy.Add(Film(i));
    ExpectFilms(copy, n + 1100);
  }
}

TEST(Many, CopiesErrorsToo) {
  Many<Movie> films = {Film(0)};
  films.AddError(absl::NotFoundError("no such film"));
  const Many<Movie> copy = films;
  films.Clear();
  ASSERT_EQ(copy.size(), 2U);
  EXPECT_THAT(copy[1], StatusIs(absl::StatusCode::kNotFound, "no such film"));
}

TEST(Many, MovesLeaveAnEmptyCollectionThatMayBeUsed) {
  for (int64_t n : kSizes) {
    Many<Movie> films = Films(n);
    Many<Movie> moved = std::move(films);
    ExpectFilms(moved, n);
    // NOLINTNEXTLINE(bugprone-use-after-move): what is moved from is empty, and says so.
    ExpectFilms(films, 0);
    films.Add(Film(0));
    ExpectFilms(films, 1);

    Many<Movie> assigned = Films(600);
    assigned = std::move(moved);
    ExpectFilms(assigned, n);
    // NOLINTNEXTLINE(bugprone-use-after-move)
    ExpectFilms(moved, 0);
    for (int64_t i = 0; i < 700; ++i) moved.Add(Film(i));
    ExpectFilms(moved, 700);
  }
  static_assert(std::is_nothrow_move_constructible_v<Many<Movie>>);
  static_assert(std::is_nothrow_move_assignable_v<Many<Movie>>);
}

TEST(Many, MovesKeepTheMessagesWhereTheyAre) {
  Many<Movie> films = Films(600);
  const Movie* const first = &*films[0];
  const Movie* const last = &*films[599];
  const Many<Movie> moved = std::move(films);
  EXPECT_EQ(&*moved[0], first);
  EXPECT_EQ(&*moved[599], last);
}

TEST(Many, MayBeAssignedToItself) {
  for (int64_t n : {0, 5, 600}) {
    Many<Movie> films = Films(n);
    const Many<Movie>& same = films;
    films = same;
    ExpectFilms(films, n);
    Many<Movie>& also = films;
    films = std::move(also);
    // Whatever it holds, it is a collection.
    const auto size = static_cast<int64_t>(films.size());
    EXPECT_TRUE(size == n || size == 0);
    films.Clear();
    films.Add(Film(0));
    ExpectFilms(films, 1);
  }
}

TEST(Many, ClearsAndBeginsAnew) {
  for (int64_t n : kSizes) {
    Many<Movie> films = Films(n);
    films.Clear();
    ExpectFilms(films, 0);
    films.Clear();
    for (int64_t i = 0; i < n; ++i) films.Add(Film(i));
    ExpectFilms(films, n);
  }
}

// ---- Errors ----

TEST(Many, HoldsErrorsAtTheirPlaces) {
  Many<Movie> films;
  films.AddError(absl::NotFoundError("first"));
  films.Add(Film(1));
  films.AddError(absl::UnavailableError("third"));
  ASSERT_EQ(films.size(), 3U);
  EXPECT_FALSE(films.empty());
  EXPECT_THAT(films[0], StatusIs(absl::StatusCode::kNotFound, "first"));
  EXPECT_THAT(films[1], IsOkAndHolds(EqualsProto(Film(1).DebugString())));
  EXPECT_THAT(films[2], StatusIs(absl::StatusCode::kUnavailable, "third"));
}

TEST(Many, CountsAndListsItsErrors) {
  Many<Movie> films;
  for (int64_t i = 0; i < 1100; ++i) {
    if (i % 100 == 7) {
      films.AddError(absl::NotFoundError(std::to_string(i)));
    } else {
      films.Add(Film(i));
    }
  }
  EXPECT_EQ(films.failed_count(), 11U);
  const std::vector<ItemFailure> failures = films.failures();
  ASSERT_THAT(failures, SizeIs(11));
  for (size_t i = 0; i < failures.size(); ++i) {
    EXPECT_EQ(failures[i].index, i * 100 + 7);
    EXPECT_THAT(failures[i].status,
                StatusIs(absl::StatusCode::kNotFound, std::to_string(i * 100 + 7)));
  }
}

TEST(Many, TakesNoOkForAnError) {
  Many<Movie> films;
  films.AddError(absl::OkStatus());
  ASSERT_EQ(films.size(), 1U);
  EXPECT_THAT(films[0], StatusIs(absl::StatusCode::kInternal, "Many<T>::AddError was given OK"));
}

TEST(Many, KeepsWhatIsAttachedToAnError) {
  absl::Status error = absl::NotFoundError("no such film");
  error.SetPayload("film", absl::Cord("603"));
  Many<Movie> films;
  films.AddError(error);
  for (int64_t i = 0; i < 600; ++i) films.Add(Film(i));
  EXPECT_EQ(films[0].status(), error);
  EXPECT_EQ(Many<Movie>(films)[0].status(), error);
}

// ---- Iteration ----

TEST(Many, IteratesOverTheMessagesAndLeavesErrorsOut) {
  Many<Movie> films;
  films.AddError(absl::NotFoundError("before"));
  films.AddError(absl::NotFoundError("all"));
  films.Add(Film(2));
  films.AddError(absl::NotFoundError("between"));
  films.Add(Film(4));
  films.Add(Film(5));
  films.AddError(absl::NotFoundError("after"));
  EXPECT_THAT(IdsIn(films), ElementsAre(2, 4, 5));

  std::vector<size_t> places;
  for (auto film = films.begin(); film != films.end(); ++film) {
    places.push_back(film.index());
    EXPECT_EQ(film->id(), static_cast<int64_t>(film.index()));
  }
  EXPECT_THAT(places, ElementsAre(2, 4, 5));
}

TEST(Many, IteratesOverNothingWhereAllAreErrors) {
  Many<Movie> films;
  for (int i = 0; i < 600; ++i) films.AddError(absl::NotFoundError("none"));
  EXPECT_EQ(films.begin(), films.end());
  EXPECT_EQ(films.end().index(), 600U);
}

TEST(Many, HasForwardIterators) {
  static_assert(std::forward_iterator<Many<Movie>::const_iterator>);
  Many<Movie> films = Films(3);
  auto film = films.begin();
  const auto before = film++;
  EXPECT_EQ(before->id(), 0);
  EXPECT_EQ(film->id(), 1);
  EXPECT_NE(before, film);
  EXPECT_EQ(std::next(before), film);
  EXPECT_EQ(std::distance(films.begin(), films.end()), 3);
}

TEST(Many, GivesItsItemsToOtherContainers) {
  const Many<Movie> films = Films(600);
  const std::vector<Movie> copies(films.begin(), films.end());
  ASSERT_THAT(copies, SizeIs(600));
  EXPECT_THAT(copies[599], EqualsProto(Film(599).DebugString()));
}

// ---- Chunks: see internal/many_base.h ----

namespace chunks {

using internal::ItemLayout;
using internal::LayoutOfItems;
using internal::ManyBase;

constexpr size_t kFull = ManyBase::kChunkItems;

// Items that count those of them that are alive.
struct Counted {
  static inline int alive = 0;
  Counted() { ++alive; }
  Counted(const Counted& other) : number(other.number) { ++alive; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --alive; }
  int64_t number = -1;
};

Counted& At(void* place) { return *static_cast<Counted*>(place); }
const Counted& At(const void* place) { return *static_cast<const Counted*>(place); }

const ItemLayout& CountedLayout() {
  static const ItemLayout layout = {
      .size = sizeof(Counted),
      .alignment = alignof(Counted),
      .prototype = MovieId::default_instance(),
      .construct = [](void* place) { ::new (place) Counted; },
      .destroy = [](void* place) { At(place).~Counted(); },
      .move = [](void* place, void* from) { ::new (place) Counted(At(from)); },
      .copy = [](void* place, const void* from) { ::new (place) Counted(At(from)); },
      .set_error = nullptr,
      .set_empty = nullptr,
      .message = [](const void*) -> const google::protobuf::Message* { return nullptr; },
      .status = nullptr,
      .take_error = nullptr};
  return layout;
}

TEST(ManyBase, HasChunksForItsSize) {
  const std::pair<size_t, std::vector<size_t>> sizes[] = {{0, {}},
                                                          {1, {1}},
                                                          {kFull, {kFull}},
                                                          {kFull + 1, {kFull, 1}},
                                                          {2 * kFull, {kFull, kFull}},
                                                          {2 * kFull + 100, {kFull, kFull, 100}}};
  for (const auto& [size, chunks] : sizes) {
    ManyBase many(CountedLayout());
    many.SetSize(size);
    EXPECT_EQ(many.size(), size);
    ASSERT_EQ(many.chunk_count(), chunks.size());
    for (size_t i = 0; i < chunks.size(); ++i) EXPECT_EQ(many.ChunkSize(i), chunks[i]);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(ManyBase, ConstructsAChunkWhenItIsMadeAndDestroysItWhenItIsFreed) {
  ManyBase many(CountedLayout());
  many.SetSize(2 * kFull + 100);
  EXPECT_EQ(Counted::alive, 0);
  // In whatever order.
  many.MakeChunk(2);
  EXPECT_EQ(Counted::alive, 100);
  many.MakeChunk(0);
  EXPECT_EQ(Counted::alive, static_cast<int>(kFull) + 100);
  At(many.Place(2 * kFull + 99)).number = 7;
  many.FreeChunk(0);
  EXPECT_EQ(Counted::alive, 100);
  // Nothing is left to free.
  many.FreeChunk(0);
  many.FreeChunk(1);
  EXPECT_EQ(Counted::alive, 100);
  EXPECT_EQ(At(many.Place(2 * kFull + 99)).number, 7);
  many.MakeChunk(0);
  EXPECT_EQ(Counted::alive, static_cast<int>(kFull) + 100);
  many.Clear();
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_EQ(many.size(), 0U);
  EXPECT_EQ(many.chunk_count(), 0U);
}

TEST(ManyBase, DestroysWhatWasMadeOfIt) {
  {
    ManyBase many(CountedLayout());
    many.SetSize(3 * kFull);
    many.MakeChunk(1);
    ManyBase moved = std::move(many);
    EXPECT_EQ(Counted::alive, static_cast<int>(kFull));
    EXPECT_EQ(moved.chunk_count(), 3U);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(ManyBase, ForgetsWhatItHeldWhenItsSizeIsSet) {
  ManyBase many(CountedLayout());
  for (int i = 0; i < 600; ++i) ::new (many.Append()) Counted;
  EXPECT_EQ(Counted::alive, 600);
  many.SetSize(10);
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_EQ(many.size(), 10U);
}

TEST(ManyBase, DestroysEachItemOnceHoweverItGrew) {
  for (size_t n : {size_t{0}, size_t{1}, size_t{4}, size_t{5}, kFull, kFull + 1, 3 * kFull}) {
    {
      ManyBase many(CountedLayout());
      for (size_t i = 0; i < n; ++i) (::new (many.Append()) Counted)->number = static_cast<int>(i);
      EXPECT_EQ(Counted::alive, static_cast<int>(n));
      const ManyBase copy = many;
      EXPECT_EQ(Counted::alive, static_cast<int>(2 * n));
      for (size_t i = 0; i < n; ++i) ASSERT_EQ(At(copy.Place(i)).number, static_cast<int64_t>(i));
    }
    EXPECT_EQ(Counted::alive, 0);
  }
}

TEST(ManyBase, MayGrowAfterItsChunksWereMade) {
  // As what a graph has made does where its caller adds to it.
  for (size_t n : {size_t{1}, size_t{5}, kFull - 1, kFull, kFull + 1, kFull + 88, 2 * kFull}) {
    {
      ManyBase many(CountedLayout());
      many.SetSize(n);
      for (size_t chunk = 0; chunk < many.chunk_count(); ++chunk) many.MakeChunk(chunk);
      for (size_t i = 0; i < n; ++i) At(many.Place(i)).number = static_cast<int64_t>(i);
      for (size_t i = n; i < n + 1000; ++i) {
        (::new (many.Append()) Counted)->number = static_cast<int64_t>(i);
      }
      ASSERT_EQ(many.size(), n + 1000);
      for (size_t i = 0; i < n + 1000; ++i) {
        ASSERT_EQ(At(many.Place(i)).number, static_cast<int64_t>(i));
      }
    }
    EXPECT_EQ(Counted::alive, 0);
  }
}

TEST(ManyBase, ItemsThatWereNotMadeAreErrors) {
  ManyBase many(LayoutOfItems<Movie>());
  many.SetSize(kFull + 2);
  many.MakeChunk(0);
  many.MakeChunk(1);
  EXPECT_EQ(many.CountErrors(), kFull + 2);
  EXPECT_EQ(many.message(kFull), nullptr);
  EXPECT_FALSE(many.status(kFull).ok());
}

TEST(ManyBase, LayoutsSetMessagesAndErrors) {
  const ItemLayout& layout = LayoutOfItems<Movie>();
  ManyBase many(layout);
  many.SetSize(2);
  many.MakeChunk(0);
  layout.set_empty(many.Place(0))->CopyFrom(Film(3));
  layout.set_error(many.Place(1), absl::NotFoundError("none"));
  EXPECT_THAT(static_cast<const Movie&>(*many.message(0)), EqualsProto(Film(3).DebugString()));
  EXPECT_THAT(many.status(1), StatusIs(absl::StatusCode::kNotFound, "none"));
  EXPECT_EQ(many.CountErrors(), 1U);
  // One takes the place of the other.
  layout.set_error(many.Place(0), absl::AbortedError("gone"));
  layout.set_empty(many.Place(1))->CopyFrom(Film(4));
  EXPECT_THAT(many.status(0), StatusIs(absl::StatusCode::kAborted, "gone"));
  EXPECT_EQ(static_cast<const Movie&>(*many.message(1)).id(), 4);

  EXPECT_THAT(layout.take_error(many.Place(0)), StatusIs(absl::StatusCode::kAborted, "gone"));
  layout.construct(many.Place(0));  // it was destroyed
}

TEST(ManyBase, KnowsItsTypeAndItsSpace) {
  ManyBase many(LayoutOfItems<Movie>());
  EXPECT_TRUE(many.type().is_many());
  EXPECT_EQ(&many.type().prototype(), &Movie::default_instance());
  EXPECT_EQ(many.SpaceUsed(), 0U);
  ::new (many.Append()) absl::StatusOr<Movie>(Film(1));
  const size_t one = many.SpaceUsed();
  EXPECT_GT(one, Film(1).title().size());
  ::new (many.Append()) absl::StatusOr<Movie>(absl::NotFoundError("none"));
  EXPECT_GT(many.SpaceUsed(), one);
}

}  // namespace chunks

}  // namespace
}  // namespace protograph
