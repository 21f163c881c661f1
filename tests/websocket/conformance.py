#!/usr/bin/env python3
"""Walks RFC 6455 against a server that sends every message back. Raw bytes over plain sockets, no library.

    conformance.py --url 127.0.0.1:9000/echo            a server that runs
    conformance.py [options] -- PROGRAM ARGUMENT…       starts one, which says "… listening on HOST:PORT" first;
                                                        {folder} in an argument is an empty folder

Prints what fails, and a line for each section. Exit status: 0 all passed, 1 not, 2 no server.
"""
import argparse
import collections
import concurrent.futures
import re
import signal
import socket
import subprocess
import sys
import tempfile

import deflate
from cases import CASES, letters
from deflate import Deflate
from handshake import handshakes
from rfc6455 import BINARY, CONTINUATION, Broken, Client, accept_of, close, frame, ping, text, upgrade

HERE = ("pong", b"are you there?")
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


class Suite:
    def __init__(self, address, path, patience, max_message, compress=False):
        self.address = address
        self.path = path.encode()
        self.host = f"{address[0]}:{address[1]}".encode()
        self.patience = patience
        self.max_message = max_message
        self.compress = compress

    def connect(self, first=b"", offer=None):
        """A client whose handshake is done; `first` is sent in the same write as the handshake."""
        client = Client(self.address, self.patience)
        extensions = {"Sec-WebSocket-Extensions": offer and offer.encode()}
        client.send(upgrade(self.path, self.host, KEY, headers=extensions) + first)
        status, headers = client.response()
        if status != 101 or headers.get("sec-websocket-accept", "").encode() != accept_of(KEY):
            raise Broken(f"no upgrade: {status} {headers}")
        if offer:
            client.deflate = Deflate(offer, headers.get("sec-websocket-extensions", ""))
        return client

    def expect(self, client, wanted):
        for event in wanted:
            seen = client.event()
            if seen != event:
                raise Broken(f"{brief(seen)} in place of {brief(event)}")

    def finish(self, client):
        client.send(close(1000))
        try:
            client.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        client.at_end()

    def run(self, case, writes):
        with self.connect() as client:
            self.converse(client, writes, case.expect)

    def run_packed(self, case):
        with self.connect(offer=case.offer) as client:
            self.converse(client, case.send(client.deflate), case.expect)

    def converse(self, client, writes, expect):
        for data in writes:
            if not client.send(data):
                break
        self.expect(client, expect)
        if expect and expect[-1][0] == "close":
            return self.finish(client)
        client.send(ping(HERE[1]))
        self.expect(client, [HERE])

    def handshake(self, case):
        with Client(self.address, self.patience) as client:
            client.send(upgrade(self.path, self.host, KEY, line=case.line, headers=case.headers))
            status, headers = client.response()
            if status not in (case.status if isinstance(case.status, tuple) else (case.status,)):
                raise Broken(f"{status} in place of {case.status}")
            if status == 101 and headers.get("sec-websocket-accept", "").encode() != accept_of(KEY):
                raise Broken(f"Sec-WebSocket-Accept: {headers.get('sec-websocket-accept')}")
            for name, value in case.answer.items():
                if headers.get(name) != value:
                    raise Broken(f"{name}: {headers.get(name)} in place of {value}")
            if status == 101:
                client.send(text(b"Hello"))
                self.expect(client, [("text", b"Hello")])

    def keys(self):
        for key in (b"AAAAAAAAAAAAAAAAAAAAAA==", b"/////////////////////w==", b"x3JJHMbDL1EzLkh9GBhXDw==", b"++++++++++++++++++++++=="[:21] + b"g=="):
            with Client(self.address, self.patience) as client:
                client.send(upgrade(self.path, self.host, key))
                accept = client.response()[1].get("sec-websocket-accept", "")
                if accept.encode() != accept_of(key):
                    raise Broken(f"{accept!r} for the key {key.decode()}")

    def handshake_by_byte(self):
        with Client(self.address, self.patience) as client:
            for byte in upgrade(self.path, self.host, KEY) + text(b"Hello"):
                client.send(bytes([byte]))
            if client.response()[0] != 101:
                raise Broken("no upgrade")
            self.expect(client, [("text", b"Hello")])

    def frames_behind_the_handshake(self):
        with self.connect(text(b"Hello") + ping(b"x")) as client:
            self.expect(client, [("text", b"Hello"), ("pong", b"x")])

    def server_closes_first(self):
        """7.1.1: after the closing handshake it is the server that ends the connection."""
        with self.connect(close(1000)) as client:
            self.expect(client, [("close", 1000)])
            client.at_end()

    def client_leaves(self):
        """7.1.5: without a close frame, whatever is under way; the next client is served."""
        for data in (b"", b"\x81", text(b"Hello")[:7], text(b"Hel", fin=False)):
            with self.connect(data):
                pass
        with self.connect(text(b"Hello")) as client:
            self.expect(client, [("text", b"Hello")])

    def too_large_together(self):
        size = self.max_message
        with self.connect(frame(BINARY, letters(size), fin=False) + frame(CONTINUATION, b"x", length=size, length_bytes=8)) as client:
            self.expect(client, [("close", 1009)])
            self.finish(client)

    def all(self):
        yield from ((case.section, case.name, lambda case=case: self.handshake(case)) for case in handshakes(self.host))
        yield "4.2.2", "the answers to some keys", self.keys
        yield "4.1", "the handshake byte by byte", self.handshake_by_byte
        yield "4.1", "frames behind the handshake", self.frames_behind_the_handshake
        yield "7.1.1", "the server closes first", self.server_closes_first
        yield "7.1.5", "a client that just leaves", self.client_leaves
        yield "10.4", "two fragments that are too large together", self.too_large_together
        for case in CASES:
            if case.needs <= self.max_message:
                yield case.section, case.name, lambda case=case: self.run(case, case.send)
                if case.by_byte:
                    data = b"".join(case.send)
                    yield case.section, case.name + ", byte by byte", lambda case=case, data=data: self.run(
                        case, (data[i:i + 1] for i in range(len(data))))
        if not self.compress:
            return
        for case in deflate.offers():
            yield "7692 " + case.section, case.name, lambda case=case: self.handshake(case)
        for case in [*deflate.CASES, *deflate.bombs(self.max_message)]:
            yield "7692 " + case.section, case.name, lambda case=case: self.run_packed(case)


def brief(event):
    kind, value = event
    return f"{kind} {value[:40]!r}… of {len(value)} bytes" if isinstance(value, bytes) and len(value) > 40 else f"{kind} {value!r}"


def verdict(case):
    try:
        case[2]()
        return None
    except (Broken, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}" if not isinstance(error, Broken) else str(error)


def run_suite(suite, only=""):
    """Returns {section: (passed, failed)}, and what failed as lines."""
    cases = [case for case in suite.all() if only in f"{case[0]} {case[1]}"]
    sections = collections.defaultdict(lambda: [0, 0])
    failures = []
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for case, problem in zip(cases, pool.map(verdict, cases)):
            sections[case[0]][problem is not None] += 1
            if problem:
                failures.append(f"{case[0]} {case[1]}: {problem}")
    return sections, failures


def start(command):
    """The process, and where it listens."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = re.search(r"listening on (\S+):(\d+)", process.stdout.readline())
    if not said:
        process.kill()
        sys.exit(f"{command[0]} does not say where it listens")
    return process, (said[1], int(said[2]))


def stop(process):
    """Whether it ended as it should."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(timeout=20) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="HOST:PORT/PATH")
    parser.add_argument("--path", default="/echo", help="where the started server echoes")
    parser.add_argument("--max-message", type=int, default=1 << 20, help="the largest message that the server takes")
    parser.add_argument("--compress", action="store_true", help="the server knows permessage-deflate: RFC 7692, too")
    parser.add_argument("--patience", type=float, default=20, help="seconds to wait for an answer")
    parser.add_argument("--only", default="", help="cases with this in their section and name")
    parser.add_argument("command", nargs="*")
    options = parser.parse_args()
    if bool(options.url) == bool(options.command):
        parser.error("give either --url or a program")
    with tempfile.TemporaryDirectory() as folder:
        return run(options, [argument.replace("{folder}", folder) for argument in options.command])


def run(options, command):
    process, address, path = None, None, options.path
    if options.url:
        host, port, path = re.fullmatch(r"([^/]+):(\d+)(/.*)", options.url).groups()
        address = (host, int(port))
    else:
        process, address = start(command)
    sections, failures = run_suite(Suite(address, path, options.patience, options.max_message, options.compress), options.only)
    for line in failures:
        print(f"FAILED  {line}")
    for section in sorted(sections, key=lambda name: [int(part) for part in re.split("[ .]", name)]):
        passed, failed = sections[section]
        print(f"{section:12} {passed:5} passed {failed:5} failed")
    print(f"{sum(passed for passed, _ in sections.values())} of {sum(map(sum, sections.values()))} cases passed")
    ended = stop(process) if process else True
    if not ended:
        print("FAILED  the server did not end well")
    return 0 if not failures and sections and ended else 1


if __name__ == "__main__":
    sys.exit(main())
