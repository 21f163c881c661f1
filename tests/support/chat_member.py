"""A member of the chat over HTTP, as its tests and the lab have it: a connection and a cookie."""
import http.client
import itertools
import json
import re
import uuid

from failure import check, equal
from sockets import something_comes
from station_server import PATIENCE

SETUP = re.compile(r"(?m)^.* http://127\.0\.0\.1:\d+/chat/#setup=([A-Za-z0-9-]+)$")
PASSWORD = "correct horse"
NUMBERS = itertools.count(1)


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Member:
    """Somebody with a connection and a cookie, or with neither."""

    def __init__(self, chat, cookie=None):
        self.chat = chat
        self.cookie = cookie
        self.me = {}
        self.password = PASSWORD
        self._connection = None

    @property
    def id(self):
        return self.me["id"]

    @property
    def login(self):
        return self.me["login"]

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None

    def send(self, method, target, body=None, headers=()):
        """As it is given."""
        # The server lets go of who asks nothing for --keep-alive, which a busy machine makes of a moment.
        if self._connection is not None and (self._connection.sock is None or something_comes(self._connection.sock)):
            self.close()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.chat.port, timeout=PATIENCE)
        try:
            self._connection.putrequest(method, target, skip_accept_encoding=True,
                                        skip_host=any(name.lower() == "host" for name, _ in headers))
            for name, value in headers:
                self._connection.putheader(name, value)
            if body is not None:
                self._connection.putheader("Content-Length", str(len(body)))
            self._connection.endheaders(body)
            response = self._connection.getresponse()
            answer = Answer(response, response.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if response.will_close:
            self.close()
        return answer

    def ask(self, method, path, body=None, headers=()):
        """To the interface, with the cookie and JSON."""
        headers = list(headers)
        if self.cookie:
            headers.append(("Cookie", self.cookie))
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers.append(("Content-Type", "application/json"))
        answer = self.send(method, "/chat/api" + path, data, headers)
        for value in answer.headers.get_all("Set-Cookie", []):
            self.cookie = value.partition(";")[0]
        return answer

    def get(self, path, status=200):
        return self._expect(self.ask("GET", path), status)

    def post(self, path, body=None, status=201):
        return self._expect(self.ask("POST", path, {} if body is None else body), status)

    def put(self, path, body=None, status=200):
        return self._expect(self.ask("PUT", path, body), status)

    def patch(self, path, body, status=200):
        return self._expect(self.ask("PATCH", path, body), status)

    def delete(self, path, body=None, status=204):
        return self._expect(self.ask("DELETE", path, body), status)

    @staticmethod
    def _expect(answer, status):
        equal(answer.status, status, f"the status of {answer}")
        return answer.json if answer.body else None

    def refused(self, method, path, body, status, reason):
        answer = self.ask(method, path, body)
        equal((answer.status, answer.error), (status, reason), f"{method} {path}: {answer}")
        check(answer.json["detail"], "an error has words")
        equal(set(answer.json), {"error", "detail"}, "an error's members")
        return answer

    def say(self, room, content, client_message_id=None, status=201):
        return self.post(f"/rooms/{room}/messages",
                         {"content": content, "client_message_id": client_message_id or str(uuid.uuid4())}, status)

    def said(self, room, query=""):
        return [message["content"] for message in self.get(f"/rooms/{room}/messages{query}")]

    def room(self, **fields):
        return self.post("/rooms", {"name": f"Room {next(NUMBERS)}", "type": "closed", **fields})["id"]
