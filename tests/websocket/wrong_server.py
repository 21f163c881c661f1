#!/usr/bin/env python3
"""An echo on WebSocket in a language of its own, right by default and wrong on request.

    wrong_server.py --bug masks-not-asked-for

suite_test.py runs the suite against every bug and expects the case named here to fail, and against no bug and expects
all of them to pass.
"""
import argparse
import socketserver
import sys
import threading

import wrong_deflate
from rfc6455 import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, accept_of, frame, masked
from wrong_deflate import MAX_MESSAGE, Deflate, negotiate

# bug: a case that must catch it
BUGS = {
    "masks-not-asked-for": "5.1 unmasked text of 0 bytes",
    "masks-its-own-frames": "5.7 the RFC's example",
    "mask-starts-over": "5.2 binary of 65537 bytes",
    "reserved-bits-ignored": "5.2 reserved bits 001 on opcode 1",
    "rsv1-ignored": "5.2 reserved bits 100 on a continuation",
    "reserved-opcodes-ignored": "5.2 reserved opcode 11, empty",
    "reserved-opcode-3-is-data": "5.2 reserved opcode 3, with a payload",
    "length-127-is-126": "5.2 binary of 65536 bytes",
    "sends-long-lengths": "5.2 binary of 125 bytes",
    "long-lengths-taken": "5.2 125 bytes, told in 2 bytes",
    "16-bits-in-64-taken": "5.2 65535 bytes, told in 8 bytes",
    "top-bit-ignored": "5.2 length 8000000000000005, with the top bit",
    "one-frame-a-read": "5.6 a hundred messages in one write",
    "frames-behind-the-handshake-lost": "4.1 frames behind the handshake",
    "continuation-of-nothing-taken": "5.4 a continuation of nothing",
    "message-inside-message-taken": "5.4 text inside a text, FIN 1",
    "empty-fragments-end": "5.4 text in fragments of 2+0+2",
    "ping-ends-the-message": "5.4 a ping between fragments",
    "pong-after-the-message": "5.4 a ping between fragments",
    "fragmented-pings-taken": "5.5 a fragmented ping",
    "long-pings-taken": "5.5 ping of 126 bytes",
    "pong-is-empty": "5.5.2 a ping of 125 bytes",
    "pong-is-echoed": "5.5.3 a pong of 1 bytes that nobody asked for",
    "last-ping-answered": "5.5.2 ten pings in one write",
    "close-of-one-byte-taken": "5.5.1 a close of one byte",
    "close-code-not-echoed": "7.4 close code 4000",
    "any-close-code-taken": "7.4 close code 1005, which is not to be sent",
    "codes-below-3000-taken": "7.4 close code 2999, which is not to be sent",
    "iana-codes-refused": "7.4 close code 1013",
    "reason-not-checked": "5.5.1 a reason with the surrogate D800",
    "echoes-after-close": "5.5.1 a message after the close",
    "never-closes": "7.1.1 the server closes first",
    "closes-without-a-frame": "5.5.1 a close without a code",
    "utf8-not-checked": "8.1 FF, after 0 letters",
    "surrogates-taken": "8.1 the surrogate DBFF, after 1 letters",
    "utf8-by-fragment": "8.1 U+0800, in fragments cut at 1",
    "utf8-at-the-end": "8.1 FE, and the frame's end never comes",
    "utf8-at-the-message's-end": "8.1 FE, and the last fragment never comes",
    "unfinished-character-taken": "8.1 U+10000, ends after 3",
    "utf8-in-binary-checked": "5.6 binary with FF",
    "protocol-error-for-utf8": "8.1 FF, after 1 letters",
    "text-as-binary": "5.7 the RFC's example",
    "no-limit": "10.4 2^40 bytes announced",
    "limit-by-frame": "10.4 two fragments that are too large together",
    "fixed-accept": "4.2.2 the answers to some keys",
    "key-not-checked": "4.2.1 a key of 15 bytes",
    "two-keys-taken": "11.3.1 two keys",
    "version-not-checked": "4.4 no version",
    "version-400": "4.4 version '8'",
    "connection-not-a-list": "4.2.1 Connection in a list",
    "connection-by-substring": "4.2.1 Connection: xUpgrade",
    "upgrade-case-matters": "4.2.1 Upgrade in capitals",
    "host-not-asked-for": "4.2.1 no Host",
    "any-method": "4.1 POST in place of GET",
    "http-1.0-taken": "4.1 HTTP/1.0",
    "first-subprotocol": "1.9 subprotocols nobody knows",
    "no-subprotocol": "1.9 the subprotocol",
    "extensions-echoed": "9.1 extensions nobody knows",
    **wrong_deflate.BUGS,
}


class Refused(Exception):
    def __init__(self, status, *headers):
        super().__init__(status)
        self.head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status} Refused", "Content-Length: 0", *headers, ""))


class Failed(Exception):
    """Fails the connection with this close code."""


def tokens(values):
    return [token.strip() for value in values for token in value.split(",")]


class Server(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def has(self, bug):
        return self.server.bug == bug

    def handle(self):
        try:
            self.shake_hands()
            self.serve()
        except Refused as refused:
            self.wfile.write(refused.head.encode())
        except (OSError, EOFError):
            pass

    def serve(self):
        try:
            self.frames()
        except Failed as failed:
            self.goodbye(failed.args[0].to_bytes(2, "big"))

    # The handshake

    def shake_hands(self):
        line = self.rfile.readline().decode("latin-1").rstrip("\r\n")
        headers = {}
        while field := self.rfile.readline().decode("latin-1").rstrip("\r\n") if line.endswith("/1.1") or line.endswith("/1.0") else "":
            name, value = field.split(":", 1)
            headers.setdefault(name.lower(), []).append(value.strip())
        self.check(line.split(), headers)
        key = headers["sec-websocket-key"][0].encode()
        answer = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                  "Sec-WebSocket-Accept: " + accept_of(b"dGhlIHNhbXBsZSBub25jZQ==" if self.has("fixed-accept") else key).decode()]
        offered = tokens(headers.get("sec-websocket-protocol", []))
        known = offered[:1] if self.has("first-subprotocol") else [name for name in offered if name == "station.batch.v1"]
        answer += [f"Sec-WebSocket-Protocol: {name}" for name in known if not self.has("no-subprotocol")]
        self.deflate = self.agree(", ".join(headers.get("sec-websocket-extensions", [])), answer)
        if self.has("extensions-echoed"):
            answer += [f"Sec-WebSocket-Extensions: {value}" for value in headers.get("sec-websocket-extensions", [])]
        self.wfile.write("".join(f"{line}\r\n" for line in (*answer, "")).encode())
        if self.has("frames-behind-the-handshake-lost"):
            self.rfile = self.request.makefile("rb")

    def agree(self, offers, answer):
        try:
            agreed = negotiate(offers, self.has) if offers else None
        except ValueError:
            raise Refused(400) from None
        if agreed:
            answer.append(f"Sec-WebSocket-Extensions: {agreed}")
        return Deflate(agreed or "", self.has) if agreed or self.has("compresses-unasked") else None

    def check(self, line, headers):
        method, version = line[0], line[2] if len(line) > 2 else "HTTP/0.9"
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            raise Refused(505)
        if len(headers.get("host", [])) != 1 and not self.has("host-not-asked-for"):
            raise Refused(400)
        if method != "GET" and not self.has("any-method"):
            raise Refused(405)
        if version != "HTTP/1.1" and not self.has("http-1.0-taken"):
            raise Refused(400)
        self.check_upgrade(headers)
        versions, keys = headers.get("sec-websocket-version", []), headers.get("sec-websocket-key", [])
        if versions != ["13"] and not self.has("version-not-checked"):
            raise Refused(400 if self.has("version-400") else 426, "Sec-WebSocket-Version: 13")
        if len(keys) != 1 and not (keys and self.has("two-keys-taken")):
            raise Refused(400)
        if (len(keys[0]) != 24 or not keys[0].endswith("==") or set(keys[0]) & set("*, ")) and not self.has("key-not-checked"):
            raise Refused(400)

    def check_upgrade(self, headers):
        connection, upgrade = headers.get("connection", []), headers.get("upgrade", [])
        wanted = [token.lower() for token in tokens(connection)]
        if self.has("connection-not-a-list"):
            wanted = [value.lower() for value in connection]
        if self.has("connection-by-substring"):
            wanted = ["upgrade"] * ("upgrade" in ",".join(connection).lower())
        protocols = [token if self.has("upgrade-case-matters") else token.lower() for token in tokens(upgrade)]
        if "upgrade" not in wanted or "websocket" not in protocols:
            raise Refused(400)

    # Frames

    def read(self, size):
        data = self.rfile.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def write(self, opcode, payload):
        rsv = 0
        if self.deflate and opcode in (TEXT, BINARY):
            rsv, payload = 4, self.deflate.pack(payload)
        long = 2 if self.has("sends-long-lengths") and len(payload) < 126 and opcode < 8 else None
        self.wfile.write(frame(opcode, payload, rsv=rsv, key=b"abcd" if self.has("masks-its-own-frames") else None, length_bytes=long))

    def header(self):
        first, second = self.read(2)
        fin, rsv, opcode, length = first >> 7, first >> 4 & 7, first & 15, second & 127
        extended = {126: 2, 127: 2 if self.has("length-127-is-126") else 8}.get(length, 0)
        if extended:
            length = int.from_bytes(self.read(extended), "big")
        minimal = length >= (0 if extended == 0 else 126 if extended == 2 else 1 << 16)
        excused = self.has("long-lengths-taken") or (self.has("16-bits-in-64-taken") and length > 125)
        if not minimal and not excused:
            raise Failed(1002)
        if length >> 63:
            raise Failed(1009 if self.has("top-bit-ignored") else 1002)
        if not second & 128 and not self.has("masks-not-asked-for"):
            raise Failed(1002)
        if opcode in (TEXT, BINARY):
            self.packed = self.deflate is not None and (rsv == 4 or self.has("every-message-is-compressed"))
        if rsv and not (rsv == 4 and self.may_be_compressed(opcode)) and not self.has("reserved-bits-ignored") and not (rsv == 4 and self.has("rsv1-ignored")):
            raise Failed(1002)
        if opcode >= 8 and not fin and not self.has("fragmented-pings-taken"):
            raise Failed(1002)
        if opcode >= 8 and length > 125 and not (opcode == PING and self.has("long-pings-taken")):
            raise Failed(1002)
        return fin, opcode, length, self.read(4) if second & 128 else bytes(4)

    def may_be_compressed(self, opcode):
        bug = {CONTINUATION: "bit-on-continuations-taken", PING: "bit-on-pings-taken"}.get(opcode, "")
        return self.deflate is not None and (opcode in (TEXT, BINARY) or self.has(bug))

    def frames(self):
        self.message, self.opcode, self.late, self.packed = b"", None, [], False
        while True:
            fin, opcode, length, key = self.header()
            if opcode == 3 and self.has("reserved-opcode-3-is-data"):
                opcode = BINARY
            if opcode in (TEXT, BINARY, CONTINUATION):
                self.data(fin, opcode, length, key)
            elif opcode in (PING, PONG, CLOSE):
                self.control(opcode, masked(self.read(length), key))
            elif not self.has("reserved-opcodes-ignored"):
                raise Failed(1002)
            if self.has("one-frame-a-read"):
                self.rfile = self.request.makefile("rb")

    def data(self, fin, opcode, length, key):
        if opcode == CONTINUATION and self.opcode is None:
            if not self.has("continuation-of-nothing-taken"):
                raise Failed(1002)
            self.opcode = TEXT
        elif opcode != CONTINUATION:
            if self.opcode is not None and not self.has("message-inside-message-taken"):
                raise Failed(1002)
            self.opcode = opcode
        before = 0 if self.has("limit-by-frame") else len(self.message)
        if before + length > MAX_MESSAGE and not self.has("no-limit"):
            raise Failed(1009)
        self.take(length, key)
        if self.has("utf8-by-fragment"):
            self.check_utf8(self.message[-length:] if length else b"", True)
        if fin or (length == 0 and self.has("empty-fragments-end")):
            self.deliver()

    def take(self, length, key):
        """Fails as soon as a byte is wrong: by the byte where text is not ASCII, which is slow and plain."""
        at = 0
        while at < length:
            size = length - at if self.has("utf8-at-the-end") else min(length - at, 65536, len(self.rfile.peek(1)) or 1)
            piece = self.read(size)
            piece = masked(piece, key if self.has("mask-starts-over") else key[at % 4:] + key[:at % 4])
            self.message += self.expand(self.deflate.expand, piece) if self.packed else piece
            at += size
            if not self.has("utf8-at-the-message's-end"):
                self.check_utf8(self.message, False)

    def check_utf8(self, data, whole):
        if self.has("utf8-not-checked") or (self.packed and self.has("expanded-text-not-checked")) or (self.opcode == BINARY and not self.has("utf8-in-binary-checked")):
            return
        # Of what is long only the end is looked at again: the rest was looked at before.
        end = data[-70000:].lstrip(bytes(range(128, 192))) if len(data) > 140000 else data
        try:
            end.decode("utf-8", "surrogatepass" if self.has("surrogates-taken") else "strict")
        except UnicodeDecodeError as error:
            if whole or error.reason != "unexpected end of data":
                raise Failed(1002 if self.has("protocol-error-for-utf8") else 1007) from None

    def deliver(self):
        if self.packed:
            self.message += self.expand(self.deflate.end)
        if not self.has("unfinished-character-taken"):
            self.check_utf8(self.message, True)
        self.write(BINARY if self.has("text-as-binary") else self.opcode, self.message)
        for payload in self.late:
            self.write(PONG, payload)
        self.message, self.opcode, self.late = b"", None, []

    def expand(self, step, *bytes_of_it):
        try:
            return step(*bytes_of_it, MAX_MESSAGE - len(self.message))
        except wrong_deflate.Broken as broken:
            raise Failed(broken.args[0]) from None

    def control(self, opcode, payload):
        if opcode == CLOSE:
            self.closing(payload)
        elif opcode == PONG:
            if self.has("pong-is-echoed"):
                self.write(PONG, payload)
        elif self.has("pong-after-the-message") and self.opcode is not None:
            self.late.append(payload)
        elif not (self.has("last-ping-answered") and len(self.rfile.peek(1)) > 20):
            self.write(PONG, b"" if self.has("pong-is-empty") else payload)
            if self.has("ping-ends-the-message") and self.opcode is not None:
                self.deliver()

    def closing(self, payload):
        code = int.from_bytes(payload[:2], "big")
        if len(payload) == 1 and not self.has("close-of-one-byte-taken"):
            raise Failed(1002)
        allowed = code in (1000, 1001, 1002, 1003, *range(1007, 1012 if self.has("iana-codes-refused") else 1015)) or 3000 <= code <= 4999
        if self.has("codes-below-3000-taken"):
            allowed |= 1016 <= code <= 2999
        if len(payload) > 1 and not allowed and not self.has("any-close-code-taken"):
            raise Failed(1002)
        try:
            payload[2:].decode(errors="ignore" if self.has("reason-not-checked") else "strict")
        except UnicodeDecodeError:
            raise Failed(1007) from None
        if self.has("echoes-after-close"):
            while len(self.rfile.peek(1)) > 6:
                fin, opcode, length, key = self.header()
                self.write(opcode, masked(self.read(length), key))
                break
        if not self.has("closes-without-a-frame"):
            self.goodbye(b"" if self.has("close-code-not-echoed") else payload[:2])
        raise EOFError

    def goodbye(self, payload):
        """Closes, and reads what still comes, so that no reset overtakes the close frame."""
        self.write(CLOSE, payload)
        if self.has("never-closes"):
            self.request.settimeout(None)
            self.rfile.read()
        self.request.shutdown(1)
        self.request.settimeout(1)
        while self.request.recv(1 << 16):
            pass


class Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


def serve(bug):
    """A server on a free port, in threads of this process."""
    server = Threads(("127.0.0.1", 0), Server)
    server.bug = bug
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bug", default="none", choices=["none", *BUGS])
    server = serve(parser.parse_args().bug)
    print("listening on %s:%d" % server.server_address, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
