#!/usr/bin/env python3
"""What `station publish|tail|replay|topics` promise of a running server: the same output as straight on its folder,
byte for byte; one clear line where something is wrong.

    station_client.py --bin build/bin
"""
import argparse
import base64
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

import station_server  # noqa: E402
from station_server import PATIENCE  # noqa: E402

STATION = ""
SHORT = False  # a sanitizer makes everything slower, and large volumes show nothing new
ID = r'"id":"[0-9a-f-]{36}","time":\d+'


class Server(station_server.Server):
    def __init__(self, data, *options):
        super().__init__(STATION, data, *options)
        self.open()


class FakeServer:
    """Accepts one connection, reads once, answers these bytes, and closes."""

    def __init__(self, *answers):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, args=(answers,))
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.thread.join()
        self.listener.close()

    def serve(self, answers):
        connection, _ = self.listener.accept()
        with connection:
            for answer in answers:
                connection.recv(65536)
                connection.sendall(answer)


class Client(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="station-client-")
        self.data = os.path.join(self.folder.name, "data")
        self.addCleanup(self.folder.cleanup)

    def run_station(self, *arguments, stdin=b"", status=0):
        done = subprocess.run([STATION, *arguments], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return done

    def on_server(self, server, command, *arguments, **more):
        return self.run_station(command, "--server", server.address, *arguments, **more)

    def on_folder(self, command, *arguments, **more):
        return self.run_station(command, "--dir", self.data, *arguments, **more)

    def publish_samples(self, server):
        self.on_server(server, "publish", "--topic", "t", "one", "h\u00e4llo \"\\ \u2028", "", "--header", "k=v=w",
                       "--header", "\u00fc=\n\"")
        self.on_server(server, "publish", "--topic", "t", stdin=b"line\n\n\xff\xfe\x00\n\x01\x02\x7f\nlast")
        self.on_server(server, "publish", "--topic", "lobby", "other")

    def test_the_largest_event_with_the_largest_headers_fits(self):
        payload, header = b"\x00\xff" * (1 << 19), "k=" + "v" * ((64 << 10) - 16)
        with Server(self.data) as server:
            self.on_server(server, "publish", "--topic", "t", "--header", header, stdin=payload)
            event, = self.on_server(server, "replay", "--topic", "t", "--json").stdout.splitlines()
            self.assertEqual(base64.b64decode(json.loads(event)["payload_base64"]), payload)
            self.assertEqual(len(json.loads(event)["headers"]["k"]), (64 << 10) - 16)

    def replays(self, event, time):
        """Every way to ask."""
        starts = ["beginning", "now", "offset:0", "offset:3", "offset:7", "offset:99", f"time:{time}", "ago:1h",
                  f"event:{event}"]
        for start in starts:
            for exclusive in [[], ["--exclusive"]]:
                for limit in [[], ["--limit", "2"]]:
                    for as_json in [[], ["--json"]]:
                        yield ["--topic", "t", "--from", start, *exclusive, *limit, *as_json]

    def test_replay_and_topics_are_the_same_as_on_the_folder(self):
        with Server(self.data) as server:
            self.publish_samples(server)
            events = [json.loads(line) for line in
                      self.on_server(server, "replay", "--topic", "t", "--json").stdout.splitlines()]
            self.assertEqual(len(events), 8)
            self.assertEqual(events[1]["headers"], {"k": "v=w", "\u00fc": "\n\""})
            asked = list(self.replays(events[3]["id"], events[4]["time"]))[::7 if SHORT else 1]
            seen = [self.on_server(server, "replay", *arguments).stdout for arguments in asked]
            server.stop()
        # Once it has gone: what the server wrote, read by nobody but the folder's commands.
        for arguments, output in zip(asked, seen):
            self.assertEqual(output, self.on_folder("replay", *arguments).stdout, arguments)
        self.assertIn(b"line\n\n\xff\xfe\x00\n\x01\x02\x7f\nlast\n", seen[0])

    def test_an_event_that_the_topic_does_not_hold_is_said(self):
        stranger = "event:ffffffff-ffff-7fff-bfff-ffffffffffff"
        said = rb"^station: topic t does not hold the event that --from names: it starts behind it, at offset 8\n$"
        with Server(self.data) as server:
            self.publish_samples(server)
            mine = json.loads(self.on_server(server, "replay", "--topic", "t", "--json").stdout.splitlines()[3])["id"]
            self.assertRegex(self.on_server(server, "replay", "--topic", "t", "--from", stranger).stderr, said)
            self.assertEqual(self.on_server(server, "replay", "--topic", "t", "--from", f"event:{mine}").stderr, b"")
            server.stop()
        self.assertRegex(self.on_folder("replay", "--topic", "t", "--from", stranger).stderr, said)
        self.assertEqual(self.on_folder("replay", "--topic", "t", "--from", f"event:{mine}").stderr, b"")

    def test_a_time_of_another_unit_is_a_usage_error(self):
        done = self.run_station("replay", "--dir", str(self.data), "--topic", "t", "--from", "time:1679909168", status=2)
        self.assertEqual(done.stderr, b"station: --from: 1679909168: looks like seconds: nanoseconds are meant\n")

    def test_topics_are_the_same_as_on_the_folder(self):
        with Server(self.data) as server:
            self.publish_samples(server)
            server.stop()
        with Server(self.data) as server:  # both have recovered the same files now, and nothing was written since
            table = self.on_server(server, "topics").stdout
            listed = json.loads(self.on_server(server, "topics", "--json").stdout)
            server.stop()
        self.assertEqual(table, self.on_folder("topics").stdout)
        folder = json.loads(self.on_folder("topics", "--json").stdout)
        self.assertEqual([topic["name"] for topic in listed], ["lobby", "t"])
        for topic, same in zip(listed, folder, strict=True):
            self.assertEqual(list(topic), list(same))
            self.assertEqual(list(topic["recovery"]), list(same["recovery"]))
            topic.pop("recovery"), same.pop("recovery")  # which say how long either took
            self.assertEqual(topic, same)

    def test_publish_prints_what_it_prints_on_a_folder(self):
        arguments = ["publish", "--topic", "t", "a", "b"]
        with Server(self.data) as server:
            lines = self.on_server(server, *arguments).stdout.decode()
        other = self.run_station("publish", "--dir", self.data + "2", "--topic", "t", "a", "b").stdout.decode()
        for text in [lines, other]:
            self.assertRegex(text, "^" + "".join(f'{{"offset":{n},{ID}}}\n' for n in range(2)) + "$")

    def test_many_lines_arrive_in_order_and_share_their_syncs(self):
        count = 5_000 if SHORT else 100_000
        text = "".join(f"{number}\n" for number in range(count)).encode()
        with Server(self.data) as server:
            receipts = self.on_server(server, "publish", "--topic", "t", stdin=text).stdout.splitlines()
            self.assertEqual([json.loads(line)["offset"] for line in receipts], list(range(count)))
            self.assertEqual(self.on_server(server, "replay", "--topic", "t").stdout, text)
            metrics = self.http(server, "/metrics")
        syncs = sum(int(float(value)) for value in re.findall(r"^station_syncs_total\S* (\S+)$", metrics, re.M))
        self.assertGreater(syncs, 0)
        self.assertLess(syncs, count / 20)

    def http(self, server, path):
        host, port = server.address.split(":")
        with socket.create_connection((host, int(port)), PATIENCE) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def test_events_up_to_the_largest_arrive_whole_and_keep_their_place(self):
        sizes = [0, 1, 125, 65535, 65536, 300_000, 1 << 20]
        path = os.path.join(self.folder.name, "file")
        with Server(self.data) as server:
            for size in sizes:
                for pattern in [b"\x00", b"x", bytes(range(256))]:
                    with open(path, "wb") as file:
                        file.write((pattern * (size // len(pattern) + 1))[:size])
                    self.on_server(server, "publish", "--topic", "t", "--file", path, "--header", f"size={size}"
                                   ) if size < 300_000 else self.on_server(server, "publish", "--topic", "t",
                                                                           "--file", path)
            # Large ones go another way than small ones, and must not overtake them.
            with open(path, "wb") as file:
                file.write(b"a\n" + b"b" * 400_000 + b"\nc\n")
            with open(path, "rb") as file:  # of a file all is there at once
                subprocess.run([STATION, "publish", "--server", server.address, "--topic", "order"], stdin=file,
                               stdout=subprocess.DEVNULL, timeout=PATIENCE, check=True)
            order = self.on_server(server, "replay", "--topic", "order").stdout
            server.stop()
        self.assertEqual(order, b"a\n" + b"b" * 400_000 + b"\nc\n")
        lines = self.on_folder("replay", "--topic", "t", "--json").stdout.splitlines()
        self.assertEqual(len(lines), 3 * len(sizes))
        for number, line in enumerate(lines):
            payload = json.loads(line).get("payload")
            if payload is not None:
                self.assertEqual(len(payload), sizes[number // 3])

    def test_a_line_is_published_before_the_next_one_is_there(self):
        with Server(self.data) as server:
            publisher = subprocess.Popen([STATION, "publish", "--server", server.address, "--topic", "t"],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            for number in range(3):
                publisher.stdin.write(b"line\n")
                publisher.stdin.flush()
                self.assertEqual(json.loads(self.read_line(publisher))["offset"], number)
            publisher.stdin.close()
            self.assertEqual(publisher.wait(PATIENCE), 0)
            publisher.stdout.close()

    def read_line(self, process):
        readable, _, _ = select.select([process.stdout], [], [], PATIENCE)
        self.assertTrue(readable, "nothing came")
        return process.stdout.readline()

    def tail(self, server, *arguments):
        return subprocess.Popen([STATION, "tail", "--server", server.address, "--topic", "t", *arguments],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)

    def test_tail_goes_on_live_and_ends_with_0_when_interrupted(self):
        with Server(self.data) as server:
            self.on_server(server, "publish", "--topic", "t", "before")
            tail = self.tail(server, "--from", "beginning")
            self.assertEqual(self.read_line(tail), b"before\n")
            for word in ["one", "two"]:
                self.on_server(server, "publish", "--topic", "t", word)
                self.assertEqual(self.read_line(tail), word.encode() + b"\n")
            tail.send_signal(signal.SIGINT)
            output, errors = tail.communicate(timeout=PATIENCE)
            self.assertEqual((tail.returncode, output, errors), (0, b"", b""))

    def test_tail_with_a_limit_ends_by_itself(self):
        with Server(self.data) as server:
            self.on_server(server, "publish", "--topic", "t", "a")
            tail = self.tail(server, "--from", "beginning", "--limit", "2")
            self.assertEqual(self.read_line(tail), b"a\n")
            self.on_server(server, "publish", "--topic", "t", "b", "c")
            output, errors = tail.communicate(timeout=PATIENCE)
            self.assertEqual((tail.returncode, output, errors), (0, b"b\n", b""))

    def test_a_server_that_goes_away_ends_tail_with_1(self):
        for number in [signal.SIGTERM, signal.SIGKILL]:
            with Server(self.data) as server:
                self.on_server(server, "publish", "--topic", "t", "a")
                tail = self.tail(server, "--from", "beginning", "--limit", "1000", "--once")
                self.read_line(tail)
                server.process.send_signal(number)
                _, errors = tail.communicate(timeout=PATIENCE)
                self.assertEqual(tail.returncode, 1)
                self.assertIn(b"the server has ended the stream after ", errors)

    def test_a_server_that_goes_away_leaves_word_of_how_many_were_acknowledged(self):
        with Server(self.data) as server:
            publisher = subprocess.Popen([STATION, "publish", "--server", server.address, "--topic", "t"],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         bufsize=0)
            publisher.stdin.write(b"a\nb\nc\n")
            publisher.stdin.flush()
            for _ in range(3):
                self.read_line(publisher)
            server.process.kill()
            self.assertEqual(publisher.wait(PATIENCE), 1)  # with its standard input still open
            output, errors = publisher.communicate(timeout=PATIENCE)
            self.assertEqual(output, b"")
            self.assertIn(b"of 3 events sent, 3 were acknowledged", errors)

    def test_what_is_rejected_is_said_with_its_reason(self):
        with Server(self.data, "--max-payload", "10") as server:
            done = self.on_server(server, "publish", "--topic", "t", "short", "much too long", status=1)
            self.assertEqual(len(done.stdout.splitlines()), 1)
            self.assertRegex(done.stderr, rb"^station: payload_too_large: .*; of 2 events sent, 1 was acknowledged\n$")

    def test_told_to_keep_going_it_publishes_what_is_not_refused(self):
        text = b"a\nmuch too long\nb\nmuch too long\nc\n"
        with Server(self.data, "--max-payload", "10") as server:
            done = self.on_server(server, "publish", "--topic", "t", "--keep-going", stdin=text, status=1)
            self.assertEqual(len(done.stdout.splitlines()), 3)
            refused = b"".join(b"station: refused line %d: payload_too_large: .*\n" % line for line in (2, 4))
            self.assertRegex(done.stderr, b"^" + refused + b"station: 2 lines were refused; all others are stored\n$")
            self.assertEqual(self.on_server(server, "replay", "--topic", "t").stdout, b"a\nb\nc\n")

    def test_errors_are_one_clear_line(self):
        with Server(self.data) as server:
            for command in [["replay"], ["tail", "--once"]]:
                done = self.on_server(server, *command, "--topic", "nowhere", status=1)
                self.assertEqual(done.stderr, b"station: nowhere: there is no such topic\n")
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % deaf.getsockname()[1]
            for arguments in [["publish", "--topic", "t", "a"], ["replay", "--topic", "t"], ["tail", "--topic", "t"],
                              ["topics"]]:
                done = self.run_station(arguments[0], "--server", address, *arguments[1:], status=1)
                self.assertEqual(done.stderr.decode(), f"station: cannot connect to {address}: Connection refused\n")
        for arguments in [["publish", "--topic", "t", "a"], ["replay", "--topic", "t"], ["topics"]]:
            with FakeServer(b"{\"status\":\"error\"}\n") as fake:
                done = self.on_server(fake, *arguments, status=1)
                self.assertEqual(done.stderr.decode(), f"station: {fake.address} does not speak HTTP\n")

    def test_a_reply_that_is_cut_is_an_error_and_what_came_is_printed(self):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        event = b'{"topic":"t","offset":0,"id":"x","time":1,"payload":"a"}\n'
        with FakeServer(head + b"%x\r\n%s\r\n" % (len(event), event)) as fake:
            done = self.on_server(fake, "replay", "--topic", "t", status=1)
        self.assertEqual(done.stdout, b"a\n")
        self.assertIn(b"ended the stream after 1 events", done.stderr)

    def test_damage_is_told_on_standard_error_and_what_follows_is_printed(self):
        lines = (b'{"topic":"t","offset":0,"id":"x","time":1,"payload":"a"}\n'
                 b'{"type":"error","reason":"damaged","detail":"events are lost: bad checksum","topic":"t",'
                 b'"first_offset":1,"next_offset":3}\n'
                 b'{"topic":"t","offset":3,"id":"x","time":1,"payload":"b"}\n')
        with FakeServer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(lines), lines)) as fake:
            done = self.on_server(fake, "replay", "--topic", "t", status=1)
        self.assertEqual(done.stdout, b"a\nb\n")
        self.assertEqual(done.stderr, b"station: t: events are lost: bad checksum (events 1 up to 3)\n")

    def test_wrong_options_are_usage_errors(self):
        for arguments in [["publish", "--server", "127.0.0.1:9", "--dir", "x", "--topic", "t", "a"],
                          ["publish", "--server", "127.0.0.1:9", "--durability", "os", "--topic", "t", "a"],
                          ["replay", "--server", "127.0.0.1", "--topic", "t"],
                          ["replay", "--server", "127.0.0.1:0", "--topic", "t"],
                          ["replay", "--server", "no name:9000", "--topic", "t"],
                          ["replay", "--server", "127.0.0.1:9", "--topic", "t", "--from", "yesterday"],
                          ["publish", "--server", "127.0.0.1:9", "--topic", "/", "a"],
                          ["publish", "--server", "127.0.0.1:9", "--topic", "t", "--header", "=v", "a"],
                          ["publish", "--dir", "x", "--topic", "t", "--retry", "a"],
                          ["tail", "--dir", "x", "--topic", "t", "--once"],
                          ["verify", "--server", "127.0.0.1:9"]]:
            done = self.run_station(*arguments, status=2)
            self.assertEqual(len(done.stderr.splitlines()), 1, arguments)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("--short", action="store_true")
    options, rest = parser.parse_known_args()
    STATION = os.path.join(options.bin, "station")
    SHORT = options.short
    unittest.main(argv=sys.argv[:1] + rest)
