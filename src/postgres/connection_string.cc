#include "postgres/connection_string.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "fmt/format.h"

namespace protograph::internal {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// key='value', with what libpq wants escaped.
std::string Pair(std::string_view key, std::string_view value) {
  std::string pair = fmt::format("{}='", key);
  for (char c : value) {
    if (c == '\'' || c == '\\') pair.push_back('\\');
    pair.push_back(c);
  }
  pair.append("' ");
  return pair;
}

}  // namespace

absl::StatusOr<std::string> ConnectionString(const PostgresOptions& options) {
  const auto invalid = [] {
    return absl::InvalidArgumentError(
        "PostgresOptions::connection is neither a libpq connection string nor a URI: use "
        "\"host=... dbname=...\" or \"postgresql://user@host/database\", and try it with psql");
  };
  if (options.connection.find('\0') != std::string::npos) return invalid();
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> given(
      PQconninfoParse(options.connection.c_str(), &error));
  if (error != nullptr) PQfreemem(error);
  if (given == nullptr) return invalid();

  const double timeout = std::ceil(absl::ToDoubleSeconds(options.connect_timeout));
  // A host that fell silent is given up after some twenty seconds between statements, too.
  const std::map<std::string_view, std::string> defaults = {
      {"application_name", "protograph"},
      {"connect_timeout", fmt::format("{:.0f}", std::clamp(timeout, 2.0, 86'400.0))},
      {"keepalives", "1"},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "2"},
      {"tcp_user_timeout", "20000"},
  };
  std::string text;
  for (const PQconninfoOption* option = given.get(); option->keyword != nullptr; ++option) {
    const std::string_view key = option->keyword;
    if (key == "client_encoding") {
      text += Pair(key, "UTF8");
    } else if (option->val != nullptr) {
      text += Pair(key, option->val);
    } else if (const auto found = defaults.find(key); found != defaults.end()) {
      text += Pair(key, found->second);
    }
  }
  return text;
}

}  // namespace protograph::internal
