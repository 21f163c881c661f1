"""A server that asks for a token, and the ways to show it one."""

import base64
import contextlib
import json
import os
import tempfile

from clients import fetch
from harness import Server, equal

TOKEN = "aGVsbG8gd29ybGQ+/w=="
BEARER = f"Authorization: Bearer {TOKEN}"
UPGRADE = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]


@contextlib.contextmanager
def token_file(content=TOKEN + "\n", mode=0o600):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token")
        with open(path, "w", encoding="ascii") as file:
            file.write(content)
        os.chmod(path, mode)
        yield path


@contextlib.contextmanager
def locked_server(*options, **more):
    with token_file() as path, Server("--token-file", path, *options, **more) as server:
        server.token_path = path
        yield server
        if server.process.poll() is None:
            server.stop()


def subprotocol(token, prefix=""):
    return f"Sec-WebSocket-Protocol: {prefix}station.bearer." + base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def expect_unauthorized(response, tried):
    equal(response.status, 401, "the status")
    equal(response.headers["www-authenticate"],
          'Bearer realm="station"' + (', error="invalid_token"' if tried else ""), "WWW-Authenticate")
    equal(response.headers.get("connection"), "close", "a guess costs a connection")


def get_topics(server):
    return [topic["name"] for topic in json.loads(fetch(server, "GET", "/api/topics", headers=[BEARER]).body)]
