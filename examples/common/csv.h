#ifndef PROTOGRAPH_EXAMPLES_COMMON_CSV_H_
#define PROTOGRAPH_EXAMPLES_COMMON_CSV_H_

// Reads a table from a CSV file (RFC 4180: quoted cells may hold commas, quotes and line breaks).

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace examples {

class CsvTable {
 public:
  // Without the header.
  std::size_t size() const { return rows_.size(); }
  const std::vector<std::string>& columns() const { return columns_; }

  // Whether the header names the column.
  bool HasColumn(std::string_view column) const;

  // A cell as it stands there, without its quotes. Empty where the header does not name the column.
  std::string_view cell(std::size_t row, std::string_view column) const;

  // The line of the file that the row begins in, from 1.
  std::size_t line(std::size_t row) const { return lines_[row]; }

  // InvalidArgument that names the file and those of the columns that the header lacks; OK where it
  // lacks none.
  absl::Status RequireColumns(std::span<const std::string_view> columns) const;

  // InvalidArgument that names file, line, column and content of a cell, and what it should be: "a
  // whole number from 1 on".
  absl::Status CellError(std::size_t row, std::string_view column, std::string_view wanted) const;

 private:
  friend class CsvReader;

  std::size_t PlaceOf(std::string_view column) const;

  std::string path_;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> lines_;
};

// Encoded in UTF-8. The first row is the header; blank lines are skipped. NotFound where there is
// no such file; InvalidArgument, with file and line, where a row has more or fewer cells than the
// header, a quote is not closed or stands inside an unquoted cell, a column is named twice, or
// something is no UTF-8.
absl::StatusOr<CsvTable> ReadCsv(const std::string& path);

}  // namespace examples

#endif  // PROTOGRAPH_EXAMPLES_COMMON_CSV_H_
