#!/usr/bin/env python3
"""check.py as a command: what it exits with, what it says, what it leaves behind, and how it treats programs that don't
behave.

    check_test.py CHECK STATION
"""
import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

STATION = Path(sys.argv.pop(2))
CHECK = Path(sys.argv.pop(1))


class Check(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)

    def tearDown(self):
        self._folder.cleanup()

    def program(self, text):
        path = self.folder / "station"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def check(self, station, *options, reference=STATION):
        command = [sys.executable, CHECK, "codec", "--station", station, "--reference", reference, *options]
        return subprocess.run(command, capture_output=True, text=True)

    def test_a_bad_call_is_status_2(self):
        for arguments in ([], ["no_such_exercise", "--station", STATION], ["codec"],
                          ["codec", "--station", "/no/such/program"],
                          ["codec", "--station", STATION, "--only", "no-such-check"]):
            done = subprocess.run([sys.executable, CHECK, *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            self.assertIn("check.py: error: ", done.stderr)

    def test_a_pass_says_what_was_seen_and_what_to_do_now(self):
        file = self.folder / "results.json"
        done = self.check(STATION, "--only", "no-flipped-bit", "--json", file)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("PASS codec.no-flipped-bit-goes-unseen: 85 flipped bytes", done.stdout)
        self.assertIn("./dev solution codec", done.stdout.splitlines()[-1])
        result = json.loads(file.read_text())
        self.assertEqual((result["step"], result["verdict"], result["cause"], result["trace"]),
                         ("codec", "pass", "", ""))

    def test_a_program_that_dies_is_named_and_leaves_a_trace(self):
        trace = self.folder / "trace"
        file = self.folder / "results.json"
        done = self.check(self.program("kill -SEGV $$"), "--only", "no-flipped-bit", "--trace", trace, "--json", file)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("FAIL codec.no-flipped-bit-goes-unseen\n     cause: `station verify` died: SIGSEGV", done.stdout)
        self.assertIn("\n     next: ", done.stdout)
        result = json.loads(file.read_text())
        self.assertEqual(result["trace"], str(trace))
        self.assertTrue(result["cause"] and result["next"])
        self.assertEqual(done.stdout.splitlines()[-1], result["next"] + ".")
        (command,) = map(json.loads, (trace / "commands.jsonl").read_text().splitlines())
        self.assertEqual(command["command"][1], "verify")
        self.assertTrue((trace / "files/flipped/topics/byte-0/log-00000001.seg").is_file())

    def test_it_fits_a_narrow_terminal(self):
        main, terminal = pty.openpty()
        with os.fdopen(main, "rb", buffering=0) as screen:
            child = subprocess.Popen([sys.executable, CHECK, "codec", "--only", "no-flipped-bit", "--reference", STATION,
                                      "--station", self.program("echo nonsense")], stdout=terminal,
                                     env={**os.environ, "COLUMNS": "60"})
            os.close(terminal)
            text = b""
            with contextlib.suppress(OSError):   # the terminal's end
                while piece := screen.read(4096):
                    text += piece
        self.assertEqual(child.wait(), 1)
        lines = text.decode().splitlines()
        self.assertIn("     cause: what the station said could not be understood:", lines)
        self.assertLessEqual(max(len(line) for line in lines if " " in line.strip()), 60)

    def test_a_program_that_talks_nonsense_fails(self):
        done = self.check(self.program("echo nonsense"), "--only", "no-flipped-bit")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("could not be understood", done.stdout)

    def test_ended_in_the_middle_it_leaves_nothing_behind_and_no_traceback(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            temporary = self.folder / f"temporary-{number}"
            temporary.mkdir()
            pid = self.folder / f"pid-{number}"
            child = subprocess.Popen([sys.executable, CHECK, "codec", "--reference", STATION, "--station",
                                      self.program(f"echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 600")],
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                     env={**os.environ, "TMPDIR": str(temporary)})
            while not pid.exists():
                self.assertIsNone(child.poll())
                time.sleep(0.01)
            self.assertNotEqual(os.listdir(temporary), [])
            child.send_signal(number)
            said = child.communicate(timeout=30)[0]
            self.assertEqual(child.returncode, 130, said)
            self.assertNotIn("Traceback", said)
            self.assertEqual(os.listdir(temporary), [])
            deadline = time.monotonic() + 30   # it has been killed; it is gone when the kernel has seen to it
            while Path("/proc", pid.read_text().strip()).exists():
                self.assertLess(time.monotonic(), deadline, "what it started is still there")
                time.sleep(0.01)

    def test_a_folder_that_can_not_be_made_decides_nothing(self):
        code = f"import sys, tempfile; sys.path.insert(0, {str(CHECK.parent)!r}); import check; " \
               f"tempfile.tempdir = '/no/such/folder'; sys.exit(check.main())"
        done = subprocess.run([sys.executable, "-c", code, "codec", "--station", STATION, "--reference", STATION],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)

    def test_where_the_reference_fails_too_nothing_is_decided(self):
        broken = self.program("exit 1")
        done = self.check(broken, "--only", "no-flipped-bit", reference=broken)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("INCONCLUSIVE codec.no-flipped-bit-goes-unseen", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=0)
