"""A member's WebSocket, for the chat's black-box tests and for the lab."""
import json
import socket
import struct
import time

from failure import Failure, check, equal
from station_server import PATIENCE
from web_socket import CLOSE, TEXT, Closed, Conversation, accept_of, encode, new_key, upgrade_headers

SIGNED_OUT = 4001


class Live(Conversation):
    """Reads one text after the other; what a test does not wait for stays in `others`."""

    def __init__(self, member, headers=(), welcomed=True, receive_buffer=None):
        super().__init__(batch=False)
        self.member = member
        self.others = []
        self.connection = socket.socket()
        if receive_buffer:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.connection.settimeout(PATIENCE)
        self.connection.connect(("127.0.0.1", member.chat.port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.connection.makefile("rb")
        key = new_key()
        lines = ["GET /chat/ws HTTP/1.1", f"Host: 127.0.0.1:{member.chat.port}", *upgrade_headers(key, False), *headers]
        if member.cookie:
            lines.append(f"Cookie: {member.cookie}")
        self.send("\r\n".join([*lines, "", ""]).encode())
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise EOFError("the connection has ended before an answer")
        self.status = int(line.split()[1])
        self.headers = {}
        while (line := self._file.readline().strip()):
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        if self.status != 101:
            self.refusal = json.loads(self.read(int(self.headers["content-length"])))
            return
        equal(self.headers["sec-websocket-accept"], accept_of(key), "the accept key")
        if welcomed:
            welcome = self.text()
            equal((welcome["type"], welcome["me"]["id"]), ("welcome", member.id), "the first text")
            self.welcome = welcome["me"]
            self.presence = self.text()
            equal(self.presence["type"], "presence", "the second text")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._file.close()
        self.connection.close()

    def send(self, data):
        self.connection.sendall(data)

    def read(self, size):
        data = self._file.read(size)
        if len(data) < size:
            raise EOFError("the connection has ended")
        return data

    def text(self):
        """The next one, but for the server's pings, which come for ever."""
        self.deadline = time.monotonic() + PATIENCE
        return super().text()

    def _wire_frame(self):
        check(time.monotonic() < self.deadline, f"nothing was told; before that: {self.others[-5:]}")
        return super()._wire_frame()

    def wait(self, kind, **fields):
        """The next text of this kind with these members."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            text = self.text()
            if text["type"] == kind and all(text.get(name) == value for name, value in fields.items()):
                return text
            self.others.append(text)
        raise Failure(f"no {kind} {fields}, but {self.others[-5:]}")

    def until_pong(self):
        """All that was sent before the answer to a ping."""
        self.say(type="ping")
        texts = []
        while (text := self.text())["type"] != "pong":
            texts.append(text)
        return texts

    def hello(self, rooms):
        """Follows rooms; of each what was missed: the announcement, messages, updated, removed."""
        self.say(type="hello", rooms=rooms)
        missed = {}
        for _ in rooms:
            first = self.wait("missed")
            room = first["room"]
            messages = [self.text() for _ in range(first["count"])]
            check(all(text["type"] == "message" and text["message"]["room"] == room for text in messages),
                  f"not {first['count']} messages of the room: {messages[:3]}")
            missed[room] = (first, [text["message"] for text in messages])
        return missed

    def follow(self, room, seen=None):
        return self.hello({room: seen})[room]

    def post(self, room, content, client_message_id):
        """The acknowledged message."""
        self.say(type="message", room=room, content=content, client_message_id=client_message_id)
        ack = self.wait("ack", client_message_id=client_message_id)
        return ack["message"], ack["duplicate"]

    def refused(self, reason, **request):
        self.say(**request)
        error = self.wait("error")
        equal((error["reason"], error["client_message_id"]), (reason, request.get("client_message_id")), f"{error}")
        check(error["detail"], "an error has words")
        return error

    def close_code(self):
        """Reads up to the server's close frame."""
        try:
            while True:
                self.others.append(self.text())
        except Closed as closed:
            return closed.code

    def leave(self):
        """The closing handshake, begun by the client."""
        self.send(encode(CLOSE, struct.pack("!H", 1000)))
        equal(self.close_code(), 1000, "the close code")
        self.close()

    def say_raw(self, text, opcode=TEXT):
        self.send_message(opcode, text)


def contents(messages):
    return [message["content"] for message in messages]
