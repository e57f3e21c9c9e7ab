# protograph_warnings(<target>...)
#
# Turns our warnings on for targets of ours. They are private: who links Protograph keeps their own.
# PROTOGRAPH_WARNINGS_AS_ERRORS makes each warning an error; `cmake --compile-no-warning-as-error`
# overrides it for one configuration.

include_guard(GLOBAL)

function(protograph_warnings)
  foreach(target IN LISTS ARGN)
    if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
      target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor
                                               -Woverloaded-virtual)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
      # What a sanitizer inserts hides initialisations from g++ (see -fsanitize in its manual).
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # g++ 12 takes the sum of a literal and a std::string for a copy onto itself (GCC bug 105651), and
      # short strings for ones that cannot be (GCC bug 105329).
      target_compile_options(${target} PRIVATE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
    endif()
    set_target_properties(${target} PROPERTIES COMPILE_WARNING_AS_ERROR
                                               "${PROTOGRAPH_WARNINGS_AS_ERRORS}")
  endforeach()
endfunction()
