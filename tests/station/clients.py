"""Clients of the server's three doors, over plain sockets: bytes as the test wants them, right or wrong."""

import json
import re
import socket
import struct
import zlib
from collections import namedtuple

from harness import PATIENCE, Failure, check, equal


def connect(port, receive_buffer=None):
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(PATIENCE)
    connection.connect(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Stream:
    """A socket that is read by the line or by the number of bytes."""

    def __init__(self, connection):
        self.socket = connection
        self._buffer = bytearray()
        self._at = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self):
        """False at the end of the stream."""
        try:
            data = self.socket.recv(1 << 18)
        except socket.timeout:
            raise Failure("the server says nothing") from None
        if self._at > 1 << 16:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data
        return bool(data)

    def read(self, size):
        while len(self._buffer) - self._at < size:
            if not self._more():
                raise Failure(f"the connection ended with {len(self._buffer) - self._at} of {size} bytes")
        data = bytes(self._buffer[self._at : self._at + size])
        self._at += size
        return data

    def read_until(self, end):
        searched = self._at
        while True:
            found = self._buffer.find(end, searched)
            if found >= 0:
                return self.read(found + len(end) - self._at)
            known = len(self._buffer) - self._at
            if not self._more():
                raise Failure(f"the connection ended inside of {bytes(self._buffer[self._at:])[:200]!r}")
            searched = self._at + max(0, known - len(end))

    def rest(self):
        """All up to the end of the stream; a reset is a failure."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            raise Failure("the connection was reset") from None
        return self.read(len(self._buffer) - self._at)

    def expect_end(self):
        equal(self.rest(), b"", "what comes before the end of the connection")


class Lines(Stream):
    def __init__(self, server, **options):
        super().__init__(connect(server.line_port, **options))

    def line(self, text):
        self.send((text if isinstance(text, bytes) else text.encode()) + b"\n")

    def say(self, **request):
        self.line(json.dumps(request))

    def reply(self):
        return json.loads(self.reply_text())

    def reply_text(self):
        return self.read_until(b"\n")[:-1].decode()

    def ask(self, **request):
        self.say(**request)
        return self.reply()


EVENT = '{"user":"alice","action":"buy","amount":1}'

Response = namedtuple("Response", "status headers body raw_head")


class Http(Stream):
    def __init__(self, server, **options):
        super().__init__(connect(server.port, **options))
        self.port = server.port

    def request(self, method, target, body=None, headers=(), version="1.1", host=True):
        head = [f"{method} {target} HTTP/{version}"]
        if host:
            head.append(f"Host: 127.0.0.1:{self.port}")
        if body is not None:
            head.append(f"Content-Length: {len(body)}")
        head += headers
        self.send("\r\n".join(head).encode() + b"\r\n\r\n" + (body or b""))

    def head(self):
        text = self.read_until(b"\r\n\r\n").decode("latin-1")
        lines = text[:-4].split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [A-Za-z -]+", lines[0])
        check(match, f"no status line: {lines[0]!r}")
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(": ")
            check(colon and name, f"no header line: {line!r}")
            check(name.lower() not in headers, f"header twice: {line!r}")
            headers[name.lower()] = value
        return Response(int(match[1]), headers, b"", text)

    def response(self, method="GET"):
        found = self.head()
        if method == "HEAD" or found.status in (101, 204, 304) or found.status < 200:
            return found
        if found.headers.get("transfer-encoding") == "chunked":
            return found._replace(body=b"".join(self.chunks()))
        if "content-length" in found.headers:
            return found._replace(body=self.read(int(found.headers["content-length"])))
        return found._replace(body=self.rest())

    def chunks(self):
        while True:
            size = int(self.read_until(b"\r\n")[:-2], 16)
            data = self.read(size)
            equal(self.read(2), b"\r\n", "the end of a chunk")
            if size == 0:
                return
            yield data

    def ask(self, method, target, body=None, headers=(), **options):
        self.request(method, target, body, headers, **options)
        return self.response(method)


def fetch(server, method, target, body=None, headers=(), **options):
    """One request on a connection of its own."""
    with Http(server) as http:
        return http.ask(method, target, body, headers, **options)


GZIP = "Accept-Encoding: gzip"


def gunzip(body):
    """One whole stream: its checksum and length fit, and nothing is behind it."""
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    plain = stream.decompress(body)
    check(stream.eof and not stream.unused_data, "the stream has its end, and nothing follows")
    return plain


def get_json(server, target):
    return json.loads(fetch(server, "GET", target).body)


def topic_state(server, name):
    return next((topic for topic in get_json(server, "/api/topics") if topic["name"] == name), None)


def publish(server, topic, payload):
    response = fetch(server, "POST", f"/api/topics/{topic}/events", payload)
    equal(response.status, 201, f"publishing over HTTP: {response.body!r}")
    return json.loads(response.body)


def ndjson(server, topic, query=""):
    response = fetch(server, "GET", f"/api/topics/{topic}/events{query}")
    equal(response.status, 200, f"reading events over HTTP: {response.body!r}")
    return [json.loads(line) for line in response.body.splitlines()]


def metric(server, name, **labels):
    """One sample of /metrics."""
    return sample(fetch(server, "GET", "/metrics"), name, **labels)


def sample(response, name, **labels):
    wanted = name + ("{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else "")
    for line in response.body.decode().splitlines():
        if line.startswith(wanted + " "):
            return float(line[len(wanted) + 1 :])
    raise Failure(f"/metrics has no {wanted}")


def expect_error(response, status, allow=None):
    equal(response.status, status, f"the status ({response.body!r})")
    equal(response.headers.get("content-type"), "application/json", "the type of an error")
    found = json.loads(response.body)
    check(found["error"] and found["detail"], f"an error has a name and a detail: {found}")
    equal(response.headers.get("allow"), allow, "Allow")
