# Passes where the command after `--` fails and prints the sentence in the file SENTENCE.

cmake_minimum_required(VERSION 3.25)

set(command "")
set(begun FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(begun)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif("${CMAKE_ARGV${i}}" STREQUAL "--")
    set(begun TRUE)
  endif()
endforeach()

file(READ "${SENTENCE}" sentence)
execute_process(
  COMMAND ${command}
  RESULT_VARIABLE result
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "The document says that this does not compile, but it does.")
endif()
string(FIND "${output}" "${sentence}" place)
if(place EQUAL -1)
  message(FATAL_ERROR "The document says that the compiler prints\n  ${sentence}\nIt printed\n${output}")
endif()
