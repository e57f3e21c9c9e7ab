# Finds what protograph::durability links beside what ProtographDependencies.cmake finds. Included by the
# build and, in an installed package, by ProtographConfig.cmake for the component `durability`.

find_package(PkgConfig REQUIRED)
if(NOT TARGET PkgConfig::xxhash)
  pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET GLOBAL libxxhash>=0.8)
endif()
if(NOT TARGET PkgConfig::zstd)
  pkg_check_modules(zstd REQUIRED IMPORTED_TARGET GLOBAL libzstd>=1.4)
endif()
