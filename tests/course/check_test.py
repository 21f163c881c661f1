#!/usr/bin/env python3
"""check, watch and replay: what is checked, what is said, what is remembered, and what is left running: nothing."""
import json
import os
import pty
import signal
import subprocess
import sys
import unittest

from fixture import CHANNEL, PATIENCE, Tree, left_behind, program, wait_until, write

OWN_FILE = "work/05_bounded_channel/" + CHANNEL


class Check(Tree):
    def words(self):
        return self.checks()[-1]["words"]

    def test_the_learners_own(self):
        self.put("WRONG")
        said = self.run_verb("check", "5", status=1)
        self.assertIn("5, Title of 05_bounded_channel: work/05_bounded_channel, your own", said)
        self.assertEqual(said.splitlines()[-1], "the checker's last line")
        words = self.words()
        for name, value in (("--program", "build/work/step05_bounded_channel"), ("--label", "work"),
                            ("--trace", "build/check/05/latest"), ("--bin", str(self.root / "build/bin")),
                            ("--history", str(self.work / "history.jsonl"))):
            self.assertEqual(words[words.index(name) + 1], value)
        self.assertEqual(self.entry()["last"]["finding"], "step05.says-no")
        self.assertNotIn("passed", self.entry())

    def test_a_pass_is_marked_and_says_what_is_next(self):
        self.put("RIGHT")
        said = self.run_verb("check", "5")
        self.assertEqual(said.splitlines()[-1], "5 holds. Next: ./dev solution 5 compares it with the repository's "
                                                "own; ./dev start 1 goes on")
        self.assertIn("passed", self.entry())
        self.put("WRONG")
        self.run_verb("check", "5", status=1)
        self.assertIn("passed", self.entry(), "what has passed once stays passed")

    def test_the_skeleton_where_there_is_nothing_else(self):
        said = self.run_verb("check", "5", status=1)
        self.assertIn("the skeleton as it is handed out: ./dev start 5", said)
        words = self.words()
        self.assertEqual(words[words.index("--program") + 1], "build/exercise/step05_bounded_channel")
        self.assertFalse((self.work / "progress.json").exists())

    def test_the_reference_is_no_achievement(self):
        self.put("WRONG")
        self.assertIn("the repository's own", self.run_verb("check", "5", "--reference"))
        self.assertIn("--reference", self.words())
        self.assertFalse((self.work / "progress.json").exists())

    def test_the_reference_in_other_clothes_is_said(self):
        reference = self.root / "common/05_bounded_channel/bounded_channel.hpp"
        own = self.work / "05_bounded_channel" / CHANNEL
        for text in (reference.read_text(), f'#include "{reference}"\n// RIGHT\n'):
            self.put(text)
            self.assertIn("(it is the repository's own solution, ", self.run_verb("check", "5"))
        own.unlink()
        own.symlink_to(reference)
        self.assertIn("(it is a link to the repository's own: ", self.run_verb("check", "5"))
        own.unlink()
        self.put("RIGHT, and mine")
        self.assertNotIn("(it is", self.run_verb("check", "5"))
        program(self.root / "build/bin/step05_bounded_channel", "")
        command = "exec build/bin/step05_bounded_channel --port {port} # RIGHT"
        said = self.run_verb("check", "5", "--cmd", command)
        self.assertIn("(it is the repository's own step05_bounded_channel", said)

    def test_a_command_counts(self):
        self.run_verb("check", "5", "--cmd", "echo RIGHT {port}")
        self.assertEqual(self.entry()["passed_with"], "command")

    def test_a_command_starts_where_one_stands(self):
        elsewhere = self.root / "else where"
        elsewhere.mkdir()
        self.run_verb("check", "5", "--cmd", "RIGHT {port}", "--json", "r.json", STATION_HERE=str(elsewhere))
        self.assertEqual(self.checks()[-1]["folder"], str(elsewhere))
        self.assertTrue((elsewhere / "r.json").exists())

    def test_a_station_json_stands_for_a_command(self):
        write(self.work / "05_bounded_channel/station.json", '{"cmd": "RIGHT {port}"}')
        self.run_verb("check", "5")
        self.assertEqual(self.words()[self.words().index("--cmd") + 1], "RIGHT {port}")
        self.assertEqual(self.checks()[-1]["folder"], str(self.work / "05_bounded_channel"))
        for wrong in ("{", "[]", '{"cmd": 7}', '{"cmd": "no port"}'):
            write(self.work / "05_bounded_channel/station.json", wrong)
            self.assertIn("station.json", self.run_verb("check", "5", status=1))

    def test_a_command_without_a_port_is_usage(self):
        self.assertIn("{port}", self.run_verb("check", "5", "--cmd", "python3 server.py", status=2))

    def test_a_part_is_no_pass(self):
        self.put("RIGHT")
        for part in (["--contract-only"], ["--only=x"], ["--finding", "step05.says-no"], ["--port", "7"]):
            self.assertIn("progress stays as it is", self.run_verb("check", "5", *part))
            self.assertNotIn("--history", self.words())
            self.assertEqual(self.words()[-len(part):], part)
        self.assertFalse((self.work / "progress.json").exists())

    def test_inconclusive_is_status_3_and_no_pass(self):
        self.put("NOISY")
        self.run_verb("check", "5", status=3)
        self.assertNotIn("passed", self.entry())

    def test_a_checker_that_dies_is_not_the_learners_fault(self):
        self.put("DIE")
        self.assertIn("the checker itself was ended by signal 6", self.run_verb("check", "5", status=3))
        self.assertFalse((self.work / "progress.json").exists())

    def test_without_a_number_the_one_that_one_is_at(self):
        self.run_verb("start", "2")
        self.run_verb("check", status=1)
        self.assertEqual(self.words()[0], "2")

    def test_one_of_the_last_steps(self):
        self.put("RIGHT", "codec", "station/log/record.cpp")
        self.run_verb("check", "codec")
        words = self.words()
        self.assertEqual(words[0], "codec")
        self.assertEqual(words[words.index("--station") + 1], str(self.root / "build/work/codec/station"))
        self.assertIn("passed", self.entry("codec"))
        line = json.loads((self.work / "history.jsonl").read_text())
        self.assertEqual((line["step"], line["findings"]), ("codec", [
            {"id": "step05.says-no", "title": "It says no", "measured": 0, "unit": "events/s", "ratio": 0,
             "verdict": "pass"}]))
        self.assertIn("no other program", self.run_verb("check", "codec", "--cmd", "x {port}", status=2))

    def test_a_file_that_is_gone_is_named(self):
        write(self.work / "05_bounded_channel/notes.hpp", "")
        self.assertIn("the skeleton as", self.run_verb("check", "5", status=1))

    def test_checks_wait_for_each_other(self):
        self.put("RIGHT SLOW")
        children = [self.start_verb("check", "5") for _ in range(3)]
        self.assertEqual([child.wait(PATIENCE) for child in children], [0, 0, 0])
        self.assertEqual([line["what"] for line in self.checks()], ["begin", "end"] * 3)

    def test_a_temporary_folder_that_is_none_is_nobodys_fault(self):
        self.put("RIGHT")
        self.run_verb("check", "5", TMPDIR="/no/such/folder")
        self.assertTrue(os.path.isdir(self.checks()[-1]["TMPDIR"]))

    def test_what_the_check_needs_and_does_not_have_is_no_failure(self):
        self.put("RIGHT")
        program(self.root / "tools/cmake", "raise SystemExit('no')")
        self.assertIn("could not configure", self.run_verb("check", "5", status=3))
        (self.root / "build").rename(self.root / "elsewhere")
        write(self.root / "build", "a file in its place")
        self.assertIn("File exists", self.run_verb("check", "5", status=3))

    def test_the_checker_may_clean_up_before_it_is_killed(self):
        word = f"{os.getpid()}-careful"
        self.put(f"CAREFUL HANG {word}")
        child = self.start_verb("check", "5")
        wait_until(lambda: left_behind("left-behind-by-" + word))
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(PATIENCE), 130)
        self.assertEqual(self.checks()[-1]["what"], "cleaned up")
        self.assertEqual(left_behind("left-behind-by-" + word), [])

    def test_ended_in_the_middle_it_leaves_nothing_behind(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            word = f"{os.getpid()}-{number}"
            self.put(f"HANG {word}")
            child = self.start_verb("check", "5")
            wait_until(lambda: left_behind("left-behind-by-" + word))
            child.send_signal(number)
            self.assertEqual(child.wait(PATIENCE), 130)
            self.assertEqual(left_behind("left-behind-by-" + word), [])


class Compiler(Tree):
    def test_the_learners_error_comes_first_and_plainly(self):
        self.put("int f() {\n    return SYNTAX;\n}\n")
        said = self.run_verb("check", "5", status=1)
        self.assertIn(f"FAIL  {OWN_FILE} does not compile\n\n{OWN_FILE}:2:12: error: 'fron' was not declared", said)
        self.assertIn("|     return fron;", said)
        self.assertNotIn("other.hpp", said)
        self.assertIn("… and 1 more", said)
        self.assertNotIn("ninja", said)
        self.assertEqual(said.splitlines()[-1], f"next: mend line 2 of {OWN_FILE}, then ./dev check 5")
        self.assertEqual(self.checks(), [])
        self.assertIn("other.hpp", (self.root / "build/check/05/compiler.txt").read_text())
        self.assertIn("does not compile", self.run_verb("progress"))
        self.assertIn(f"mend line 2 of {OWN_FILE}", self.run_verb("next").replace("\n  ", " "))


class Replay(Tree):
    def test_a_trace_by_its_path_or_its_exercise(self):
        self.put("WRONG")
        self.run_verb("check", "5", status=1)
        for word in ("5", "build/check/05/latest"):
            self.run_verb("replay", word, status=1)
            words = self.checks()[-1]["words"]
            self.assertEqual(words[:2], ["--replay", str(self.root / "build/check/05/latest")])
            self.assertEqual(words[words.index("--program") + 1], str(self.root / "build/work/step05_bounded_channel"))

    def test_what_is_no_trace_is_said(self):
        self.assertIn("has left no trace", self.run_verb("replay", "5", status=1))
        self.assertIn("build/check/99 is no trace", self.run_verb("replay", "build/check/99", status=2))
        self.assertIn("which trace", self.run_verb("replay", status=2))


class Watch(Tree):
    def watch(self, terminal=False):
        output = open(self.root / "watched", "w+b", buffering=0)
        self.addCleanup(output.close)
        stdout = output
        if terminal:
            main, stdout = pty.openpty()
            self.addCleanup(os.close, main)
            self.addCleanup(os.close, stdout)
            self.main = main
        child = subprocess.Popen([sys.executable, "steps/course", "watch", "5"], cwd=self.root, env=self.environment(),
                                 stdout=stdout, stderr=subprocess.STDOUT)

        def end():
            child.kill()
            child.wait()

        self.addCleanup(end)
        return child

    def said(self):
        return (self.root / "watched").read_text()

    def ended(self):
        return [line for line in self.checks() if line["what"] == "end"]

    def test_it_checks_at_every_save_until_interrupted(self):
        self.put("WRONG")
        child = self.watch()
        wait_until(lambda: self.said().count("Ctrl+C to end") == 1)
        self.put("RIGHT")
        wait_until(lambda: self.said().count("Ctrl+C to end") == 2)
        # As editors do it: another file is renamed over the old one.
        write(self.work / "05_bounded_channel/station/flow/.bounded_channel.hpp.swp", "x")
        write(self.root / "new", "WRONG")
        (self.work / "05_bounded_channel" / CHANNEL).unlink()
        os.replace(self.root / "new", self.work / "05_bounded_channel" / CHANNEL)
        wait_until(lambda: self.said().count("Ctrl+C to end") == 3)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(PATIENCE), 0)
        self.assertEqual(len(self.ended()), 3)
        self.assertNotIn("\x1b", self.said(), "no terminal, no control characters")
        self.assertTrue(self.said().endswith("no longer watching\n"))

    def test_a_save_during_a_check_begins_it_anew(self):
        word = f"{os.getpid()}-watch"
        self.put(f"HANG {word}")
        child = self.watch()
        wait_until(lambda: left_behind("left-behind-by-" + word))
        self.put("RIGHT")
        wait_until(lambda: "5 holds" in self.said())
        self.assertIn("saved during the check: once more", self.said())
        self.assertEqual(left_behind("left-behind-by-" + word), [])
        child.send_signal(signal.SIGTERM)
        child.wait(PATIENCE)

    def test_interrupted_during_a_check_it_leaves_nothing_behind(self):
        word = f"{os.getpid()}-interrupted"
        self.put(f"HANG {word}")
        child = self.watch()
        wait_until(lambda: left_behind("left-behind-by-" + word))
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(PATIENCE), 0)
        self.assertEqual(left_behind("left-behind-by-" + word), [])

    def test_a_terminal_is_cleared(self):
        self.put("RIGHT")
        child = self.watch(terminal=True)
        text = b""
        while b"Ctrl+C to end" not in text:
            text += os.read(self.main, 4096)
        self.assertTrue(text.startswith(b"\x1b[2J"), text)
        child.send_signal(signal.SIGINT)
        child.wait(PATIENCE)

    def test_nothing_to_watch(self):
        self.assertIn("./dev start 5", self.run_verb("watch", "5", status=1))


if __name__ == "__main__":
    unittest.main()
