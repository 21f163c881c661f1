#!/usr/bin/env python3
"""How the verbs speak: what a build says while one waits, with a terminal and without."""
import os
import pty
import subprocess
import sys
import unittest

from fixture import CHANNEL, PATIENCE, Tree, program, write

CHECKERS_HELP = """Checks a program
Usage: check [OPTIONS] [step]

Positionals:
  step INT:INT in [1 - 10] Excludes: --replay
                              The step, 1 to 10

Options:
  -h,--help                   Print this help message and exit
  --bin TEXT=/build/bin
                              Where the steps' binaries are
  --reference Excludes: --program --cmd --port
                              Check the repository's own step (the default)
  --program TEXT Excludes: --reference --cmd --port
                              Check this binary, which takes the options of the step
  --only TEXT                 Only the contract's cases with this in their id or name
  --slow                      The contract's slow cases, too
  --patience FLOAT:FLOAT in [0.01 - 3600]=5
                              Longest wait for a reply, in seconds
"""

METER = r'''
import sys, time
sys.path.insert(0, "steps")
from course import meter
meter.INTERVAL = float(sys.argv[1])
with meter.Meter("what the check needs") as one:
    for line in sys.stdin:
        one.take(line)
'''


class Meter(Tree):
    def setUp(self):
        super().setUp()
        self.main, self.terminal = pty.openpty()
        self.addCleanup(os.close, self.main)
        self.addCleanup(os.close, self.terminal)

    def start(self, stderr, interval=0.01):
        child = subprocess.Popen([sys.executable, "-B", "-c", METER, str(interval)], cwd=self.root,
                                 env=self.environment(), stdin=subprocess.PIPE, stderr=stderr, text=True)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.kill)
        return child

    def feed(self, child, text):
        child.stdin.write(text)
        child.stdin.flush()

    def test_without_a_terminal_it_announces_and_then_says_a_line_now_and_then(self):
        child = self.start(subprocess.PIPE)
        self.addCleanup(child.stderr.close)
        self.feed(child, "[1/120] Building CXX object a.o\n")
        lines = iter(child.stderr.readline, "")
        self.assertIn("building what the check needs, 120 steps\n", lines)
        self.feed(child, "a warning\n[30/120] Building CXX object b.o\n")
        self.assertTrue(any(line.startswith("building what the check needs, 30 of 120 steps, 0 s") for line in lines))
        child.stdin.close()
        self.assertNotIn("\x1b", "".join(lines))
        child.wait()

    def test_on_a_terminal_it_is_one_line_that_goes(self):
        child = self.start(self.terminal)
        self.feed(child, "[3/4] Building CXX object " + "a" * 200 + "\n")
        text = b""
        while b"3 of 4 steps" not in text:
            text += os.read(self.main, 4096)
        child.stdin.close()
        child.wait()
        while not text.endswith(b"\r\x1b[K"):
            text += os.read(self.main, 4096)
        self.assertNotIn(b"\n", text)
        self.assertLess(max(map(len, text.split(b"\r\x1b[K"))), 100)

    def test_a_build_that_is_over_at_once_is_silent(self):
        child = self.start(subprocess.PIPE, interval=PATIENCE)
        self.assertEqual(child.communicate("[1/2] Building\n[2/2] Linking\n")[1], "")


class NarrowTerminal(Tree):
    def narrow(self, *words, status=0):
        said = self.run_on_terminal(*words, columns=60, status=status)
        self.assertLessEqual(max(len(line) for line in said.splitlines() if " " in line.strip()), 60, said)
        return said

    def test_what_the_verbs_say_fits(self):
        for words in (["start", "codec"], ["next"], ["hint", "codec"], ["start", "codec"], ["reset", "codec"],
                      ["check", "--help"], ["grade", "--help"], ["progress"], ["start", "2"], ["next"]):
            with self.subTest(words=words):
                self.narrow(*words)
        self.assertIn("\n", self.narrow("start", "99", status=2).strip())

    def test_a_table_without_room_is_a_list(self):
        self.run_verb("hint", "5")
        self.assertIn("\n5: Title of 05_bounded_channel, -, checks 0, hints 1 of 3\n", self.narrow("progress"))
        wide = self.run_on_terminal("progress", columns=100)
        self.assertRegex(wide, r"(?m)^5 +Title of 05_bounded_channel +- +0 +1 of 3$")

    def test_a_class_without_room_is_a_list(self):
        write(self.root / "class/ann/05_bounded_channel" / CHANNEL, "RIGHT")
        said = self.run_on_terminal("grade", "class", columns=40)
        self.assertIn("ann: 01 -, 02 -, 05 pass, codec -,\n  torn_tail -, passed 1 of 5\n", said)


class Help(Tree):
    def test_it_lists_what_the_checker_takes(self):
        program(self.root / "build/bin/check", "print(" + repr(CHECKERS_HELP) + ")")
        for verb in ("check", "watch", "replay"):
            said = self.run_verb(verb, "--help")
            for option in ("--only …", "--patience FLOAT", "--slow", "--cmd COMMAND", "--json FILE"):
                self.assertIn(f"\n  {option} ", said)
            for given in ("--bin", "--reference Excludes", "--program"):
                self.assertNotIn("\n  " + given, said)
            self.assertRegex(said, r"--patience FLOAT +Longest wait for a reply, in seconds\n")
        (self.root / "build/bin/check").unlink()
        self.assertIn("once it is built", self.run_verb("check", "--help"))

    def test_it_lists_what_the_verb_takes(self):
        for verb, options in (("hint", ["--seen"]), ("solution", ["--force"]), ("progress", ["--json"]),
                              ("grade", ["--json", "--junit", "--only", "--limit"])):
            said = self.run_verb(verb, "--help")
            for option in options:
                self.assertIn(f"\n  {option}", said)


if __name__ == "__main__":
    unittest.main()
