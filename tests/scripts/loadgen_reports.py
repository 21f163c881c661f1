#!/usr/bin/env python3
"""Where loadgen's reports go, and what it says where they can't be written: a file is whole or as it was before.

    loadgen_reports.py --bin build/bin
"""
import argparse
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from loadgen_open_loop import LineServer, answer_lines

PATIENCE = 60
BIN = ""
OLD = "what was here before\n"


class Reports(unittest.TestCase):
    def setUp(self):
        server = LineServer(answer_lines)
        self.addCleanup(server.close)
        self.target = server.target
        folder = tempfile.TemporaryDirectory(prefix="loadgen-reports-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def command(self, *arguments):
        return [os.path.join(BIN, "loadgen"), "--target", self.target, "--mix", "echo", "--connections", "1", "--requests",
                "100", *map(str, arguments)]

    def loadgen(self, *arguments, **more):
        return subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE,
                              **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more})

    def refuses(self, done, name, reason):
        self.assertEqual(done.returncode, 1, done)
        self.assertIn(f"loadgen: cannot write {name}: {reason}\n", done.stderr)

    def nothing_else(self, *names):
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), sorted(names))

    def test_a_report_replaces_the_file_that_was_there_and_keeps_who_may_read_it(self):
        for option, begins in [("--json", "{"), ("--html", "<!DOCTYPE html>")]:
            file = self.folder / "report"
            file.write_text(OLD)
            file.chmod(0o640)
            self.assertEqual(self.loadgen(option, file).returncode, 0)
            self.assertTrue(file.read_text().lower().startswith(begins.lower()))
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o640)
            self.nothing_else("report")

    def test_a_link_stays_one(self):
        (self.folder / "real").write_text(OLD)
        (self.folder / "link").symlink_to("real")
        self.assertEqual(self.loadgen("--json", self.folder / "link").returncode, 0)
        self.assertTrue((self.folder / "link").is_symlink())
        self.assertEqual(json.loads((self.folder / "real").read_text())["result"]["sent"], 100)

    def test_a_device_that_is_full_is_said(self):
        for option in "--json", "--html":
            self.refuses(self.loadgen(option, "/dev/full"), "/dev/full", "No space left on device")

    def test_a_folder_that_is_not_there_is_said_before_the_run(self):
        for option in "--json", "--html":
            for name, reason in [("/no/such/folder/x", "No such file or directory"), (self.folder, "Is a directory"),
                                 (f"{self.folder}/x/", "Is a directory")]:
                done = self.loadgen(option, name)
                self.refuses(done, name, reason)
                self.assertEqual((done.stdout, done.stderr.count("\n")), ("", 1))

    def test_where_there_is_no_room_for_all_of_it_the_old_file_stays(self):
        file = self.folder / "report"
        for option in "--json", "--html":
            file.write_text(OLD)
            # As on a disk with room for 512 or 1,024 bytes more, whatever the shell calls a block.
            limited = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *self.command(option, file)]
            done = subprocess.run(limited, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
            self.refuses(done, file, "File too large")
            self.assertEqual(file.read_text(), OLD)
            self.nothing_else("report")

    def test_standard_output_that_is_full_is_said(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            for arguments in [], ["--json", "-"], ["--json", "/dev/stdout"]:
                done = self.loadgen(*arguments, stdout=full)
                self.assertEqual(done.returncode, 1, done)
                self.assertRegex(done.stderr, r"loadgen: cannot write (standard output|/dev/stdout): No space left on device")

    def test_standard_output_by_its_name_goes_where_the_shell_says(self):
        out = self.folder / "out"
        for name in "/dev/stdout", "-":
            with open(out, "w", encoding="utf-8") as file:
                done = self.loadgen("--json", name, stdout=file)
            self.assertEqual(done.returncode, 0, done)
            document, _ = json.JSONDecoder().raw_decode(out.read_text())
            self.assertEqual(document["result"]["sent"], 100)
            self.nothing_else("out")
            found = self.loadgen("--json", name)
            document, _ = json.JSONDecoder().raw_decode(found.stdout)
            self.assertEqual(document["result"]["sent"], 100)

    def test_a_pipe_gets_the_report_and_one_that_nobody_reads_is_said(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        seen = []
        reader = threading.Thread(target=lambda: seen.append(pipe.read_text()))
        reader.start()
        self.assertEqual(self.loadgen("--json", pipe).returncode, 0)
        reader.join(PATIENCE)
        self.assertEqual(json.loads(seen[0])["result"]["sent"], 100)
        self.assertTrue(stat.S_ISFIFO(pipe.stat().st_mode))

        reading, writing = os.pipe()
        os.close(reading)
        done = self.loadgen("--json", f"/dev/fd/{writing}", pass_fds=[writing])
        os.close(writing)
        self.refuses(done, f"/dev/fd/{writing}", "Broken pipe")

    def test_who_leaves_after_the_first_line_gets_the_file_and_no_complaint(self):
        file = self.folder / "report"
        reading, writing = os.pipe()
        os.close(reading)
        done = self.loadgen("--json", file, stdout=writing)
        os.close(writing)
        self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, ""))
        self.assertEqual(json.loads(file.read_text())["result"]["sent"], 100)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    options, rest = parser.parse_known_args()
    BIN = options.bin
    unittest.main(argv=sys.argv[:1] + rest)
