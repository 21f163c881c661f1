#!/usr/bin/env python3
"""The proxies of packaging/examples, with TLS, in front of a station with its chat: as the files are, but for ports and keys.

    examples_test.py --station BINARY nginx|caddy
"""
import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from real import HOST, NGINX_ALONE, PATIENCE, ROOT, listening, program, skip
from harness import Server, check, equal, main, scenario, until

PROXY = sys.argv.pop()
PACKAGES = {"nginx": "nginx-light", "caddy": "caddy"}
PROGRAM = program(PROXY, PACKAGES[PROXY])
EXAMPLES = Path(ROOT) / "packaging/examples"
TOKEN = "a-token-of-the-examples"
CADDY = "{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{example}"


def nginx(folder, port, to):
    example = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    example = re.sub(r"(?m)^ *listen \[::\].*\n", "", example)
    example = example.replace("listen 80;", f"listen unix:{folder}/plain;").replace("listen 443 ", f"listen 127.0.0.1:{port} ")
    example = re.sub(r"/etc/ssl/\S*\.pem", f"{folder}/cert", re.sub(r"/etc/ssl/\S*\.key", f"{folder}/key", example))
    Path(folder, "conf").write_text(NGINX_ALONE.format(folder=folder, http=example.replace("127.0.0.1:9000", f"127.0.0.1:{to}")), encoding="utf-8")
    return [PROGRAM, "-p", folder, "-c", "conf", "-e", f"{folder}/error.log"]


def caddy(folder, port, to):
    example = (EXAMPLES / "Caddyfile").read_text(encoding="utf-8")
    example = example.replace(f"{HOST} {{", f"https://{HOST}:{port} {{\n\tbind 127.0.0.1\n\ttls {folder}/cert {folder}/key")
    Path(folder, "conf").write_text(CADDY.format(example=example.replace("127.0.0.1:9000", f"127.0.0.1:{to}")), encoding="utf-8")
    return ["env", f"HOME={folder}", f"XDG_DATA_HOME={folder}", f"XDG_CONFIG_HOME={folder}",
            PROGRAM, "run", "--adapter", "caddyfile", "--config", f"{folder}/conf"]


@contextlib.contextmanager
def proxy(to):
    """The example in front of a port; gives a way to ask through it."""
    if not shutil.which("openssl"):
        skip("openssl", "openssl")
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={HOST}", "-addext",
                        f"subjectAltName=DNS:{HOST}", "-keyout", f"{folder}/key", "-out", f"{folder}/cert"],
                       check=True, capture_output=True, timeout=PATIENCE)
        command = {"nginx": nginx, "caddy": caddy}[PROXY]
        with listening(lambda port: command(folder, port, to), f"{folder}/log") as port:
            yield Door(port, f"{folder}/cert")


class Door(http.client.HTTPConnection):
    """A browser's connection to the host's name, which leads to this machine."""

    def __init__(self, port, certificate):
        super().__init__("127.0.0.1", port, timeout=PATIENCE)
        self.context = ssl.create_default_context(cafile=certificate)

    def connect(self):
        super().connect()
        self.sock = self.context.wrap_socket(self.sock, server_hostname=HOST)

    def ask(self, method, path, body=None, **headers):
        self.close()
        self.request(method, path, body, {"Host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}})
        return self.getresponse()


@scenario(bare=True)
def the_bus_and_the_chat_are_there_over_tls():
    with tempfile.TemporaryDirectory() as folder:
        token = os.path.join(folder, "token")
        with open(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(TOKEN)
        with Server("--chat", "--chat-url", f"https://{HOST}", "--token-file", token, "--allow-host", HOST,
                    expected=["^station chat: "]) as server, proxy(server.port) as door:
            own, bearer = f"https://{HOST}", f"Bearer {TOKEN}"
            equal(door.ask("GET", "/").status, 200, "the page")
            events = "/api/topics/lobby/events"
            equal(door.ask("POST", events, b"x").status, 401, "without the token")
            equal(door.ask("POST", events, b"x", Authorization=bearer, Origin=own).status, 201, "with it")
            equal(door.ask("POST", events, b"x", Authorization=bearer, Origin="https://foreign.example").status, 403, "a foreign page")
            upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13",
                       "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}
            equal(door.ask("GET", "/ws", Authorization=bearer, Origin=own, **upgrade).status, 101, "the WebSocket's handshake")
            equal(door.ask("GET", "/chat/").status, 200, "the chat's page")
            setup = until(lambda: re.search(r"#setup=(\S+)", server.stderr()), "the link for the first account")[1]
            first = json.dumps({"code": setup, "name": "Ada", "login": "ada", "password": "correct horse"})
            answer = door.ask("POST", "/chat/api/setup", first, Content_Type="application/json", Origin=own)
            equal(answer.status, 201, f"the first account: {answer.read()!r}")
            check("Secure" in answer.headers["Set-Cookie"], "its cookie is for TLS only")
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
            equal(door.ask("GET", "/chat/api/me", Cookie=cookie).status, 200, "who has signed in")
            equal(door.ask("GET", "/chat/ws", Cookie=cookie, Origin=own, **upgrade).status, 101, "the chat's handshake")
            door.close()
            server.stop()


@scenario(bare=True)
def a_client_cannot_say_where_it_comes_from():
    class Upstream(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(self.headers.get_all("X-Forwarded-For", [])).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as upstream:
        thread = threading.Thread(target=upstream.serve_forever)
        thread.start()
        try:
            with proxy(upstream.server_address[1]) as door:
                said = json.loads(door.ask("GET", "/", X_Forwarded_For="6.6.6.6").read())
                equal(said[-1].split(",")[-1].strip(), "127.0.0.1", f"the last address, which the station takes, of {said}")
                door.close()
        finally:
            upstream.shutdown()
            thread.join()


if __name__ == "__main__":
    main()
