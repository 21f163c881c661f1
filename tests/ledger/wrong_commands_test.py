#!/usr/bin/env python3
"""What `station ledger …` says where it was asked for wrongly, or where the machine has not what it takes.

    wrong_commands_test.py STATION
"""
import json
import os
import resource
import socket
import subprocess
import uuid

from ledger_commands import PATIENCE, LedgerTest, main, station


class Wrong(LedgerTest):
    def test_what_was_asked_for_wrongly_is_status_2_and_makes_nothing(self):
        good = ["--entity", "a", "--scope", "b", "--kind", "1:1"]
        for option, value in (("--entity", "x" * 256), ("--entity", "x" * 300), ("--entity", ""), ("--entity", "a\nb"),
                              ("--scope", "y" * 256), ("--scope", b"\xff\xfe"), ("--kind", "0:1"), ("--kind", "0:0"),
                              ("--kind", "13:1"), ("--kind", "16:1"), ("--kind", "1:4096"), ("--kind", "1"),
                              ("--kind", "0x1:1"), ("--kind", "-1:1"), ("--expect", "maybe"), ("--expect", "-1"),
                              ("--expect", "18446744073709551616"), ("--key", "7"), ("--cause", "x"),
                              ("--ledger", "../x"), ("--durability", "often"), ("--max-payload", "-1")):
            at = good.index(option) if option in good else None
            arguments = good[:at] + good[at + 2:] if at is not None else good
            self.ledger("append", *arguments, option, value, "1", status=2)
        for payload in ("no JSON", "{", '{"a":1}{', "1e999", "[" * 65 + "]" * 65, "'a'", "\ud800".encode("utf-8", "surrogatepass")):
            self.ledger("append", *good, payload, status=2)
        for missing in ("--entity", "--scope", "--kind"):
            at = good.index(missing)
            self.ledger("append", *good[:at], *good[at + 2:], "1", status=2)
        self.ledger("append", *good, "1", "2", status=2)
        for command in (["get", "7"], ["get"], ["walk", "x"], ["stream"], ["stream", "x" * 256], ["prove"], ["prove", "x"],
                        ["prove", "--from", "-1"], ["prove", "--from", "1", str(uuid.uuid4())], ["forget"], ["keygen"],
                        ["check-proof", "x"], ["check-proof"], ["query", "--kind", "1"], ["query", "--category", "16"],
                        ["query", "--category", "x"], ["query", "--sequences", "2..1"], ["query", "--sequences", "1"],
                        ["query", "--sequences", "1..x"], ["query", "--limit", "0"], ["query", "--entity", ""],
                        ["query", "more"], ["nothing"]):
            self.ledger(*command, status=2)
        self.assertEqual(subprocess.run([station(), "ledger"], stderr=subprocess.DEVNULL).returncode, 2)
        self.assertEqual(subprocess.run([station(), "ledger", "--help"], stdout=subprocess.DEVNULL).returncode, 0)
        self.assertFalse(os.path.exists(self.data))

    def test_names_of_255_bytes_are_taken(self):
        self.append("1", entity="\u00e4" * 127 + "x", scope="s" * 255)
        self.assertEqual(self.query()[0]["entity"], "\u00e4" * 127 + "x")

    def test_what_is_not_there_is_status_1(self):
        nobody = str(uuid.uuid4())
        every = (["get", nobody], ["query"], ["stream", "a"], ["walk", nobody], ["verify"], ["head"], ["prove", nobody],
                 ["prove", "--from", "0"], ["stats"], ["forget", "a"])
        for command in every:
            self.ledger(*command, status=1)
            self.assertIn("no bus in this folder", self.words)
        self.assertFalse(os.path.exists(self.data))
        self.append("1")
        for command in every:
            self.ledger(*command, "--ledger", "other", status=1)
            self.assertIn("ledger other: ", self.words)
        self.assertEqual(sorted(os.listdir(os.path.join(self.data, "topics"))), ["ledger"])
        for command in (["get", nobody], ["walk", nobody], ["prove", nobody], ["forget", "nobody"]):
            self.ledger(*command, status=1)
            self.assertIn("not found", self.words)
        self.assertEqual(self.query("--entity", "nobody"), [])

    def test_a_topic_that_is_no_ledger_says_so(self):
        subprocess.run([station(), "publish", "--dir", self.data, "--topic", "t", "x"], check=True,
                       stdout=subprocess.DEVNULL)
        for command in (["query"], ["head"], ["append", "--entity", "a", "--scope", "b", "--kind", "1:1", "1"]):
            self.ledger(*command, "--ledger", "t", status=1)
            self.assertIn("offset 0: a record that is no event of a ledger", self.words)
        self.assertIn("event 0: a record that is no event", self.ledger("verify", "--ledger", "t", status=1))

    def test_a_closed_output_is_an_error_and_nothing_hangs(self):
        done = self.run_ledger("append", "--entity", "a", "--scope", "b", "--kind", "1:1", "1",
                               preexec_fn=lambda: os.close(1))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"what was appended is stored, but its receipts could not be written", done.stderr)
        self.append(stdin=b"1\n" * 20000)
        for command in ("query", "verify", "stats", "head"):
            done = self.run_ledger(command, preexec_fn=lambda: os.close(1))
            self.assertEqual((command, done.returncode), (command, 1))
            self.assertEqual(done.stderr, b"station: standard output is closed\n")

    def test_append_ends_where_nobody_reads_its_receipts_although_standard_input_stays_open(self):
        for first in (b"1\n", b""):  # with a receipt that can't be written, and without one
            reader, writer = os.pipe()
            os.close(reader)
            ours, theirs = socket.socketpair()
            with ours, theirs:
                process = subprocess.Popen(
                    [station(), "ledger", "append", "--dir", self.data, "--entity", "c", "--scope", "b", "--kind", "1:1"],
                    stdin=theirs, stdout=writer, stderr=subprocess.PIPE, restore_signals=False)
                os.close(writer)
                ours.sendall(first)
                errors = process.communicate(timeout=PATIENCE)[1]
                self.assertIn(b"standard output is closed", errors)
                self.assertEqual(process.returncode, 1)

    def test_a_full_disk_loses_nothing_that_has_a_receipt(self):
        lines = b"".join(b'{"n":%d}\n' % n for n in range(5000))
        done = self.run_ledger("append", "--entity", "a", "--scope", "b", "--kind", "1:1", stdin=lines,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)))
        self.assertEqual(done.returncode, 1)
        receipts = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertGreater(len(receipts), 0)
        self.assertLess(len(receipts), 5000)
        self.assertIn(f"refused line {len(receipts) + 1}: ".encode(), done.stderr)
        self.assertEqual(done.stderr.count(b"refused line"), 1)
        stored = self.query()
        self.assertEqual([event["event_id"] for event in stored[:len(receipts)]],
                         [receipt["event_id"] for receipt in receipts])
        self.append("--expect", str(len(stored) - 1), "0", entity="a", scope="b")
        self.assertIn("sound", self.ledger("verify"))
        self.check_reader()


if __name__ == "__main__":
    main()
