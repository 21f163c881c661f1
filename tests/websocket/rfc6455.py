"""RFC 6455 by hand: frames as bytes, right or wrong, and a client that looks at every byte it gets back."""
import base64
import hashlib
import socket

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
KEY = b"\x37\xfa\x21\x3d"  # the example of section 5.7
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
NAMES = {TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}


class Broken(Exception):
    """The server has sent what the RFC forbids, or nothing where it owed something."""


def masked(payload, key):
    size = len(payload)
    stream = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


def frame(opcode, payload=b"", fin=True, rsv=0, key=KEY, length_bytes=None, length=None):
    """length_bytes: how many bytes the extended length takes (0, 2, 8); length: what it claims."""
    length = len(payload) if length is None else length
    if length_bytes is None:
        length_bytes = 0 if length < 126 else 2 if length < 65536 else 8
    seven = {0: length, 2: 126, 8: 127}[length_bytes]
    head = bytes([fin << 7 | rsv << 4 | opcode, (key is not None) << 7 | seven])
    head += length.to_bytes(length_bytes, "big") if length_bytes else b""
    return head + (key + masked(payload, key) if key is not None else payload)


def text(payload, **how):
    return frame(TEXT, payload, **how)


def binary(payload, **how):
    return frame(BINARY, payload, **how)


def ping(payload=b"", **how):
    return frame(PING, payload, **how)


def pong(payload=b"", **how):
    return frame(PONG, payload, **how)


def close(code=None, reason=b"", **how):
    return frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason, **how)


def fragments(opcode, parts):
    """One message in as many frames as there are parts."""
    last = len(parts) - 1
    return [frame(opcode if i == 0 else CONTINUATION, part, fin=i == last) for i, part in enumerate(parts)]


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key + GUID).digest())


def upgrade(path, host, key=b"dGhlIHNhbXBsZSBub25jZQ==", **changes):
    """The opening handshake. A change to None leaves a header out, a list repeats it."""
    headers = {"Host": host, "Upgrade": b"websocket", "Connection": b"Upgrade", "Sec-WebSocket-Key": key,
               "Sec-WebSocket-Version": b"13"}
    line = changes.pop("line", b"GET %s HTTP/1.1")
    headers.update(changes.pop("headers", {}))
    out = (line.replace(b"%s", path) if b"%s" in line else line) + b"\r\n"
    for name, values in headers.items():
        for value in values if isinstance(values, list) else [] if values is None else [values]:
            out += name.encode() + b": " + value + b"\r\n"
    return out + b"\r\n"


class Client:
    def __init__(self, address, patience):
        self.socket = socket.create_connection(address, timeout=patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.message = None  # (opcode, bytes) of a fragmented message
        self.deflate = None  # what was agreed upon of permessage-deflate (deflate.py)
        self.compressed = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False  # what it has to say about that is still to be read

    def more(self):
        """False at the end of the stream."""
        try:
            data = self.socket.recv(1 << 18)
        except socket.timeout:
            raise Broken("nothing more came in time") from None
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def take(self, size):
        while len(self.buffer) < size:
            if not self.more():
                raise Broken(f"the connection ended, {size} bytes were to come" if self.buffer else "the connection ended")
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def response(self):
        while b"\r\n\r\n" not in self.buffer:
            if not self.more():
                raise Broken("the connection ended before the response did")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.strip().lower()] = value.strip()
        return int(lines[0].split()[1]), headers

    def server_frame(self):
        first, second = self.take(2)
        fin, rsv, opcode, length = first >> 7, first >> 4 & 7, first & 15, second & 127
        if opcode in (TEXT, BINARY):
            self.compressed = rsv == 4 and self.deflate is not None
        if rsv and not (self.compressed and opcode in (TEXT, BINARY)):
            raise Broken("a reserved bit from the server")
        if opcode not in (CONTINUATION, *NAMES):
            raise Broken(f"reserved opcode {opcode} from the server")
        if second & 128:
            raise Broken("a masked frame from the server")
        if opcode >= 8 and (not fin or length > 125):
            raise Broken("a control frame that is fragmented or too long")
        if length > 125:
            extended = 2 if length == 126 else 8
            length = int.from_bytes(self.take(extended), "big")
            if length < (126 if extended == 2 else 65536):
                raise Broken("a length in more bytes than it needs")
        return fin, opcode, self.take(length)

    def event(self):
        """The next message or control frame: ("text", b"…"), ("close", 1000), …"""
        while True:
            fin, opcode, payload = self.server_frame()
            if opcode == CLOSE:
                return self.closing(payload)
            if opcode >= 8:
                return NAMES[opcode], payload
            if (opcode == CONTINUATION) != (self.message is not None):
                raise Broken("fragments out of order from the server")
            opcode, before = self.message or (opcode, b"")
            self.message = (opcode, before + payload)
            if fin:
                self.message = None
                message = before + payload
                return NAMES[opcode], self.deflate.expand(message) if self.compressed else message

    @staticmethod
    def closing(payload):
        if len(payload) == 1:
            raise Broken("a close frame of one byte from the server")
        payload[2:].decode("utf-8")
        return "close", int.from_bytes(payload[:2], "big") if payload else None

    def at_end(self):
        """Whether the server has closed: nothing but the end of the stream comes."""
        if self.buffer or self.more():
            raise Broken(f"bytes after the close frame: {self.buffer[:20]!r}")
        return True
