"""NATS, spoken by hand: CONNECT, SUB, PUB and HPUB over one socket. A second opinion on what the station stores and reads,
which shares no line of code with it."""
import base64
import json
import os
import socket
import time

from sockets import something_comes


class NatsError(Exception):
    """What the server refused, or did not answer in time."""


class NoMessage(NatsError):
    """In time."""


class Incoming:
    """A socket by the line and by the byte. Unlike a socket's file it goes on where somebody has waited in vain."""

    def __init__(self, connection):
        self._socket = connection
        self._buffer = bytearray()

    def comes_within(self, seconds):
        return bool(self._buffer) or something_comes(self._socket, seconds)

    def readline(self):
        """Without its end where the connection ends before it."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if not self._more():
                return self._take(searched)
        return self._take(end + 1)

    def read(self, size):
        """Less where the connection ends before it."""
        while len(self._buffer) < size and self._more():
            pass
        return self._take(size)

    def _more(self):
        data = self._socket.recv(1 << 18)
        self._buffer += data
        return bool(data)

    def _take(self, size):
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


class Message:
    def __init__(self, subject, reply, header, payload):
        self.subject, self.reply, self.payload = subject, reply, payload
        lines = header.split(b"\r\n")
        self.status = lines[0][8:].strip().decode()   # behind "NATS/1.0"; empty but for the server's own messages
        self.fields = {name.decode(): value.lstrip().decode() for name, _, value in
                       (line.partition(b":") for line in lines[1:] if line)}


class Nats:
    def __init__(self, port, patience=5.0):
        self.patience = patience
        self._socket = socket.create_connection(("127.0.0.1", port), patience)
        self._in = Incoming(self._socket)
        self._inbox = f"_INBOX.{os.getpid()}.{id(self)}"
        self._asked = 0
        self._subscriptions = 0
        self.info = json.loads(self._in.readline().partition(b" ")[2])
        self._send(b"CONNECT " + json.dumps({"verbose": False, "pedantic": False, "headers": True, "no_responders": True,
                                             "lang": "test", "version": "0"}).encode() + b"\r\n")
        self._answers = self.subscribe(self._inbox + ".*")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def subscribe(self, subject):
        self._subscriptions += 1
        self._send(f"SUB {subject} {self._subscriptions}\r\n".encode())
        return self._subscriptions

    def publish(self, subject, payload=b"", fields=(), reply=""):
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        reply = reply + " " if reply else ""
        if head:
            head = f"NATS/1.0\r\n{head}\r\n".encode()
            line = f"HPUB {subject} {reply}{len(head)} {len(head) + len(payload)}\r\n".encode()
        else:
            head = b""
            line = f"PUB {subject} {reply}{len(payload)}\r\n".encode()
        self._send(line + head + payload + b"\r\n")

    def next_message(self, patience=None):
        """The next one of any subscription, or NatsError."""
        while True:
            if not self._in.comes_within(self.patience if patience is None else patience):
                raise NoMessage("no message in time")
            self._socket.settimeout(self.patience)
            try:
                line = self._in.readline()
                if not line.endswith(b"\n"):
                    raise NatsError("the server ended the connection")   # in the middle of a line, too
                words = line.split()
                if words[0] in (b"MSG", b"HMSG"):
                    return self._message(words)
                if words[0] == b"PING":
                    self._send(b"PONG\r\n")
                elif words[0] == b"-ERR":
                    raise NatsError(b" ".join(words[1:]).decode())
            except TimeoutError:
                raise NatsError("the server stopped in the middle of a message") from None

    def request(self, subject, payload=b"", fields=(), patience=None):
        self._asked += 1
        reply = f"{self._inbox}.{self._asked}"
        self.publish(subject, payload, fields, reply)
        deadline = time.monotonic() + (self.patience if patience is None else patience)
        while True:
            message = self.next_message(max(0.001, deadline - time.monotonic()))
            if message.subject == reply:
                if message.status == "503":
                    raise NatsError(f"nobody answers {subject}")
                return message

    def request_all(self, subject, messages, patience):
        """Publishes all, (payload, fields) each, and gives (payload, answer) as they come, until the last or NatsError."""
        asked = {}
        for payload, fields in messages:
            self._asked += 1
            asked[f"{self._inbox}.{self._asked}"] = payload
            self.publish(subject, payload, fields, f"{self._inbox}.{self._asked}")
        while asked:
            message = self.next_message(patience)
            if message.subject in asked:
                yield asked.pop(message.subject), message

    def api(self, what, body=None, patience=None):
        """Of JetStream's API: `what` is behind $JS.API."""
        payload = json.dumps(body).encode() if body is not None else b""
        answer = json.loads(self.request(f"$JS.API.{what}", payload, patience=patience).payload)
        if "error" in answer:
            raise NatsError(f"{what}: {answer['error']}")
        return answer

    def stored(self, stream, sequence):
        """A stored message, straight from the stream."""
        found = self.api(f"STREAM.MSG.GET.{stream}", {"seq": sequence})["message"]
        return Message(found["subject"], "", base64.b64decode(found.get("hdrs", "")), base64.b64decode(found.get("data", "")))

    def holds(self, stream, sequence):
        try:
            return self.stored(stream, sequence) is not None
        except NatsError:
            return False

    def read_all(self, stream, subject="", first=1):
        """All messages from the sequence `first` on that the stream has now, by a consumer of its own."""
        state = self.api(f"STREAM.INFO.{stream}")["state"]
        messages = []
        at = max(first, state["first_seq"])
        tries = 0
        while state["messages"] > 0 and at <= state["last_seq"]:
            before, at = at, self._read_on(stream, subject, at, state["last_seq"], messages)
            tries = 0 if at > before else tries + 1
            if tries == 10:
                raise NoMessage(f"{stream} sends no message {at}")
        return messages

    def _read_on(self, stream, subject, first, last, messages):
        """Up to the first hole, where another consumer looks again: a push may be lost on its way, the last one, too. Where
        it is to go on."""
        inbox = f"{self._inbox}-all-{self._asked}"
        self._asked += 1
        self.subscribe(inbox)
        config = {"deliver_subject": inbox, "deliver_policy": "by_start_sequence", "opt_start_seq": first,
                  "ack_policy": "none", "max_deliver": 1, "num_replicas": 1, "mem_storage": True,
                  "inactive_threshold": 5_000_000_000}
        if subject:
            config["filter_subject"] = subject
        consumer = self.api(f"CONSUMER.CREATE.{stream}", {"stream_name": stream, "config": config})["name"]
        at = first
        while at <= last:
            try:
                message = self.next_message(1.0)
            except NoMessage:
                return at
            # The server's own (a heartbeat, a flow control), and what a consumer of an earlier reading still sends.
            if not message.reply.startswith("$JS.ACK.") or message.reply.split(".")[3] != consumer:
                continue
            message.sequence = int(message.reply.split(".")[5])
            if message.sequence > at and not subject:
                return at if self.holds(stream, at) else message.sequence
            messages.append(message)
            at = message.sequence + 1
        return at

    def _message(self, words):
        with_header = words[0] == b"HMSG"
        sizes = [int(word) for word in (words[-2:] if with_header else words[-1:])]
        data = self._in.read(sizes[-1] + 2)
        if not data.endswith(b"\r\n") or len(data) != sizes[-1] + 2:
            raise NatsError("the server ended the connection")
        data = data[:-2]
        header = data[:sizes[0]] if with_header else b""
        names = words[1:-len(sizes)]
        reply = names[2].decode() if len(names) > 2 else ""
        return Message(names[0].decode(), reply, header, data[len(header):])

    def _send(self, data):
        self._socket.settimeout(self.patience)
        self._socket.sendall(data)
