#include "summarize_catalogue.h"

#include <string>

#include "catalog_report.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/testing/matchers.h"
#include "test_clients.h"

namespace movie_tagging {
namespace {

using ::protograph::ExecCtx;
using ::protograph::Many;
using ::protograph::testing::EqualsProto;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SummarizeCatalogueTest : public ::testing::Test {
 protected:
  void AddFilm(const std::string& movie, const std::string& rest = "") {
    ids_.Add(MakeId(static_cast<int>(ids_.size()) + 1));
    movies_.Add(FromText<EnrichedMovie>("movie { " + movie + " } " + rest));
  }
  void AddError(absl::Status error) {
    ids_.Add(MakeId(static_cast<int>(ids_.size()) + 1));
    movies_.AddError(std::move(error));
  }

  CatalogSummary Summary() {
    ExecCtx ctx;
    return SummarizeCatalogue().Compute(ctx, movies_, ids_);
  }

  Many<MovieId> ids_;
  Many<EnrichedMovie> movies_;
};

TEST_F(SummarizeCatalogueTest, OfNothingIsEmpty) {
  EXPECT_THAT(Summary(), EqualsProto(""));
  EXPECT_THAT(ToText(Summary()), HasSubstr("Left out: 0"));
}

TEST_F(SummarizeCatalogueTest, GroupsByDecadeAndByDirector) {
  AddFilm("director: 'B' release_date { year: 1999 } imdb_rating: 6 worldwide_gross_dollars: 10",
          "classification { genre: GENRE_DRAMA } tags { tags { name: 'theme:war' } }");
  AddFilm("director: 'B' release_date { year: 1990 } imdb_rating: 8 worldwide_gross_dollars: 5",
          "classification { genre: GENRE_ACTION } tags { tags { name: 'theme:war' } "
          "tags { name: 'theme:art' } tags { name: 'genre:action' } }");
  AddFilm("director: 'A' release_date { year: 1989 }");
  AddFilm("director: 'A'", "classification { genre: GENRE_DRAMA }");
  AddFilm("release_date { year: 1999 }", "classification { genre: GENRE_DRAMA }");
  EXPECT_THAT(Summary(), EqualsProto(R"pb(
                films: 5
                decades {
                  decade: 1980
                  group { films: 1 }
                }
                decades {
                  decade: 1990
                  group {
                    films: 3
                    most_frequent_genre: GENRE_DRAMA
                    films_of_genre: 2
                    mean_imdb_rating: 7
                    worldwide_gross_dollars: 15
                    most_frequent_themes { tag: "theme:war" films: 2 }
                    most_frequent_themes { tag: "theme:art" films: 1 }
                  }
                }
                films_without_date: 1
                directors {
                  director: "A"
                  group { films: 2 most_frequent_genre: GENRE_DRAMA films_of_genre: 1 }
                  first_year: 1989
                  last_year: 1989
                }
                directors {
                  director: "B"
                  group {
                    films: 2
                    most_frequent_genre: GENRE_ACTION
                    films_of_genre: 1
                    mean_imdb_rating: 7
                    worldwide_gross_dollars: 15
                    most_frequent_themes { tag: "theme:war" films: 2 }
                    most_frequent_themes { tag: "theme:art" films: 1 }
                  }
                  first_year: 1990
                  last_year: 1999
                }
                films_without_director: 1
              )pb"));
  EXPECT_THAT(ToText(Summary()), AllOf(HasSubstr("1990s"), HasSubstr("drama (2)"),
                                       HasSubstr("war (2), art (1)"), HasSubstr("1990-1999"),
                                       HasSubstr("without a date"), HasSubstr("without a name"),
                                       HasSubstr("Left out: 0"), Not(HasSubstr("others"))));
}

TEST_F(SummarizeCatalogueTest, NamesTheFilmsThatAreErrors) {
  AddFilm("release_date { year: 1999 }");
  AddError(absl::UnavailableError("no answer"));
  AddFilm("release_date { year: 1999 }");
  AddError(absl::NotFoundError("no such film"));
  const CatalogSummary summary = Summary();
  EXPECT_EQ(summary.films(), 4);
  ASSERT_EQ(summary.left_out_size(), 2);
  EXPECT_THAT(summary.left_out(0), EqualsProto("movie_id: 2 why: 'no answer'"));
  EXPECT_THAT(summary.left_out(1), EqualsProto("movie_id: 4 why: 'no such film'"));
  ASSERT_EQ(summary.decades_size(), 1);
  EXPECT_EQ(summary.decades(0).group().films(), 2);
  EXPECT_THAT(ToText(summary), AllOf(HasSubstr("Left out: 2"), HasSubstr("film 4: no such film")));
}

}  // namespace
}  // namespace movie_tagging
