#!/usr/bin/env python3
"""What `station ledger query|get|stream|walk|stats|verify` promise.

    read_commands_test.py STATION
"""
import glob
import os

from ledger_commands import LedgerTest, main


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
        self.append("1")
        self.assertRegex(self.ledger("verify"), r"\Aledger: 1 record, 0 hidden, 1 entity, \d+ bytes, sound\n\Z")
        self.append(stdin=b"2\n3\n")
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


if __name__ == "__main__":
    main()
