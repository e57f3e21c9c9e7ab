"""Tests of documents.py: nothing in a document may escape the compiler."""

import pathlib
import tempfile
import unittest

import documents

CODE = "```cpp\nint x = 0;\n```\n"


class Documents(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "docs").mkdir()
        (self.root / "body.cc.in").write_text("@SNIPPET@\n")

    def read(self, text: str) -> documents.Snippets:
        (self.root / "README.md").write_text(text)
        return documents.read(self.root, self.root)

    def assert_fault(self, text: str, words: str):
        with self.assertRaisesRegex(documents.Fault, words):
            self.read(text)

    def test_takes_a_marked_block(self):
        [fragment] = self.read(f"# A\n\n<!-- snippet: in body -->\n{CODE}").fragments
        self.assertEqual(fragment.block.code, "int x = 0;\n")
        self.assertEqual(fragment.block.line, 5)
        self.assertEqual(fragment.context, "body")

    def test_refuses_a_block_without_a_mark(self):
        self.assert_fault(CODE, r"README.md:2: the cpp block has no mark")

    def test_refuses_a_language_it_does_not_know(self):
        self.assert_fault("```c++\nint x;\n```\n", "language 'c\\+\\+'")
        self.assert_fault("```\nint x;\n```\n", "language ''")

    def test_refuses_a_mark_that_is_far_from_its_block(self):
        self.assert_fault(f"<!-- snippet: in body -->\nText.\n{CODE}", "line before its block")

    def test_refuses_a_misspelt_mark(self):
        self.assert_fault(f"<!-- snipet: in body -->\n{CODE}", "no mark")
        self.assert_fault(f"<!-- snippet: body -->\n{CODE}", "is not known")

    def test_lets_no_cpp_block_be_shown_only(self):
        self.assert_fault(f"<!-- snippet: shown only -->\n{CODE}", "is not known")

    def test_refuses_an_unknown_context(self):
        self.assert_fault(f"<!-- snippet: in nowhere -->\n{CODE}", "no context nowhere")

    def test_refused_snippet_needs_a_sentence(self):
        mark = f"<!-- snippet: refused in body -->\n{CODE}"
        self.assert_fault(mark, "needs a text block")
        [fragment] = self.read(f"{mark}\n```text\nProtograph: no\nway\n```\n").fragments
        self.assertEqual(fragment.refused_with, "Protograph: no way")

    def test_project_grows_stage_by_stage(self):
        mark = "<!-- snippet: p/a.cc -->\n"
        again = "<!-- snippet: p/a.cc (rewritten) -->\n```cpp\nint y;\n```\n"
        output = "<!-- output: p -->\n```text\nout\n```\n"
        [first, second] = self.read(f"{mark}{CODE}{mark}{CODE}{output}{again}<!-- build: p -->\n").projects["p"]
        self.assertEqual(first.files["a.cc"].count("int x = 0;"), 2)
        self.assertEqual(first.output, "out\n")
        self.assertEqual(second.files["a.cc"], '#line 15 "README.md"\nint y;\n')
        self.assertIsNone(second.output)

    def test_refuses_a_file_that_would_not_be_built(self):
        mark = "<!-- snippet: p/a.cc -->\n"
        again = "<!-- snippet: p/a.cc (rewritten) -->\n"
        self.assert_fault(f"{mark}{CODE}", "would not be built")
        self.assert_fault(f"{mark}{CODE}{again}{CODE}<!-- build: p -->\n", "before it was built")

    def test_refuses_a_block_without_an_end(self):
        self.assert_fault("```text\nabc\n", "has no end")


if __name__ == "__main__":
    unittest.main()
