# The target `coverage` (preset coverage) runs the whole suite anew and prints the line coverage of
# include/ and src/. It fails below PROTOGRAPH_COVERAGE_BAR percent.
#
# gcovr rather than lcov: it merges the instances of a template by itself, and its filters leave the
# generated protobuf code out without a second pass.

set(PROTOGRAPH_COVERAGE_BAR 90 CACHE STRING "Percent of lines that the tests must reach")

find_program(PROTOGRAPH_GCOVR gcovr)
mark_as_advanced(PROTOGRAPH_GCOVR)
if(NOT PROTOGRAPH_GCOVR)
  message(FATAL_ERROR "the preset coverage needs gcovr; install it (Debian: gcovr)")
endif()

# Left out are the tests that only build other projects or run other tools.
add_custom_target(
  coverage
  COMMAND find "${PROJECT_BINARY_DIR}" -name *.gcda -delete
  COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${PROJECT_BINARY_DIR}" --output-on-failure
          --label-exclude "package|compile_fail|docs"
  COMMAND
    "${PROTOGRAPH_GCOVR}" --root "${PROJECT_SOURCE_DIR}" --object-directory "${PROJECT_BINARY_DIR}"
    --filter "${PROJECT_SOURCE_DIR}/include/" --filter "${PROJECT_SOURCE_DIR}/src/"
    --exclude-unreachable-branches --print-summary --fail-under-line "${PROTOGRAPH_COVERAGE_BAR}"
    "${PROJECT_BINARY_DIR}"
  COMMENT "Measuring the line coverage of include/ and src/"
  USES_TERMINAL VERBATIM)
