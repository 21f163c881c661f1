#!/usr/bin/env python3
"""`loadgen --mix chat`: a chat that is right is found right, and one that is wrong is found out.

What is wrong comes from a proxy, which does one thing to one message on its way to a member.
"""
import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading
from pathlib import Path

from chat_harness import PATIENCE, Settings, check, equal, main, scenario
from harness import Server

OWN_MESSAGE = re.compile(rb'"type":"message".*"client_message_id":"load-')


def loadgen(*options):
    """The exit status, the result and what it said."""
    with tempfile.TemporaryDirectory(prefix="loadgen-test-") as folder:
        report = os.path.join(folder, "result.json")
        program = Path(Settings.station).parent / "loadgen"
        done = subprocess.run([program, "--mix", "chat", "--json", report, *map(str, options)], text=True,
                              capture_output=True, timeout=6 * PATIENCE, env={**os.environ, "TMPDIR": folder})
        result = json.loads(Path(report).read_text(encoding="utf-8"))["result"] if os.path.exists(report) else None
        equal([one for one in os.listdir(folder) if one != "result.json"], [], "what is left in the folder")
        return done.returncode, result, done.stdout + done.stderr


def good(*options):
    status, result, words = loadgen("--patience", "60s", *options)
    equal(status, 0, f"the exit status of what said {words}")
    check(result["right"], f"right: {result}")
    check(result["acknowledged"] > 0 and result["said"] == result["acknowledged"], f"all is acknowledged: {words}")
    return result


@scenario(bare=True)
def each_member_sees_each_message_of_its_room_over_reconnects():
    result = good("--start", Settings.station, "--members", 20, "--rooms", 4, "--room-size", 5, "--threads", 2,
                  "--rate", 200, "--reconnects", 50, "--typing", 20, "--readers", "0.5", "--duration", "2s")
    equal(result["acknowledged"], 400, "the plan's messages")
    equal(result["delivered"], 400 * 5, "each to each of five")
    check(result["reconnects"] > 10 and result["caught_up_ns"]["count"] >= result["reconnects"] - 20, f"{result}")
    check(result["typing_heard"] > 0, "typing is told")
    check(result["server"]["processor_ns"] > 0 and result["server"]["resident_full_bytes"] > 0, "what it costs")


@scenario(bare=True)
def what_is_posted_is_seen_by_who_listens():
    result = good("--start", Settings.station, "--posters", 4, "--members", 3, "--duration", "1s")
    equal(result["delivered"], 3 * result["acknowledged"], "each to each of three")
    equal(result["seen_ns"]["count"], result["delivered"], "each took some time")


@scenario(bare=True)
def what_is_posted_is_stored_where_nobody_listens():
    result = good("--start", Settings.station, "--posters", 4, "--members", 0, "--rate", 100, "--duration", "1s")
    equal((result["acknowledged"], result["delivered"]), (100, 0), "acknowledged and delivered")


@scenario(bare=True)
def a_folder_that_holds_a_chat_is_used_as_it_is():
    with tempfile.TemporaryDirectory(prefix="loadgen-test-data-") as folder:
        options = ("--start", Settings.station, "--data", folder, "--members", 4, "--rate", 50, "--duration", "1s")
        good(*options, "--history", 300)
        good(*options)


def frame_of(text):
    size = len(text)
    if size < 126:
        return bytes([0x81, size]) + text
    if size < 65536:
        return bytes([0x81, 126]) + struct.pack("!H", size) + text
    return bytes([0x81, 127]) + struct.pack("!Q", size) + text


class Liar:
    """Between members and the chat. `lie` gets a list of texts on their way to one member, and gives what arrives."""

    def __init__(self, port, lie, what=OWN_MESSAGE):
        self.upstream, self.lie, self.what = port, lie, what
        self.lock = threading.Lock()
        self.told = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = [self.listener]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.lock:
            for one in self.open:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it has ended
                one.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.upstream))
            with self.lock:
                self.open += [client, server]
            for run, ends in ((self.forward, (client, server)), (self.back, (server, client))):
                threading.Thread(target=self.until_it_ends, args=(run, *ends), daemon=True).start()

    @staticmethod
    def until_it_ends(run, source, sink):
        try:
            run(source, sink)
        except (OSError, EOFError):
            pass  # an end has gone
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has gone first

    @staticmethod
    def forward(client, server):
        while data := client.recv(65536):
            server.sendall(data)

    def back(self, server, client):
        head = b""
        while b"\r\n\r\n" not in head:
            data = server.recv(65536)
            if not data:
                raise EOFError
            head += data
        if not head.startswith(b"HTTP/1.1 101"):
            client.sendall(head)
            return self.forward(server, client)
        end = head.index(b"\r\n\r\n") + 4
        client.sendall(head[:end])
        rest = head[end:]

        def read(size):
            nonlocal rest
            while len(rest) < size:
                data = server.recv(65536)
                if not data:
                    raise EOFError
                rest += data
            data, rest = rest[:size], rest[size:]
            return data

        held = []
        while True:
            first, size = read(2)
            if size >= 126:
                size = int.from_bytes(read(2 if size == 126 else 8), "big")
            text = read(size)
            if first != 0x81:
                client.sendall(bytes([first, len(text)]) + text)
                continue
            for one in self.arriving(text, held):
                client.sendall(frame_of(one))

    def arriving(self, text, held):
        if held and self.what.search(text):
            return self.lie([held.pop(), text])
        with self.lock:
            if self.told or not self.what.search(text):
                return [text]
            self.told = True
        lied = self.lie([text])
        if lied is None:  # it wants the next one, too
            held.append(text)
            return []
        return lied


def altered(texts):
    text = texts[0]
    place = text.index(b'"content":"') + len(b'"content":"') + 30
    return [text[:place] + (b"X" if text[place] != ord("X") else b"Y") + text[place + 1:]]


def lied_to(lie, *options, what=OWN_MESSAGE):
    """What the load generator says of a chat that lies so."""
    seeded = tempfile.TemporaryDirectory(prefix="loadgen-test-data-")
    with seeded as folder:
        seed = [Settings.station, "chat", "seed", "--dir", os.path.join(folder, "data"), "--users", "4", "--rooms", "1",
                "--messages", "0"]
        subprocess.run(seed, check=True, capture_output=True)
        with Server("--chat", "--chat-rate", "none", folder=folder, expected=[r"^station chat: "]) as server:
            with Liar(server.port, lie, what) as liar:
                answer = loadgen("--target", f"127.0.0.1:{liar.port}", "--members", 4, "--rate", 100, "--duration", "1s",
                                 *options)
                check(liar.told, "it never lied")
            server.stop()
    return answer


@scenario(bare=True)
def a_proxy_that_changes_nothing_is_right():
    status, result, words = lied_to(lambda texts: texts, "--patience", "60s")
    equal(status, 0, words)
    equal(result["delivered"], 400, "delivered")


@scenario(bare=True)
def a_message_that_never_comes_is_lost():
    status, result, words = lied_to(lambda texts: [], "--patience", "3s")
    equal(status, 1, words)
    check(result["lost"] >= 1 and "never saw message" in result["first_error"], words)


@scenario(bare=True)
def a_message_that_comes_twice_is_doubled():
    status, result, words = lied_to(lambda texts: texts * 2)
    equal((status, result["doubled"], result["lost"]), (1, 1, 0), words)


@scenario(bare=True)
def a_message_that_comes_after_the_next_is_out_of_order():
    status, result, words = lied_to(lambda texts: texts[::-1] if len(texts) == 2 else None)
    equal((status, result["out_of_order"], result["lost"]), (1, 1, 0), words)


@scenario(bare=True)
def another_text_is_noticed():
    status, result, words = lied_to(altered)
    equal((status, result["altered"], result["lost"]), (1, 1, 0), words)


@scenario(bare=True)
def an_acknowledgement_that_never_comes_is_missed():
    status, result, words = lied_to(lambda texts: [], "--patience", "3s", what=re.compile(rb'^\{"type":"ack"'))
    equal(status, 1, words)
    check(result["unanswered"] >= 1, words)


@scenario(bare=True)
def an_acknowledgement_of_what_is_not_there_is_lost_for_all():
    """The chat says yes, under another number than the message has."""

    def moved(texts):
        return [re.sub(rb'"sequence":\d+', b'"sequence":999999999', texts[0])]

    status, result, words = lied_to(moved, what=re.compile(rb'^\{"type":"ack"'))
    equal(status, 1, words)
    check(result["conflicts"] >= 1 and result["not_stored"] >= 1 and result["lost"] >= 4, words)


@scenario(bare=True)
def nobody_to_sign_in_is_said():
    with tempfile.TemporaryDirectory(prefix="loadgen-test-data-") as folder:
        with Server("--chat", folder=folder, expected=[r"^station chat: "]) as server:
            status, result, words = loadgen("--target", f"127.0.0.1:{server.port}", "--members", 2)
            server.stop()
    equal(status, 1, words)
    check("signing in as user" in result["failure"] and "401" in result["failure"], words)


@scenario(bare=True)
def what_can_not_be_is_refused():
    for options in (("--members", 2), ("--target", "127.0.0.1:1", "--start", "x"), ("--start", "x", "--members", 0),
                    ("--start", "x", "--readers", 1), ("--target", "127.0.0.1:1", "--data", "x"),
                    ("--start", "x", "--payload", 3), ("--start", "x", "--html", "x")):
        status, _, words = loadgen(*options)
        equal((status, len(words.splitlines())), (2, 1), f"{options}: {words}")


if __name__ == "__main__":
    main()
