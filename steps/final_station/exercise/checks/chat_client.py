"""A chat of the station's, made by the reference and served by the program under test, and members who use it."""

import base64
import http.client
import json
import os
import socket
import struct

from .bench import Failed

PEOPLE = 4  # user1 is the administrator
PASSWORD = "station-seed"
API = "/chat/api"


def make_chat(bench, messages=0):
    """The folder of a chat with people, an open room and closed ones; those are said in together `messages` times."""
    folder = bench.folder / "data"
    done = bench.run("chat", "seed", "--dir", folder, "--users", PEOPLE, "--members", PEOPLE, "--rooms", "2",
                     "--messages", messages, "--password", PASSWORD, by=bench.reference)
    if done.returncode != 0:
        raise Failed(f"the reference can't make a chat: {done.stderr.decode().strip()}", "Is there room on the disk?")
    return folder


class Chat:
    def __init__(self, bench, folder, *options):
        self.bench = bench
        self.members = []
        self._process = bench.start("serve", "--chat", "--data", folder, "--port", "0", "--chat-rate", "none",
                                    "--log-level", "error", "--durability", "os", *options)
        if not self._process.read_until(lambda lines: lines):
            raise Failed("station serve --chat does not start", "Run the command of the trace by hand")
        self.port = int(self._process.lines[0].rsplit(b":", 1)[1])

    def member(self, number):
        return Member(self, f"user{number}")

    def stop(self):
        """Nobody is connected any more: it need not wait for them."""
        for member in self.members:
            member.leave()
        if self._process.interrupt() != 0:
            raise Failed("station serve --chat does not end with status 0 when it is interrupted",
                         "Is every message answered, once? Look at what you hand on")


class Member:
    """One connection. Not for two threads at once."""

    def __init__(self, chat, login, cookie=None):
        self.chat = chat
        self.login = login
        self._connection = http.client.HTTPConnection("127.0.0.1", chat.port, timeout=chat.bench.patience)
        self.cookie = cookie
        chat.members.append(self)
        if cookie is None:
            status, _ = self.ask("POST", "/session", {"login": login, "password": PASSWORD})
            if status != 201:
                raise Failed(f"{login} can't sign in: status {status}", "Run the commands of the trace by hand")

    def leave(self):
        self._connection.close()

    def again(self):
        """The same member with another connection."""
        return Member(self.chat, self.login, self.cookie)

    def ask(self, method, path, body=None):
        """The status and what was answered."""
        headers = {"Cookie": self.cookie} if self.cookie else {}
        data = None
        if body is not None:
            data = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            self._connection.request(method, API + path, data, headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{method} {path} is not answered: {type(error).__name__}",
                         "Is `then` called in every case, once? Does what it needs live until then?") from None
        if response.getheader("Set-Cookie") and self.cookie is None:
            self.cookie = response.getheader("Set-Cookie").split(";")[0]
        return response.status, json.loads(text) if text else None

    def post(self, room, content, client_message_id):
        return self.ask("POST", f"/rooms/{room}/messages",
                        {"content": content, "client_message_id": client_message_id})

    def rooms(self):
        """The closed ones."""
        return [room["id"] for room in self.ask("GET", "/rooms")[1] if room["type"] == "closed"]

    def contents(self, room):
        return [message["content"] for message in self.ask("GET", f"/rooms/{room}/messages?limit=100")[1]]


class Live:
    """A member's WebSocket (RFC 6455): one text after the other."""

    def __init__(self, member, receive_buffer=None):
        self.chat = member.chat
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(self.chat.bench.patience)
        self._socket.connect(("127.0.0.1", self.chat.port))
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ("GET /chat/ws HTTP/1.1", f"Host: 127.0.0.1:{self.chat.port}", "Connection: Upgrade",
                 "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
                 f"Cookie: {member.cookie}", "", "")
        self._socket.sendall("\r\n".join(lines).encode())
        self._file = self._socket.makefile("rb")
        if self._file.readline().split()[1:2] != [b"101"]:
            raise Failed(f"{member.login} gets no WebSocket", "Run the commands of the trace by hand")
        while self._file.readline().strip():
            pass
        self.wait("welcome")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self._socket.close()

    def _send(self, opcode, data):
        length = struct.pack("!BB", 0x80 | opcode, 0x80 | len(data)) if len(data) < 126 else struct.pack(
            "!BBH", 0x80 | opcode, 0x80 | 126, len(data))
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        self._socket.sendall(length + mask + masked)

    def say(self, **text):
        self._send(1, json.dumps(text).encode())

    def _read(self, size):
        data = self._file.read(size)
        if len(data) < size:
            raise Failed("the server has ended the connection", "Is every answer given, once?")
        return data

    def text(self):
        """The next one, or Failed."""
        try:
            while True:
                first, size = struct.unpack("!BB", self._read(2))
                if size >= 126:
                    size = struct.unpack("!H" if size == 126 else "!Q", self._read(2 if size == 126 else 8))[0]
                data = self._read(size)
                if first & 15 == 1:
                    return json.loads(data)
                if first & 15 == 9:
                    self._send(10, data)
                if first & 15 == 8:
                    raise Failed(f"the server has said goodbye: {data[2:].decode(errors='replace')}",
                                 "Is there an end of what is read again?")
        except socket.timeout:
            raise Failed("nothing more is told, though there is more", "What was missed, and who tells it?") from None

    def wait(self, kind, **fields):
        while True:
            text = self.text()
            if text["type"] == kind and all(text.get(name) == value for name, value in fields.items()):
                return text

    def until_pong(self):
        self.say(type="ping")
        texts = []
        while (text := self.text())["type"] != "pong":
            texts.append(text)
        return texts

    def post_all(self, room, contents):
        """The ids of the messages. Some at a time: whoever never reads acknowledgements is not read from."""
        ids = []
        for begin in range(0, len(contents), 50):
            some = contents[begin : begin + 50]
            for content in some:
                self.say(type="message", room=room, content=content, client_message_id=os.urandom(16).hex())
            ids += [self.wait("ack")["message"]["id"] for _ in some]
        return ids

    def follow(self, room, seen):
        """What was announced, and the ids of the messages that it counts."""
        self.say(type="hello", rooms={room: seen})
        missed = self.wait("missed")
        return missed, [self.wait("message")["message"]["id"] for _ in range(missed["count"])]
