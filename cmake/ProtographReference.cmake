# The target `reference` makes the reference of the public headers; the test docs.doxygen makes it too
# and fails on any warning.

find_program(PROTOGRAPH_DOXYGEN doxygen)
mark_as_advanced(PROTOGRAPH_DOXYGEN)
if(NOT PROTOGRAPH_DOXYGEN)
  message(STATUS "doxygen was not found: no target `reference` and no test docs.doxygen")
  return()
endif()

configure_file("${PROJECT_SOURCE_DIR}/cmake/Doxyfile.in" "${PROJECT_BINARY_DIR}/Doxyfile" @ONLY)
add_custom_target(
  reference
  COMMAND "${PROTOGRAPH_DOXYGEN}" "${PROJECT_BINARY_DIR}/Doxyfile"
  COMMENT "Writing the reference to ${PROJECT_BINARY_DIR}/reference/html"
  VERBATIM)
if(PROTOGRAPH_BUILD_TESTS)
  add_test(NAME docs.doxygen COMMAND "${PROTOGRAPH_DOXYGEN}" "${PROJECT_BINARY_DIR}/Doxyfile")
  set_tests_properties(docs.doxygen PROPERTIES LABELS docs TIMEOUT 120)
endif()
