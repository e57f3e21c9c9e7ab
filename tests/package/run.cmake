# One test of tests/package; see the CMakeLists.txt beside it for the variables.

cmake_minimum_required(VERSION 3.25)

set(prefix "${WORK_DIR}/prefix")
set(store_components durability)
if(POSTGRES)
  list(APPEND store_components postgres)
endif()
if(POSTGRES AND TOOLS)
  list(APPEND store_components worker_main)
endif()
# A list would fall apart on its way; the project puts it together again.
list(JOIN store_components "|" store_components)
# Read by the first configure of a project.
string(REPLACE "|" ";" launcher "${LAUNCHER}")
set(ENV{CMAKE_CXX_COMPILER_LAUNCHER} "${launcher}")

function(run)
  list(JOIN ARGN " " line)
  message(STATUS "${line}")
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Sets the command that configures tests/package/outside in an empty folder. Further arguments go to cmake.
macro(configure_outside)
  set(build_dir "${WORK_DIR}/${STEP}")
  file(REMOVE_RECURSE "${build_dir}")
  set(configure_command
      "${CMAKE_COMMAND}"
      -S "${SOURCE_DIR}/tests/package/outside"
      -B "${build_dir}"
      -G "${GENERATOR}"
      "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}"
      "-DCMAKE_CXX_COMPILER=${CXX_COMPILER}"
      "-DCMAKE_CXX_FLAGS=${CXX_FLAGS}"
      "-DOUTSIDE_STORE_COMPONENTS=${store_components}"
      ${ARGN})
endmacro()

macro(build_and_run_outside)
  run(${configure_command})
  run("${CMAKE_COMMAND}" --build "${build_dir}" --parallel 2)
  run("${CMAKE_CTEST_COMMAND}" --test-dir "${build_dir}" --output-on-failure --no-tests=error)
endmacro()

if(STEP STREQUAL "install")
  file(REMOVE_RECURSE "${prefix}")
  run("${CMAKE_COMMAND}" --install "${BINARY_DIR}" --prefix "${prefix}")

elseif(STEP STREQUAL "find_package")
  configure_outside("-DCMAKE_PREFIX_PATH=${prefix}")
  build_and_run_outside()

elseif(STEP STREQUAL "add_subdirectory")
  # The whole library is compiled, which takes half as long without optimisation; as shared libraries,
  # which no other build of ours has.
  configure_outside("-DPROTOGRAPH_SOURCE_DIR=${SOURCE_DIR}" "-DPROTOGRAPH_BUILD_TOOLS=${TOOLS}"
                    "-DBUILD_SHARED_LIBS=ON" "-DCMAKE_CXX_FLAGS_RELEASE=-O0")
  build_and_run_outside()

elseif(STEP STREQUAL "unknown_component")
  configure_outside("-DCMAKE_PREFIX_PATH=${prefix}" -DOUTSIDE_EXTRA_COMPONENT=teleport)
  execute_process(
    COMMAND ${configure_command}
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(result EQUAL 0)
    message(FATAL_ERROR "find_package accepted the unknown component teleport")
  endif()
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  if(NOT output MATCHES "Protograph has no component \"teleport\"; it has: graph, durability, jobs, postgres, worker_main, testing")
    message(FATAL_ERROR "the error does not name the component and those there are:\n${output}")
  endif()

else()
  message(FATAL_ERROR "unknown STEP ${STEP}")
endif()
