"""A WebSocket client (RFC 6455), written from the RFC and from nothing else, and the station's binary frames.

`Client` is the whole of it; `Conversation` is what is said once the upgrade is done, for who has a connection of their
own. It looks at every frame of the server: reserved bits, masks, lengths. (tests/websocket, which takes the server's
codec apart, has a client of its own that can break every rule.)
"""
import base64
import hashlib
import json
import os
import socket
import struct
from collections import namedtuple

from failure import Failure, check, equal

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

PUBLISH, MESSAGE, SUBSCRIBE, ACK, ERROR, UNSUBSCRIBE, MESSAGE_META = 1, 2, 3, 4, 5, 6, 0x12
BATCH = "station.batch.v1"
HEADER = struct.Struct("<BQQI")
PLAIN = b"\0\0\0\0"   # a mask that changes nothing, and costs nothing where much is sent

Frame = namedtuple("Frame", "type stream offset payload")


class Closed(Failure, EOFError):
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


def upgrade_headers(key, batch):
    offered = [f"Sec-WebSocket-Protocol: {BATCH}"] if batch else []
    return ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", *offered]


def upgrade_request(key, batch):
    return "\r\n".join(["GET /ws HTTP/1.1", "Host: x", *upgrade_headers(key, batch), "", ""]).encode()


def new_key():
    return base64.b64encode(os.urandom(16)).decode()


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()


class Conversation:
    """Needs send(bytes) and read(size) of the class that has the connection."""

    def __init__(self, batch):
        self.batch = batch
        self.pings = 0
        self.pongs = []
        self.answer_pings = True

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

    def text(self):
        opcode, payload = self.receive()
        equal(opcode, TEXT, f"the kind of message ({payload[:200]!r})")
        return json.loads(payload)


class Client(Conversation):
    """Its own connection, to /ws, with batches. EOFError where the connection ends."""

    def __init__(self, address, patience):
        super().__init__(batch=True)
        self.connection = socket.create_connection(address, patience)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.connection.makefile("rb")
        key = new_key()
        self.send(upgrade_request(key, self.batch))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self._file.readline()
            if not line:
                raise EOFError
            head += line
        check(head.startswith(b"HTTP/1.1 101 ") and accept_of(key).encode() in head, f"the upgrade's answer: {head!r}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self.connection.close()

    def send(self, data):
        self.connection.sendall(data)

    def read(self, size):
        data = self._file.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def ask(self, **request):
        self.say(**request)
        return self.text()
