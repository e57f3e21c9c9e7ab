#include "examples/common/csv.h"

#include <csv.h>
#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace examples {

std::size_t CsvTable::PlaceOf(std::string_view column) const {
  return static_cast<std::size_t>(std::find(columns_.begin(), columns_.end(), column) -
                                  columns_.begin());
}

bool CsvTable::HasColumn(std::string_view column) const {
  return PlaceOf(column) < columns_.size();
}

std::string_view CsvTable::cell(std::size_t row, std::string_view column) const {
  const std::size_t place = PlaceOf(column);
  return place < columns_.size() ? std::string_view(rows_[row][place]) : std::string_view();
}

absl::Status CsvTable::RequireColumns(std::span<const std::string_view> columns) const {
  std::vector<std::string> missing;
  for (std::string_view column : columns) {
    if (!HasColumn(column)) missing.emplace_back(column);
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      path_, " has no column ", absl::StrJoin(missing, ", "), ": is it another file?"));
}

absl::Status CsvTable::CellError(std::size_t row, std::string_view column,
                                 std::string_view wanted) const {
  return absl::InvalidArgumentError(
      absl::StrCat(path_, ": line ", line(row), ", column ", std::string(column), ": '",
                   std::string(cell(row, column)), "' is not ", std::string(wanted)));
}

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Spaces are part of a cell (RFC 4180, section 2.4); libcsv would cut them off at its ends.
int IsNoSpace(unsigned char /*c*/) { return 0; }

// Offset of the first byte that is no UTF-8; the text's size where there is none.
std::size_t FindMalformedUtf8(std::string text) {
  const iconv_t converter = iconv_open("UTF-32LE", "UTF-8");
  // POSIX gives a failure as (iconv_t)-1, whatever that type is.
  if (reinterpret_cast<std::intptr_t>(converter) == -1) return text.size();
  char* in = text.data();
  std::size_t in_left = text.size();
  char buffer[4096];
  while (in_left > 0) {
    char* out = buffer;
    std::size_t out_left = sizeof(buffer);
    const std::size_t converted = iconv(converter, &in, &in_left, &out, &out_left);
    // E2BIG: the buffer is full.
    if (converted == static_cast<std::size_t>(-1) && errno != E2BIG) break;
  }
  iconv_close(converter);
  return text.size() - in_left;
}

}  // namespace

// Collects what libcsv's parser calls back with.
class CsvReader {
 public:
  explicit CsvReader(std::string path) : path_(std::move(path)) { table_.path_ = path_; }

  absl::StatusOr<CsvTable> Read(const std::string& text) {
    csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
      return absl::InternalError("libcsv could not be set up");
    }
    csv_set_space_func(&parser, IsNoSpace);
    // Line by line: libcsv tells where a row ends, not in which line it began.
    bool parsed = true;
    for (std::size_t begin = 0; begin < text.size() && parsed && status_.ok();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
      ++line_;
      parsed = csv_parse(&parser, text.data() + begin, end - begin, &OnCell, &OnRow, this) ==
               end - begin;
      begin = end;
    }
    parsed = parsed && csv_fini(&parser, &OnCell, &OnRow, this) == 0;
    const std::string error = csv_strerror(csv_error(&parser));
    csv_free(&parser);
    if (!status_.ok()) return status_;
    if (!parsed) {
      return absl::InvalidArgumentError(absl::StrCat(path_, ": line ", line_, ": ", error,
                                                     ": close each quote, and double those "
                                                     "that stand in a cell"));
    }
    if (table_.columns_.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path_, " is empty: it needs a header"));
    }
    return std::move(table_);
  }

 private:
  static void OnCell(void* text, std::size_t length, void* self) {
    auto& reader = *static_cast<CsvReader*>(self);
    if (reader.cells_.empty()) reader.row_line_ = reader.line_;
    reader.cells_.emplace_back(static_cast<const char*>(text), length);
  }

  static void OnRow(int /*terminator*/, void* self) { static_cast<CsvReader*>(self)->EndRow(); }

  void EndRow() {
    std::vector<std::string> cells = std::exchange(cells_, {});
    if (!status_.ok()) return;
    // The first cell of a row that has line breaks in it ends lines below where the row begins.
    const auto breaks = std::count(cells[0].begin(), cells[0].end(), '\n');
    const std::size_t line = row_line_ - static_cast<std::size_t>(breaks);
    if (table_.columns_.empty()) {
      TakeHeader(std::move(cells));
    } else if (cells.size() != table_.columns_.size()) {
      status_ = absl::InvalidArgumentError(
          absl::StrCat(path_, ": line ", line, " has ", cells.size(), " cells, the header has ",
                       table_.columns_.size(), ": quote cells that hold a comma"));
    } else {
      table_.rows_.push_back(std::move(cells));
      table_.lines_.push_back(line);
    }
  }

  void TakeHeader(std::vector<std::string> cells) {
    for (auto it = cells.begin(); it != cells.end(); ++it) {
      if (std::find(cells.begin(), it, *it) == it) continue;
      status_ = absl::InvalidArgumentError(
          absl::StrCat(path_, ": the header names column '", *it, "' twice: rename one"));
    }
    table_.columns_ = std::move(cells);
  }

  const std::string path_;
  CsvTable table_;
  absl::Status status_;
  std::vector<std::string> cells_;
  std::size_t line_ = 0;
  std::size_t row_line_ = 0;
};

absl::StatusOr<CsvTable> ReadCsv(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::NotFoundError(
        absl::StrCat("cannot read ", path, ": name a file that exists and is not empty"));
  }
  const std::string bytes = text.str();
  const std::size_t malformed = FindMalformedUtf8(bytes);
  if (malformed < bytes.size()) {
    const auto line = 1 + std::count(bytes.begin(), bytes.begin() + malformed, '\n');
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": line ", line, " is not encoded in UTF-8: convert the file, such as with iconv"));
  }
  // Some programs begin a file in UTF-8 with a mark; it is no part of the first column's name.
  return CsvReader(path).Read(
      bytes.starts_with(kByteOrderMark) ? bytes.substr(kByteOrderMark.size()) : bytes);
}

}  // namespace examples
