# Toolchain of the preset `clang`: clang++-14 where it is, else the clang++ that is.

find_program(PROTOGRAPH_CLANG_CXX NAMES clang++-14 clang++)
mark_as_advanced(PROTOGRAPH_CLANG_CXX)
if(NOT PROTOGRAPH_CLANG_CXX)
  message(FATAL_ERROR "the preset clang needs clang++-14 or clang++; install it (Debian: clang-14)")
endif()
set(CMAKE_CXX_COMPILER "${PROTOGRAPH_CLANG_CXX}")
