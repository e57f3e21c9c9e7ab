# Finds what Protograph's programs read their arguments with. Only the build needs it: it is a header,
# and nothing of it is seen by who links the library.

if(NOT TARGET CLI11::CLI11)
  find_package(CLI11 CONFIG QUIET)
endif()
if(NOT TARGET CLI11::CLI11)
  message(FATAL_ERROR "protograph-worker, protograph::worker_main and the command line need CLI11, which was not found: "
                      "install it (Debian: libcli11-dev) or configure with "
                      "-DPROTOGRAPH_BUILD_TOOLS=OFF")
endif()
