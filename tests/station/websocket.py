"""A WebSocket client (RFC 6455), written from the RFC and from nothing else, and the station's binary frames."""

import base64
import hashlib
import json
import os
import struct
from collections import namedtuple

from clients import Http, Response
from harness import Failure, check, equal

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

PUBLISH, MESSAGE, SUBSCRIBE, ACK, ERROR, UNSUBSCRIBE, MESSAGE_META = 1, 2, 3, 4, 5, 6, 0x12
LOBBY = 1
NOW = 2**64 - 1
BATCH = "station.batch.v1"
HEADER = struct.Struct("<BQQI")

Frame = namedtuple("Frame", "type stream offset payload")


class Closed(Failure):
    def __init__(self, code, reason):
        super().__init__(f"closed with {code} {reason!r}")
        self.code = code
        self.reason = reason


def frame(kind, stream, offset=0, payload=b""):
    return HEADER.pack(kind, stream, offset, len(payload)) + payload


def frames_of(message):
    at = 0
    while at < len(message):
        kind, stream, offset, length = HEADER.unpack_from(message, at)
        at += HEADER.size
        check(at + length <= len(message), "a frame is longer than its message")
        yield Frame(kind, stream, offset, message[at : at + length])
        at += length


def encode(opcode, payload=b"", fin=True, mask=None, reserved=0):
    """One frame of a client."""
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    mask = os.urandom(4) if mask is None else mask
    if any(mask):
        key = mask * (size // 4 + 1)
        payload = (int.from_bytes(payload, "big") ^ int.from_bytes(key[:size], "big")).to_bytes(size, "big")
    return head + mask + payload


# A mask of zeros changes nothing, and costs nothing where much is sent.
PLAIN = b"\0\0\0\0"


class WebSocket(Http):
    def __init__(self, server, batch=False, path="/ws", headers=(), **options):
        super().__init__(server, **options)
        self.batch = batch
        self.pongs = []
        self.pings = 0
        self.answer_pings = True
        self._pending = []
        response = self.upgrade(path, batch, headers)
        equal(response.status, 101, f"the upgrade's status: {response.body!r}")
        equal(response.headers.get("sec-websocket-protocol"), BATCH if batch else None, "the subprotocol")

    def upgrade(self, path, batch, headers) -> Response:
        key = base64.b64encode(os.urandom(16)).decode()
        offered = [f"Sec-WebSocket-Protocol: {BATCH}"] if batch else []
        response = self.ask("GET", path, headers=[
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
            *offered, *headers])
        if response.status == 101:
            accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            equal(response.headers.get("sec-websocket-accept"), base64.b64encode(accept).decode(), "the accept key")
        return response

    def send_message(self, opcode, payload, mask=None):
        self.send(encode(opcode, payload, mask=mask))

    def binary(self, payload, mask=None):
        self.send_message(BINARY, payload, mask)

    def say(self, **request):
        self.send_message(TEXT, json.dumps(request).encode())

    def publish(self, stream, *payloads):
        """One message for each, or one for all where the subprotocol allows it."""
        if self.batch:
            self.binary(b"".join(frame(PUBLISH, stream, 0, payload) for payload in payloads), PLAIN)
        else:
            self.send(b"".join(encode(BINARY, frame(PUBLISH, stream, 0, payload), mask=PLAIN) for payload in payloads))

    def subscribe(self, stream, offset=0):
        self.binary(frame(SUBSCRIBE, stream, offset))

    def _wire_frame(self):
        first, second = self.read(2)
        check(first & 0x70 == 0, "the server set a reserved bit")
        check(second & 0x80 == 0, "the server masked a frame")
        size = second & 0x7F
        if size == 126:
            size = struct.unpack("!H", self.read(2))[0]
            check(size >= 126, "a length that is longer than need be")
        elif size == 127:
            size = struct.unpack("!Q", self.read(8))[0]
            check(size >= 1 << 16, "a length that is longer than need be")
        return first >> 7, first & 15, self.read(size)

    def receive(self):
        """The next data message as (opcode, payload). Closed where the server says goodbye."""
        while True:
            fin, opcode, payload = self._wire_frame()
            check(fin, "the server sends no fragments")
            if opcode == CLOSE:
                code = struct.unpack("!H", payload[:2])[0] if payload else None
                raise Closed(code, payload[2:].decode())
            if opcode == PING:
                self.pings += 1
                if self.answer_pings:
                    self.send(encode(PONG, payload))
            elif opcode == PONG:
                self.pongs.append(payload)
            else:
                check(opcode in (TEXT, BINARY), f"opcode {opcode}")
                return opcode, payload

    def message_frames(self):
        """All frames of the next message, which must be binary."""
        opcode, payload = self.receive()
        equal(opcode, BINARY, f"the kind of message ({payload[:200]!r})")
        found = list(frames_of(payload))
        check(found and (self.batch or len(found) == 1), f"{len(found)} frames in a message")
        return found

    def frame(self):
        if not self._pending:
            self._pending = self.message_frames()
        return self._pending.pop(0)

    def text(self):
        equal(len(self._pending), 0, "frames before a text")
        opcode, payload = self.receive()
        equal(opcode, TEXT, f"the kind of message ({payload[:200]!r})")
        return json.loads(payload)

    def ask(self, *arguments, **request):
        if arguments:
            return super().ask(*arguments, **request)
        self.say(**request)
        return self.text()

    def ack(self, stream=None):
        found = self.frame()
        equal((found.type, found.payload), (ACK, b""), f"an ACK ({found})")
        if stream is not None:
            equal(found.stream, stream, "the ACK's stream")
        return found.offset

    def acks(self, count, stream=None):
        return [self.ack(stream) for _ in range(count)]

    def error(self):
        found = self.frame()
        equal(found.type, ERROR, f"an ERROR ({found})")
        return json.loads(found.payload)

    def open(self, topic):
        return self.ask(type="open", topic=topic)["stream"]

    def close_code(self):
        """Reads up to the server's close frame."""
        try:
            while True:
                self.receive()
        except Closed as closed:
            return closed.code

    def close_code_or_end(self):
        """None where the connection ends without a close frame."""
        try:
            return self.close_code()
        except Closed as closed:
            return closed.code
        except (Failure, ConnectionError):
            return None

    def expect_close(self, code):
        try:
            kind, payload = self.receive()
        except Closed as closed:
            return equal(closed.code, code, f"the close code ({closed.reason})")
        raise Failure(f"a message where a close was expected: {kind} {payload[:200]!r}")

    def leave(self):
        """The closing handshake, begun by the client."""
        self.send(encode(CLOSE, struct.pack("!H", 1000)))
        equal(self.close_code(), 1000, "the close code")
        self.expect_end()
        self.close()
