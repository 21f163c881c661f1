#!/usr/bin/env python3
"""How the verbs speak: what a build says while one waits, with a terminal and without."""
import os
import pty
import subprocess
import sys
import unittest

from fixture import PATIENCE, Tree

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
        child = subprocess.Popen([sys.executable, "-B", "-c", METER, str(interval)], cwd=self.root, env=self.environment(),
                                 stdin=subprocess.PIPE, stderr=stderr, text=True)
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


if __name__ == "__main__":
    unittest.main()
