"""Checks that docs/signatures.md lists every sentence that the library gives the compiler, word for word,
and none that it does not.

  python3 check_sentences.py <root of the repository>
"""

import pathlib
import re
import sys

_STRING = r'"((?:[^"\\]|\\.)*)"'
_SENTENCE = re.compile(r'"Protograph: (?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')
_LISTED = re.compile(r"`(Protograph: [^`]+)`")


def main() -> int:
    root = pathlib.Path(sys.argv[1]).resolve()
    said = set()
    for header in sorted((root / "include").rglob("*.h")):
        for literals in _SENTENCE.findall(header.read_text(encoding="utf-8")):
            said.add("".join(re.findall(_STRING, literals)))
    page = (root / "docs" / "signatures.md").read_text(encoding="utf-8")
    listed = set(_LISTED.findall(page))
    for sentence in sorted(said - listed):
        print(f"error: docs/signatures.md does not list: {sentence}", file=sys.stderr)
    for sentence in sorted(listed - said):
        print(f"error: docs/signatures.md lists what no header says: {sentence}", file=sys.stderr)
    print(f"{len(said)} sentences in the headers, {len(listed)} in docs/signatures.md")
    return 0 if said and said == listed else 1


if __name__ == "__main__":
    sys.exit(main())
