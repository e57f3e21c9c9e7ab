# Builds one project of the documents, stage by stage in one build folder, as a reader would. At each stage its
# tests must pass, and its program must print what the document says. See CMakeLists.txt for the variables.

cmake_minimum_required(VERSION 3.25)

string(REPLACE "|" ";" launcher "${LAUNCHER}")
set(ENV{CMAKE_CXX_COMPILER_LAUNCHER} "${launcher}")
set(source_dir "${WORK_DIR}/source")
set(build_dir "${WORK_DIR}/build")

function(run)
  list(JOIN ARGN " " line)
  message(STATUS "${line}")
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE "${WORK_DIR}")
file(GLOB stages "${STAGES}/*")
list(LENGTH stages count)
foreach(stage RANGE 1 ${count})
  message(STATUS "Stage ${stage} of ${count}")
  file(GLOB_RECURSE files RELATIVE "${STAGES}/${stage}" "${STAGES}/${stage}/*")
  foreach(file IN LISTS files)
    cmake_path(SET target "${source_dir}/${file}")
    cmake_path(GET target PARENT_PATH folder)
    file(MAKE_DIRECTORY "${folder}")
    file(COPY_FILE "${STAGES}/${stage}/${file}" "${target}" ONLY_IF_DIFFERENT)
  endforeach()

  run("${CMAKE_COMMAND}" -S "${source_dir}" -B "${build_dir}" -G "${GENERATOR}"
      "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}" "-DCMAKE_CXX_COMPILER=${CXX_COMPILER}"
      "-DCMAKE_CXX_FLAGS=${CXX_FLAGS}" "-DCMAKE_PREFIX_PATH=${PREFIX}")
  run("${CMAKE_COMMAND}" --build "${build_dir}")
  run("${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" --output-on-failure)

  set(expected_output "${STAGES}/${stage}/expected_output.txt")
  if(EXISTS "${expected_output}")
    file(READ "${expected_output}" expected)
    execute_process(
      COMMAND "${build_dir}/${PROJECT}"
      OUTPUT_VARIABLE output
      COMMAND_ERROR_IS_FATAL ANY)
    if(NOT output STREQUAL expected)
      message(FATAL_ERROR "The document says that ${PROJECT} prints\n${expected}\nIt printed\n${output}")
    endif()
  endif()
endforeach()
