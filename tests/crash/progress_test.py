#!/usr/bin/env python3
"""A command that takes longer than a second says on a terminal how far it is, and nowhere else.

    progress_test.py STATION

The commands are made slow with strace, which lets every read of theirs wait: they read a few 100 KiB at a time.
"""
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

STATION = ""


def strace_works():
    if not shutil.which("strace"):
        return False
    probe = ["strace", "-o", "/dev/null", "-e", "inject=pread64:delay_enter=1", "true"]
    return subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0


@unittest.skipUnless(strace_works(), "SKIPPED: strace can't slow system calls here")
class Progress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="station-progress-")
        cls.data = os.path.join(cls.folder, "data")
        line = b"x" * 100_000 + b"\n"
        # Progress is told every 16 MiB.
        subprocess.run([STATION, "publish", "--dir", cls.data, "--topic", "t", "--durability", "os"], input=line * 600,
                       stdout=subprocess.DEVNULL, check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def run_slowly(self, *arguments, on_terminal, delay=8_000):
        """What the command says on standard error, where a read takes so many microseconds."""
        command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=pread64", "-e",
                   f"inject=pread64:delay_enter={delay}", STATION, *arguments]
        if not on_terminal:
            return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60,
                                  check=True).stderr
        controller, terminal = pty.openpty()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=terminal)
        os.close(terminal)
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        said = b""
        try:
            while chunk := os.read(controller, 4096):
                said += chunk
        except OSError:  # the other side is gone
            pass
        os.close(controller)
        self.assertEqual(process.wait(), 0, said)
        watchdog.cancel()
        return said

    def check(self, word, *arguments):
        said = self.run_slowly(*arguments, on_terminal=True)
        # Each part of the work takes away its line when it is done.
        self.assertRegex(said.decode(), re.compile(r"^((\r\w+: \d+ MB)+\r\x1b\[K)+$"))
        amounts = [int(amount) for amount in re.findall(rf"{word}: (\d+) MB", said.decode())]
        self.assertGreater(len(amounts), 0)
        self.assertEqual(amounts, sorted(amounts))
        self.assertEqual(self.run_slowly(*arguments, on_terminal=False), b"")
        self.assertEqual(self.run_slowly(*arguments, on_terminal=True, delay=1), b"")

    def test_verify(self):
        self.check("verifying", "verify", "--dir", self.data)

    def test_opening_with_a_long_scan(self):
        self.check("recovering", "topics", "--dir", self.data)

    def test_replay(self):
        self.check("replaying", "replay", "--dir", self.data, "--topic", "t")


if __name__ == "__main__":
    STATION = sys.argv.pop(1)
    unittest.main(verbosity=2)
