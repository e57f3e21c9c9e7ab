# `cmake --install`: the library, its headers, its .proto files and a CMake package.
#
# The package has one target file a component, so that a component that needs more (GoogleTest for
# `testing`) costs nothing to those who do not ask for it.

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Protograph")

# Component graph.
install(TARGETS protograph EXPORT ProtographGraphTargets)
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/include/protograph"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING
  PATTERN "*.h"
  PATTERN "durability" EXCLUDE
  PATTERN "jobs" EXCLUDE
  PATTERN "postgres" EXCLUDE
  PATTERN "store" EXCLUDE
  PATTERN "testing" EXCLUDE)
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/proto/protograph"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING
  PATTERN "*.proto")
get_target_property(generated_dir protograph PROTOGRAPH_GENERATED_DIR)
install(
  DIRECTORY "${generated_dir}/protograph"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING
  PATTERN "*.pb.h")
install(
  EXPORT ProtographGraphTargets
  NAMESPACE protograph::
  DESTINATION "${package_dir}")

# Component durability.
install(TARGETS protograph_durability EXPORT ProtographDurabilityTargets)
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/include/protograph/durability"
            "${PROJECT_SOURCE_DIR}/include/protograph/store"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/protograph"
  FILES_MATCHING
  PATTERN "*.h")
install(
  EXPORT ProtographDurabilityTargets
  NAMESPACE protograph::
  DESTINATION "${package_dir}")

# Component jobs.
if(TARGET protograph_jobs)
  install(TARGETS protograph_jobs EXPORT ProtographJobsTargets)
  install(
    DIRECTORY "${PROJECT_SOURCE_DIR}/include/protograph/jobs"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/protograph"
    FILES_MATCHING
    PATTERN "*.h"
    PATTERN "graph_library.h" EXCLUDE
    PATTERN "worker_main.h" EXCLUDE)
  install(
    EXPORT ProtographJobsTargets
    NAMESPACE protograph::
    DESTINATION "${package_dir}")
endif()

# Component postgres.
if(TARGET protograph_postgres)
  install(TARGETS protograph_postgres EXPORT ProtographPostgresTargets)
  install(
    DIRECTORY "${PROJECT_SOURCE_DIR}/include/protograph/postgres"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/protograph"
    FILES_MATCHING
    PATTERN "*.h")
  install(
    EXPORT ProtographPostgresTargets
    NAMESPACE protograph::
    DESTINATION "${package_dir}")
endif()

# Component worker_main.
if(TARGET protograph_worker_main)
  install(TARGETS protograph_worker_main protograph_worker_runtime protograph_worker
          EXPORT ProtographWorkerMainTargets)
  install(
    FILES "${PROJECT_SOURCE_DIR}/include/protograph/jobs/graph_library.h"
          "${PROJECT_SOURCE_DIR}/include/protograph/jobs/worker_main.h"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/protograph/jobs")
  install(
    EXPORT ProtographWorkerMainTargets
    NAMESPACE protograph::
    DESTINATION "${package_dir}")
endif()

# The command line.
if(TARGET protograph_cli)
  install(TARGETS protograph_cli)
endif()

# Component testing.
if(TARGET protograph_testing)
  install(TARGETS protograph_testing EXPORT ProtographTestingTargets)
  install(
    DIRECTORY "${PROJECT_SOURCE_DIR}/include/protograph/testing"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/protograph"
    FILES_MATCHING
    PATTERN "*.h")
  install(
    EXPORT ProtographTestingTargets
    NAMESPACE protograph::
    DESTINATION "${package_dir}")
endif()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/ProtographConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/ProtographConfig.cmake"
  INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/ProtographConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/ProtographConfig.cmake"
        "${PROJECT_BINARY_DIR}/ProtographConfigVersion.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/ProtographDependencies.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/ProtographDurabilityDependencies.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/ProtographPostgresDependencies.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/ProtographGenerateProto.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/ProtographGraphLibrary.cmake"
  DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
