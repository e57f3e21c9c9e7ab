#ifndef PROTOGRAPH_SRC_TOOLS_CLI_TERMINAL_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_TERMINAL_H_

// Tables, colours and progress. Results go to the standard output, everything else to the standard
// error output, so that a pipe gets results alone.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace protograph::cli {

enum class Color { kNone, kRed, kGreen, kYellow, kDim };

// The text in this colour where the standard output is a terminal, the user did not say --no-color
// and NO_COLOR is not set.
std::string Colored(std::string_view text, Color color, bool no_color);

// Columns as wide as their widest cell. Cells are cleaned of control characters.
class Table {
 public:
  // How a row's cell is shown, by the number of its column: in a colour, for one.
  using Style = std::function<std::string(size_t column, const std::string& cell)>;

  explicit Table(std::vector<std::string> titles) { Add(std::move(titles)); }
  void Add(std::vector<std::string> cells, Style style = nullptr);
  // A line each, the titles first.
  std::string ToText() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Style style;
  };
  std::vector<Row> rows_;
};

// What a command is at, on the standard error output: one line that changes on a terminal, as wide
// as that; a new line now and then in a pipe.
class Progress {
 public:
  Progress();
  // Clears the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Nothing, where interval() is not over since the last time.
  void Show(const std::string& text);
  void Clear();
  bool is_terminal() const { return is_terminal_; }
  absl::Duration interval() const;

 private:
  const bool is_terminal_;
  bool is_shown_ = false;
  absl::Time last_;
};

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_TERMINAL_H_
