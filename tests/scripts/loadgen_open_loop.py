#!/usr/bin/env python3
"""What an open loop of loadgen owes: every request that was due is accounted for, whatever the server does.

    loadgen_open_loop.py --bin build/bin

The servers here keep the books themselves: with `--mix ws` each request says when it was due, so that percentiles can be
computed exactly, from (due, answered) pairs, and compared with those of loadgen.
"""
import argparse
import json
import math
import os
import socket
import subprocess
import sys
import threading
import time
import unittest

from loadgen_frames import ACK, FRAME, Peer

PATIENCE = 120
BIN = ""
PERCENTS = {"p50": 50, "p90": 90, "p99": 99, "p99_9": 99.9, "max": 100}
# A histogram's error is 0.8 %; what the machine puts between the server's clock and loadgen's is in the rest. Where it
# was busy elsewhere, a run is made again.
AGREEMENT = 0.01
TRIES = 8
SECOND = 10**9


class LineServer:
    """Serves connections with serve(file, number of the connection); the port is free again after close()."""

    def __init__(self, serve):
        self.serve = serve
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.target = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.run, args=(connection,), daemon=True).start()

    def run(self, connection):
        try:
            self.serve(connection)
        except OSError:
            pass  # it has left
        finally:
            connection.close()

    def close(self):
        self.listener.close()


def answer_lines(connection, reply=lambda line: line, most=None):
    """Answers `most` lines, or all there are; then returns, and the connection is still open."""
    with connection.makefile("rwb", buffering=0) as file:
        answered = 0
        while answered != most and (line := file.readline()):
            file.write(reply(line))
            answered += 1


class Books:
    """A server of WebSockets that writes down when each request was due, and when it was answered.

    Until `pause[0]` seconds after the first due time it answers at once, then it stands still for `pause[1]` seconds;
    where that is None, for ever."""

    def __init__(self, pause):
        self.pause_at, self.pause_for = pause
        self.pairs = []
        self.left = None  # when the client went, after it was kept waiting for ever
        self.gone = threading.Event()

    def __call__(self, connection):
        peer = Peer(connection)
        offset = 0
        first = None
        while (message := peer.read()) and message[0] != 8:
            opcode, payload = message
            if opcode == 1:
                peer.write(1, json.dumps({"type": "opened", "stream": 2, "from_offset": 0, "next_offset": 0}).encode())
                continue
            while payload:
                _, stream, _, length = FRAME.unpack(payload[:FRAME.size])
                due = int(payload[FRAME.size:FRAME.size + 16], 16)
                payload = payload[FRAME.size + length:]
                first = due if first is None else first
                if self.pause_at is not None and due - first >= self.pause_at * SECOND:
                    if self.pause_for is None:
                        self.wait_for_the_end(peer)
                        return
                    until = first + (self.pause_at + self.pause_for) * SECOND
                    time.sleep(max(0, until - time.monotonic_ns()) / SECOND)
                    self.pause_at = None
                peer.write(2, FRAME.pack(ACK, stream, offset, 0))
                self.pairs.append((due, time.monotonic_ns()))
                offset += 1

    def wait_for_the_end(self, peer):
        try:
            while (message := peer.read()) and message[0] != 8:
                pass
        finally:
            self.left = time.monotonic_ns()
            self.gone.set()


def exact_percentiles(waits):
    waits = sorted(waits)
    return {name: waits[max(1, math.ceil(len(waits) * percent / 100)) - 1] for name, percent in PERCENTS.items()}


class OpenLoop(unittest.TestCase):
    def loadgen(self, target, *arguments, status=0):
        """What went to JSON, and the summary."""
        command = [os.path.join(BIN, "loadgen"), "--target", target, "--json", "-", *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stderr)
        result = json.loads(done.stdout)["result"]
        self.assertEqual(result["due"], result["replies"]["total"] + result["unanswered"], done.stderr)
        self.assertEqual(result["unanswered"], result["missing"] + result["unsent"], done.stderr)
        return result, done.stderr

    def server(self, serve):
        server = LineServer(serve)
        self.addCleanup(server.close)
        return server

    def echo(self, *arguments, status=0):
        server = self.server(answer_lines)
        return self.loadgen(server.target, "--mix", "echo", "--connections", "2", *arguments, status=status)

    def test_as_many_requests_are_due_as_rate_and_duration_say(self):
        for rate, duration, due in [("20000", "300ms", 6000), ("100", "1s", 100), ("3", "1s", 3), ("0.1", "1s", 1),
                                    ("2.5", "1s", 3), ("1000", "1ms", 1), ("7", "100ms", 1)]:
            with self.subTest(f"{rate}/s for {duration}"):
                result, _ = self.echo("--rate", rate, "--duration", duration, "--pipeline", "10000")
                self.assertEqual(result["due"], due)

    def test_rates_below_one_are_told_as_they_are(self):
        result, text = self.echo("--rate", "0.5", "--duration", "3s")
        self.assertEqual(result["due"], 2)  # at 0 and 2 s
        self.assertGreaterEqual(result["elapsed_ns"], 3 * SECOND)
        self.assertLess(result["rate_per_second"], 0.67)
        self.assertIn("open loop of 0.5/s", text)
        self.assertRegex(text, r"replies a second +0\.\d\d  over 3")

    def test_a_server_that_is_killed_owes_all_that_falls_due_later(self):
        for connections in 1, 3:
            def serve(connection):
                answer_lines(connection, most=4)
                connection.shutdown(socket.SHUT_RDWR)

            server = self.server(serve)
            result, text = self.loadgen(server.target, "--mix", "echo", "--connections", str(connections), "--rate", "20",
                                        "--duration", "2s", status=1)
            answered = 4 * connections
            self.assertEqual((result["due"], result["replies"]["total"]), (40, answered))
            self.assertEqual(result["cut_off"] + result["missing"], 40 - answered)
            self.assertEqual(result["latency_ns"]["count"], 40)
            # The first that has no answer waits from its due time to the end.
            wait = 2 * SECOND - answered * SECOND // 20
            self.assertGreaterEqual(result["latency_ns"]["max"], wait)
            self.assertGreaterEqual(result["latency_ns"]["p90"], wait * 0.7)
            self.assertRegex(text, rf"\n  unanswered +{40 - answered}  ")
            server.close()

    def test_a_server_that_hangs_keeps_all_later_requests_waiting(self):
        def serve(connection):
            answer_lines(connection, most=50)
            connection.recv(1 << 20)
            while connection.recv(1 << 20):
                pass

        result, text = self.loadgen(self.server(serve).target, "--mix", "echo", "--connections", "1", "--rate", "100",
                                    "--duration", "2500ms", "--patience", "200ms", status=1)
        self.assertEqual((result["due"], result["replies"]["total"]), (250, 50))
        self.assertEqual((result["missing"], result["unsent"]), (1, 199))
        self.assertEqual(result["latency_ns"]["count"], 250)
        # They wait until the end, which is not before 2.5 s: the 75th of them, the middle one of all, since 1.75 s.
        self.assertGreaterEqual(result["latency_ns"]["p50"], 0.75 * SECOND)
        self.assertGreaterEqual(result["latency_ns"]["max"], 2 * SECOND)
        self.assertEqual(result["latency_from_sending_ns"]["count"], 50)
        self.assertRegex(text, r"\n  unanswered +200  ")

    def test_a_slow_server_is_no_failure_while_its_connections_last(self):
        def slow(line):
            time.sleep(0.02)
            return line

        result, _ = self.loadgen(self.server(lambda connection: answer_lines(connection, slow)).target, "--mix", "echo",
                                 "--connections", "1", "--rate", "1000", "--duration", "500ms")
        self.assertEqual(result["due"], 500)
        self.assertGreater(result["unsent"], 400)
        self.assertEqual(result["cut_off"], 0)
        self.assertEqual(result["latency_ns"]["count"], 500)

    def test_where_nobody_listens_the_run_is_over_at_once(self):
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            result, text = self.loadgen("127.0.0.1:%d" % deaf.getsockname()[1], "--rate", "10", "--duration", "1000s",
                                        "--connections", "2", status=1)
        self.assertEqual(result["connect_failures"], 2)
        self.assertLessEqual(result["due"], 10 * PATIENCE)

    def test_what_was_not_measured_is_a_dash(self):
        def swallow(connection):
            while connection.recv(1 << 20):
                pass

        server = self.server(swallow)
        for options in (["--requests", "1"], ["--hold", "10ms"], ["--hold", "10ms", "--rate", "100"]):
            result, text = self.loadgen(server.target, "--connections", "1", "--patience", "1500ms", *options,
                                        "--duration", "500ms", status=1)
            self.assertEqual(result["latency_ns"], {"count": 0, "min": None, "mean": None, "p50": None, "p90": None,
                                                    "p99": None, "p99_9": None, "max": None})
            self.assertNotIn("0 ns", text)
            self.assertRegex(text, r"/s  p50 –  p99 –")
            self.assertRegex(text, r"\n  latency  +–  +–  +–  +–  +–\n")

    def test_a_hold_has_no_rate(self):
        server = self.server(answer_lines)
        result, text = self.loadgen(server.target, "--mix", "echo", "--connections", "3", "--hold", "10ms", "--rate", "1")
        self.assertEqual((result["replies"]["echoed"], result["due"], result["unsent"]), (3, 3, 0))
        self.assertGreater(result["latency_ns"]["min"], 0)

    def compare(self, name, run, waits_of):
        """Runs until loadgen and the exact percentiles agree."""
        seen = []
        for _ in range(TRIES):
            result, exact = run()
            found = {percentile: result["latency_ns"][percentile] for percentile in PERCENTS}
            wrong = {key: round(found[key] / exact[key] - 1, 4) for key in PERCENTS}
            seen.append(wrong)
            self.assertEqual(result["latency_ns"]["count"], waits_of)
            if all(abs(error) <= AGREEMENT for error in wrong.values()):
                return
        self.fail(f"{name}: off by {seen}")

    def test_percentiles_are_those_of_the_pairs_that_a_pausing_server_wrote_down(self):
        def run():
            books = Books((0.3, 1.0))
            server = self.server(books)
            result, _ = self.loadgen(server.target, "--mix", "ws", "--connections", "1", "--pipeline", "4", "--rate",
                                     "500", "--duration", "1500ms", "--patience", "60s", status=None)
            # What was due and could not be sent is in no pair: the server was behind, and the run was over.
            end = max(answered for _, answered in books.pairs)
            first = books.pairs[0][0]
            dues = [first + number * SECOND // 500 for number in range(750)]
            waits = [answered - due for due, answered in books.pairs] + [end - due for due in dues[len(books.pairs):]]
            return result, exact_percentiles(waits)

        self.compare("a pause of a second", run, 750)

    def test_percentiles_are_those_of_the_pairs_where_a_server_hangs(self):
        def run():
            books = Books((0.4, None))
            server = self.server(books)
            result, _ = self.loadgen(server.target, "--mix", "ws", "--connections", "1", "--pipeline", "4", "--rate",
                                     "500", "--duration", "1200ms", "--patience", "300ms", status=1)
            first = books.pairs[0][0]
            dues = [first + number * SECOND // 500 for number in range(600)]
            self.assertTrue(books.gone.wait(PATIENCE))
            waits = [answered - due for due, answered in books.pairs]
            waits += [books.left - due for due in dues[len(books.pairs):]]
            return result, exact_percentiles(waits)

        self.compare("a server that hangs", run, 600)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    options, rest = parser.parse_known_args()
    BIN = options.bin
    unittest.main(argv=sys.argv[:1] + rest)
