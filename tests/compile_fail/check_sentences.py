"""Checks that each sentence with which the library refuses a program is expected by a program of this folder.

  python3 check_sentences.py <folder of the headers>
"""

import pathlib
import re
import sys

from try_program import Expectation

_STRING = r'"((?:[^"\\]|\\.)*)"'
_SENTENCE = re.compile(r'"Protograph: (?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')


def main() -> int:
    said = set()
    for header in sorted(pathlib.Path(sys.argv[1]).rglob("*.h")):
        for literals in _SENTENCE.findall(header.read_text(encoding="utf-8")):
            said.add("".join(re.findall(_STRING, literals)))
    programs = sorted(pathlib.Path(__file__).parent.rglob("*.cc"))
    expected = {Expectation(program, "").sentence for program in programs}
    untried = sorted(said - expected)
    for sentence in untried:
        print(f"error: no program is refused with: {sentence}", file=sys.stderr)
    print(f"{len(said)} sentences, {len(programs)} programs")
    return 1 if untried or not said else 0


if __name__ == "__main__":
    sys.exit(main())
