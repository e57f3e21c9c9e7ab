# protograph_precompile(<target> [TESTING])
#
# Lets a library of ours start from precompiled protograph.h and protobuf; TESTING is for test programs
# and adds GoogleTest and GoogleMock. All targets of one kind share one precompiled header, which is made
# on the first call. The target must link protograph::protograph (TESTING: protograph::testing) and have
# our warnings (TESTING: and protograph_cheap_to_compile). Does nothing where PROTOGRAPH_PRECOMPILE_HEADERS
# is off.
#
# Measured at -O2 for a test file: g++ 12 3.2 s without, 0.8 s with, 8.6 s to make the header; clang 14
# 2.4 s, 0.6 s and 3.3 s. It pays from four files on, so a program that is no test is left alone: it has
# one.

include_guard(GLOBAL)

function(protograph_precompile target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TESTING" "" "")
  get_target_property(type ${target} TYPE)
  if(NOT PROTOGRAPH_PRECOMPILE_HEADERS OR (type STREQUAL "EXECUTABLE" AND NOT arg_TESTING))
    return()
  endif()

  set(headers <google/protobuf/message.h> <protograph/protograph.h>)
  set(library protograph::protograph)
  set(provider protograph_precompiled)
  if(arg_TESTING)
    list(PREPEND headers <gmock/gmock.h> <gtest/gtest.h>)
    set(library protograph::testing)
    string(APPEND provider _testing)
  endif()

  # Position independence of a program and of a library are different flags, and g++ refuses a
  # precompiled header made with others.
  if(type STREQUAL "EXECUTABLE")
    string(APPEND provider _program)
  endif()

  if(NOT TARGET ${provider})
    set(source "${PROJECT_BINARY_DIR}/${provider}.cc")
    file(CONFIGURE OUTPUT "${source}" CONTENT "int main() { return 0; }\n")
    if(type STREQUAL "EXECUTABLE")
      add_executable(${provider} EXCLUDE_FROM_ALL "${source}")
    else()
      add_library(${provider} OBJECT EXCLUDE_FROM_ALL "${source}")
    endif()
    target_link_libraries(${provider} PRIVATE ${library})
    target_precompile_headers(${provider} PRIVATE ${headers})
    protograph_warnings(${provider})
    if(arg_TESTING)
      protograph_cheap_to_compile(${provider})
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${provider})
endfunction()

# protograph_cheap_to_compile(<target>)
#
# For sources of tests: little optimisation, whatever the build's. What they test is optimised as the build
# says, their own matchers and assertions need not be, and those are what compiling them takes. The
# compilers agree on no level. Measured for tests/contract/claim_contract.cc, its header precompiled: g++ 12
# -O3 8.2 s, -Og 3.7 s, -O0 4.3 s; clang 14 -O3 9.4 s, -O1 7.8 s, -O0 2.9 s, and with the address and
# undefined-behaviour sanitizers g++ -O1 20 s, clang -O1 9.5 s, -O0 3.3 s.
function(protograph_cheap_to_compile target)
  set(optimised "$<CONFIG:Release,RelWithDebInfo,MinSizeRel>")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 says at -Og of std::stop_source's constructor that it may read what is not initialised.
    target_compile_options(${target} PRIVATE "$<${optimised}:-Og>" -Wno-maybe-uninitialized)
  elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE "$<${optimised}:-O0>")
  endif()
endfunction()

# protograph_precompile_own(<target>)
#
# The same for the targets of src, which protograph::protograph cannot be linked to: they start from what
# nearly all of their files include. `protograph` must be the first; the other libraries share its header, and
# a program makes its own.
function(protograph_precompile_own target)
  if(NOT PROTOGRAPH_PRECOMPILE_HEADERS)
    return()
  endif()
  get_target_property(type ${target} TYPE)
  if(target STREQUAL "protograph" OR type STREQUAL "EXECUTABLE")
    target_precompile_headers(
      ${target} PRIVATE <google/protobuf/message.h> <absl/container/flat_hash_map.h>
                        <absl/status/statusor.h> <absl/time/clock.h> <fmt/format.h>)
  else()
    target_precompile_headers(${target} REUSE_FROM protograph)
  endif()
endfunction()
