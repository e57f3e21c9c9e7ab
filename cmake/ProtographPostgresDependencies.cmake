# Finds what protograph::postgres links beside what protograph::durability does. Included by the build
# and, in an installed package, by ProtographConfig.cmake for the component `postgres`.

find_package(PkgConfig REQUIRED)
if(NOT TARGET PkgConfig::libpqxx)
  pkg_check_modules(libpqxx REQUIRED IMPORTED_TARGET GLOBAL libpqxx>=6.4)
endif()
if(NOT TARGET PkgConfig::libpq)
  pkg_check_modules(libpq REQUIRED IMPORTED_TARGET GLOBAL libpq)
endif()
