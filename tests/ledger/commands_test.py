#!/usr/bin/env python3
"""What `station ledger …` promises: output, exit status, words, and that a second reader of the format, which shares no
code with it, sees the same events.

    commands_test.py STATION
"""
import glob
import json
import os
import resource
import select
import socket
import stat
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "support"))
import station_server  # noqa: E402

STATION = ""
PATIENCE = 60
READER = os.path.join(HERE, "read_event.py")
EVENT = ["event_id", "entity", "scope", "kind", "sequence", "global_sequence", "time", "correlation_id", "causation_id",
         "payload", "prev_hash", "event_hash"]
ZEROS = "0" * 64


class LedgerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="station-ledger-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.data = os.path.join(self.folder, "data")

    def run_ledger(self, command, *arguments, stdin=b"", **more):
        return subprocess.run([STATION, "ledger", command, "--dir", self.data, *arguments], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, **more)

    def ledger(self, command, *arguments, status=0, **more):
        """Standard output; a failure says one line on standard error, in `self.words`."""
        done = self.run_ledger(command, *arguments, **more)
        self.words = done.stderr.decode()
        self.assertEqual(done.returncode, status, self.words)
        if status == 2:
            self.assertEqual(done.stdout, b"")
            self.assertRegex(self.words, r"\Astation: .*\n\Z")
        return done.stdout.decode()

    def lines(self, command, *arguments, **more):
        return [json.loads(line) for line in self.ledger(command, *arguments, **more).splitlines()]

    def append(self, *arguments, entity="account:7", scope="bank", kind="1:1", **more):
        return self.lines("append", "--entity", entity, "--scope", scope, "--kind", kind, *arguments, **more)

    def query(self, *arguments, **more):
        return self.lines("query", "--json", *arguments, **more)

    def payloads(self, *arguments, **more):
        return [event["payload"] for event in self.query(*arguments, **more)]

    def path(self, name):
        return os.path.join(self.folder, name)

    def keep(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def kept(self, name):
        with open(name, encoding="utf-8") as file:
            return json.load(file)

    def bytes_of(self, name):
        with open(name, "rb") as file:
            return file.read()

    def segment(self, number=1):
        return os.path.join(self.data, "topics", "ledger", f"log-{number:08}.seg")

    def check_reader(self):
        """The other reader finds nothing wrong, and the same events."""
        done = subprocess.run([sys.executable, READER, "--lines", self.data], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE)
        self.assertIn(done.returncode, (0, 77), done.stderr.decode())
        theirs = [line for line in done.stdout.decode().splitlines() if line.startswith('{"event_id"')]
        self.assertEqual(self.ledger("query", "--json").splitlines(), theirs)
        return theirs


class Appending(LedgerTest):
    def test_the_receipt_and_the_event_have_the_fields_of_the_contract_in_their_order(self):
        receipt, = self.append('{"amount": 5, "b": [1, 2.5, null], "a": -1}')
        self.assertEqual(list(receipt), ["event_id", "sequence", "global_sequence", "event_hash", "duplicate"])
        self.assertEqual([receipt["sequence"], receipt["global_sequence"], receipt["duplicate"]], [0, 0, False])
        line = self.ledger("query", "--json")
        event = json.loads(line)
        self.assertEqual(list(event), EVENT)
        self.assertIn('"payload":{"amount":5,"b":[1,2.5,null],"a":-1},', line)
        self.assertEqual((event["entity"], event["scope"], event["kind"]), ("account:7", "bank", "1:1"))
        self.assertEqual((event["event_id"], event["event_hash"]), (receipt["event_id"], receipt["event_hash"]))
        self.assertEqual((event["correlation_id"], event["causation_id"]), (event["event_id"], None))
        self.assertEqual(event["prev_hash"], ZEROS)
        self.assertEqual(self.ledger("get", "--json", receipt["event_id"]), line)
        self.assertEqual(self.ledger("stream", "--json", "account:7"), line)

    def test_standard_input_is_one_event_a_line_answered_in_order(self):
        receipts = self.append(stdin=b"".join(b'{"n":%d}\r\n' % n for n in range(5000)))
        self.assertEqual([receipt["sequence"] for receipt in receipts], list(range(5000)))
        self.assertEqual([payload["n"] for payload in self.payloads()], list(range(5000)))
        self.assertEqual(len(self.check_reader()), 5000)
        self.assertIn("sound", self.ledger("verify"))

    def test_a_receipt_is_there_before_the_next_line_is_sent(self):
        process = subprocess.Popen([STATION, "ledger", "append", "--dir", self.data, "--entity", "a", "--scope", "b",
                                    "--kind", "1:1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        for n in range(3):
            process.stdin.write(b"%d\n" % n)
            process.stdin.flush()
            self.assertTrue(select.select([process.stdout], [], [], PATIENCE)[0], "no receipt")
            self.assertEqual(json.loads(process.stdout.readline())["sequence"], n)
            self.assertEqual(self.payloads(), list(range(n + 1)))  # beside the process that appends
        self.append("9", status=1)
        self.assertIn("another process owns this folder", self.words)
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_a_line_that_is_refused_is_named_by_its_number(self):
        receipts = self.append(stdin=b"1\n2\nno JSON\n4\n", status=1)
        self.assertEqual(len(receipts), 2)
        self.assertRegex(self.words, r"\Astation: refused line 3: .*\n\Z")
        receipts = self.append("--keep-going", stdin=b"5\n{\n\n8\n", status=1)
        self.assertEqual([receipt["sequence"] for receipt in receipts], [2, 3])
        said = self.words.splitlines()
        self.assertEqual(len(said), 3)
        self.assertIn("refused line 2: ", said[0])
        self.assertIn("refused line 3: ", said[1])
        self.assertEqual(said[2], "station: 2 lines were refused; all others are stored")
        self.append("--max-payload", "1000", stdin=b'9\n"' + b"x" * 1000 + b'"\n10\n', status=1)
        self.assertIn("refused line 2: ", self.words)
        self.assertEqual(self.payloads(), [1, 2, 5, 8, 9])

    def test_expected_sequences(self):
        self.append("--expect", "exists", "0", status=1)
        self.append("--expect", "0", "0", status=1)
        self.assertIn("(expected 0, actual none)", self.words)
        self.append("--expect", "none", "0")
        self.append("--expect", "none", "0", status=1)
        self.append("--expect", "exists", "1")
        self.append("--expect", "0", "2", status=1)
        self.assertIn("entity account:7: ", self.words)
        self.assertIn("(expected 0, actual 1)", self.words)
        self.append("--expect", "1", stdin=b"2\n3\n")  # of the first line only
        self.append("--expect", "7", stdin=b"4\n5\n", status=1)
        self.assertIn("refused line 1: ", self.words)
        self.assertEqual(self.payloads(), [0, 1, 2, 3])

    def test_a_key_given_again_gets_the_first_receipt(self):
        key = str(uuid.uuid4())
        first, = self.append("--key", key, "1")
        again, = self.append("--key", key, "--expect", "none", "2")
        self.assertEqual(again, {**first, "duplicate": True})
        self.append("--key", key, "1", scope="shop", status=1)
        self.assertIn("this idempotency key was used for something else", self.words)
        self.assertEqual(self.append("--key", key, stdin=b"3\n"), [again])  # one line is one event
        self.append("--key", str(uuid.uuid4()), stdin=b"4\n5\n", status=2)
        self.assertIn("--key", self.words)
        self.assertEqual(self.append("--key", key), [])
        self.append("--key", str(uuid.uuid4()), stdin=b"no JSON\n", status=1)
        self.assertEqual(self.payloads(), [1])

    def test_a_cause_is_followed(self):
        cause, = self.append("1")
        self.append("--cause", cause["event_id"], stdin=b"2\n3\n", entity="other")
        last, = self.query("--entity", "other", "--sequences", "1..1")
        self.append("--cause", last["event_id"], "4")
        for event in self.query()[1:]:
            self.assertEqual(event["correlation_id"], cause["event_id"])
        self.assertEqual([event["causation_id"] for event in self.query()],
                         [None, cause["event_id"], cause["event_id"], last["event_id"]])
        self.append("--cause", str(uuid.uuid4()), "5", status=1)
        self.assertIn("--cause: event ", self.words)

    def test_numbers_come_back_as_they_were(self):
        given = ["0", "-1", "18446744073709551615", "-9223372036854775808", "1.0", "1e300", "0.1", "-0.0", "[]", "{}",
                 '"h\u00e4\\u0000\\n"', "null", "true"]
        self.append(stdin="\n".join(given).encode())
        for text, payload in zip(given, self.payloads()):
            self.assertEqual(repr(json.loads(text)), repr(payload))

    def test_a_folder_begun_by_a_ledger_is_a_stations(self):
        self.append("1")
        with station_server.Server(STATION, self.data) as server:
            server.open()
            with urllib.request.urlopen(f"http://{server.address}/api/topics") as answer:
                self.assertEqual([(topic["name"], topic["stream"]) for topic in json.load(answer)],
                                 [("lobby", 1), ("ledger", 2)])


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
        self.assertEqual(subprocess.run([STATION, "ledger"], stderr=subprocess.DEVNULL).returncode, 2)
        self.assertEqual(subprocess.run([STATION, "ledger", "--help"], stdout=subprocess.DEVNULL).returncode, 0)
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
        subprocess.run([STATION, "publish", "--dir", self.data, "--topic", "t", "x"], check=True,
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
                    [STATION, "ledger", "append", "--dir", self.data, "--entity", "c", "--scope", "b", "--kind", "1:1"],
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


class Reading(LedgerTest):
    def setUp(self):
        super().setUp()
        for n in range(4):
            self.append(str(n), entity=f"account:{n % 2}", kind=f"1:{n}")
        self.append("4", entity="order:1", scope="shop", kind="2:1")

    def test_regions(self):
        for arguments, expected in (
                ([], [0, 1, 2, 3, 4]), (["--entity", "account:1"], [1, 3]), (["--prefix", "account:"], [0, 1, 2, 3]),
                (["--scope", "shop"], [4]), (["--kind", "1:2"], [2]), (["--kind", "0:7"], []), (["--category", "1"], [0, 1, 2, 3]),
                (["--category", "13"], []), (["--category", "0"], []), (["--sequences", "1..1"], [2, 3]),
                (["--sequences", "0..18446744073709551615", "--scope", "bank"], [0, 1, 2, 3]),
                (["--limit", "2"], [0, 1]), (["--prefix", "account:", "--kind", "1:3", "--scope", "bank"], [3]),
                (["--sequences", "1..1", "--limit", "1"], [2])):
            self.assertEqual(self.payloads(*arguments), expected, arguments)

    def test_a_stream_and_its_ancestors(self):
        self.assertEqual([event["payload"] for event in self.lines("stream", "--json", "account:1")], [1, 3])
        self.assertEqual([event["payload"] for event in self.lines("stream", "--json", "--limit", "1", "account:1")], [1])
        last = self.lines("stream", "--json", "account:1")[-1]
        walked = self.lines("walk", "--json", last["event_id"])
        self.assertEqual([event["payload"] for event in walked], [3, 1])
        self.assertEqual(walked[0]["prev_hash"], walked[1]["event_hash"])
        self.assertEqual(len(self.lines("walk", "--json", "--limit", "1", last["event_id"])), 1)

    def test_a_long_walk(self):
        receipts = self.append(stdin=b"".join(b"%d\n" % n for n in range(3001)), entity="long")
        walked = [event["payload"] for event in self.lines("walk", "--json", receipts[-1]["event_id"])]
        self.assertEqual(walked, list(range(3000, -1, -1)))
        walked = self.lines("walk", "--json", "--limit", "1001", receipts[-1]["event_id"])
        self.assertEqual(len(walked), 1001)

    def test_for_people_it_is_a_line_an_event(self):
        text = self.ledger("query")
        self.assertEqual(len(text.splitlines()), 5)
        self.assertRegex(text.splitlines()[2], r"^ +2  \d{4}-\d\d-\d\dT[\d:.]+Z  [0-9a-f-]{36}  account:0 #1  bank  1:2  2$")
        self.assertEqual(self.ledger("stream", "order:1"), text.splitlines()[4] + "\n")

    def test_stats(self):
        stats, = self.lines("stats", "--json")
        self.assertEqual(list(stats), ["ledger", "records", "entities", "log_bytes", "segments", "index_memory_bytes",
                                       "index_mapped_bytes"])
        self.assertEqual((stats["ledger"], stats["records"], stats["segments"]), ("ledger", 5, 1))
        self.assertGreaterEqual(stats["entities"], 3)
        self.assertIn("records", self.ledger("stats"))

    def test_a_damaged_checkpoint_is_made_again(self):
        expected = self.query()
        files = glob.glob(os.path.join(self.data, "topics", "ledger", "index", "*"))
        self.assertTrue(files)
        for file in files:
            whole = self.bytes_of(file)
            for at in range(0, len(whole), max(1, len(whole) // 20)):
                with open(file, "wb") as spoilt:
                    spoilt.write(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1:])
                self.assertEqual(self.query(), expected, (file, at))
            with open(file, "wb") as cut:
                cut.write(whole[:len(whole) // 2])
            self.assertEqual(self.query(), expected)
        self.append("--expect", "0", "5", entity="order:1", scope="shop")
        self.assertEqual(self.payloads(), [0, 1, 2, 3, 4, 5])
        self.assertIn("sound", self.ledger("verify"))


class Verifying(LedgerTest):
    def test_what_is_sound_is_counted(self):
        self.append(stdin=b"1\n2\n3\n")
        self.append("4", entity="other")
        verdict, = self.lines("verify", "--json")
        self.assertEqual(list(verdict), ["ledger", "sound", "records", "hidden", "entities", "bytes"])
        self.assertEqual((verdict["sound"], verdict["records"], verdict["hidden"], verdict["entities"]), (True, 4, 0, 2))
        self.assertEqual(self.ledger("verify"), f"ledger: 4 records, 0 hidden, 2 entities, {verdict['bytes']} bytes, sound\n")

    def test_every_flipped_byte_is_found_and_named(self):
        self.append(stdin=b"".join(b'"the payload of %d"\n' % n for n in range(4)))
        with open(self.segment(), "rb") as file:
            whole = file.read().rstrip(b"\0")
        begin = whole.index(b"the payload of 1")
        end = whole.index(b"the payload of 2")
        for at in range(begin, end, 37):
            with open(self.segment(), "wb") as file:
                file.write(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            line = self.ledger("verify", status=1)
            self.assertEqual(len(line.splitlines()), 1)
            self.assertRegex(line, r"^ledger: WRONG: event [12][ :]")
            self.assertEqual(self.words, "")
        with open(self.segment(), "wb") as file:
            file.write(whole[:begin] + b"T" + whole[begin + 1:])
        verdict, = self.lines("verify", "--json", status=1)
        self.assertEqual((verdict["sound"], verdict["global_sequence"], verdict["entity"], verdict["sequence"]),
                         (False, 1, "account:7", 1))
        self.assertIn("the log is damaged", verdict["wrong"])
        self.append("1", status=1)
        self.assertEqual([event["sequence"] for event in self.query(status=1)], [0])  # and not that it was all
        self.assertIn("the ledger is damaged here", self.words)

    def test_a_head_tells_that_the_end_was_cut_off(self):
        self.append(stdin=b"1\n2\n")
        before = self.bytes_of(self.segment())
        self.append(stdin=b"3\n")
        head = self.keep("head", self.ledger("head"))
        self.assertIn("sound", self.ledger("verify", "--head", head))
        for file in glob.glob(self.segment()[:-3] + "*"):
            os.remove(file)
        with open(self.segment(), "wb") as file:
            file.write(before)
        self.assertIn("sound", self.ledger("verify"))
        self.assertIn("the head was made of 3 records, and there are 2: the end is cut off",
                      self.ledger("verify", "--head", head, status=1))
        self.append("4")
        self.assertIn("the first 3 records are not those", self.ledger("verify", "--head", head, status=1))

    def test_a_head_file_that_is_none(self):
        self.append("1")
        for name in (self.path("nothing"), self.keep("bad", "{}"), self.folder, "/dev/null", "/dev/zero"):
            self.ledger("verify", "--head", name, status=1)
            self.assertIn(f"--head: {name}", self.words)


class Proving(LedgerTest):
    def setUp(self):
        super().setUp()
        self.receipts = self.append(stdin=b"".join(b"%d\n" % n for n in range(11)))

    def test_an_event_is_proved_and_the_proof_is_checked_without_the_ledger(self):
        head = self.keep("head", self.ledger("head"))
        self.assertEqual(list(self.kept(head)), ["ledger", "origin", "size", "root"])
        proof = self.ledger("prove", self.receipts[3]["event_id"])
        self.assertEqual(list(json.loads(proof)), ["ledger", "origin", "size", "root", "index", "event_id", "prev_hash", "entity",
                                                   "scope", "header", "tail", "payload", "path"])
        file = self.keep("proof", proof)
        self.data = self.path("gone")
        checked, = self.lines("check-proof", "--json", file, "--head", head)
        self.assertEqual(checked, {"proved": True, "ledger": "ledger", "size": 11, "index": 3,
                                   "event_id": self.receipts[3]["event_id"], "entity": "account:7", "scope": "bank"})
        self.assertEqual(len(self.ledger("check-proof", file, "--head", head).splitlines()), 1)
        for field, value in (("index", 4), ("entity", "account:8"), ("scope", "b"), ("payload", "BA=="), ("size", 12),
                             ("event_id", self.receipts[4]["event_id"]), ("root", ZEROS), ("path", []), ("tail", "AA==")):
            forged = self.keep("forged", json.dumps({**json.loads(proof), field: value}))
            self.ledger("check-proof", forged, "--head", head, status=1)
            self.assertIn("station: ", self.words)
        self.ledger("check-proof", head, "--head", head, status=1)
        self.ledger("check-proof", self.path("none"), "--head", head, status=1)
        self.assertIn("No such file", self.words)

    def test_sizes_must_agree_and_a_kept_head_can_still_be_proved_for(self):
        head = self.keep("head", self.ledger("head"))
        self.append("11")
        now = self.keep("now", self.ledger("prove", self.receipts[3]["event_id"]))
        self.ledger("check-proof", now, "--head", head, status=1)
        self.assertIn("size, proof and head differ in it", self.words)
        then = self.keep("then", self.ledger("prove", self.receipts[3]["event_id"], "--head", head))
        self.ledger("check-proof", then, "--head", head)
        late = self.query("--sequences", "11..11")[0]["event_id"]
        self.ledger("prove", late, "--head", head, status=1)
        other = self.kept(head)
        other["root"] = ZEROS
        self.ledger("prove", self.receipts[3]["event_id"], "--head", self.keep("other", json.dumps(other)), status=1)
        self.assertIn("root, proof and head differ in it", self.words)

    def test_the_ledger_goes_on_from_an_old_head(self):
        old = self.keep("old", self.ledger("head"))
        self.append(stdin=b"1\n" * 9)
        head = self.keep("head", self.ledger("head"))
        extension = self.keep("extension", self.ledger("prove", "--from", "11"))
        self.assertEqual(list(self.kept(extension)), ["ledger", "origin", "size", "root", "old_size", "path"])
        self.assertEqual(self.lines("check-proof", "--json", extension, "--head", head, "--old-head", old),
                         [{"proved": True, "ledger": "ledger", "size": 20, "old_size": 11}])
        self.ledger("check-proof", extension, "--head", old, "--old-head", head, status=1)
        self.ledger("check-proof", extension, "--head", head, status=1)
        self.ledger("prove", "--from", "21", status=1)
        self.ledger("prove", "--from", "0")

    def test_signatures(self):
        key = self.path("key")
        public = self.ledger("keygen", key).strip()
        self.assertRegex(public, r"\A[0-9a-f]{64}\Z")
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        content = self.bytes_of(key)
        self.ledger("keygen", key, status=1)
        self.assertIn("File exists", self.words)
        self.assertEqual(self.bytes_of(key), content)
        other = self.lines("keygen", "--json", self.path("other"))[0]["key"]
        head = self.ledger("head", "--sign", key)
        self.assertEqual(list(json.loads(head)), ["ledger", "origin", "size", "root", "key", "signature"])
        self.assertEqual(json.loads(head)["key"], public)
        head = self.keep("head", head)
        proof = self.keep("proof", self.ledger("prove", self.receipts[0]["event_id"]))
        self.ledger("check-proof", proof, "--head", head, "--key", public)
        self.ledger("check-proof", proof, "--head", head, "--key", other, status=1)
        self.assertIn("signed with another key", self.words)
        self.ledger("check-proof", proof, "--head", self.keep("plain", self.ledger("head")), "--key", public, status=1)
        self.assertIn("not signed", self.words)
        forged = {**self.kept(head), "signature": "00" * 64}
        self.ledger("check-proof", proof, "--head", self.keep("forged", json.dumps(forged)), status=1)
        self.ledger("check-proof", proof, "--head", head, "--key", "xyz", status=2)
        self.ledger("head", "--sign", self.path("none"), status=1)
        self.assertIn("No such file", self.words)
        self.ledger("head", "--sign", proof, status=1)
        self.assertIn("no key that `station ledger keygen` wrote", self.words)
        self.ledger("keygen", self.path("no/folder"), status=1)


class Forgetting(LedgerTest):
    def test_what_was_said_is_gone_and_the_ledger_is_sound(self):
        self.append("--erasable", stdin=b'"secret 1"\n"secret 2"\n', entity="person:1", scope="crm")
        self.append('"public"')
        self.assertEqual(self.payloads(), ["secret 1", "secret 2", "public"])
        self.assertNotIn(b"secret", self.bytes_of(self.segment()))
        head = self.keep("head", self.ledger("head"))
        proof = self.keep("proof", self.ledger("prove", self.query()[0]["event_id"]))
        self.assertEqual(self.lines("forget", "--json", "person:1"), [{"entity": "person:1", "forgotten": True}])
        self.assertEqual(self.lines("forget", "--json", "person:1"), [{"entity": "person:1", "forgotten": False}])
        events = self.query()
        self.assertEqual([event["payload"] for event in events], [None, None, "public", None])
        self.assertEqual([event.get("erased") for event in events[:3]], [True, True, None])
        self.assertEqual(list(events[0]), EVENT[:10] + ["erased"] + EVENT[10:])
        self.assertEqual((events[3]["kind"], events[3]["scope"], events[3]["entity"]), ("0:7", "crm", "person:1"))
        self.assertIn("(erased)", self.ledger("stream", "person:1"))
        self.append('"again"', entity="person:1", scope="crm")
        self.assertEqual(self.query()[-1]["payload"], "again")
        self.assertIn("sound", self.ledger("verify", "--head", head))
        self.ledger("check-proof", proof, "--head", head)

    def test_what_cannot_be_forgotten(self):
        self.append("1")
        self.ledger("forget", "account:7", status=1)
        self.assertIn("only an entity whose first event was erasable can be forgotten", self.words)
        self.append("--erasable", "2", status=1)
        self.assertEqual(self.payloads(), [1])

    def test_a_copy_without_keys(self):
        self.append("--erasable", "1")
        for file in glob.glob(os.path.join(self.data, "topics", "ledger", "keys.db*")):
            os.remove(file)
        event, = self.query()
        self.assertEqual((event["payload"], event["no_key"]), (None, True))
        self.append("2", status=1)
        self.assertIn("the entity's key is not here", self.words)
        self.assertIn("sound", self.ledger("verify"))


class Doors(LedgerTest):
    def test_nobody_else_publishes_to_a_ledger(self):
        self.append("1")
        self.append("--ledger", "events", "1")
        done = subprocess.run([STATION, "publish", "--dir", self.data, "--topic", "ledger", "x"], stderr=subprocess.PIPE,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"only the ledger appends to it", done.stderr)
        with station_server.Server(STATION, self.data) as server:
            server.open()
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://{server.address}/api/topics/ledger/events", data=b"x", timeout=PATIENCE)
            self.assertEqual(refused.exception.code, 403)
            self.assertEqual(json.load(refused.exception)["error"], "ledger_topic")
            refused.exception.close()
            done = subprocess.run([STATION, "publish", "--server", server.address, "--topic", "ledger", "x"],
                                  stderr=subprocess.PIPE, timeout=PATIENCE)  # by WebSocket
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"only the ledger appends to it", done.stderr)
            with socket.create_connection(("127.0.0.1", server.line_port), PATIENCE) as lines:
                lines.sendall(b'{"user":"u","action":"buy","amount":1}\n')
                with lines.makefile() as answers:
                    self.assertIn("ledger_topic", answers.readline())
            # It is read beside the server, but whoever wants to append is told.
            self.assertEqual(self.payloads(), [1])
            self.assertIn("sound", self.ledger("verify"))
            for command in (["append", "--entity", "a", "--scope", "b", "--kind", "1:1", "2"], ["head"],
                            ["prove", self.query()[0]["event_id"]], ["forget", "a"]):
                self.ledger(*command, status=1)
                self.assertIn("another process owns this folder", self.words)
        self.assertEqual(self.payloads(), [1])


if __name__ == "__main__":
    STATION = os.path.abspath(sys.argv.pop(1))
    unittest.main()
