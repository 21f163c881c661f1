#!/usr/bin/env python3
"""What `station` promises of its commands on a folder: output, exit status, and that a second reader of the format,
which shares no code with it, reads the same events.

    command_test.py STATION
"""
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

STATION = ""
READER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab", "read_log.py")


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="station-command-")
        self.data = os.path.join(self.folder.name, "data")
        self.addCleanup(self.folder.cleanup)

    def station(self, *arguments, status=0, stdin=b""):
        done = subprocess.run([STATION, arguments[0], "--dir", self.data, *arguments[1:]], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return done.stdout.decode()

    def publish(self, *texts, **more):
        return [json.loads(line) for line in self.station("publish", "--topic", "t", *texts, **more).splitlines()]

    def replay(self, *arguments, **more):
        lines = self.station("replay", "--topic", "t", "--json", *arguments, **more).splitlines()
        return [json.loads(line) for line in lines]

    def segment(self, number=1):
        return os.path.join(self.data, "topics", "t", f"log-{number:08}.seg")

    def test_publish_prints_offset_id_and_time_of_each_event(self):
        first, second = self.publish("a", "b")
        self.assertEqual(list(first), ["offset", "id", "time"])
        self.assertEqual([first["offset"], second["offset"]], [0, 1])
        self.assertLess(first["id"], second["id"])
        self.assertLess(abs(time.time_ns() - first["time"]), 60e9)

    def test_standard_input_is_one_event_a_line_and_a_file_is_one_event(self):
        self.publish(stdin=b"one\ntwo\n\nthree")
        path = os.path.join(self.folder.name, "file")
        with open(path, "wb") as file:
            file.write(b"whole\nfile\n")
        self.publish("--file", path)
        self.assertEqual([event["payload"] for event in self.replay()], ["one", "two", "", "three", "whole\nfile\n"])

    def test_replay_has_the_shape_of_the_contract(self):
        receipt, = self.publish("h\u00e4llo \"x\"", "--header", "k=v=w")
        self.publish(stdin=b"\xff\xfe\n")
        first, second = self.station("replay", "--topic", "t", "--json").splitlines()
        self.assertEqual(first, '{"topic":"t","offset":0,"id":"%s","time":%d,"payload":"h\u00e4llo \\"x\\"",'
                         '"headers":{"k":"v=w"}}' % (receipt["id"], receipt["time"]))
        self.assertEqual(json.loads(second)["payload_base64"], "//4=")
        self.assertNotIn("headers", json.loads(second))
        self.assertEqual(self.station("replay", "--topic", "t", "--limit", "1"), "h\u00e4llo \"x\"\n")

    def test_replay_from_everywhere(self):
        receipts = self.publish(*[str(i) for i in range(10)])
        payloads = lambda *arguments: [event["payload"] for event in self.replay(*arguments)]
        self.assertEqual(payloads("--from", "offset:7"), ["7", "8", "9"])
        self.assertEqual(payloads("--from", "offset:7", "--exclusive"), ["8", "9"])
        self.assertEqual(payloads("--from", "event:" + receipts[8]["id"]), ["8", "9"])
        self.assertEqual(payloads("--from", "event:" + receipts[8]["id"], "--exclusive"), ["9"])
        self.assertEqual(payloads("--from", f"time:{receipts[0]['time']}", "--limit", "2"), ["0", "1"])
        self.assertEqual(payloads("--from", "now"), [])
        self.station("replay", "--topic", "t", "--from", "yesterday", status=2)

    def test_usage_is_status_2_and_failure_is_status_1(self):
        self.station("publish", status=2)
        self.station("publish", "--topic", "t", "--durability", "often", "x", status=2)
        self.station("publish", "--topic", "../t", "x", status=2)
        self.station("publish", "--topic", "t", "--header", "novalue", "x", status=2)
        self.station("replay", "--topic", "t", status=1)
        self.station("topics", status=1)
        self.assertEqual(subprocess.run([STATION], stderr=subprocess.DEVNULL).returncode, 2)
        self.assertEqual(subprocess.run([STATION, "--help"], stdout=subprocess.DEVNULL).returncode, 0)

    def test_topics_are_listed(self):
        self.station("init", "--topic", "b", "--topic", "a")
        self.publish("x")
        listed = json.loads(self.station("topics", "--json"))
        self.assertEqual([(topic["name"], topic["stream"], topic["next_offset"]) for topic in listed],
                         [("b", 2, 0), ("a", 3, 0), ("t", 4, 1)])  # 1 is the lobby's

    def test_tail_prints_what_comes_and_ends_at_an_interrupt(self):
        self.publish("before")
        tail = subprocess.Popen([STATION, "tail", "--dir", self.data, "--topic", "t", "--json"],
                                stdout=subprocess.PIPE)
        self.addCleanup(tail.stdout.close)
        self.addCleanup(tail.wait)
        self.addCleanup(tail.kill)
        # It starts at `now`, whenever that is: publish until it has said something.
        os.set_blocking(tail.stdout.fileno(), False)
        seen = b""
        for number in range(200):
            self.publish(f"live {number}")
            seen += tail.stdout.read() or b""
            if b"\n" in seen:
                break
        self.assertRegex(json.loads(seen.splitlines()[0])["payload"], "^live ")
        tail.send_signal(2)
        self.assertEqual(tail.wait(20), 0)

    def test_two_owners_are_one_too_many(self):
        publisher = subprocess.Popen([STATION, "publish", "--dir", self.data, "--topic", "t"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        publisher.stdin.write(b"mine\n")
        publisher.stdin.flush()
        publisher.stdout.readline()
        self.publish("yours", status=1)
        self.assertEqual([event["payload"] for event in self.replay()], ["mine"])
        publisher.communicate()
        self.assertEqual(publisher.returncode, 0)

    def test_the_second_reader_reads_the_same(self):
        lines = b"".join(b"%d %s\n" % (i, bytes([i % 256]).replace(b"\n", b"") * (i % 50)) for i in range(2000))
        self.publish("--segment-bytes", "65536", stdin=lines)
        self.publish("with headers", "--header", "a=1", "--header", "long=" + "x" * 300)
        ours = self.station("replay", "--topic", "t", "--json").splitlines()
        theirs = subprocess.run([sys.executable, READER, self.data, "t"], stdout=subprocess.PIPE, check=True)
        self.assertEqual([json.loads(line) for line in ours],
                         [json.loads(line) for line in theirs.stdout.decode().splitlines()])
        self.assertEqual(len(ours), 2001)

    def test_verify_finds_every_kind_of_damage_and_says_where(self):
        self.publish("--segment-bytes", "65536", stdin=b"".join(b"%0100d\n" % i for i in range(1000)))
        self.assertIn("sound", self.station("verify"))
        for name, at in ((self.segment(1), 5000), (self.segment(2), 40), (self.segment(1)[:-3] + "idx", 100)):
            with open(name, "r+b") as file:
                file.seek(at)
                byte = file.read(1)
                file.seek(at)
                file.write(bytes([byte[0] ^ 1]))
                file.flush()
                report = self.station("verify", status=1)
                self.assertIn(name, report)
                damage = json.loads(self.station("verify", "--json", status=1))["damage"]
                self.assertEqual(len(damage), 1)
                self.assertLessEqual(damage[0]["byte"], at)
                file.seek(at)
                file.write(byte)
        self.assertIn("sound", self.station("verify"))
        os.remove(self.segment(1))
        self.station("verify", status=1)

    def test_a_torn_tail_is_no_damage_and_is_kept_when_it_is_cut(self):
        self.publish("a", "b")
        os.remove(self.segment()[:-3] + "idx")
        with open(self.segment(), "r+b") as file:
            data = file.read().rstrip(b"\0")
            file.truncate(len(data) - 3)
        self.assertIn("torn tail", self.station("verify"))
        self.assertEqual(self.publish("c")[0]["offset"], 1)
        torn = [name for name in os.listdir(os.path.dirname(self.segment())) if ".torn-" in name]
        self.assertEqual(len(torn), 1)
        self.assertEqual([event["payload"] for event in self.replay()], ["a", "c"])

    def test_dump_says_what_lies_at_which_byte(self):
        self.publish("hello")
        lines = self.station("dump").splitlines()
        self.assertTrue(lines[1].startswith("  0: segment header: base offset 0"))
        self.assertTrue(lines[2].startswith("  32: record, 67 bytes: offset 0, id "))


if __name__ == "__main__":
    STATION = sys.argv.pop(1)
    unittest.main()
