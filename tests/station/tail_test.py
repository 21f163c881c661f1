#!/usr/bin/env python3
"""Many subscribers of one topic, which share what one of them has read: of every kind, slow and fast, that come and go
while events are published. Each gets its events one after the other, none twice, none left out."""

import json
import random
import struct
import threading
import zlib

from clients import Http, Lines, publish
from harness import Failure, Settings, check, equal, main, resident_bytes, scenario, until
from web_socket import TEXT, encode, frames_of, new_key, upgrade_headers
from websocket import WebSocket

SMALL = ("--segment-bytes", "65536", "--durability", "os", "--compress")
TOPIC = "t"


def payload_of(number):
    return b"%d:" % number + b"x" * (number * 7 % 300)


class Frames(WebSocket):
    """Binary frames, one or several in a message, with ids and times or without; or texts."""

    def __init__(self, server, batch=True, **asked):
        super().__init__(server, batch=batch)
        self.asked = asked

    def subscribe(self, offset):
        return self.ask(type="subscribe", topics=[TOPIC], **{"from": {"offset": offset}}, **self.asked)["from_offset"]

    def events(self):
        opcode, payload = self.receive()
        if opcode == TEXT:
            found = json.loads(payload)
            return [(found["offset"], found["payload"].encode())]
        return [(one.offset, one.payload[24:] if self.asked.get("meta") else one.payload) for one in frames_of(payload)]


class Compressed(Http):
    """With permessage-deflate, and no context of the server's from one message to the next."""

    def __init__(self, server, bits):
        super().__init__(server)
        self.bits = bits
        extension = f"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits={bits}; client_no_context_takeover"
        response = self.ask("GET", "/ws", headers=[*upgrade_headers(new_key(), True), extension])
        equal(response.status, 101, "the upgrade")
        check(f"server_max_window_bits={bits}" in response.headers["sec-websocket-extensions"] or bits == 15, f"{response.headers}")

    def message(self):
        first, second = self.read(2)
        size = second & 127
        if size >= 126:
            size = struct.unpack("!H" if size == 126 else "!Q", self.read(2 if size == 126 else 8))[0]
        payload = self.read(size)
        check(first & 0x80, "a message in one frame")
        if first & 0x40:
            payload = zlib.decompressobj(-self.bits).decompress(payload + b"\0\0\xff\xff")
        return first & 15, payload

    def subscribe(self, offset):
        self.send(encode(TEXT, json.dumps({"type": "subscribe", "topic": TOPIC, "from": {"offset": offset}}).encode()))
        return json.loads(self.message()[1])["from_offset"]

    def events(self):
        return [(one.offset, one.payload) for one in frames_of(self.message()[1])]


class Texts(Lines):
    def subscribe(self, offset):
        return self.ask(type="subscribe", topic=TOPIC, **{"from": {"offset": offset}})["from_offset"]

    def events(self):
        found = self.reply()
        return [(found["offset"], found["payload"].encode())]


KINDS = (lambda server: Frames(server), lambda server: Frames(server, batch=False), lambda server: Frames(server, meta=True),
         lambda server: Frames(server, text=True), lambda server: Compressed(server, 15), lambda server: Compressed(server, 10), Texts)


class Reader(threading.Thread):
    """Follows to the end, and now and then leaves and comes back, or does not read for a while."""

    def __init__(self, server, kind, seed, total, all_published):
        super().__init__(daemon=True)
        self.server, self.kind, self.total, self.all_published = server, kind, total, all_published
        self.random = random.Random(seed)
        self.problem = None
        self.next = 0

    def run(self):
        try:
            while self.next < self.total:
                self.stay()
        except (Failure, OSError, ValueError, KeyError) as problem:
            self.problem = problem

    def stay(self):
        with self.kind(self.server) as client:
            equal(client.subscribe(self.next), self.next, "where it begins")
            leaves_at = self.next + self.random.randint(1, self.total)
            while self.next < min(leaves_at, self.total):
                if self.random.random() < 0.002:
                    self.all_published.wait(self.random.random())  # and reads nothing meanwhile
                for offset, payload in client.events():
                    equal(offset, self.next, "the next offset")
                    equal(payload, payload_of(offset), f"event {offset}")
                    self.next += 1


@scenario(*SMALL)
def each_of_many_gets_all(server):
    total = 6000
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    all_published = threading.Event()
    readers = [Reader(server, kind, f"{seed}:{number}", total, all_published) for number, kind in enumerate(KINDS * 3)]
    publish(server, TOPIC, payload_of(0))
    for reader in readers:
        reader.start()
    with WebSocket(server, batch=True) as publisher:
        stream = publisher.open(TOPIC)
        draw = random.Random(seed)
        number = 1
        while number < total:
            some = range(number, min(total, number + draw.choice((1, 3, 40, 400))))
            for one in some:
                publisher.publish(stream, payload_of(one))
            publisher.acks(len(some), stream)
            number = some.stop
    all_published.set()
    for reader in readers:
        reader.join(120)
        check(reader.problem is None, f"{reader.problem}")
        equal(reader.next, total, "all came")


@scenario("--max-payload", str(16 << 20), "--max-message", str(17 << 20), "--durability", "os")
def nothing_large_is_kept_for_those_who_may_come(server):
    large = bytes(16 << 20)
    with WebSocket(server, batch=True) as publisher, WebSocket(server, batch=True) as one, WebSocket(server, batch=True) as other:
        stream = publisher.open(TOPIC)
        for reader in (one, other):
            reader.ask(type="subscribe", topic=TOPIC, **{"from": "beginning"})
        for number in range(20):
            publisher.publish(stream, large)
            publisher.ack(stream)
            for reader in (one, other):
                equal((reader.frame().offset, number), (number, number), "the event")
        # A dozen such buffers are on the way of each event, whoever reads; twenty events and what was shared are not.
        # A sanitizer gives nothing back for a while.
        if not Settings.short:
            until(lambda: resident_bytes(server.pid) < 300 << 20, "what was sent is given back")


if __name__ == "__main__":
    main()
