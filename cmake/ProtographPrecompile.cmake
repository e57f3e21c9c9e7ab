# protograph_precompile(<target> [TESTING])
#
# Lets a target of ours start from precompiled protograph.h and protobuf; TESTING adds GoogleTest and
# GoogleMock. All targets of one kind share one precompiled header, which is made on the first call.
# The target must link protograph::protograph (TESTING: protograph::testing) and have our warnings.
# Does nothing where PROTOGRAPH_PRECOMPILE_HEADERS is off.

include_guard(GLOBAL)

function(protograph_precompile target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TESTING" "" "")
  if(NOT PROTOGRAPH_PRECOMPILE_HEADERS)
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
  get_target_property(type ${target} TYPE)
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
  endif()
  target_precompile_headers(${target} REUSE_FROM ${provider})
endfunction()
