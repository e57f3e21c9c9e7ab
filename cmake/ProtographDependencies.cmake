# Finds what the library links. Included by the build and, in an installed package, by
# ProtographConfig.cmake, so that both look in the same way.
#
# A target that is already there (the caller builds protobuf or abseil in the same tree) is kept.

# Protobuf first: where it has a package file of its own, that one brings the abseil it was built with.
# Debian 12 has none; CMake's module finds it there.
if(NOT TARGET protobuf::libprotobuf)
  find_package(Protobuf CONFIG QUIET)
  if(NOT TARGET protobuf::libprotobuf)
    # A package file that was found, but did not load, must not hide what the module finds.
    unset(Protobuf_DIR CACHE)
    find_package(Protobuf 3.12 MODULE REQUIRED)
  endif()
endif()

if(NOT TARGET absl::status)
  find_package(absl CONFIG REQUIRED)
endif()

if(NOT TARGET fmt::fmt)
  find_package(fmt CONFIG REQUIRED)
endif()

if(NOT TARGET Threads::Threads)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
endif()
