"""Writes the figures of tests/bench/run.sh into the table of README.md.

  tests/bench/run.sh --json figures.json
  python3 tests/docs/update_table.py figures.json
"""

import json
import pathlib
import re
import sys

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
_TABLE = re.compile(r"(<!-- table: bench -->\n).*?(<!-- table: end -->)", re.DOTALL)


def number(value: float, unit: str) -> str:
    if unit == "instructions" or value >= 1000:
        return f"{value:,.0f} {unit}"
    return f"{value:.3g} {unit}"


def row(figure: dict) -> str:
    ratio = f"{figure['number']:.3g} {figure['number_unit']}"
    compared = ""
    if figure["baseline"]:
        compared = f"{figure['baseline']}: {number(figure['baseline_value'], figure['unit'])}"
    bar = "" if figure["bar"] is None else f"{figure['bar']}{'' if figure['met'] else ' (missed)'}"
    name = f"{figure['group']}: {figure['figure']}"
    return f"| {name} | {number(figure['value'], figure['unit'])} | {compared} | {ratio} | {bar} |"


def main() -> int:
    figures = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    table = "\n".join(
        [f"{figures['machine']}, {figures['compiler']}, {figures['time'][:10]}.", "",
         "| figure | measured | compared with | ratio or difference | bar |", "|---|---|---|---|---|",
         *map(row, figures["figures"])])
    text, count = _TABLE.subn(lambda marks: f"{marks[1]}{table}\n{marks[2]}",
                              README.read_text(encoding="utf-8"))
    if count != 1:
        print(f"error: {README} has no <!-- table: bench --> with its end: add them", file=sys.stderr)
        return 1
    README.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
