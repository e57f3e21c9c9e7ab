"""Checks that relative links of the documents lead somewhere.

  python3 check_links.py <root of the repository>

A link to a heading is checked too, with the anchors that GitHub and GitLab make.
"""

import pathlib
import re
import sys

import documents

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`]*`")


def without_code(text: str) -> str:
    lines, inside = [], False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = not inside
        lines.append("" if inside or line.startswith("```") else _CODE.sub("``", line))
    return "\n".join(lines)


def anchors(document: pathlib.Path) -> set[str]:
    found: set[str] = set()
    inside = False
    for line in document.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = not inside
        if inside or not line.startswith("#"):
            continue
        title = line.lstrip("#").strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", title).replace(" ", "-"))
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1]).resolve()
    faults = []
    checked = 0
    for document in documents.documents(root):
        text = without_code(document.read_text(encoding="utf-8"))
        for link in _LINK.finditer(text):  # its words may go over two lines
            target = link[1]
            if re.match(r"[a-z]+:", target):
                continue
            checked += 1
            path, _, anchor = target.partition("#")
            place = f"{document.relative_to(root)}:{text.count(chr(10), 0, link.start()) + 1}"
            linked = (document.parent / path).resolve() if path else document
            if not linked.exists():
                faults.append(f"{place}: {target} does not exist: correct the link")
            elif anchor and anchor not in anchors(linked):
                faults.append(f"{place}: {path or document.name} has no heading #{anchor}: "
                              "correct the link")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    print(f"{checked} relative links, {len(faults)} broken")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
