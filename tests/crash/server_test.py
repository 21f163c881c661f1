#!/usr/bin/env python3
"""Kills `station serve` with SIGKILL again and again while JSON lines, a WebSocket and HTTP publish to it at once, and
looks after each kill: every event that was acknowledged is there, at the offset that was named, once and in order. What
was not acknowledged is sent again, and only that may be there twice.

    server_test.py STATION [--cycles 30] [--durability always] [--seed N]
"""
import argparse
import base64
import collections
import http.client
import json
import os
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 60
FRAME = struct.Struct("<BQQI")
PUBLISH, ACK = 1, 4


class Wrong(Exception):
    """The station broke its promise."""


class Producer:
    """Publishes numbered events over one door, in bursts, until the connection breaks. What is not acknowledged is the
    beginning of what the next run sends."""

    def __init__(self, name, topic, seed, largest_burst):
        self.name = name
        self.topic = topic
        self.rng = random.Random(seed)
        self.largest_burst = largest_burst
        self.made = 0
        self.again = []         # payloads that were sent and not acknowledged
        self.sent = []          # payloads of this run, in order
        self.acknowledged = []  # offsets of the first of them
        self.refused = None     # what the station said where it should have acknowledged

    def start(self, addresses):
        self.again = self.sent[len(self.acknowledged):]
        self.sent, self.acknowledged = [], []
        self.waiting = collections.deque(self.again)
        self.thread = threading.Thread(target=self.run, args=(addresses,))
        self.thread.start()

    def run(self, addresses):
        try:
            self.talk(addresses)
        except (OSError, EOFError, http.client.HTTPException):
            pass  # killed
        except Exception as error:  # an answer that is none
            self.refused = error

    def burst(self):
        """What is to be sent now; it counts as sent from here on, whether it gets out or not."""
        payloads = []
        for _ in range(self.rng.randint(1, self.largest_burst)):
            if self.waiting:
                payloads.append(self.waiting.popleft())
            else:
                payloads.append(self.payload())
                self.made += 1
        self.sent += payloads
        return payloads

    def payload(self):
        return f"{self.name} {self.made} " + "x" * self.rng.choice([0, 1, 50, 400, 3000])


def read_exactly(file, count):
    data = file.read(count)
    if len(data) < count:
        raise EOFError
    return data


class Lines(Producer):
    def payload(self):
        return json.dumps({"user": self.name, "action": "buy", "amount": self.made + 1})

    def talk(self, addresses):
        with socket.create_connection(addresses["lines"], PATIENCE) as connection, connection.makefile("rb") as replies:
            while True:
                payloads = self.burst()
                connection.sendall("".join(payload + "\n" for payload in payloads).encode())
                for _ in payloads:
                    line = replies.readline()
                    if not line.endswith(b"\n"):
                        raise EOFError
                    reply = json.loads(line)
                    if reply.get("status") != "accepted":
                        self.refused = reply
                        return
                    self.acknowledged.append(reply["offset"])


class Http(Producer):
    def talk(self, addresses):
        connection = http.client.HTTPConnection(*addresses["web"], timeout=PATIENCE)
        try:
            while True:
                payload, = self.burst()
                connection.request("POST", f"/api/topics/{self.topic}/events", payload)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 201:
                    self.refused = body
                    return
                self.acknowledged.append(json.loads(body)["offset"])
        finally:
            connection.close()


class WebSocket(Producer):
    def talk(self, addresses):
        with socket.create_connection(addresses["web"], PATIENCE) as connection, connection.makefile("rb") as file:
            key = base64.b64encode(self.rng.randbytes(16)).decode()
            connection.sendall((f"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                                f"Sec-WebSocket-Protocol: station.batch.v1\r\n\r\n").encode())
            while (line := file.readline()) != b"\r\n":
                if not line:
                    raise EOFError
            connection.sendall(self.masked(1, json.dumps({"type": "open", "topic": self.topic}).encode()))
            stream = json.loads(self.read_message(file))["stream"]
            while True:
                payloads = [payload.encode() for payload in self.burst()]
                connection.sendall(self.masked(2, b"".join(
                    FRAME.pack(PUBLISH, stream, 0, len(payload)) + payload for payload in payloads)))
                due = len(payloads)
                while due > 0:
                    frames = self.read_message(file)
                    while frames:
                        kind, of, offset, length = FRAME.unpack(frames[:FRAME.size])
                        if (kind, of, length) != (ACK, stream, 0):
                            self.refused = frames
                            return
                        frames = frames[FRAME.size:]
                        self.acknowledged.append(offset)
                        due -= 1

    def masked(self, opcode, body):
        """With a mask of zeros, which leaves the body as it is."""
        size = len(body)
        length = bytes([128 | size]) if size < 126 else (
            b"\xfe" + struct.pack(">H", size) if size < 65536 else b"\xff" + struct.pack(">Q", size))
        return bytes([128 | opcode]) + length + bytes(4) + body

    def read_message(self, file):
        while True:
            opcode, length = read_exactly(file, 2)
            if length >= 126:
                length = int.from_bytes(read_exactly(file, 2 if length == 126 else 8), "big")
            body = read_exactly(file, length)
            if opcode & 15 == 8:
                raise EOFError
            if opcode & 15 in (1, 2):
                return body


class Server:
    def __init__(self, options, data):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [options.station, "serve", "--data", data, "--port", "0", "--line-port", "0", "--segment-bytes", "65536",
             "--durability", options.durability, "--log-level", "error"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors)

    def addresses(self):
        lines = [self.process.stdout.readline().decode() for _ in range(2)]
        found = [re.fullmatch(r"station (?:listening|lines) on (127\.0\.0\.1):(\d+)\n", line) for line in lines]
        if not all(found):
            self.errors.seek(0)
            raise Wrong(f"the station began with {lines}: {self.errors.read().decode()}")
        return {door: (match[1], int(match[2])) for door, match in zip(["web", "lines"], found)}

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()


class Topic:
    """What a topic was seen to hold."""

    def __init__(self, name):
        self.name = name
        self.payloads = []

    def look(self, station, server, producers):
        before = len(self.payloads)
        address = "%s:%d" % server["web"]
        replay = subprocess.run(
            [station, "replay", "--server", address, "--topic", self.name, "--from", f"offset:{max(0, before - 100)}",
             "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        if replay.returncode != 0:
            if before == 0 and not any(producer.acknowledged for producer in producers):
                return  # not even the topic was made
            raise Wrong(f"{self.name} can't be replayed: {replay.stderr.decode()}")
        self.compare_with_before([json.loads(line) for line in replay.stdout.splitlines()], before)
        fresh = self.payloads[before:]
        for producer in producers:
            self.compare_with_sent(producer, [payload for payload in fresh if owner(payload) == producer.name], before)
        known = {producer.name for producer in producers}
        if strangers := [payload for payload in fresh if owner(payload) not in known]:
            raise Wrong(f"nobody sent {strangers[0]!r}")

    def compare_with_before(self, events, before):
        first = max(0, before - 100)
        if len(events) < before - first:
            raise Wrong(f"{self.name} had {before} events and has {first + len(events)}")
        for offset, event in enumerate(events, first):
            if event["offset"] != offset:
                raise Wrong(f"{self.name}: offset {event['offset']} where {offset} was expected")
            if offset < before and event["payload"] != self.payloads[offset]:
                raise Wrong(f"{self.name}: offset {offset} was {self.payloads[offset]!r} and is {event['payload']!r}")
            if offset >= before:
                self.payloads.append(event["payload"])

    def compare_with_sent(self, producer, found, before):
        """What got in of one run is the beginning of what was sent in it: no hole, no double, no other order."""
        if producer.refused is not None:
            raise Wrong(f"{producer.name} was refused: {producer.refused!r}")
        if found != producer.sent[:len(found)]:
            place = next(i for i, payload in enumerate(found) if producer.sent[i:i + 1] != [payload])
            raise Wrong(f"{producer.name}: event {place} of this run is {found[place]!r}, sent was "
                        f"{producer.sent[place:place + 1]}")
        if len(found) < len(producer.acknowledged):
            raise Wrong(f"{producer.name}: {len(producer.acknowledged)} were acknowledged, {len(found)} are there")
        for place, offset in enumerate(producer.acknowledged):
            if not before <= offset < len(self.payloads) or self.payloads[offset] != producer.sent[place]:
                raise Wrong(f"{producer.name}: {producer.sent[place]!r} was acknowledged at {offset} and is not there")


def owner(payload):
    return json.loads(payload)["user"] if payload.startswith("{") else payload.split(" ")[0]


def publish_until_killed(options, rng, data, producers):
    server = Server(options, data)
    try:
        if rng.random() < 0.1:  # in the middle of its start
            time.sleep(rng.uniform(0, 0.03))
            return False
        addresses = server.addresses()
        for producer in producers:
            producer.start(addresses)
        # After so many acknowledgements, so that a slow machine does the same test, and at any moment between two.
        wanted = rng.choice([0, 1, 10, 100, 500, 1500])
        until = time.monotonic() + PATIENCE
        while sum(len(producer.acknowledged) for producer in producers) < wanted:
            if time.monotonic() > until or any(producer.refused is not None for producer in producers):
                break
            time.sleep(0.0005)
        time.sleep(rng.uniform(0, 0.002))
        return True
    finally:
        server.kill()
        for producer in producers:
            if hasattr(producer, "thread"):
                producer.thread.join()


def run(options, data):
    rng = random.Random(options.seed)
    producers = [Lines("lines", "events", rng.random(), 40), WebSocket("websocket", "shared", rng.random(), 60),
                 WebSocket("other", "shared", rng.random(), 1), Http("http", "shared", rng.random(), 1)]
    topics = [Topic("events"), Topic("shared")]
    total = again = 0
    for _ in range(options.cycles):
        ran = publish_until_killed(options, rng, data, producers)
        server = Server(options, data)
        try:
            addresses = server.addresses()
            if ran:
                for topic in topics:
                    topic.look(options.station, addresses, [one for one in producers if one.topic == topic.name])
                total += sum(len(producer.acknowledged) for producer in producers)
                again += sum(len(producer.again) for producer in producers)
        finally:
            server.kill()
    subprocess.run([options.station, "verify", "--dir", data], check=True, stdout=subprocess.DEVNULL)
    print(f"{options.cycles} kills, {total} acknowledged, {sum(len(topic.payloads) for topic in topics)} found, "
          f"{again} sent again, none lost")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("station")
    parser.add_argument("--cycles", type=int, default=30)
    parser.add_argument("--durability", default="always")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    print(f"--seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="station-server-kill-") as data:
        try:
            run(options, data)
        except Wrong as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
