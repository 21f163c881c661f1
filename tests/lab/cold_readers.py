"""Readers of one topic over each door, for `cold`: they know what every event must be, and keep what else is said."""
import http.client
import json
import socket
import threading

from doors import WebSocketClient
from harness import PATIENCE
from web_socket import MESSAGE, TEXT, frames_of

EVENT = 4096  # bytes of a payload


def payload_at(offset):
    number = b"%d " % offset
    return number + b"x" * (EVENT - len(number))


def over_http(server, topic, said):
    connection = http.client.HTTPConnection(*server.addresses["web"], timeout=PATIENCE)
    try:
        connection.request("GET", f"/api/topics/{topic}/events?from=beginning")
        answer = connection.getresponse()
        if answer.status != 200:
            said.append(answer.read(300).decode())
            return
        for line in iter(answer.readline, b""):
            yield from event_of(line, said)
        if said and answer.chunk_left is None:  # the last chunk was there; readline() ends in silence without it, too
            raise ValueError("an answer that breaks off looks whole")
    finally:
        connection.close()


def over_lines(server, topic, said):
    request = {"type": "subscribe", "topic": topic, "from": "beginning"}
    with socket.create_connection(server.addresses["lines"], PATIENCE) as connection, \
            connection.makefile("rb") as lines:
        connection.sendall(json.dumps(request).encode() + b"\n")
        lines.readline()
        for line in iter(lines.readline, b""):
            yield from event_of(line, said)


def event_of(line, said):
    found = json.loads(line)
    if "payload" in found:
        yield found["offset"], found["payload"].encode()
    else:
        said.append(line.decode().strip())
        yield None


def over_web_socket(server, topic, said):
    with WebSocketClient(server.addresses["web"]) as client:
        client.ask(type="subscribe", topic=topic, **{"from": "beginning"})
        while True:
            opcode, message = client.receive()
            if opcode == TEXT:
                said.append(message.decode())
                yield None
                continue
            for frame in frames_of(message):
                if frame.type == MESSAGE:
                    yield frame.offset, frame.payload
                else:
                    said.append(frame.payload.decode())


DOORS = {"http": over_http, "lines": over_lines, "web socket": over_web_socket}


class Reader(threading.Thread):
    """Reads until it has `events`, is told that something is wrong, or the connection ends."""

    def __init__(self, server, door, topic, events):
        super().__init__(daemon=True)
        self.server, self.door, self.topic, self.events = server, door, topic, events
        self.said = []
        self.found = 0
        self.wrong = None
        self.start()

    def run(self):
        try:
            for event in DOORS[self.door](self.server, self.topic, self.said):
                if event is not None and not self.is_next(*event):
                    return
                if self.said and self.door != "http" or self.found == self.events:
                    return
        except (OSError, EOFError, http.client.HTTPException) as error:
            self.said.append(f"the end: {error!r}")
        except Exception as error:  # an answer that is none
            self.wrong = repr(error)

    def is_next(self, offset, payload):
        if offset != self.found or payload != payload_at(offset):
            self.wrong = f"offset {offset} came behind {self.found} events, with {payload[:40]!r}"
            return False
        self.found += 1
        return True
