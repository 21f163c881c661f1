#!/usr/bin/env python3
"""./dev as a script, and what the verbs are written in: Python 3.9, its standard library, no network."""
import ast
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NO_NETWORK = {"socket", "urllib", "http", "ssl", "ftplib", "smtplib", "asyncio", "xmlrpc"}


def dev(*words, cwd=ROOT):
    return subprocess.run([ROOT / "dev", *words], cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)


class Script(unittest.TestCase):
    def test_help_names_every_command(self):
        said = dev("help")
        self.assertEqual(said.returncode, 0)
        for verb in ("tour", "test", "build", "run", "bench", "clean", "next", "start", "check", "watch", "hint",
                     "solution", "reset", "progress", "replay", "grade"):
            self.assertRegex(said.stdout, rf"(?m)^  {verb}\b")
        self.assertLessEqual(max(map(len, said.stdout.splitlines())), 120)

    def test_what_is_no_command_is_one_line_and_status_2(self):
        for words in (["chek"], ["start", "99"], ["hint", "5", "--fast"], ["progress", "nine"]):
            done = dev(*words)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
            self.assertIn(words[-1], done.stderr)

    def test_it_works_from_any_folder(self):
        self.assertEqual(dev("progress", "--json", cwd="/").returncode, 0)

    def test_no_bytecode_is_left_in_the_tree(self):
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        before = list((ROOT / "steps/course").rglob("*.pyc"))
        subprocess.run([ROOT / "dev", "progress"], env=environment, stdout=subprocess.DEVNULL, check=True)
        self.assertEqual(list((ROOT / "steps/course").rglob("*.pyc")), before)


class Language(unittest.TestCase):
    def test_python_3_9_and_its_standard_library_without_a_network(self):
        for path in sorted((ROOT / "steps/course").glob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 9))
            names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
            names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) if not node.level}
            for name in (name.partition(".")[0] for name in names):
                self.assertIn(name, {"course", *sys.stdlib_module_names}, path)
                self.assertNotIn(name, NO_NETWORK, path)


if __name__ == "__main__":
    unittest.main()
