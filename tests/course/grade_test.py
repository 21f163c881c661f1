#!/usr/bin/env python3
"""grade: a class of folders, each with a result, whatever is in it."""
import json
import os
import unittest
import xml.etree.ElementTree as ElementTree

from fixture import CHANNEL, PATIENCE, Tree, left_behind, program, wait_until, write

RECORD = "station/log/record.cpp"


class Grade(Tree):
    def hand_in(self, learner, text, name="05_bounded_channel", file=CHANNEL):
        write(self.root / "class" / learner / name / file, text)
        return self.root / "class" / learner

    def grade(self, *words, status, **further):
        said = self.run_verb("grade", "--json", "results.json", "--junit", "results.xml", *words, status=status,
                             **further)
        self.data = json.loads((self.root / "results.json").read_text())
        self.xml = ElementTree.parse(self.root / "results.xml").getroot()
        return said

    def result(self, learner, exercise="05_bounded_channel"):
        results = next(one["results"] for one in self.data["learners"] if one["name"] == learner)
        return next(one for one in results if one["exercise"] == exercise)

    def test_a_class_of_all_kinds(self):
        word = str(os.getpid())
        folders = [self.hand_in("right", "RIGHT"), self.hand_in("wrong", "WRONG, and mine"),
                   self.hand_in("broken", "SYNTAX"), self.hand_in("hangs", f"HANG {word}"),
                   self.hand_in("dies", "DIE"), self.hand_in("noisy", "NOISY"),
                   self.hand_in("untouched", "// the skeleton of 05_bounded_channel\nWRONG\n"),
                   self.hand_in("copied", "// the reference of 05_bounded_channel\nRIGHT\n")]
        (self.root / "class/empty").mkdir()
        folders.append(self.root / "class/empty")
        said = self.grade("--only", "5", "--limit", "3", *folders, status=1)
        self.assertEqual({one["name"]: one["results"][0]["verdict"] for one in self.data["learners"]},
                         {"right": "pass", "wrong": "fail", "broken": "does not compile", "hangs": "timeout",
                          "dies": "died", "noisy": "inconclusive", "untouched": "fail",
                          "copied": "pass", "empty": "absent"})
        own_file = "work/05_bounded_channel/" + CHANNEL   # the path that the learner knows
        self.assertTrue(self.result("broken")["cause"].startswith(own_file + ":1:12: error: 'fron' was not declared"))
        self.assertIn("mend line 1 of " + own_file, self.result("broken")["next"])
        self.assertEqual(self.result("wrong")["finding"], "step05.says-no")
        self.assertIn("unchanged", self.result("untouched")["cause"])
        self.assertIn("to the letter", self.result("copied")["notes"][0])
        self.assertRegex(said, r"(?m)^right +pass +1 of 1$")
        self.assertRegex(said, r"(?m)^hangs +hangs +0 of 1$")
        self.assertIn("wrong 05_bounded_channel: fail: step05.says-no: Nothing is refused", said)
        self.assertEqual(left_behind("left-behind-by-" + word), [])
        self.assertFalse(self.work.exists(), "grading is nobody's progress")
        self.check_junit()

    def check_junit(self):
        suites = {suite.get("name"): suite for suite in self.xml}
        self.assertEqual(self.xml.tag, "testsuites")
        kinds = {name: [child.tag for child in suite[0]] for name, suite in suites.items()}
        self.assertEqual(kinds, {"right": [], "wrong": ["failure"], "broken": ["failure"], "hangs": ["error"],
                                 "dies": ["error"], "noisy": ["error"], "untouched": ["failure"], "copied": [],
                                 "empty": ["skipped"]})
        for suite in suites.values():
            self.assertEqual({"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, set(suite.keys()))
            for kind in ("failure", "error", "skipped"):
                counted = suite.get({"failure": "failures", "error": "errors", "skipped": "skipped"}[kind])
                self.assertEqual(int(counted), len(suite.findall("testcase/" + kind)))
            self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))
        case = suites["wrong"][0]
        self.assertEqual((case.get("classname"), case.get("name")), ("wrong", "05_bounded_channel"))
        self.assertIn("\ufffd it waits somewhere", case[0].get("message"), "XML can't hold an escape character")

    def test_a_compiler_that_hangs_is_a_result(self):
        folders = [self.hand_in("a", "COMPILERHANG"), self.hand_in("b", "RIGHT")]
        source = (self.root / "steps/course/submission.py").read_text()
        write(self.root / "steps/course/submission.py", source.replace("BUILD_LIMIT = 300", "BUILD_LIMIT = 1"))
        self.grade("--only", "5", *folders, status=1)
        self.assertEqual(self.result("a")["verdict"], "timeout")
        self.assertIn("compiler", self.result("a")["cause"])
        self.assertEqual(self.result("b")["verdict"], "pass")

    def test_one_learner_after_another_is_built_anew(self):
        # Times must not decide: the second one's file is older than what was built for the first.
        folders = [self.hand_in("first", "RIGHT"), self.hand_in("second", "WRONG!"), self.hand_in("third", "RIGHT!")]
        os.utime(self.root / "class/second/05_bounded_channel" / CHANNEL, (1, 1))
        self.grade("--only", "5", *folders, status=1)
        self.assertEqual([one["results"][0]["verdict"] for one in self.data["learners"]], ["pass", "fail", "pass"])

    def test_what_was_handed_in_is_not_written_to(self):
        folder = self.hand_in("a", "RIGHT")
        write(folder / "01_blocking_echo/station.json", '{"cmd": "RIGHT {port}"}')
        before = sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*"))
        self.grade(folder, status=0)
        self.assertEqual(sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*")), before)

    def test_a_server_in_another_language(self):
        folder = self.root / "class/a"
        write(folder / "05_bounded_channel/station.json", '{"cmd": "RIGHT {port}"}')
        write(folder / "05_bounded_channel/server.py", "print()")
        write(folder / "02_async_echo/station.json", '{"cmd": "no port"}')
        self.grade("--only", "2,5", folder, status=1)
        self.assertEqual((self.result("a")["verdict"], self.result("a")["program"]), ("pass", "command"))
        self.assertIn("server.py", self.checks()[-1]["files"])
        self.assertEqual(self.result("a", "02_async_echo")["verdict"], "unreadable")

    def test_files_beside_the_exercise_and_files_that_are_none(self):
        folder = self.hand_in("a", "RIGHT")
        write(folder / "05_bounded_channel/station/other.hpp", "")
        write(folder / "05_bounded_channel/mine.hpp", "")
        os.mkfifo(folder / "05_bounded_channel/pipe.hpp")
        (folder / "05_bounded_channel/passwd.hpp").symlink_to("/etc/passwd")
        said = self.grade("--only", "5", folder, status=0)
        for note in ("stands in for common/station/other.hpp", "has a file beside the exercise: mine.hpp",
                     "no regular file or too large: pipe.hpp", "no regular file or too large: passwd.hpp"):
            self.assertIn(note, said)
            self.assertTrue(any(note in one for one in self.result("a")["notes"]), note)

    def test_the_repositorys_own_in_other_clothes_is_said(self):
        own = "common/05_bounded_channel/bounded_channel.hpp"
        write(self.root / own, "// the reference\nint f() {\n    return 1;  // RIGHT\n}\n")
        folders = [self.hand_in("spaced", "/* mine, RIGHT */ int f()  { return 1; }"),
                   self.hand_in("included", f'// RIGHT\n#include "../../../../../{own}"\n'),
                   self.hand_in("by_another_file", '// RIGHT\n#include "mine.hpp"\n'),
                   self.hand_in("own", "int f() {\n    return 1 + 0; /* RIGHT */\n}\n")]
        write(folders[2] / "05_bounded_channel/station/flow/mine.hpp", f"#include <{own}>\n")
        program(self.root / "build/bin/step05_bounded_channel", "# RIGHT")
        for learner, words in (("started", f"exec '{self.root}/build/bin/step05_bounded_channel' {{port}} # RIGHT"),
                               ("by_a_script", "./run.sh {port} # RIGHT"),
                               ("another", "python3 server.py {port} # RIGHT")):
            folder = self.root / "class" / learner
            write(folder / "05_bounded_channel/station.json", json.dumps({"cmd": words}))
            write(folder / "05_bounded_channel/run.sh", f'exec "{self.root}/tools/link" --port $1\n')
            folders.append(folder)
        (self.root / "tools/link").symlink_to(self.root / "build/bin/step05_bounded_channel")
        self.grade("--only", "5", *folders, status=0)
        notes = {one["name"]: " ".join(one["results"][0]["notes"]) for one in self.data["learners"]}
        self.assertIn("but for comments and blanks", notes["spaced"])
        for learner in ("included", "by_another_file"):
            self.assertIn("is the repository's own solution, included", notes[learner], learner)
        for learner in ("started", "by_a_script"):
            self.assertIn("the command is the repository's own step05_bounded_channel", notes[learner], learner)
        for learner in ("own", "another"):
            self.assertNotIn("the repository's own", notes[learner])

    def test_what_the_learner_before_left_is_gone(self):
        first = self.hand_in("first", "WRONG, mine")
        write(first / "05_bounded_channel/more.hpp", "RIGHT")
        self.grade("--only", "5", first, self.hand_in("second", "WRONG, too"), status=1)
        self.assertEqual([one["results"][0]["verdict"] for one in self.data["learners"]], ["pass", "fail"])

    def test_noise_is_tried_twice_and_is_status_3(self):
        self.grade("--only", "5", self.hand_in("a", "NOISY"), status=3)
        self.assertEqual(len(self.checks()), 4)

    def test_the_last_steps_exercises_and_a_clone(self):
        self.hand_in("clone/work", "RIGHT", "codec", RECORD)
        self.grade("--only", "codec,torn_tail", self.root / "class/clone", status=0)
        self.assertEqual((self.result("clone", "codec")["verdict"], self.result("clone", "torn_tail")["verdict"]),
                         ("pass", "absent"))

    def test_names_tell_folders_apart(self):
        folders = [self.hand_in("ann/work", "RIGHT"), self.hand_in("bob/work", "RIGHT")]
        self.grade("--only", "5", *folders, status=0)
        self.assertEqual([one["name"] for one in self.data["learners"]], ["ann/work", "bob/work"])

    def test_the_build_folder_is_given_back(self):
        self.put("RIGHT, mine")
        self.run_verb("check", "5")
        self.grade("--only", "5", self.hand_in("a", "RIGHT, another's"), status=0)
        self.assertIn(f"={self.work}", (self.root / "build/CMakeCache.txt").read_text())
        self.assertFalse((self.root / "build/work").exists(), "another's program where one's own belongs")
        self.run_verb("check", "5")
        self.assertIn("mine", (self.root / "build/work/step05_bounded_channel").read_text())

    def test_a_folder_that_holds_a_class_is_one(self):
        self.hand_in("ann", "RIGHT")
        self.hand_in("tom/work", "RIGHT")
        (self.root / "class/eva").mkdir()
        write(self.root / "class/list.txt", "ann, tom, eva")
        self.grade("--only", "5", "class", status=0)
        self.assertEqual([(one["name"], one["results"][0]["verdict"]) for one in self.data["learners"]],
                         [("ann", "pass"), ("eva", "absent"), ("tom", "pass")])

    def test_a_folder_without_anything_handed_in_is_said(self):
        (self.root / "class/eva/notes").mkdir(parents=True)
        for words in (["class"], ["class/eva"]):
            said = self.run_verb("grade", *words, status=2)
            self.assertIn("nothing is handed in", said)
            self.assertIn("01_blocking_echo, …, reconnect", said)

    def test_ones_own_work_without_a_folder(self):
        self.put("RIGHT")
        self.grade(status=0)
        self.assertEqual([(one["name"], one["passed"], one["of"]) for one in self.data["learners"]], [("work", 1, 5)])

    def test_usage(self):
        for words, said in ((["/no/such/folder"], "there is no folder"), (["--only", "99"], "which exercise"),
                            (["--limit", "0"], "--limit"), (["--json", "/no/such/folder/x"], "can't be written"),
                            (["--fast"], "--fast")):
            self.assertIn(said, self.run_verb("grade", *words, status=2))

    def graded(self):
        """How often the checker was called for a learner's program; its calls for one that is kept are none."""
        return sum(call["what"] == "begin" for call in self.checks())

    def test_a_class_goes_on_where_it_was_interrupted(self):
        word = f"{os.getpid()}-goes-on"
        folders = [self.hand_in("a", "RIGHT, a"), self.hand_in("b", "WRONG, b"), self.hand_in("c", f"HANG {word}")]
        child = self.start_verb("grade", "--only", "5", *folders)
        wait_until(lambda: left_behind("left-behind-by-" + word))
        child.terminate()
        self.assertEqual(child.wait(PATIENCE), 130)
        before = self.graded()
        self.hand_in("c", "RIGHT, c")
        said = self.grade("--only", "5", *folders, status=1)
        self.assertEqual(self.graded() - before, 1)
        self.assertIn("2 results from before", said)
        self.assertEqual([one["results"][0]["verdict"] for one in self.data["learners"]], ["pass", "fail", "pass"])
        self.assertEqual(self.result("b")["finding"], "step05.says-no")
        self.assertRegex(self.result("a")["graded"], r"^\d{4}-\d\d-\d\dT")

    def test_what_has_changed_is_graded_again(self):
        folder = self.hand_in("a", "RIGHT")
        self.grade("--only", "5", folder, status=0)
        own = folder / "05_bounded_channel/mine.hpp"
        for change in (lambda: write(own, "int a;"), lambda: write(own, "int b;"), lambda: own.rename(f"{own}.txt"),
                       lambda: write(self.root / "common/station/other.hpp", "new"),
                       lambda: os.utime(self.root / "build/bin/check", (1, 1))):
            change()
            before = self.graded()
            self.grade("--only", "5", folder, status=0)
            self.assertEqual(self.graded() - before, 1)
        before = self.graded()
        self.grade("--only", "5", folder, status=0)
        self.assertEqual(self.graded() - before, 0)
        self.grade("--only", "5", "--again", folder, status=0)
        self.assertEqual(self.graded() - before, 1)

    def test_trouble_is_not_kept_and_garbage_is_no_result(self):
        folders = [self.hand_in("noisy", "NOISY"), self.hand_in("dies", "DIE"), self.hand_in("right", "RIGHT")]
        self.grade("--only", "5", *folders, status=1)
        (kept,) = (self.root / "build/graded").iterdir()
        for garbage in ("{", "[]", '{"exercise": "x", "verdict": "pass", "more": 1}'):
            kept.write_text(garbage)
            before = self.graded()
            self.grade("--only", "5", folders[2], status=0)
            self.assertEqual(self.graded() - before, 1, garbage)

    def test_interrupted_it_has_what_is_done_and_leaves_nothing_behind(self):
        word = f"{os.getpid()}-class"
        folders = [self.hand_in("a", "RIGHT"), self.hand_in("b", f"HANG {word}")]
        child = self.start_verb("grade", "--only", "5", "--json", "r.json", *folders)
        wait_until(lambda: left_behind("left-behind-by-" + word))
        child.terminate()
        self.assertEqual(child.wait(PATIENCE), 130)
        self.assertEqual(left_behind("left-behind-by-" + word), [])
        self.assertEqual([one["name"] for one in json.loads((self.root / "r.json").read_text())["learners"]], ["a"])


if __name__ == "__main__":
    unittest.main()
