"""The WebSocket of the tests: the shared client over a connection that a test may use for HTTP as well."""

import json
import struct

from clients import Http, Response
from harness import Failure, equal
from web_socket import (ACK, BATCH, BINARY, CLOSE, CONTINUATION, ERROR, HEADER, MESSAGE, MESSAGE_META,  # noqa: F401
                        PING, PLAIN, PONG, PUBLISH, SUBSCRIBE, TEXT, UNSUBSCRIBE, Closed, Conversation, Frame,
                        accept_of, encode, frame, frames_of, new_key, upgrade_headers)

LOBBY = 1
NOW = 2**64 - 1


class WebSocket(Conversation, Http):
    def __init__(self, server, batch=False, path="/ws", headers=(), **options):
        Http.__init__(self, server, **options)
        Conversation.__init__(self, batch)
        self._pending = []
        response = self.upgrade(path, batch, headers)
        equal(response.status, 101, f"the upgrade's status: {response.body!r}")
        equal(response.headers.get("sec-websocket-protocol"), BATCH if batch else None, "the subprotocol")

    def upgrade(self, path, batch, headers) -> Response:
        key = new_key()
        response = self.ask("GET", path, headers=[*upgrade_headers(key, batch), *headers])
        if response.status == 101:
            equal(response.headers.get("sec-websocket-accept"), accept_of(key), "the accept key")
        return response

    def frame(self):
        if not self._pending:
            self._pending = self.message_frames()
        return self._pending.pop(0)

    def text(self):
        equal(len(self._pending), 0, "frames before a text")
        return super().text()

    def ask(self, *arguments, **request):
        if arguments:
            return Http.ask(self, *arguments, **request)
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
