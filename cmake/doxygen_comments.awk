# Doxygen's input filter. Our headers are commented in Google style, with plain `//`; Doxygen wants `///`.
#
# - A comment on lines of its own becomes documentation of what follows; the first one is the file's.
# - A comment after a member becomes documentation of that member.
# - An indented paragraph is code. In prose, < and > stand for themselves.

function escape_prose(text,    parts, count, i, out) {
  count = split(text, parts, "`")
  for (i = 1; i <= count; ++i) {
    if (i % 2 == 1) {
      gsub(/&/, "\\&amp;", parts[i])
      gsub(/</, "\\&lt;", parts[i])
      gsub(/>/, "\\&gt;", parts[i])
      gsub(/[@\\#%]/, "\\\\&", parts[i])
    }
    out = out (i > 1 ? "`" : "") parts[i]
  }
  return out
}

function end_code() {
  if (in_code) print indent "/// @endcode"
  in_code = 0
}

match($0, /^ *\/\/($|[^\/])/) {
  indent = $0
  sub(/\/\/.*/, "", indent)
  text = substr($0, length(indent) + 3)
  if (!seen_comment) {
    print indent "/// \\file"
    seen_comment = 1
    paragraph_starts = 1
  }
  if (text ~ /^ *$/) {
    # An empty line ends a paragraph; inside code it is one of its lines.
    pending_blank = 1
    paragraph_starts = 1
    next
  }
  if (text ~ /^   / && (paragraph_starts || in_code)) {
    if (pending_blank) print indent "///"
    if (!in_code) print indent "/// @code{.cpp}"
    in_code = 1
    print indent "///" substr(text, 3)
  } else {
    end_code()
    if (pending_blank) print indent "///"
    print indent "///" escape_prose(text)
  }
  pending_blank = 0
  paragraph_starts = 0
  next
}

{
  end_code()
  pending_blank = 0
  paragraph_starts = 1
}

match($0, /[;,{(]  +\/\/ /) {
  print substr($0, 1, RSTART) "  ///< " escape_prose(substr($0, RSTART + RLENGTH))
  next
}

{ print }
