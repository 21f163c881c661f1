#!/usr/bin/env python3
"""What an exercise's folder holds, and that a skeleton and its reference differ in the learner's parts only.

    files_test.py ROOT
"""
import re
import sys
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

import exercises  # noqa: E402
from steps import STEPS  # noqa: E402

ROOT = Path(sys.argv.pop(1))
FOLDERS = exercises.folders(ROOT)


class Folders(unittest.TestCase):
    def each(self, look):
        for name, folder in FOLDERS.items():
            with self.subTest(exercise=name):
                look(name, folder, exercises.description(folder))

    def test_there_is_one_for_each_step_and_seven_for_the_last(self):
        self.assertEqual(len(STEPS), 10)
        self.assertEqual(list(FOLDERS), [*STEPS.values(), "cas", "chain", "codec", "cursor", "dedup", "reconnect",
                          "torn_tail"])

    def test_the_description_has_what_it_should(self):
        def look(name, folder, description):
            self.assertEqual(list(description), ["title", "files", "fails", "checks", "lines"])
            self.assertTrue(description["title"] and description["files"] and description["fails"])

        self.each(look)

    def test_every_file_in_the_folder_is_described(self):
        def look(name, folder, description):
            there = {str(path.relative_to(folder)) for path in folder.rglob("*.?pp")}
            self.assertEqual(there, {file["file"] for file in description["files"]})

        self.each(look)

    def test_a_file_stands_where_the_one_it_replaces_is_found(self):
        def look(name, folder, description):
            for file in description["files"]:
                place = f"steps/{name}/main.cpp" if file["file"] == "main.cpp" else (
                    "steps/final_station/" if file["file"].startswith("chat/") else "common/") + file["file"]
                self.assertEqual(file["reference"], place)
                self.assertTrue((ROOT / file["reference"]).is_file())

        self.each(look)

    def test_what_is_given_is_the_references(self):
        def look(name, folder, description):
            lines = []
            for file in description["files"]:
                parts = exercises.parts(folder / file["file"], ROOT / file["reference"])
                self.assertIsNotNone(parts, f"{name}: beside the learner's parts, {file['file']} is not "
                                            f"{file['reference']}")
                lines += [line for part in parts for line in exercises.code_lines(part)]
            self.assertEqual(len(lines), description["lines"], f"{name}: lines of code to write")
            self.assertTrue(10 <= len(lines) <= 40, f"{name}: {len(lines)} lines to write")

        self.each(look)

    def test_a_skeleton_is_no_solution(self):
        def look(name, folder, description):
            for file in description["files"]:
                skeleton = [line for line in exercises.body(folder / file["file"]) if "your part" not in line]
                self.assertNotEqual(skeleton, exercises.body(ROOT / file["reference"]))

        self.each(look)

    def test_three_hints_a_question_an_idea_nearly_the_code(self):
        def look(name, folder, description):
            hints = re.split(r"^## ", (folder / "hints.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
            self.assertEqual(hints[0].strip(), "")
            self.assertEqual(len(hints), 4, "three hints, each under a heading")
            self.assertIn("?", hints[1], "the first hint asks")
            self.assertNotIn("```", hints[1] + hints[2], "no code before the last hint")
            self.assertIn("```", hints[3], "the last hint is nearly the code")

        self.each(look)

    def test_the_task_ends_with_a_stretch_and_its_links_lead_somewhere(self):
        def look(name, folder, description):
            text = (folder / "README.md").read_text(encoding="utf-8")
            self.assertEqual(re.findall(r"^## .*$", text, re.MULTILINE), ["## Stretch"])
            for word in ("**Write**", "**Given**", "**What must hold**", "**How it is checked**"):
                self.assertIn(word, text)
            for link in re.findall(r"\]\(([^)#]+)", text):
                self.assertTrue((folder / link).exists(), link)

        self.each(look)


if __name__ == "__main__":
    unittest.main(verbosity=0)
