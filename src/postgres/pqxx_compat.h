#ifndef PROTOGRAPH_SRC_POSTGRES_PQXX_COMPAT_H_
#define PROTOGRAPH_SRC_POSTGRES_PQXX_COMPAT_H_

// What differs between libpqxx 6.4 (Debian 12) and 7. Everything else uses what both have.

#include <pqxx/pqxx>
#include <pqxx/version>
#include <string>
#include <string_view>
#include <vector>

#if PQXX_VERSION_MAJOR >= 7
#include <cstddef>
#else
#include <pqxx/binarystring>
#endif

namespace protograph::internal {

#if PQXX_VERSION_MAJOR >= 7

// Version 7 never reconnects behind one's back.
inline void NeverReconnect(pqxx::connection&) {}

inline void Close(pqxx::connection& connection) noexcept {
  try {
    connection.close();
  } catch (const std::exception&) {
    // It is given up in any case.
  }
}

inline pqxx::params BinaryParams(const std::vector<std::string>& parameters) {
  pqxx::params params;
  params.reserve(parameters.size());
  for (const std::string& parameter : parameters) {
    params.append(std::basic_string_view<std::byte>(
        reinterpret_cast<const std::byte*>(parameter.data()), parameter.size()));
  }
  return params;
}

// Runs one statement with parameters in Postgres's binary format.
inline pqxx::result ExecBinary(pqxx::transaction_base& transaction, const std::string& sql,
                               const std::vector<std::string>& parameters) {
  const pqxx::params params = BinaryParams(parameters);
#if PQXX_VERSION_MINOR >= 10 || PQXX_VERSION_MAJOR > 7
  return transaction.exec(sql, params);
#else
  return transaction.exec_params(sql, params);
#endif
}

// The same with a statement that was prepared on the connection.
inline pqxx::result ExecPreparedBinary(pqxx::transaction_base& transaction, const std::string& name,
                                       const std::vector<std::string>& parameters) {
  const pqxx::params params = BinaryParams(parameters);
#if PQXX_VERSION_MINOR >= 10 || PQXX_VERSION_MAJOR > 7
  return transaction.exec(pqxx::prepped{name}, params);
#else
  return transaction.exec_prepared(name, params);
#endif
}

inline std::string SqlStateOf(const pqxx::sql_error& error) { return error.sqlstate(); }

#else

inline void NeverReconnect(pqxx::connection& connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
}

inline void Close(pqxx::connection& connection) noexcept { connection.disconnect(); }

inline std::vector<pqxx::binarystring> BinaryParams(const std::vector<std::string>& parameters) {
  std::vector<pqxx::binarystring> binary;
  binary.reserve(parameters.size());
  for (const std::string& parameter : parameters) binary.emplace_back(parameter);
  return binary;
}

inline pqxx::result ExecBinary(pqxx::transaction_base& transaction, const std::string& sql,
                               const std::vector<std::string>& parameters) {
  const std::vector<pqxx::binarystring> binary = BinaryParams(parameters);
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(binary));
}

inline pqxx::result ExecPreparedBinary(pqxx::transaction_base& transaction, const std::string& name,
                                       const std::vector<std::string>& parameters) {
  const std::vector<pqxx::binarystring> binary = BinaryParams(parameters);
  return transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(binary));
}

// Version 6 does not put the code into every exception whose type says it.
inline std::string SqlStateOf(const pqxx::sql_error& error) {
  if (!error.sqlstate().empty()) return error.sqlstate();
  const auto is = [&](auto* type) { return dynamic_cast<decltype(type)>(&error) != nullptr; };
  if (is(static_cast<const pqxx::insufficient_privilege*>(nullptr))) return "42501";
  if (is(static_cast<const pqxx::insufficient_resources*>(nullptr))) return "53000";
  if (is(static_cast<const pqxx::undefined_table*>(nullptr))) return "42P01";
  if (is(static_cast<const pqxx::undefined_column*>(nullptr))) return "42703";
  if (is(static_cast<const pqxx::undefined_function*>(nullptr))) return "42883";
  if (is(static_cast<const pqxx::syntax_error*>(nullptr))) return "42601";
  if (is(static_cast<const pqxx::unique_violation*>(nullptr))) return "23505";
  if (is(static_cast<const pqxx::integrity_constraint_violation*>(nullptr))) return "23000";
  if (is(static_cast<const pqxx::data_exception*>(nullptr))) return "22000";
  if (is(static_cast<const pqxx::feature_not_supported*>(nullptr))) return "0A000";
  return "";
}

#endif

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_PQXX_COMPAT_H_
