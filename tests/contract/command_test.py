#!/usr/bin/env python3
"""check as a command: what it exits with, what it says, and how it treats programs that don't behave.

    command_test.py CHECK     where CHECK is the program
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "support"))

from steps import STEPS  # noqa: E402

CHECK = sys.argv.pop(1)
BIN = pathlib.Path(CHECK).parent


def check(*arguments, cases=HERE):
    return subprocess.run([CHECK, *arguments, "--contract-only", "--cases", str(cases)], capture_output=True, text=True,
                          env={**os.environ, "COLUMNS": "200"})


def wait_until(condition):
    while not condition():
        time.sleep(0.01)


def is_alive(pid):
    """A process that nobody has waited for yet is dead all the same."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wrong_server(bug):
    return ["--cmd", f"exec '{sys.executable}' '{HERE}/wrong_servers.py' --bug {bug} --port {{port}}"]


ADDRESS = """==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x55 bp 0x7f sp 0x7f
READ of size 1 at 0x60 thread T0
    #0 0x55 in serve(int) /home/learner/work/main.cpp:37
    #1 0x56 in std::vector<int>::at /usr/include/c++/12/vector:9
    #2 0x57 in main /home/learner/work/main.cpp:76

0x60 is located 3 bytes inside of 16-byte region
freed by thread T0 here:
    #0 0x58 in gone /home/learner/work/main.cpp:22
"""
TWICE = """==7==ERROR: AddressSanitizer: attempting double-free on 0x602000000010 in thread T0:
    #0 0x55 in gone /home/learner/work/main.cpp:22
"""
UNDEFINED = """/home/learner/work/main.cpp:5:7: runtime error: signed integer overflow: 2147483647 + 1
    #0 0x55 in add /home/learner/work/main.cpp:5
"""


class SanitizerReports(unittest.TestCase):
    def read(self, *texts):
        with tempfile.TemporaryDirectory() as folder:
            for i, text in enumerate(texts):
                pathlib.Path(folder, f"report.{i}").write_text(text, encoding="utf-8")
            return json.loads(subprocess.check_output([CHECK, "--sanitizer-reports", folder]))

    def test_the_first_stack_without_the_system(self):
        self.assertEqual(self.read("nothing to say", ADDRESS, UNDEFINED), {
            "what": "heap-use-after-free",
            "stack": ["serve(int) /home/learner/work/main.cpp:37", "main /home/learner/work/main.cpp:76"]})

    def test_an_address_tells_nobody_anything(self):
        self.assertEqual(self.read(TWICE)["what"], "attempting double-free")

    def test_undefined_behaviour(self):
        self.assertEqual(self.read(UNDEFINED), {"what": "signed integer overflow: 2147483647 + 1",
                                                "stack": ["add /home/learner/work/main.cpp:5"]})

    def test_silence(self):
        self.assertEqual(self.read("", "some words\n"), {"what": "", "stack": []})
        self.assertEqual(self.read(), {"what": "", "stack": []})

    def test_no_folder_is_status_2(self):
        done = subprocess.run([CHECK, "--sanitizer-reports", "/no/such/folder"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("/no/such/folder", done.stderr)


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
            done = check("4", "--port", str(listener.getsockname()[1]), "--only", "event-example", "--patience", "0.1",
                         "--all")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing for 0.1 s", done.stdout)
        self.assertIn("no longer serves", done.stdout)


    def test_a_temporary_folder_that_is_not_there_is_no_fault_of_the_program(self):
        done = subprocess.run([CHECK, "4", "--contract-only", "--only", "event-example", "--cases", str(HERE)],
                              env={**os.environ, "TMPDIR": "/no/such/folder"}, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_place_of_the_options_is_empty_where_there_are_none(self):
        name = BIN / "step04_in_task_processing"
        done = check("4", "--cmd", f"exec '{name}' --port {{port}} {{options}}", "--only", "event-example")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_what_a_shell_has_started_ends_with_the_checker_however_that_ends(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "pid")
            server = f"'{sys.executable}' '{HERE}/wrong_servers.py' --bug none --port {{port}}"
            command = f"{server} & echo $! > '{path}'; wait"
            checker = subprocess.Popen([CHECK, "4", "--cases", str(HERE), "--cmd", command, "--lesson-only"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(checker.wait)
            self.addCleanup(checker.kill)
            wait_until(lambda: path.exists() and path.read_text().strip())
            server = int(path.read_text())
            checker.kill()
            wait_until(lambda: not is_alive(server))

    def test_only_what_was_looked_at_is_said_to_pass(self):
        done = check("4", "--only", "event-example")
        self.assertEqual(done.stdout.splitlines()[-1], 'PASS: of step 4, what has "event-example" in its id or name.')
        done = check("4")
        self.assertEqual(done.stdout.splitlines()[-1], "PASS: the contract of step 4; its lesson was left out.")

    def test_the_first_failure_ends_it_unless_all_are_asked_for(self):
        program = ["--program", str(BIN / "step03_json_parsing")]
        first = subprocess.run([CHECK, "4", *program, "--cases", str(HERE)], capture_output=True, text=True)
        self.assertEqual(first.returncode, 1)
        self.assertEqual(first.stdout.count("\nFAIL  "), 1, first.stdout)
        self.assertRegex(first.stdout.splitlines()[-1], r"Not run: \d+ cases, the lesson; --all runs it all\.$")
        every = check("4", *program, "--all")
        self.assertEqual(every.returncode, 1)
        self.assertGreater(every.stdout.count("\nFAIL  "), 1)

    def test_the_output_is_as_wide_as_the_terminal(self):
        done = subprocess.run([CHECK, "4", "--program", str(BIN / "step03_json_parsing"), "--cases", str(HERE),
                               "--contract-only"], env={**os.environ, "COLUMNS": "60"}, capture_output=True, text=True)
        report = done.stdout.splitlines()[1:-1]  # the first has a path, the last is for programs
        self.assertLessEqual(max(map(len, report)), 60)


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


class Records(unittest.TestCase):
    """What a check leaves behind: a line of history, a trace of a failure that can be driven again."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.latest = self.folder / "04" / "latest"

    def fail_once(self, case="pipeline-two"):
        return check("4", *wrong_server("swapped-replies"), "--only", case, "--trace", str(self.latest))

    def replay(self, *arguments):
        return subprocess.run([CHECK, "--replay", str(self.latest), "--cases", str(HERE), *arguments],
                              capture_output=True, text=True)

    def test_a_binary_of_ones_own_gets_the_step_s_options(self):
        done = check("4", "--program", str(BIN / "step04_in_task_processing"), "--only", "limit-10", "--label", "mine")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("skipped", done.stdout)
        self.assertIn("contract of mine", done.stdout)
        self.assertEqual(done.stdout.splitlines()[-1], 'PASS: of step 4, what has "limit-10" in its id or name.')

    def test_each_check_is_a_line_of_history(self):
        history = self.folder / "history.jsonl"
        program = ["--program", str(BIN / "step02_async_echo"), "--only", "event-example"]
        check("3", *program, "--history", str(history))
        check("3", "--only", "event-example", "--history", str(history))
        lines = [json.loads(line) for line in history.read_text().splitlines()]
        self.assertEqual([(line["step"], line["program"], line["verdict"]) for line in lines],
                         [(3, "work", "fail"), (3, "reference", "pass")])
        self.assertEqual([finding["id"] for finding in lines[0]["findings"]], ["event-example"])
        self.assertRegex(lines[0]["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_a_failure_ends_with_what_to_do_next_and_where_its_trace_is(self):
        done = self.fail_once()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout.splitlines()[-1], rf"^FAIL: .*pipeline-two.*Next: .*{self.latest}")

    def test_a_trace_has_what_was_sent_and_received(self):
        self.fail_once()
        events = [json.loads(line) for line in (self.latest / "trace.jsonl").read_text().splitlines()]
        self.assertEqual([event["what"] for event in events], ["connected", "sent", "received"])
        self.assertTrue(events[1]["text"].endswith("\n"))
        self.assertLessEqual(events[0]["at"], events[2]["at"])
        head = json.loads((self.latest / "trace.json").read_text())
        self.assertEqual((head["kind"], head["id"]), ("contract", "pipeline-two"))
        self.assertIn("--replay", (self.latest / "README.txt").read_text())
        self.assertEqual(json.loads((self.latest / "result.json").read_text())["verdict"], "fail")

    def test_earlier_traces_are_kept_and_of_those_five(self):
        for _ in range(8):
            self.fail_once()
        self.assertEqual(sorted(path.name for path in self.latest.parent.iterdir()),
                         ["latest", *(f"latest-{i}" for i in range(3, 8))])

    def test_a_pass_leaves_no_trace(self):
        check("4", "--only", "event-example", "--trace", str(self.latest))
        self.assertFalse(self.latest.exists())

    def test_a_replay_gets_the_same_from_the_same_program(self):
        self.fail_once()
        done = self.replay()
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("1 of 1 connections got the same replies", done.stdout)
        self.assertIn("The same verdict: fail", done.stdout)

    def test_a_replay_says_what_another_program_does_differently(self):
        self.fail_once()
        done = self.replay("--reference")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, "connection a, reply 1: it was .*, and now it is ")
        self.assertIn("Another verdict, it was fail: pass", done.stdout)

    def test_a_lesson_s_trace_is_a_window_of_its_load(self):
        program = str(BIN / "step09_atomic_metrics")
        finding = "step10.nothing-accepted-is-lost"
        done = subprocess.run([CHECK, "10", "--program", program, "--finding", finding, "--trace", str(self.latest)],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, "cause: [0-9,]+ accepted, [0-9,]+ processed, [0-9,]+ dropped, [0-9,]+ lost")
        head = json.loads((self.latest / "trace.json").read_text())
        self.assertEqual((head["kind"], head["id"]), ("lesson", finding))
        self.assertIn("--drain-timeout", head["options"])
        self.assertIn('{"received":', (self.latest / "server.txt").read_text())
        self.assertLess((self.latest / "trace.jsonl").stat().st_size, 2_000_000)
        self.assertGreater(len((self.latest / "trace.jsonl").read_text().splitlines()), 10)

    def test_no_trace_is_a_usage_error(self):
        done = self.replay()
        self.assertEqual(done.returncode, 2)
        self.assertIn("holds no trace", done.stderr)


class Ladder(unittest.TestCase):
    """A step's check fails on the step before, wherever they differ in what can be seen from outside."""

    def test_the_step_before_fails(self):
        for step in (2, 3, 4, 5, 6, 8, 9):
            with self.subTest(step=step):
                done = check(str(step), "--cmd", f"exec '{BIN}/step{STEPS[step - 1]}' --port {{port}}", "--patience", "0.5")
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertNotIn("was killed", done.stdout)


if __name__ == "__main__":
    unittest.main()
