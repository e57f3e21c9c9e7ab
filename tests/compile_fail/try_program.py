"""Compiles one program of this folder and checks what the compiler says of it.

  python3 try_program.py <program> <g++ or clang++> <command that compiles it>...

The comment at the top of the program says what is expected:

  // expect: Protograph: ...   the sentence, which may go on in lines indented by four spaces
  // shows: ...                what stands beside it; as often as needed
  // shows (g++): ...          the same, of one compiler
  // accept                    instead of all of these: it compiles without a word

A wrong program passes where it is refused, its first error says the sentence, and there is no second error.
Namespaces, and spaces before & and *, are left out of what compilers print before `shows` is looked for, as
each shows them where it pleases.
"""

import os
import pathlib
import re
import subprocess
import sys

_QUALIFIER = re.compile(r"\b(?:\w+::)+")
_SPACE = re.compile(r" (?=[&*])")
_ERROR = re.compile(r"\berror:")


class Expectation:
    """What a program's first comment says."""

    def __init__(self, program: pathlib.Path, compiler: str):
        self.accept = False
        self.sentence = ""
        self.shows = []
        continued = False
        for line in program.read_text(encoding="utf-8").splitlines():
            if not line.startswith("//"):
                break
            if continued and line.startswith("//     "):
                self.sentence += " " + line[2:].strip()
                continue
            keyword, _, rest = line[2:].strip().partition(": ")
            continued = keyword == "expect"
            if continued:
                self.sentence = rest
            elif keyword in ("shows", f"shows ({compiler})"):
                self.shows.append(rest)
            elif keyword == "accept":
                self.accept = True
        if not self.accept and (not self.sentence.startswith("Protograph: ") or not self.shows):
            raise ValueError(f"{program} must say `// accept`, or `// expect: Protograph: ...` and `// shows: ...`")


def faults(expected: Expectation, status: int, output: str) -> list:
    if expected.accept:
        return [] if status == 0 and not output.strip() else ["this program is right, and was not taken in silence"]
    if status == 0:
        return ["the compiler takes this program"]
    found = []
    errors = [line for line in output.splitlines() if _ERROR.search(line)]
    if not errors or expected.sentence not in errors[0]:
        found.append(f"the first error does not say: {expected.sentence}")
    if len(errors) != 1:
        found.append(f"{len(errors)} errors instead of one")
    if "warning:" in output:
        found.append("there is a warning besides")
    plain = _SPACE.sub("", _QUALIFIER.sub("", output))
    for shown in expected.shows:
        if shown not in plain and shown not in output:
            found.append(f"nowhere is shown: {shown}")
    return found


def main() -> int:
    program = pathlib.Path(sys.argv[1])
    expected = Expectation(program, sys.argv[2])
    run = subprocess.run(
        sys.argv[3:],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )
    output = run.stdout.decode("utf-8", errors="replace")
    found = faults(expected, run.returncode, output)
    for fault in found:
        print(f"error: {program.name}: {fault}", file=sys.stderr)
    if found:
        print(f"The compiler printed:\n{output}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
