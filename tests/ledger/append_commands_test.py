#!/usr/bin/env python3
"""What `station ledger append` promises: receipts, expected sequences, keys, causes; and that it alone publishes to a
ledger.

    append_commands_test.py STATION
"""
import json
import select
import socket
import subprocess
import urllib.error
import urllib.request
import uuid

from ledger_commands import EVENT, PATIENCE, ZEROS, LedgerTest, main, station
import station_server


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
        process = subprocess.Popen([station(), "ledger", "append", "--dir", self.data, "--entity", "a", "--scope", "b",
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
        self.assertIn("(expected any event, actual none)", self.words)
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
        with station_server.Server(station(), self.data) as server:
            server.open()
            with urllib.request.urlopen(f"http://{server.address}/api/topics") as answer:
                self.assertEqual([(topic["name"], topic["stream"]) for topic in json.load(answer)],
                                 [("lobby", 1), ("ledger", 2)])


class Doors(LedgerTest):
    def test_nobody_else_publishes_to_a_ledger(self):
        self.append("1")
        self.append("--ledger", "events", "1")
        done = subprocess.run([station(), "publish", "--dir", self.data, "--topic", "ledger", "x"], stderr=subprocess.PIPE,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"only the ledger appends to it", done.stderr)
        with station_server.Server(station(), self.data) as server:
            server.open()
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://{server.address}/api/topics/ledger/events", data=b"x", timeout=PATIENCE)
            self.assertEqual(refused.exception.code, 403)
            self.assertEqual(json.load(refused.exception)["error"], "ledger_topic")
            refused.exception.close()
            done = subprocess.run([station(), "publish", "--server", server.address, "--topic", "ledger", "x"],
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
    main()
