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

// Runs one statement with parameters in Postgres's binary format.
inline pqxx::result ExecBinary(pqxx::transaction_base& transaction, const std::string& sql,
                               const std::vector<std::string>& parameters) {
  pqxx::params params;
  params.reserve(parameters.size());
  for (const std::string& parameter : parameters) {
    params.append(std::basic_string_view<std::byte>(
        reinterpret_cast<const std::byte*>(parameter.data()), parameter.size()));
  }
#if PQXX_VERSION_MINOR >= 10 || PQXX_VERSION_MAJOR > 7
  return transaction.exec(sql, params);
#else
  return transaction.exec_params(sql, params);
#endif
}

#else

inline void NeverReconnect(pqxx::connection& connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
}

inline void Close(pqxx::connection& connection) noexcept { connection.disconnect(); }

inline pqxx::result ExecBinary(pqxx::transaction_base& transaction, const std::string& sql,
                               const std::vector<std::string>& parameters) {
  std::vector<pqxx::binarystring> binary;
  binary.reserve(parameters.size());
  for (const std::string& parameter : parameters) binary.emplace_back(parameter);
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(binary));
}

#endif

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_PQXX_COMPAT_H_
