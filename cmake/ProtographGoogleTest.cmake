# Finds GoogleTest and GoogleMock, which protograph::testing links.

if(NOT TARGET GTest::gmock)
  find_package(GTest CONFIG QUIET)
endif()
if(NOT TARGET GTest::gmock)
  message(FATAL_ERROR "protograph::testing needs GoogleTest and GoogleMock, which were not found: "
                      "install them (Debian: libgtest-dev libgmock-dev) or configure with "
                      "-DPROTOGRAPH_BUILD_TESTING_KIT=OFF -DPROTOGRAPH_BUILD_TESTS=OFF")
endif()
