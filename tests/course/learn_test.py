#!/usr/bin/env python3
"""start, reset, hint, solution, next, progress, and what keeps a learner's work and progress safe."""
import json
import os
import threading
import unittest

from fixture import CHANNEL, Tree, write


class Start(Tree):
    def test_it_copies_the_skeleton_and_says_what_to_edit_read_and_run(self):
        said = self.run_verb("start", "5")
        skeleton = self.root / "steps/05_bounded_channel/exercise" / CHANNEL
        self.assertEqual((self.work / "05_bounded_channel" / CHANNEL).read_text(), skeleton.read_text())
        for words in ("edit   work/05_bounded_channel/" + CHANNEL, "steps/05_bounded_channel/exercise/README.md",
                      "steps/05_bounded_channel/README.md", "./dev check 5", "./dev hint 5"):
            self.assertIn(words, said)
        self.assertEqual(os.listdir(self.work / "05_bounded_channel"), ["station"])

    def test_it_never_overwrites(self):
        self.put("mine")
        self.assertIn("you have it already", self.run_verb("start", "5"))
        self.assertEqual((self.work / "05_bounded_channel" / CHANNEL).read_text(), "mine")

    def test_a_full_disk_leaves_no_half_of_a_file(self):
        done = self.run_limited("start", "5", most=20)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("bounded_channel.hpp could not be written: File too large; nothing was left there", done.stderr)
        self.assertEqual([path for path in (self.work / "05_bounded_channel").rglob("*") if path.is_file()], [])
        self.assertIn("yours now", self.run_verb("start", "5"))

    def test_every_spelling_of_an_exercise(self):
        for word, folder in (("05", "05_bounded_channel"), ("02_async_echo", "02_async_echo"), ("codec", "codec")):
            self.run_verb("start", word)
            self.assertTrue((self.work / folder).is_dir(), word)

    def test_what_is_no_exercise_is_named(self):
        for word in ("11", "0", "5x", "chat"):
            self.assertIn(f"not '{word}'", self.run_verb("start", word, status=2))
        self.assertIn("cursor has no exercise", self.run_verb("start", "cursor", status=1))

    def test_final_is_the_next_of_the_last_steps_exercises(self):
        self.run_verb("start", "final")
        self.assertTrue((self.work / "codec").is_dir())
        self.put("RIGHT", "codec", "station/log/record.cpp")
        self.run_verb("check", "final")
        self.run_verb("start", "final")
        self.assertTrue((self.work / "torn_tail").is_dir())

    def test_the_work_folder_may_be_elsewhere(self):
        elsewhere = self.root / "else where"
        self.run_verb("start", "5", STATION_WORK=str(elsewhere))
        self.assertTrue((elsewhere / "05_bounded_channel" / CHANNEL).is_file())
        self.assertFalse(self.work.exists())


class Reset(Tree):
    def test_it_keeps_a_backup_each_time(self):
        for text in ("first", "second"):
            self.put(text)
            self.assertIn("work/.backup/05_bounded_channel-", self.run_verb("reset", "5"))
        backups = sorted((self.work / ".backup").iterdir())
        self.assertEqual([(backup / CHANNEL).read_text() for backup in backups], ["first", "second"])
        self.assertIn("skeleton", (self.work / "05_bounded_channel" / CHANNEL).read_text())

    def test_on_a_full_disk_everything_stays_as_it_was(self):
        self.put("mine")
        done = self.run_limited("reset", "5", most=20)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual((self.work / "05_bounded_channel" / CHANNEL).read_text(), "mine")
        self.assertEqual(list((self.work / ".backup").iterdir()), [])

    def test_it_wants_to_be_told_which(self):
        self.put("mine")
        self.assertIn("which exercise", self.run_verb("reset", status=2))
        self.assertEqual((self.work / "05_bounded_channel" / CHANNEL).read_text(), "mine")

    def test_hints_begin_anew_and_an_earlier_pass_is_remembered(self):
        self.put("RIGHT")
        self.run_verb("check", "5")
        self.run_verb("hint", "5")
        self.run_verb("reset", "5")
        self.assertNotIn("passed", self.entry())
        self.assertIn("passed_before", self.entry())
        self.assertIn("hint 1 of 3", self.run_verb("hint", "5"))


class Hints(Tree):
    def test_one_at_a_time_and_how_many_are_left(self):
        said = self.run_verb("hint", "5")
        self.assertIn("hint 1 of 3: A question\n\nWhat is full?", said)
        self.assertIn("2 hints left", said)
        self.assertNotIn("Count.", said)
        self.assertIn("1 hint left", self.run_verb("hint", "5"))
        self.assertIn("no hint is left", self.run_verb("hint", "5"))
        self.assertIn("hint 3 of 3, again: Nearly", self.run_verb("hint", "5"))
        self.assertEqual(self.entry()["hints"], 3)

    def test_those_seen_again(self):
        self.run_verb("hint", "5")
        said = self.run_verb("hint", "5", "--seen")
        self.assertIn("What is full?", said)
        self.assertNotIn("Count.", said)
        self.assertEqual(self.entry()["hints"], 1)


class Solution(Tree):
    def test_it_is_shut_until_the_check_has_passed(self):
        self.put("WRONG")
        self.run_verb("check", "5", status=1)
        self.assertNotIn("reference of", self.run_verb("solution", "5", status=1))
        self.put("// my own\nRIGHT\n")
        self.run_verb("check", "5")
        said = self.run_verb("solution", "5")
        self.assertIn("-// my own", said)
        self.assertIn("+// the reference of 05_bounded_channel", said)
        self.assertFalse(self.entry()["solution_seen_before_passing"])

    def test_it_walks_through_the_repositorys_own(self):
        path = self.root / "steps/05_bounded_channel/exercise/solution.md"
        code = "```cpp\n    " + "x" * 90 + "\n```"
        write(path, f"# Ours\n\nCount {'the places ' * 20}first:\n\n{code}\n\nThen push.\n")
        self.assertNotIn("Count the places", self.run_verb("solution", "5", status=1))
        said = self.run_verb("solution", "5", "--force", COLUMNS="60")
        self.assertIn("\n\nOurs\n\nCount the places", said)
        self.assertIn("\n\n    " + "x" * 90 + "\n\nThen push.\n", said, "code stays as it is")
        walk = said[said.index("Ours"):said.index("    xxx")]
        self.assertLessEqual(max(map(len, walk.splitlines())), 60)

    def test_force_opens_it_and_is_recorded(self):
        self.assertIn("+RIGHT", self.run_verb("solution", "5", "--force"))
        self.assertTrue(self.entry()["solution_seen_before_passing"])
        self.put("RIGHT")
        self.run_verb("check", "5")
        self.run_verb("solution", "5")
        self.assertTrue(self.entry()["solution_seen_before_passing"])
        self.assertIn("solution seen first", self.run_verb("progress"))


class Next(Tree):
    def test_at_the_very_beginning(self):
        said = self.run_verb("next")
        self.assertIn("You are at 1, Title of 01_blocking_echo; 0 of 10 pass", said)
        self.assertIn("Next: ./dev start 1", said)
        self.assertFalse(self.work.exists(), "looking must not write")

    def test_after_a_failed_check_the_cause_and_the_next_move(self):
        self.run_verb("start", "5")
        self.run_verb("check", "5", status=1)
        said = self.run_verb("next")
        for words in ("You are at 5", "step05.says-no", "it waits somewhere", "next: Bound the queue",
                      "build/check/05/latest", "3 hints left"):
            self.assertIn(words, said)
        self.assertLess(len(said.splitlines()), 24)

    def test_after_a_pass_it_goes_on_with_the_first_open_one(self):
        self.put("RIGHT")
        self.run_verb("check", "5")
        self.assertIn("You are at 1,", self.run_verb("next"))

    def test_when_all_have_passed(self):
        for name, file in (("01_blocking_echo", "main.cpp"), ("02_async_echo", "main.cpp"),
                           ("05_bounded_channel", CHANNEL), ("codec", "station/log/record.cpp"),
                           ("torn_tail", "station/log/record.cpp")):
            self.put("RIGHT", name, file)
            self.run_verb("check", name)
        self.assertIn("nothing is left", self.run_verb("next"))
        self.assertIn("every exercise has passed", self.run_verb("check", status=2))


class Progress(Tree):
    def test_a_table_for_people_and_data_for_programs(self):
        self.put("RIGHT")
        self.run_verb("check", "5")
        self.run_verb("start", "2")
        said = self.run_verb("progress")
        self.assertRegex(said, r"(?m)^5 +Title of 05_bounded_channel +passed \d{4}-\d\d-\d\d +1 +0 of 3$")
        self.assertRegex(said, r"(?m)^2 +Title of 02_async_echo +started ")
        self.assertRegex(said, r"(?m)^cursor +cursor +no exercise ")
        self.assertIn("1 of 10 pass; you are at 2", said)
        data = json.loads(self.run_verb("progress", "--json"))
        self.assertEqual((data["at"], data["passed"], data["of"]), ("02_async_echo", 1, 10))
        self.assertEqual([one["exercise"] for one in data["exercises"] if one["has_passed"]], ["05_bounded_channel"])


class Garbage(Tree):
    """progress.json as disks, editors and hands leave it."""

    def test_it_is_kept_and_passes_come_back_from_the_history(self):
        self.put("RIGHT")
        self.run_verb("check", "5")
        for garbage in (b"", b'{"exercises": {', b"\xff\xfe\0", b"[]", b'{"exercises": 7}', b"[" * 100000, b"null",
                        b'{"exercises": {"codec": 7}}', b'{"exercises": {"codec": {"hints": "two"}}}'):
            with self.subTest(garbage=garbage[:30]):
                before = len(list(self.work.glob("progress.json.broken-*")))
                (self.work / "progress.json").write_bytes(garbage)
                said = self.run_verb("progress")
                self.assertIn("progress.json can't be read", said)
                self.assertIn("1 pass read back", said)
                kept = sorted(self.work.glob("progress.json.broken-*"), key=lambda path: path.stat().st_mtime_ns)
                self.assertEqual(len(kept), before + 1)
                self.assertIn(garbage, [path.read_bytes() for path in kept])
                self.assertEqual(self.entry()["passed"], "2026-01-02T03:04:05Z")
                self.assertNotIn("can't be read", self.run_verb("progress"))

    def test_garbage_in_the_history_is_skipped(self):
        write(self.work / "history.jsonl", "\n".join([
            "{", "[]", "7", '{"step": 5}', '{"step": [5], "program": "work", "verdict": "pass", "time": ""}',
            '{"step": 5, "program": "reference", "verdict": "pass", "time": "2026-01-01T00:00:00Z"}',
            '{"step": "codec", "program": "work", "verdict": "pass", "time": "2026-02-02T00:00:00Z"}', ""]))
        write(self.work / "progress.json", "garbage")
        self.run_verb("progress")
        self.assertEqual(self.entry("codec")["passed"], "2026-02-02T00:00:00Z")
        self.assertNotIn("05_bounded_channel", self.progress()["exercises"])

    def test_what_a_newer_version_wrote_is_left_alone(self):
        write(self.work / "progress.json", '{"format": 2, "exercises": {}}')
        self.assertIn("has format 2", self.run_verb("hint", "5", status=1))
        self.assertEqual((self.work / "progress.json").read_text(), '{"format": 2, "exercises": {}}')

    def test_unknown_keys_stay(self):
        write(self.work / "progress.json", '{"format": 1, "exercises": {"codec": {"mine": [1]}}, "note": "x"}')
        self.run_verb("hint", "codec")
        self.assertEqual((self.progress()["note"], self.entry("codec")), ("x", {"mine": [1], "hints": 1}))

    def test_it_is_indented_and_nothing_is_left_beside_it(self):
        self.run_verb("hint", "5")
        self.assertIn('\n    "05_bounded_channel": {\n', (self.work / "progress.json").read_text())
        self.assertEqual(sorted(os.listdir(self.work)), [".lock", "progress.json"])

    def test_where_it_cannot_be_written_the_old_one_stays_and_the_verdict_stands(self):
        self.put("RIGHT")
        self.run_verb("hint", "5")
        before = (self.work / "progress.json").read_text()
        done = self.run_limited("hint", "5", most=20)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("File too large", done.stderr)
        self.assertEqual((self.work / "progress.json").read_text(), before)
        self.assertEqual(list(self.work.glob(".progress-*")), [])

    def test_verbs_at_once_lose_nothing(self):
        names = ["01_blocking_echo", "02_async_echo", "05_bounded_channel", "codec", "torn_tail"]
        threads = [threading.Thread(target=self.run_verb, args=("hint", name)) for name in names * 3]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({name: self.entry(name)["hints"] for name in names}, dict.fromkeys(names, 3))


class Words(Tree):
    def test_unknown_words_are_named(self):
        self.assertRegex(self.run_verb("chek", status=2), r"no such verb: chek; there are start, next, check")
        self.assertIn("--fast", self.run_verb("hint", "5", "--fast", status=2))
        self.assertIn("nine", self.run_verb("progress", "nine", status=2))

    def test_every_verb_has_help(self):
        for verb in ("start", "next", "check", "watch", "hint", "solution", "reset", "progress", "replay", "grade"):
            self.assertTrue(self.run_verb(verb, "--help").startswith(f"usage: ./dev {verb} "))


class Programs(Tree):
    def test_what_does_not_compile_or_is_gone_leaves_no_older_program_for_the_graphs(self):
        self.put("RIGHT")
        self.put("SYNTAX", name="01_blocking_echo", file="main.cpp")
        for name in ("01_blocking_echo", "02_async_echo"):
            write(self.root / "build/work" / f"step{name}", "an older one")
        said = self.run_verb("programs")
        self.assertEqual(os.listdir(self.root / "build/work"), ["step05_bounded_channel"])
        self.assertEqual(said.count("./dev: "), 1, said)
        self.assertIn("work/01_blocking_echo does not compile yet", said)


if __name__ == "__main__":
    unittest.main()
