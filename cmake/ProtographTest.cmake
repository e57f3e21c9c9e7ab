# protograph_test(
#   NAME <name>
#   SOURCES <file>...
#   [LIBS <target>...]
#   [LABELS <label>...]
#   [TIMEOUT <seconds>]
#   [WHOLE [SHARDS <number>]])
#
# Builds one GoogleTest program with GoogleMock's main and registers each of its tests with ctest as
# `<name>.<suite>.<test>`. LABELS defaults to the folder's name: `ctest -L unit` runs tests/unit.
# TIMEOUT is a test's, 60 seconds unless said otherwise; sanitizers get five times as long. WHOLE makes the
# program one test of ctest, for tests that share something costly, a server for example; with SHARDS it is so
# many tests, `<name>.<number>`, each with its part of the program's. Those that may take long begin first.
#
# PROTOGRAPH_INSTRUMENTED tells whether this build has a sanitizer or counts lines. Tests that only
# compile are left out of such builds, which would show nothing new and take several times as long.

include_guard(GLOBAL)
include(GoogleTest)

string(REGEX MATCH "-fsanitize=|--coverage" PROTOGRAPH_INSTRUMENTED "${CMAKE_CXX_FLAGS}")

# protograph_test_sources(<target>): what every target with tests among its sources needs.
function(protograph_test_sources target)
  target_link_libraries(${target} PRIVATE protograph::testing GTest::gmock)
  protograph_warnings(${target})
  protograph_precompile(${target} TESTING)
endfunction()

function(protograph_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "WHOLE" "NAME;TIMEOUT;SHARDS" "SOURCES;LIBS;LABELS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "protograph_test: unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "protograph_test needs NAME <name> and SOURCES <file>...")
  endif()
  if(NOT arg_LABELS)
    cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME arg_LABELS)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(PROTOGRAPH_INSTRUMENTED)
    math(EXPR arg_TIMEOUT "5 * ${arg_TIMEOUT}")
  endif()

  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_LIBS} GTest::gmock_main)
  protograph_test_sources(${arg_NAME})
  if(arg_WHOLE AND arg_SHARDS)
    math(EXPR last "${arg_SHARDS} - 1")
    foreach(shard RANGE ${last})
      add_test(NAME ${arg_NAME}.${shard} COMMAND ${arg_NAME})
      set_tests_properties(
        ${arg_NAME}.${shard}
        PROPERTIES LABELS "${arg_LABELS}" TIMEOUT "${arg_TIMEOUT}" COST "${arg_TIMEOUT}"
                   ENVIRONMENT "GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${shard}")
    endforeach()
    return()
  endif()
  if(arg_WHOLE)
    add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
    set_tests_properties(${arg_NAME} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT "${arg_TIMEOUT}"
                                                COST "${arg_TIMEOUT}")
    return()
  endif()
  gtest_discover_tests(
    ${arg_NAME}
    TEST_PREFIX "${arg_NAME}."
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT "${arg_TIMEOUT}" COST "${arg_TIMEOUT}")

  # gtest_discover_tests cannot pass a property that is a list, so the labels are set by a file that
  # ctest reads after the one with the discovered tests, whose names are in <target>_TESTS.
  set(label_file "${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}_labels.cmake")
  file(
    CONFIGURE
    OUTPUT "${label_file}"
    CONTENT [[
foreach(test IN LISTS @arg_NAME@_TESTS)
  set_tests_properties("${test}" PROPERTIES LABELS "@arg_LABELS@")
endforeach()
]]
    @ONLY)
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${label_file}")
endfunction()
