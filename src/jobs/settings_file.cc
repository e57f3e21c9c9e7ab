#include "jobs/settings_file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

namespace protograph::internal {
namespace {

// The text without comments, and each list on one line: CLI11 takes a # within quotes for a
// comment, a line that ends in [ for an item, and makes something up where a quote is not closed.
std::string Tidy(const std::string& path, std::istream& file, std::vector<std::string>& faults) {
  std::string text;
  char quote = 0;
  int depth = 0;
  int line = 1;
  const auto end_quote = [&] {
    if (quote != 0) faults.push_back(fmt::format("{}: line {}: a quote is not closed", path, line));
    quote = 0;
  };
  for (char c = 0; file.get(c);) {
    if (quote == 0 && c == '#') {
      while (file.get(c) && c != '\n') {
      }
      c = '\n';
    }
    if (c == '\n') {
      end_quote();
      ++line;
      text.push_back(depth > 0 ? ' ' : c);
      continue;
    }
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[') {
      ++depth;
    } else if (c == ']') {
      --depth;
    }
    text.push_back(c);
  }
  end_quote();
  if (depth > 0) faults.push_back(fmt::format("{}: a list is not closed with ]", path));
  return text;
}

}  // namespace

Layer ReadFile(const std::string& path, const std::vector<Setting>& settings,
               std::vector<std::string>& faults) {
  std::ifstream file(path);
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);
  if (!file || is_folder) {
    const int reason = is_folder ? EISDIR : errno;
    faults.push_back(fmt::format("{}: the configuration file cannot be read: {}", path,
                                 std::generic_category().message(reason)));
    return {};
  }
  std::istringstream text(Tidy(path, file, faults));
  Layer layer;
  try {
    CLI::ConfigTOML format;
    // None is left, so that what looks like one is none.
    format.comment('\0');
    for (const CLI::ConfigItem& item : format.from_config(text)) {
      // Marks of where a section begins and ends.
      if (item.name == "++" || item.name == "--") continue;
      const std::string name = item.fullname();
      const auto has_name = [&](const Setting& setting) { return setting.name == name; };
      if (std::none_of(settings.begin(), settings.end(), has_name)) {
        faults.push_back(fmt::format(
            "{}: \"{}\" is no setting; there are: {}", path, name,
            absl::StrJoin(settings, ", ", [](std::string* list, const Setting& setting) {
              list->append(setting.name);
            })));
        continue;
      }
      Given& given = layer[name];
      given.where = fmt::format("{} in {}", name, path);
      given.values.insert(given.values.end(), item.inputs.begin(), item.inputs.end());
    }
  } catch (const CLI::Error& fault) {
    faults.push_back(fmt::format("{}: {}", path, fault.what()));
  }
  return layer;
}

}  // namespace protograph::internal
