# protograph_test(
#   NAME <name>
#   SOURCES <file>...
#   [LIBS <target>...]
#   [LABELS <label>...]
#   [TIMEOUT <seconds>]
#   [WHOLE [SHARDS <number>]]
#   [UNITED])
#
# Builds one GoogleTest program with GoogleMock's main and registers each of its tests with ctest as
# `<name>.<suite>.<test>`. LABELS defaults to the folder's name: `ctest -L unit` runs tests/unit.
# TIMEOUT is a test's, 60 seconds unless said otherwise; sanitizers get five times as long. WHOLE makes the
# program one test of ctest, for tests that share something costly, a server for example; with SHARDS it is so
# many tests, `<name>.<number>`, each with its part of the program's. Those that may take long begin first.
# Where PROTOGRAPH_INSTRUMENTED, all programs are WHOLE, in two shards unless said otherwise: a process takes
# much longer to begin there than most tests do to run.
#
# UNITED: its sources are compiled several at once; see protograph_unite_tests.
#
# PROTOGRAPH_INSTRUMENTED tells whether this build has a sanitizer or counts lines. Tests that only
# compile are left out of such builds, which would show nothing new and take several times as long.

include_guard(GLOBAL)
include(GoogleTest)

option(PROTOGRAPH_UNITE_TESTS "Compile sources of tests several at once where that saves time" ON)

string(REGEX MATCH "-fsanitize=|--coverage" PROTOGRAPH_INSTRUMENTED "${CMAKE_CXX_FLAGS}")

# protograph_test_sources(<target>): what every target with tests among its sources needs.
function(protograph_test_sources target)
  target_link_libraries(${target} PRIVATE protograph::testing GTest::gmock)
  protograph_warnings(${target})
  protograph_cheap_to_compile(${target})
  protograph_precompile(${target} TESTING)
endfunction()

# protograph_unite_tests(<target>): its sources become few, each of which includes several. What they make of
# GoogleTest's templates is nearly the same in each, and most of what compiling them takes. Names in their
# unnamed namespaces must differ. Measured for four files of tests/contract, their header precompiled: g++ 12
# -Og 16 s one by one and 10 s as one, clang 14 -O0 8 s and 4 s, with sanitizers 18 s and 8 s.
function(protograph_unite_tests target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD "${PROTOGRAPH_UNITE_TESTS}"
                                             UNITY_BUILD_BATCH_SIZE 6)
endfunction()

function(protograph_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "WHOLE;UNITED" "NAME;TIMEOUT;SHARDS" "SOURCES;LIBS;LABELS")
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
    if(NOT arg_WHOLE)
      set(arg_WHOLE TRUE)
      set(arg_SHARDS 2)
    endif()
  endif()

  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_LIBS} GTest::gmock_main)
  protograph_test_sources(${arg_NAME})
  if(arg_UNITED)
    protograph_unite_tests(${arg_NAME})
  endif()
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
