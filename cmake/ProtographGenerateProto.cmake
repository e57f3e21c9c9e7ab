# protograph_generate_proto(
#   TARGET <name>
#   PROTOS <file.proto>...
#   [IMPORT_DIR <dir>]
#   [DEPENDS <target>...]
#   [EXPORT <export set>])
#
# Generates C++ from .proto files and puts it into the library <name>. Where no target <name> exists, a
# static library is made; else the code is added to it.
#
#   IMPORT_DIR  the root that `import` statements and includes are relative to. Default: the current
#               source folder. `<IMPORT_DIR>/film/movie.proto` is included as "film/movie.pb.h".
#   DEPENDS     targets made by this function (or protograph::protograph) whose files these import.
#   EXPORT      also installs the library, its headers and its .proto files, into that export set.
#
# Generated code is compiled without warnings and included as a system header, so that a project's own
# warnings do not see it.

include_guard(GLOBAL)

function(protograph_generate_proto)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;IMPORT_DIR;EXPORT" "PROTOS;DEPENDS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "protograph_generate_proto: unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_TARGET OR NOT arg_PROTOS)
    message(FATAL_ERROR "protograph_generate_proto needs TARGET <name> and PROTOS <file.proto>...")
  endif()
  if(NOT TARGET protobuf::protoc)
    message(FATAL_ERROR "protograph_generate_proto(TARGET ${arg_TARGET}): the protobuf compiler was "
                        "not found; install it (Debian: protobuf-compiler)")
  endif()

  if(NOT arg_IMPORT_DIR)
    set(arg_IMPORT_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  cmake_path(ABSOLUTE_PATH arg_IMPORT_DIR NORMALIZE OUTPUT_VARIABLE import_dir)
  string(REGEX REPLACE "(.)/$" "\\1" import_dir "${import_dir}")
  set(out_dir "${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}.proto")

  if(TARGET ${arg_TARGET})
    get_target_property(target_dir ${arg_TARGET} SOURCE_DIR)
    if(NOT target_dir STREQUAL CMAKE_CURRENT_SOURCE_DIR)
      message(FATAL_ERROR "protograph_generate_proto: the target ${arg_TARGET} was made in "
                          "${target_dir}; call the function there")
    endif()
  else()
    add_library(${arg_TARGET} STATIC)
    set_target_properties(${arg_TARGET} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_features(${arg_TARGET} PUBLIC cxx_std_17)
    target_link_libraries(${arg_TARGET} PUBLIC protobuf::libprotobuf)
  endif()

  # An import of another target is found where that target's headers are: a .proto file is installed
  # beside the header made from it, and a build tree lists its IMPORT_DIR as an include folder.
  set(import_flags "")
  foreach(dependency IN LISTS arg_DEPENDS)
    set(folders
        "$<REMOVE_DUPLICATES:$<TARGET_PROPERTY:${dependency},INTERFACE_INCLUDE_DIRECTORIES>>")
    list(APPEND import_flags "$<$<BOOL:${folders}>:-I$<JOIN:${folders},;-I>>")
    target_link_libraries(${arg_TARGET} PUBLIC ${dependency})
  endforeach()

  foreach(proto IN LISTS arg_PROTOS)
    cmake_path(ABSOLUTE_PATH proto NORMALIZE OUTPUT_VARIABLE proto_path)
    cmake_path(IS_PREFIX import_dir "${proto_path}" inside)
    if(NOT inside)
      message(FATAL_ERROR "protograph_generate_proto(TARGET ${arg_TARGET}): ${proto_path} is not below "
                          "IMPORT_DIR ${import_dir}")
    endif()
    cmake_path(RELATIVE_PATH proto_path BASE_DIRECTORY "${import_dir}" OUTPUT_VARIABLE relative)
    string(REGEX REPLACE "\\.proto$" "" stem "${relative}")
    set(source "${out_dir}/${stem}.pb.cc")
    set(header "${out_dir}/${stem}.pb.h")
    cmake_path(GET source PARENT_PATH source_dir)
    file(MAKE_DIRECTORY "${source_dir}")

    add_custom_command(
      OUTPUT "${source}" "${header}"
      COMMAND protobuf::protoc "--cpp_out=${out_dir}" "--dependency_out=${source}.d" "-I${import_dir}"
              "${import_flags}" "${proto_path}"
      DEPENDS "${proto_path}" protobuf::protoc
      DEPFILE "${source}.d"
      COMMENT "Generating ${stem}.pb.h"
      COMMAND_EXPAND_LISTS VERBATIM)
    set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS -w SKIP_PRECOMPILE_HEADERS ON)
    target_sources(${arg_TARGET} PRIVATE "${source}" "${header}")

    if(arg_EXPORT)
      include(GNUInstallDirs)
      cmake_path(GET relative PARENT_PATH relative_dir)
      install(FILES "${header}" "${proto_path}"
              DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/${relative_dir}")
    endif()
  endforeach()

  set_target_properties(${arg_TARGET} PROPERTIES PROTOGRAPH_GENERATED_DIR "${out_dir}")
  target_include_directories(
    ${arg_TARGET} SYSTEM PUBLIC "$<BUILD_INTERFACE:${out_dir}>" "$<BUILD_INTERFACE:${import_dir}>")
  if(arg_EXPORT)
    target_include_directories(${arg_TARGET} SYSTEM
                               PUBLIC "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
    install(TARGETS ${arg_TARGET} EXPORT ${arg_EXPORT})
  endif()
endfunction()
