# Compiles through ccache where it is installed and nobody chose a launcher.

if(DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  return()
endif()

find_program(PROTOGRAPH_CCACHE ccache)
mark_as_advanced(PROTOGRAPH_CCACHE)
if(PROTOGRAPH_CCACHE)
  # Without this sloppiness ccache compiles anew every file that uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;${PROTOGRAPH_CCACHE}"
  )
endif()
