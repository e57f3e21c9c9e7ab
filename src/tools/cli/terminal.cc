#include "tools/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "absl/time/clock.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

constexpr size_t kWidestCell = 100;
constexpr size_t kUsualLength = 100;
constexpr absl::Duration kTerminalInterval = absl::Milliseconds(100);
constexpr absl::Duration kPipeInterval = absl::Seconds(10);

const char* Code(Color color) {
  switch (color) {
    case Color::kRed:
      return "\x1b[31m";
    case Color::kGreen:
      return "\x1b[32m";
    case Color::kYellow:
      return "\x1b[33m";
    case Color::kDim:
      return "\x1b[2m";
    case Color::kNone:
      return "";
  }
  return "";
}

// Of a line that a terminal does not break. 0 columns: it does not say.
size_t LengthOnTerminal() {
  struct winsize size {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualLength;
  // Less the dots behind what is cut.
  return std::max<size_t>(size.ws_col, 10) - 4;
}

// In characters, of valid UTF-8.
size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

std::string Colored(std::string_view text, Color color, bool no_color) {
  const char* const wish = std::getenv("NO_COLOR");
  if (color == Color::kNone || no_color || (wish != nullptr && *wish != '\0') ||
      isatty(STDOUT_FILENO) == 0) {
    return std::string(text);
  }
  return Code(color) + std::string(text) + "\x1b[0m";
}

void Table::Add(std::vector<std::string> cells, Style style) {
  for (std::string& cell : cells) cell = OneLine(cell, kWidestCell);
  rows_.push_back({.cells = std::move(cells), .style = std::move(style)});
}

std::string Table::ToText() const {
  std::vector<size_t> widths(rows_[0].cells.size());
  for (const Row& row : rows_) {
    for (size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], Width(row.cells[i]));
  }
  std::string text;
  for (const Row& row : rows_) {
    std::string line;
    for (size_t i = 0; i < widths.size(); ++i) {
      line += row.style ? row.style(i, row.cells[i]) : row.cells[i];
      line.append(widths[i] - Width(row.cells[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

Progress::Progress() : is_terminal_(isatty(STDERR_FILENO) != 0), last_(absl::Now()) {
  if (is_terminal_) last_ = absl::InfinitePast();
}

Progress::~Progress() { Clear(); }

absl::Duration Progress::interval() const {
  return is_terminal_ ? kTerminalInterval : kPipeInterval;
}

void Progress::Show(const std::string& text) {
  const absl::Time now = absl::Now();
  if (now - last_ < interval()) return;
  last_ = now;
  if (is_terminal_) {
    std::cerr << "\r\x1b[K" << OneLine(text, LengthOnTerminal()) << std::flush;
    is_shown_ = true;
  } else {
    std::cerr << OneLine(text, 200) << '\n';
  }
}

void Progress::Clear() {
  if (is_shown_) std::cerr << "\r\x1b[K" << std::flush;
  is_shown_ = false;
}

}  // namespace protograph::cli
