#include "postgres/errors.h"

#include <new>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "fmt/format.h"
#include "postgres/pqxx_compat.h"

namespace protograph::internal {
namespace {

Fault FaultOfSqlState(std::string_view state, const std::string& message) {
  const std::string_view group = state.substr(0, 2);
  // Serialization failure, deadlock.
  if (state == "40001" || state == "40P01") {
    return {.status = absl::UnavailableError(message), .repeat = true};
  }
  // A prepared statement does not fit any more: something behind it was changed.
  if (state == "0A000" || state == "26000") {
    return {.status = absl::UnavailableError(message), .repeat = true, .discard = true};
  }
  // A statement was cancelled: its timeout. A lock was not to be had.
  if (state == "57014" || group == "55") return {.status = absl::UnavailableError(message)};
  // Connection exceptions, the server is shutting down or starting, too many connections or other
  // resources; a transaction that may only read: what was the primary is a standby now.
  if (group == "08" || group == "57" || group == "53" || group == "58" || state == "25006") {
    return {.status = absl::UnavailableError(message), .discard = true};
  }
  if (state == "42501") {
    return {.status = absl::PermissionDeniedError(message +
                                                  ": grant the role what postgres_store.h lists")};
  }
  // Unknown schema, table, column, function.
  if (state == "3F000" || state == "42P01" || state == "42703" || state == "42883") {
    return {.status = absl::FailedPreconditionError(
                message + ": the schema was changed after it was opened; open the store again")};
  }
  // Raised by our own functions.
  if (state == "PTG01") return {.status = absl::FailedPreconditionError(message)};
  if (state == "PTG02") return {.status = absl::InvalidArgumentError(message)};
  if (state == "23505") return {.status = absl::AlreadyExistsError(message)};
  if (group == "22") return {.status = absl::InvalidArgumentError(message)};
  return {.status = absl::InternalError(fmt::format("{} (SQLSTATE {})", message, state))};
}

}  // namespace

Fault FaultOf(const std::string& what) {
  const auto message = [&](const std::exception& error) {
    absl::string_view text = error.what();
    while (absl::ConsumeSuffix(&text, "\n")) {
    }
    return fmt::format("{}: {}", what, std::string_view(text.data(), text.size()));
  };
  try {
    throw;
  } catch (const pqxx::broken_connection& error) {
    return {.status = absl::UnavailableError(message(error)), .discard = true};
  } catch (const pqxx::in_doubt_error& error) {
    return {.status = absl::UnavailableError(message(error)), .discard = true};
  } catch (const pqxx::serialization_failure& error) {
    return {.status = absl::UnavailableError(message(error)), .repeat = true};
  } catch (const pqxx::deadlock_detected& error) {
    return {.status = absl::UnavailableError(message(error)), .repeat = true};
  } catch (const pqxx::sql_error& error) {
    // libpq makes up errors without a code where the connection breaks.
    const std::string state = SqlStateOf(error);
    if (state.empty()) {
      return {.status = absl::UnavailableError(message(error)), .discard = true};
    }
    return FaultOfSqlState(state, message(error));
  } catch (const std::bad_alloc&) {
    return {.status = absl::ResourceExhaustedError(what + ": out of memory"), .discard = true};
  } catch (const std::exception& error) {
    return {.status = absl::InternalError(message(error)), .discard = true};
  }
}

}  // namespace protograph::internal
