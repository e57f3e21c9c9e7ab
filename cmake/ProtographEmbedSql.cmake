# protograph_embed_sql(
#   TARGET <name>
#   DIRECTORY <dir>
#   MIGRATIONS <file.sql>...
#   STATEMENTS <file.sql>...)
#
# Puts SQL files into the library <name> as "sql.h": an `enum class Statement` with a constant for each
# statement (load_checkpoints.sql: Statement::kLoadCheckpoints), and a table of the migrations, whose files
# are named <number>_<name>.sql. Files are relative to DIRECTORY and listed by the caller, so that a file
# that is added is seen.
#
# The same file, run as a script, writes the sources when the library is built.

if(CMAKE_SCRIPT_MODE_FILE)
  # -DDIRECTORY -DOUTPUT -DMIGRATIONS -DSTATEMENTS, lists separated by commas.
  string(REPLACE "," ";" MIGRATIONS "${MIGRATIONS}")
  string(REPLACE "," ";" STATEMENTS "${STATEMENTS}")

  set(constants "")
  set(statements "")
  foreach(file IN LISTS STATEMENTS)
    file(READ "${DIRECTORY}/${file}" text)
    cmake_path(GET file STEM stem)
    string(REPLACE "_" ";" words "${stem}")
    set(constant "k")
    foreach(word IN LISTS words)
      string(SUBSTRING "${word}" 0 1 first)
      string(SUBSTRING "${word}" 1 -1 rest)
      string(TOUPPER "${first}" first)
      string(APPEND constant "${first}${rest}")
    endforeach()
    string(APPEND constants "  ${constant},\n")
    string(APPEND statements "    {\"${stem}\", R\"sql(${text})sql\"},\n")
  endforeach()

  set(migrations "")
  foreach(file IN LISTS MIGRATIONS)
    cmake_path(GET file STEM stem)
    if(NOT stem MATCHES "^0*([1-9][0-9]*)_(.+)$")
      message(FATAL_ERROR "${file}: a migration's file is named <number>_<name>.sql")
    endif()
    set(number "${CMAKE_MATCH_1}")
    set(name "${CMAKE_MATCH_2}")
    file(READ "${DIRECTORY}/${file}" text)
    file(SHA256 "${DIRECTORY}/${file}" checksum)
    string(APPEND migrations
           "    {${number}, \"${name}\", \"${checksum}\", R\"sql(${text})sql\"},\n")
  endforeach()

  list(LENGTH STATEMENTS statement_count)
  list(LENGTH MIGRATIONS migration_count)
  file(WRITE "${OUTPUT}.h" "// Written by cmake/ProtographEmbedSql.cmake.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace protograph::internal {

enum class Statement : size_t {
${constants}};

struct StatementSource {
  std::string_view name;
  std::string_view text;
};
// By Statement.
extern const std::array<StatementSource, ${statement_count}> kStatements;

struct MigrationSource {
  int number;
  std::string_view name;
  // SHA-256 of the file.
  std::string_view checksum;
  std::string_view text;
};
// By number.
extern const std::array<MigrationSource, ${migration_count}> kMigrations;

}  // namespace protograph::internal
")
  file(WRITE "${OUTPUT}.cc" "// Written by cmake/ProtographEmbedSql.cmake.
#include \"sql.h\"

namespace protograph::internal {

constexpr std::array<StatementSource, ${statement_count}> kStatements{{
${statements}}};

constexpr std::array<MigrationSource, ${migration_count}> kMigrations{{
${migrations}}};

}  // namespace protograph::internal
")
  return()
endif()

include_guard(GLOBAL)
set(PROTOGRAPH_EMBED_SQL_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(protograph_embed_sql)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;DIRECTORY" "MIGRATIONS;STATEMENTS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "protograph_embed_sql: unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  cmake_path(ABSOLUTE_PATH arg_DIRECTORY OUTPUT_VARIABLE directory)
  set(out_dir "${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}.sql")
  file(MAKE_DIRECTORY "${out_dir}")
  list(TRANSFORM arg_MIGRATIONS PREPEND "${directory}/" OUTPUT_VARIABLE migration_files)
  list(TRANSFORM arg_STATEMENTS PREPEND "${directory}/" OUTPUT_VARIABLE statement_files)
  list(JOIN arg_MIGRATIONS "," migrations)
  list(JOIN arg_STATEMENTS "," statements)
  add_custom_command(
    OUTPUT "${out_dir}/sql.h" "${out_dir}/sql.cc"
    COMMAND "${CMAKE_COMMAND}" "-DDIRECTORY=${directory}" "-DOUTPUT=${out_dir}/sql"
            "-DMIGRATIONS=${migrations}" "-DSTATEMENTS=${statements}" -P
            "${PROTOGRAPH_EMBED_SQL_SCRIPT}"
    DEPENDS ${migration_files} ${statement_files} "${PROTOGRAPH_EMBED_SQL_SCRIPT}"
    COMMENT "Embedding the SQL of ${arg_TARGET}"
    VERBATIM)
  target_sources(${arg_TARGET} PRIVATE "${out_dir}/sql.h" "${out_dir}/sql.cc")
  target_include_directories(${arg_TARGET} PRIVATE "${out_dir}")
endfunction()
