#include "csv_movie_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "examples/common/csv.h"
#include "release_date.h"

namespace movie_tagging {
namespace {

using ::examples::CsvTable;

constexpr std::string_view kColumns[] = {"id",
                                         "title",
                                         "us_gross",
                                         "worldwide_gross",
                                         "us_dvd_sales",
                                         "production_budget",
                                         "release_date",
                                         "mpaa_rating",
                                         "running_time_min",
                                         "distributor",
                                         "source",
                                         "major_genre",
                                         "creative_type",
                                         "director",
                                         "rotten_tomatoes_rating",
                                         "imdb_rating",
                                         "imdb_votes"};

// One row of the table. Remembers the first cell that does not hold what was asked for. An empty
// cell is an unknown value.
class RowReader {
 public:
  RowReader(const CsvTable& table, std::size_t row) : table_(table), row_(row) {}

  std::optional<std::string> Text(std::string_view column) const {
    const std::string_view cell = table_.cell(row_, column);
    if (cell.empty()) return std::nullopt;
    return std::string(cell);
  }

  template <class Integer>
  std::optional<Integer> Whole(std::string_view column, Integer least,
                               Integer most = std::numeric_limits<Integer>::max()) {
    const std::optional<std::string> text = Text(column);
    if (!text.has_value()) return std::nullopt;
    Integer value = 0;
    if (absl::SimpleAtoi(*text, &value) && value >= least && value <= most) return value;
    Reject(column, most == std::numeric_limits<Integer>::max()
                       ? fmt::format("a whole number from {} on", least)
                       : fmt::format("a whole number from {} to {}", least, most));
    return std::nullopt;
  }

  std::optional<double> Number(std::string_view column, double least, double most) {
    const std::optional<std::string> text = Text(column);
    if (!text.has_value()) return std::nullopt;
    double value = 0;
    if (absl::SimpleAtod(*text, &value) && value >= least && value <= most) return value;
    Reject(column, fmt::format("a number from {} to {}", least, most));
    return std::nullopt;
  }

  // Takings. 0 says that none were reported (see Movie.us_gross_dollars).
  std::optional<std::int64_t> Takings(std::string_view column) {
    const std::optional<std::int64_t> dollars = Whole<std::int64_t>(column, 0);
    return dollars == 0 ? std::nullopt : dollars;
  }

  ReleaseDate Release(std::string_view column, int latest_year) {
    absl::StatusOr<ReleaseDate> date = ParseReleaseDate(table_.cell(row_, column), latest_year);
    if (date.ok()) return *std::move(date);
    Reject(column, "a date such as Nov 12 2004");
    return {};
  }

  void Reject(std::string_view column, std::string_view wanted) {
    if (status_.ok()) status_ = table_.CellError(row_, column, wanted);
  }

  const absl::Status& status() const { return status_; }

 private:
  const CsvTable& table_;
  std::size_t row_;
  absl::Status status_;
};

absl::StatusOr<Movie> ReadMovie(const CsvTable& table, std::size_t row,
                                const CsvCatalogOptions& options) {
  RowReader reader(table, row);
  Movie movie;
  const std::optional<int> id = reader.Whole<int>("id", 1);
  if (!id.has_value()) reader.Reject("id", "the number of a film, from 1");
  movie.set_id(id.value_or(0));

  if (auto text = reader.Text("title")) movie.set_title(*std::move(text));
  if (const auto value = reader.Takings("us_gross")) movie.set_us_gross_dollars(*value);
  if (const auto value = reader.Takings("worldwide_gross")) {
    movie.set_worldwide_gross_dollars(*value);
  }
  if (const auto value = reader.Takings("us_dvd_sales")) movie.set_us_dvd_sales_dollars(*value);
  if (const auto value = reader.Whole<std::int64_t>("production_budget", 1)) {
    movie.set_production_budget_dollars(*value);
  }
  const ReleaseDate release = reader.Release("release_date", options.latest_release_year);
  if (release.date.has_value()) *movie.mutable_release_date() = *release.date;
  movie.set_release_century_corrected(release.century_corrected);

  if (auto text = reader.Text("mpaa_rating")) movie.set_mpaa_rating(*std::move(text));
  if (const auto value = reader.Whole<int>("running_time_min", 1)) {
    movie.set_running_time_minutes(*value);
  }
  if (auto text = reader.Text("distributor")) movie.set_distributor(*std::move(text));
  if (auto text = reader.Text("source")) movie.set_source(*std::move(text));
  if (auto text = reader.Text("major_genre")) movie.set_major_genre(*std::move(text));
  if (auto text = reader.Text("creative_type")) movie.set_creative_type(*std::move(text));
  if (auto text = reader.Text("director")) movie.set_director(*std::move(text));
  if (const auto value = reader.Whole<int>("rotten_tomatoes_rating", 0, 100)) {
    movie.set_rotten_tomatoes_rating(*value);
  }
  if (const auto value = reader.Number("imdb_rating", 1, 10)) movie.set_imdb_rating(*value);
  if (const auto value = reader.Whole<int>("imdb_votes", 0)) movie.set_imdb_votes(*value);

  if (!reader.status().ok()) return reader.status();
  return movie;
}

bool ReleasedBefore(const Movie* a, const Movie* b) {
  const auto key = [](const Movie& movie) {
    const Date& date = movie.release_date();
    return std::tuple(!movie.has_release_date(), date.year(), date.month(), date.day(), movie.id());
  };
  return key(*a) < key(*b);
}

}  // namespace

CsvMovieCatalog::CsvMovieCatalog(std::vector<Movie> movies)
    : movies_(std::move(movies)), lowest_id_(movies_[0].id()), highest_id_(movies_[0].id()) {
  for (const Movie& movie : movies_) {
    by_id_.emplace(movie.id(), &movie);
    if (movie.has_director()) by_director_[movie.director()].push_back(&movie);
    lowest_id_ = std::min(lowest_id_, movie.id());
    highest_id_ = std::max(highest_id_, movie.id());
  }
  for (auto& [director, films] : by_director_) {
    std::sort(films.begin(), films.end(), ReleasedBefore);
  }
}

absl::StatusOr<std::shared_ptr<const CsvMovieCatalog>> CsvMovieCatalog::Load(
    const std::string& path, const CsvCatalogOptions& options) {
  const absl::StatusOr<CsvTable> table = examples::ReadCsv(path);
  if (!table.ok()) return table.status();
  if (absl::Status columns = table->RequireColumns(kColumns); !columns.ok()) return columns;

  std::vector<Movie> movies;
  std::set<int> ids;
  movies.reserve(table->size());
  for (std::size_t row = 0; row < table->size(); ++row) {
    absl::StatusOr<Movie> movie = ReadMovie(*table, row, options);
    if (!movie.ok()) return movie.status();
    if (!ids.insert(movie->id()).second) {
      return table->CellError(row, "id", "free: an earlier film has it");
    }
    movies.push_back(*std::move(movie));
  }
  if (movies.empty()) return absl::InvalidArgumentError(fmt::format("{} holds no films", path));
  return std::shared_ptr<const CsvMovieCatalog>(new CsvMovieCatalog(std::move(movies)));
}

absl::StatusOr<Movie> CsvMovieCatalog::FindMovie(const MovieId& id) const {
  const auto found = by_id_.find(id.id());
  if (found != by_id_.end()) return *found->second;
  return absl::NotFoundError(
      fmt::format("there is no film {}: the catalogue has {} films, numbered "
                  "{} to {}",
                  id.id(), movies_.size(), lowest_id_, highest_id_));
}

absl::StatusOr<std::span<const Movie* const>> CsvMovieCatalog::FindFilmsBy(
    std::string_view director) const {
  const auto found = by_director_.find(director);
  if (found == by_director_.end()) return std::span<const Movie* const>();
  return std::span<const Movie* const>(found->second);
}

}  // namespace movie_tagging
