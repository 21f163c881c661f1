#!/usr/bin/env python3
"""check as a command: what it exits with, what it says, and how it treats programs that don't behave.

    command_test.py CHECK     where CHECK is the program
"""
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
CHECK = sys.argv.pop(1)
BIN = pathlib.Path(CHECK).parent


def check(*arguments, cases=HERE):
    return subprocess.run([CHECK, *arguments, "--contract-only", "--cases", str(cases)], capture_output=True, text=True)


def wrong_server(bug):
    return ["--cmd", f"exec '{sys.executable}' '{HERE}/wrong_servers.py' --bug {bug} --port {{port}}"]


class Usage(unittest.TestCase):
    def fails_with(self, done, status, *words):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stdout + done.stderr)

    def test_a_bad_call_is_status_2_and_one_line(self):
        for arguments in [["11"], [], ["4", "--no-such-option"], ["4", "--port", "1", "--cmd", "x {port}"],
                          ["4", "--cmd", "no place for the port"], ["4", "--port", "0"]]:
            done = check(*arguments)
            self.fails_with(done, 2, "check: ")
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_no_case_is_no_pass(self):
        self.fails_with(check("4", "--only", "no-such-case"), 2, "no-such-case")

    def test_a_folder_without_cases_is_no_pass(self):
        with tempfile.TemporaryDirectory() as folder:
            self.fails_with(check("4", cases=folder), 2, "no cases")

    def test_a_misspelt_case_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            lines = ['{"group": "g", "next": "n"}', '{"id": "x", "name": "n", "steps": 4, "actoins": []}']
            pathlib.Path(folder, "01_g.jsonl").write_text("\n".join(lines))
            self.fails_with(check("4", cases=folder), 2, "01_g.jsonl:2", "actoins")

    def test_one_id_for_two_cases_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            case = '{"id": "x", "name": "n", "steps": 4, "actions": [{"half_close": true}]}'
            pathlib.Path(folder, "01_g.jsonl").write_text("\n".join(['{"group": "g", "next": "n"}', case, case]))
            self.fails_with(check("4", cases=folder), 2, "two cases", "x")

    def test_a_file_that_cannot_be_written_is_status_2(self):
        self.fails_with(check("4", "--only", "event-example", "--json", "/no/such/folder/x.json"), 2, "/no/such/folder")


class Programs(unittest.TestCase):
    def test_nobody_on_the_port(self):
        done = check("4", "--port", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Connection refused", done.stdout)

    def test_a_program_that_ends_at_once_is_quoted(self):
        done = check("4", "--cmd", "echo bad luck >&2; exit 3 # {port}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("exited with status 3", done.stdout)
        self.assertIn("bad luck", done.stdout)

    def test_a_missing_binary(self):
        with tempfile.TemporaryDirectory() as folder:
            done = check("4", "--bin", folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No such file", done.stdout)

    def test_a_port_that_somebody_serves(self):
        server = subprocess.Popen([BIN / "step04_in_task_processing", "--port", "0"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        try:
            port = server.stdout.readline().rsplit(":", 1)[1].strip()
            done = check("4", "--port", port, "--only", "event-")
            self.assertEqual(done.returncode, 0, done.stdout)
            again = check("4", "--port", port, "--only", "balance-")
            self.assertEqual(again.returncode, 0, again.stdout)
            self.assertIn("skipped: 2 cases (slow)", again.stdout)
        finally:
            server.terminate()
            server.wait()
            server.stdout.close()

    def test_cases_with_options_are_skipped_for_a_command_and_run_for_a_binary(self):
        by_command = check("4", *wrong_server("none"), "--only", "limit-10")
        self.assertEqual(by_command.returncode, 0, by_command.stdout)
        self.assertIn("skipped: 3 cases (needs server options)", by_command.stdout)
        by_binary = check("4", "--only", "limit-10")
        self.assertEqual(by_binary.returncode, 0, by_binary.stdout)
        self.assertNotIn("skipped", by_binary.stdout)

    def test_a_server_that_never_replies(self):
        listener = socket.create_server(("127.0.0.1", 0))
        with listener:
            done = check("4", "--port", str(listener.getsockname()[1]), "--only", "event-example", "--patience", "0.1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing for 0.1 s", done.stdout)
        self.assertIn("no longer serves", done.stdout)


class Failures(unittest.TestCase):
    def test_a_failure_says_what_was_sent_expected_and_got_and_what_to_do(self):
        done = check("4", *wrong_server("fraction-taken"), "--only", "number-1-point-0")
        self.assertEqual(done.returncode, 1)
        block = done.stdout[done.stdout.index("FAIL"):].splitlines()
        self.assertIn("number-1-point-0: 1.0 is no integer", block[0])
        self.assertRegex(block[1], r'sent +{"user":".{12}","action":"buy","amount":1\.0}\\n')
        self.assertRegex(block[2], r'expected +{"status":"error","reason":"invalid_event","detail":"…"}.*"amount"')
        self.assertRegex(block[3], r'came +{"status":"ok","balance":1}')
        self.assertRegex(block[4], r"next +read docs/protocol.md.*--only number-1-point-0")

    def test_a_failure_of_a_split_case_says_where_it_was_cut(self):
        done = check("4", *wrong_server("half-lines-dropped"), "--only", "framing-split-two", "--patience", "0.2")
        self.assertEqual(done.returncode, 1)
        self.assertIn("in two pieces, cut after byte 1 ", done.stdout)

    def test_the_results_are_there_for_programs(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "results.json")
            done = check("4", *wrong_server("string-taken"), "--only", "number-", "--json", str(path))
            results = json.loads(path.read_text())
        self.assertEqual(done.returncode, 1)
        self.assertEqual((results["step"], results["verdict"]), (4, "fail"))
        failed = [case for case in results["contract"]["cases"] if case["verdict"] == "fail"]
        self.assertEqual([case["id"] for case in failed], ["number-string"])
        self.assertEqual(failed[0]["came"], '{"status":"ok","balance":100}')

    def test_a_server_that_dies_is_started_again_and_the_case_is_named(self):
        done = check("4", *wrong_server("dies-of-nul"), "--only", "utf8-nul-", "--json", "/dev/null")
        self.assertEqual(done.returncode, 1)
        self.assertIn("utf8-nul-in-string", done.stdout)
        self.assertIn("the server's death: it exited with status 1", done.stdout)
        self.assertNotIn("contract: fail, 0 cases", done.stdout)


class Ladder(unittest.TestCase):
    """A step's check fails on the step before, wherever they differ in what can be seen from outside."""

    def test_the_step_before_fails(self):
        before = {2: "step01_blocking_echo", 3: "step02_async_echo", 4: "step03_json_parsing",
                  5: "step04_in_task_processing", 6: "step05_bounded_channel", 8: "step07_mutex_state",
                  9: "step08_sharded_map"}
        for step, name in before.items():
            with self.subTest(step=step):
                done = check(str(step), "--cmd", f"exec '{BIN / name}' --port {{port}}", "--patience", "0.5")
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertNotIn("was killed", done.stdout)


if __name__ == "__main__":
    unittest.main()
