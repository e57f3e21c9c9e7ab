# Writes the bodies of ByHand in chain.cc and fan.cc to FOLDER: calls that nobody would write by hand a
# thousand times, as they would.
#
#   cmake -DFOLDER=<folder> -P write_by_hand.cmake

# The chain.
set(text "")
set(before "*link_0")
foreach(i RANGE 1 999)
  string(APPEND text
         "const absl::StatusOr<ChainLink<${i}>> link_${i} = ChainStep<${i}>().Compute(ctx, ${before});\n"
         "if (!link_${i}.ok()) return link_${i}.status();\n")
  set(before "*link_${i}")
endforeach()
string(APPEND text "return ChainStep<1000>().Compute(ctx, ${before});\n")
file(WRITE "${FOLDER}/chain_by_hand.inc" "${text}")

# The fan: spokes, then tens, then hundreds, then the thousand.
set(text "")
macro(append_call variable step arguments)
  string(APPEND text "const absl::StatusOr<${step}::Output> ${variable} = ${step}().Compute(ctx, "
                     "${arguments});\nif (!${variable}.ok()) return ${variable}.status();\n")
endmacro()
function(ten_of prefix number out)
  set(list "")
  foreach(place RANGE 9)
    math(EXPR i "10 * ${number} + ${place}")
    list(APPEND list "*${prefix}_${i}")
  endforeach()
  list(JOIN list ", " list)
  set(${out} "${list}" PARENT_SCOPE)
endfunction()
foreach(i RANGE 999)
  append_call(spoke_${i} "Spoke<${i}>" "*source")
endforeach()
foreach(i RANGE 99)
  ten_of(spoke ${i} arguments)
  append_call(ten_${i} "CollectTen<${i}>" "${arguments}")
endforeach()
foreach(i RANGE 9)
  ten_of(ten ${i} arguments)
  append_call(hundred_${i} "CollectHundred<${i}>" "${arguments}")
endforeach()
ten_of(hundred 0 arguments)
string(APPEND text "return CollectThousand().Compute(ctx, ${arguments});\n")
file(WRITE "${FOLDER}/fan_by_hand.inc" "${text}")
