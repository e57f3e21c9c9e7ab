"""Writes what the documents say must compile into a folder, for tests/docs/CMakeLists.txt.

  python3 extract_snippets.py <root of the repository> <folder>

Files whose content stays are left alone, so that nothing is compiled anew in vain.
"""

import pathlib
import sys

import documents

CONTEXTS = pathlib.Path(__file__).resolve().parent / "contexts"


class Writer:
    def __init__(self, folder: pathlib.Path):
        self._folder = folder
        self._written: set[pathlib.Path] = set()

    def write(self, name: str, text: str) -> pathlib.Path:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        self._written.add(path)
        return path

    def remove_others(self) -> None:
        for path in self._folder.rglob("*"):
            if path.is_file() and path not in self._written:
                path.unlink()


def source_of(fragment: documents.Fragment) -> str:
    context = (CONTEXTS / f"{fragment.context}.cc.in").read_text(encoding="utf-8")
    before, after = context.replace("@NAME@", fragment.name).split("@SNIPPET@\n")
    block = fragment.block
    return f'{before}#line {block.line} "{block.document}"\n{block.code}{after}'


def main() -> int:
    root, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    writer = Writer(folder)
    try:
        snippets = documents.read(root, CONTEXTS)
    except documents.Fault as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 1
    lists: dict[str, list[str]] = {"objects": [], "tests": [], "refused": []}
    for fragment in snippets.fragments:
        if fragment.refused_with is not None:
            kind = "refused"
            writer.write(f"refused/{fragment.name}.sentence", fragment.refused_with)
        else:
            kind = "tests" if fragment.context.startswith("test_") else "objects"
        path = writer.write(f"{kind}/{fragment.name}.cc", source_of(fragment))
        lists[kind].append(path.as_posix())
    for project, stages in snippets.projects.items():
        for number, stage in enumerate(stages, 1):
            for file, text in stage.files.items():
                writer.write(f"projects/{project}/{number}/{file}", text)
            if stage.output is not None:
                writer.write(f"projects/{project}/{number}/expected_output.txt", stage.output)
    lists["projects"] = list(snippets.projects)
    lines = [f"set(docs_{kind} {' '.join(paths)})\n" for kind, paths in lists.items()]
    writer.write("snippets.cmake", "".join(lines))
    writer.remove_others()
    return 0


if __name__ == "__main__":
    sys.exit(main())
