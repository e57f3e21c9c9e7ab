"""Reads the documents: their code blocks, and the marks that say what becomes of each block.

A mark is an HTML comment on the line before the block, which readers do not see:

  <!-- snippet: PROJECT/FILE -->              FILE of a project of its own; again: goes on in FILE
  <!-- snippet: PROJECT/FILE (rewritten) -->  takes the place of what FILE was so far
  <!-- snippet: in CONTEXT -->                stands in contexts/CONTEXT.cc.in, at the line @SNIPPET@
  <!-- snippet: refused in CONTEXT -->        the same, and must not compile: the next text block holds
                                              the sentence that the compiler must print
  <!-- snippet: shown only -->                is not tried; cmake blocks alone may have it
  <!-- build: PROJECT -->                     the project, as it stands here, must build and pass its tests
  <!-- output: PROJECT -->                    as build; the text block after it is what the program prints

Every cpp, proto and cmake block must have a mark. A project is built as a stranger would build it, with
find_package(Protograph), at each `build` and `output` mark in turn.
"""

import dataclasses
import pathlib
import re

MARKED_LANGUAGES = ("cpp", "proto", "cmake")
UNMARKED_LANGUAGES = ("text", "sh", "mermaid")

_MARK = re.compile(r"^<!-- (snippet|build|output): (.+?) -->$")
_FENCE = re.compile(r"^```(\S*)$")
_FILE = re.compile(r"^([a-z_]+)/([\w./-]+?)( \(rewritten\))?$")
_CONTEXT = re.compile(r"^(refused )?in ([a-z_]+)$")


class Fault(Exception):
    """Something is wrong with a document; the text says where and what to do."""


@dataclasses.dataclass
class Block:
    document: str  # relative to the root, such as docs/tutorial.md
    line: int  # of the first line of code
    language: str
    code: str
    mark: tuple[str, str] | None  # ("snippet", "in body")

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"


@dataclasses.dataclass
class Fragment:
    block: Block
    context: str
    name: str  # unique, such as testing_3
    refused_with: str | None = None  # the sentence, where it must not compile


@dataclasses.dataclass
class Stage:
    files: dict[str, str]
    output: str | None  # what the program prints, where a document says so


@dataclasses.dataclass
class Snippets:
    fragments: list[Fragment] = dataclasses.field(default_factory=list)
    projects: dict[str, list[Stage]] = dataclasses.field(default_factory=dict)


def documents(root: pathlib.Path) -> list[pathlib.Path]:
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def blocks(root: pathlib.Path, document: pathlib.Path) -> list[Block]:
    """All code blocks and, as blocks of language "", the build marks."""
    name = document.relative_to(root).as_posix()
    found: list[Block] = []
    mark = None
    language = None
    begin = 0
    code: list[str] = []
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        if language is not None:
            if line == "```":
                found.append(Block(name, begin, language, "".join(code), mark))
                language = mark = None
            else:
                code.append(line + "\n")
            continue
        if is_mark := _MARK.match(line):
            if mark is not None:
                raise Fault(f"{name}:{number}: the mark before this one has no block: remove it")
            mark = (is_mark[1], is_mark[2])
            if mark[0] == "build":
                found.append(Block(name, number, "", "", mark))
                mark = None
        elif is_fence := _FENCE.match(line):
            language, begin, code = is_fence[1], number + 1, []
        elif line.startswith("<!-- ") and not line.startswith("<!-- table"):
            raise Fault(f"{name}:{number}: no mark that tests/docs/documents.py knows: correct it")
        elif mark is not None and line.strip():
            raise Fault(f"{name}:{number}: a mark must stand on the line before its block: move it")
    if language is not None:
        raise Fault(f"{name}:{begin}: the code block has no end: close it with ```")
    if mark is not None:
        raise Fault(f"{name}: the last mark has no block: remove it")
    return found


class _Collector:
    def __init__(self, contexts: pathlib.Path):
        self._contexts = contexts
        self._files: dict[str, dict[str, str]] = {}
        self._not_built: dict[str, set[str]] = {}
        self._waiting: Fragment | None = None  # a refused snippet whose sentence is to come
        self.snippets = Snippets()

    def take(self, block: Block) -> None:
        kind, what = block.mark or (None, "")
        if self._waiting is not None and block.language == "text":
            self._waiting.refused_with = " ".join(block.code.split())
            self._waiting = None
        elif self._waiting is not None:
            raise Fault(f"{block.place}: the refused snippet before this block needs a text block "
                        "with the compiler's sentence: add one right after it")
        elif kind in ("build", "output"):
            self._build(block, what)
        elif block.language in UNMARKED_LANGUAGES and kind is None:
            pass
        elif block.language not in MARKED_LANGUAGES:
            raise Fault(f"{block.place}: a block of language '{block.language}': use one of "
                        f"{', '.join(MARKED_LANGUAGES + UNMARKED_LANGUAGES)}, and a mark only for the first")
        elif kind is None:
            raise Fault(f"{block.place}: the {block.language} block has no mark, so that nothing would "
                        "compile it: see tests/docs/documents.py")
        elif is_context := _CONTEXT.match(what):
            self._fragment(block, is_context[2], refused=is_context[1] is not None)
        elif is_file := _FILE.match(what):
            self._file(block, is_file[1], is_file[2], rewritten=is_file[3] is not None)
        elif not (what == "shown only" and block.language == "cmake"):
            raise Fault(f"{block.place}: the mark 'snippet: {what}' is not known for a {block.language} "
                        "block: see tests/docs/documents.py")

    def finish(self) -> Snippets:
        if self._waiting is not None:
            raise Fault(f"{self._waiting.block.place}: the refused snippet needs a text block with the "
                        "compiler's sentence: add one right after it")
        for project, files in self._not_built.items():
            if files:
                raise Fault(f"{', '.join(sorted(files))} of project {project} would not be built: add "
                            f"<!-- build: {project} --> after the last block")
        return self.snippets

    def _fragment(self, block: Block, context: str, refused: bool) -> None:
        if not (self._contexts / f"{context}.cc.in").is_file():
            raise Fault(f"{block.place}: there is no context {context}: add contexts/{context}.cc.in or use "
                        "another")
        page = pathlib.PurePath(block.document).stem.lower().replace("-", "_")
        number = 1 + sum(f.block.document == block.document for f in self.snippets.fragments)
        fragment = Fragment(block, context, f"{page}_{number}")
        self.snippets.fragments.append(fragment)
        if refused:
            self._waiting = fragment

    def _file(self, block: Block, project: str, file: str, rewritten: bool) -> None:
        files = self._files.setdefault(project, {})
        not_built = self._not_built.setdefault(project, set())
        if rewritten and (file not in files or file in not_built):
            raise Fault(f"{block.place}: {project}/{file} is rewritten before it was built: add "
                        f"<!-- build: {project} --> before this block")
        # Errors of the compiler then name the document.
        line = f'#line {block.line} "{block.document}"\n' if block.language == "cpp" else ""
        before = "" if rewritten else files.get(file, "")
        files[file] = before + line + block.code
        not_built.add(file)

    def _build(self, block: Block, project: str) -> None:
        if not self._not_built.get(project):
            raise Fault(f"{block.place}: nothing of project {project} is new: remove the mark")
        output = block.code if block.language == "text" else None
        if output is None and block.mark[0] == "output":
            raise Fault(f"{block.place}: an output mark needs a text block: make it one")
        stages = self.snippets.projects.setdefault(project, [])
        stages.append(Stage(dict(self._files[project]), output))
        self._not_built[project].clear()


def read(root: pathlib.Path, contexts: pathlib.Path) -> Snippets:
    """Everything that the documents say must compile. Raises Fault."""
    collector = _Collector(contexts)
    for document in documents(root):
        for block in blocks(root, document):
            collector.take(block)
    return collector.finish()
