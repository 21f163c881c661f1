#!/usr/bin/env python3
"""A crowd of clients that do what clients must not: one process, one epoll, a character for each connection.

    chaos_clients.py COUNT SEED WEB_PORT LINE_PORT

Prints "ready" when all are there; whoever's time is over is followed by another. Goes on until its standard input ends,
and prints how many of each character there were, as JSON.
"""
import collections
import heapq
import json
import os
import random
import select
import socket
import struct
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

from web_socket import BINARY, PLAIN, PUBLISH, TEXT, encode, frame, new_key, upgrade_request  # noqa: E402

EVENT = b'{"user":"chaos","action":"buy","amount":1}\n'
UPGRADE = upgrade_request(new_key(), batch=True)
READ = b"GET /api/topics/events/events?from=beginning&follow=true HTTP/1.1\r\nHost: x\r\n\r\n"
SUBSCRIBE = b'{"type":"subscribe","topic":"events","from":"beginning"}'
MOST_ACTIONS = 50  # between two looks at standard input


def publishes(stream, count, size):
    return encode(BINARY, frame(PUBLISH, stream, 0, bytes(size)) * count, mask=PLAIN)


class Client:
    """`sends` are written one after the other, `pause` seconds apart; what comes is read or left; then `ends`."""

    def __init__(self, address, sends, pause=0.0, reads=True, ends="close", lasts=5.0, small=False):
        self.sends, self.pause, self.reads, self.ends = collections.deque(sends), pause, reads, ends
        self.until = time.monotonic() + lasts
        self.socket = socket.socket()
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(address)
        self.socket.setblocking(False)

    def act(self, now):
        """When it is to be called again; None: it is over."""
        if now >= self.until:
            return None
        while self.sends:
            try:
                sent = self.socket.send(self.sends[0])
            except BlockingIOError:
                return now + 0.2
            if sent < len(self.sends[0]):
                self.sends[0] = self.sends[0][sent:]
                return now + 0.05
            self.sends.popleft()
            if self.pause:
                return now + self.pause
        if self.ends == "half-close":
            self.ends = "close"
            self.socket.shutdown(socket.SHUT_WR)
        return self.until

    def close(self):
        if self.ends == "reset":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Crowd:
    def __init__(self, count, seed, web, lines):
        self.count, self.rng, self.web, self.lines = count, random.Random(seed), web, lines
        self.poll = select.epoll()
        self.clients = {}
        self.due = []
        self.seen = collections.Counter()

    def characters(self):
        draw, web, lines = self.rng, self.web, self.lines
        cut = draw.randint(1, len(UPGRADE) - 1)
        noise = draw.randbytes(draw.randint(1, 3000))
        return {
            "idle": lambda: Client(draw.choice([web, lines]), [], lasts=60),
            "idle-web-socket": lambda: Client(web, [UPGRADE], lasts=60),
            "good": lambda: Client(lines, [EVENT] * 20, pause=0.2),
            "resets": lambda: Client(lines, [EVENT * draw.randint(1, 50)], ends="reset", lasts=draw.random()),
            "half-upgrade": lambda: Client(web, [UPGRADE[:cut]], ends=draw.choice(["reset", "half-close"])),
            "half-closes": lambda: Client(lines, [EVENT * draw.randint(1, 50)], ends="half-close"),
            "dribbles": lambda: Client(draw.choice([web, lines]), [b"x"] * 100, pause=0.5, lasts=20),
            "garbage": lambda: Client(draw.choice([web, lines]), [noise]),
            "garbage-behind-upgrade": lambda: Client(web, [UPGRADE, noise]),
            "too-long": lambda: Client(draw.choice([web, lines]), [b"y" * 70_000] * 3),
            "huge-message": lambda: Client(web, [UPGRADE, b"\x82\xff" + struct.pack(">Q", 1 << 40) + bytes(4)]),
            "floods-lines": lambda: Client(lines, [EVENT * 1000] * 5, reads=False, lasts=3),
            "floods-frames": lambda: Client(web, [UPGRADE, publishes(1, 200, 1024)] * 1 + [publishes(1, 200, 1024)] * 3,
                                            reads=False, lasts=3),
            "stalls-lines": lambda: Client(lines, [SUBSCRIBE + b"\n"], reads=False, small=True, lasts=30),
            "stalls-http": lambda: Client(web, [READ], reads=False, small=True, lasts=30),
            "stalls-web-socket": lambda: Client(web, [UPGRADE, encode(TEXT, SUBSCRIBE, mask=PLAIN)], reads=False, small=True, lasts=30),
            "asks-much": lambda: Client(web, [b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 20], reads=False, lasts=5),
        }

    def add(self):
        characters = self.characters()
        # Most of a crowd is idle; else a few floods would be all that there is.
        name = self.rng.choice(["idle", "idle-web-socket"]) if self.rng.random() < 0.7 else self.rng.choice([*characters])
        try:
            client = characters[name]()
        except OSError:
            heapq.heappush(self.due, (time.monotonic() + 0.2, self.rng.random(), None))
            return
        self.seen[name] += 1
        self.clients[client.socket.fileno()] = client
        self.poll.register(client.socket, select.EPOLLIN if client.reads else 0)
        heapq.heappush(self.due, (time.monotonic(), self.rng.random(), client))

    def replace(self, client):
        descriptor = client.socket.fileno()
        if descriptor < 0:
            return
        self.poll.unregister(descriptor)
        del self.clients[descriptor]
        client.close()
        self.add()

    def turn(self):
        now = time.monotonic()
        for _ in range(MOST_ACTIONS):
            if not self.due or self.due[0][0] > now:
                break
            _, _, client = heapq.heappop(self.due)
            if client is None:
                self.add()
                continue
            if client.socket.fileno() < 0:
                continue
            try:
                again = client.act(now)
            except OSError:
                again = None
            if again is None:
                self.replace(client)
            else:
                heapq.heappush(self.due, (again, self.rng.random(), client))
        for descriptor, _ in self.poll.poll(0.01, MOST_ACTIONS):
            client = self.clients.get(descriptor)
            if client is None:
                continue
            try:
                gone = not client.socket.recv(65536)
            except BlockingIOError:
                gone = False
            except OSError:
                gone = True
            if gone:
                self.replace(client)


def main():
    os.nice(19)  # it is the station that is judged, not who gets a processor
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    crowd = Crowd(count, seed, ("127.0.0.1", int(sys.argv[3])), ("127.0.0.1", int(sys.argv[4])))
    for number in range(count):
        crowd.add()
        if number % 20 == 0:
            crowd.turn()
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        crowd.turn()
    print(json.dumps(crowd.seen), flush=True)


if __name__ == "__main__":
    main()
