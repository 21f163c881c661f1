#!/usr/bin/env python3
"""What `loadgen --mix ws` promises: against `station serve` all is right; a server that breaks its word is caught.

    loadgen_frames.py --bin build/bin
"""
import argparse
import base64
import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

from station_server import PATIENCE, Server  # noqa: E402

BIN = ""
FRAME = struct.Struct("<BQQI")
PUBLISH, MESSAGE, ACK = 1, 2, 4


class Peer:
    """The server's side of one WebSocket."""

    def __init__(self, connection):
        self.file = connection.makefile("rwb")
        key = b""
        while (line := self.file.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"sec-websocket-key:"):
                key = line.split(b":")[1].strip()
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        self.file.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        b"Sec-WebSocket-Protocol: station.batch.v1\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        self.file.flush()

    def read(self):
        """Opcode and payload; None at the end."""
        head = self.file.read(2)
        if len(head) < 2:
            return None
        length = head[1] & 127
        if length >= 126:
            length = int.from_bytes(self.file.read(2 if length == 126 else 8), "big")
        mask = self.file.read(4)
        body = self.file.read(length)
        return head[0] & 15, bytes(byte ^ mask[i % 4] for i, byte in enumerate(body))

    def write(self, opcode, payload):
        length = len(payload)
        head = bytes([0x80 | opcode]) + (bytes([length]) if length < 126 else b"\x7e" + length.to_bytes(2, "big"))
        self.file.write(head + payload)
        self.file.flush()


class FakeStation:
    """A station that acknowledges and delivers as `bend(offset)` says: two lists of offsets each time."""

    def __init__(self, bend):
        self.bend = bend
        self.next = 0
        self.lock = threading.Lock()
        self.subscribers = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            peer = Peer(connection)
            while (message := peer.read()) and message[0] != 8:
                with self.lock:
                    self.take(peer, *message)
        except OSError:
            pass  # it has left

    def take(self, peer, opcode, payload):
        if opcode == 1:
            asked = json.loads(payload)["type"]
            peer.write(1, json.dumps({"type": asked + "ed", "stream": 2, "from_offset": self.next}).encode())
            if asked == "subscribe":
                self.subscribers.append(peer)
            return
        while payload:
            _, stream, _, length = FRAME.unpack(payload[:FRAME.size])
            body = payload[FRAME.size:FRAME.size + length]
            payload = payload[FRAME.size + length:]
            acks, messages = self.bend(self.next)
            self.next += 1
            for offset in acks:
                peer.write(2, FRAME.pack(ACK, stream, offset, 0))
            for offset in messages:
                for subscriber in self.subscribers:
                    subscriber.write(2, FRAME.pack(MESSAGE, stream, offset, len(body)) + body)

    def close(self):
        self.listener.close()


class Frames(unittest.TestCase):
    def hammer(self, address, *arguments, status=0):
        command = [os.path.join(BIN, "loadgen"), "--target", address, "--mix", "ws", "--json", "-", *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return json.loads(done.stdout)["result"]

    def against(self, bend, status):
        station = FakeStation(bend)
        self.addCleanup(station.close)
        return self.hammer(station.address, "--connections", "1", "--pipeline", "4", "--requests", "40",
                           "--subscribers", "2", "--patience", "500ms", status=status)

    def test_a_station_that_keeps_its_word_passes(self):
        result = self.against(lambda n: ([n], [n]), 0)
        self.assertEqual(result["replies"]["accepted"], 40)
        self.assertEqual(result["deliveries"]["total"], 80)
        self.assertEqual(result["deliveries"]["latency_ns"]["count"], 80)

    def test_what_is_not_delivered_in_its_place_is_found(self):
        for name, bend, missing, repeated in [
                ("left out", lambda n: ([n], [] if n == 20 else [n]), 2, 0),
                ("the last one left out", lambda n: ([n], [] if n == 39 else [n]), 2, 0),
                ("doubled", lambda n: ([n], [n, n] if n == 20 else [n]), 0, 2),
                ("swapped", lambda n: ([n], {20: [21], 21: [20]}.get(n, [n])), 2, 2)]:
            with self.subTest(name):
                seen = self.against(bend, 1)["deliveries"]
                self.assertEqual((seen["missing"], seen["repeated"]), (missing, repeated))

    def test_acknowledgements_that_are_wrong_are_found(self):
        for name, bend, count in [
                ("none", lambda n: ([] if n == 39 else [n], [n]), "missing"),
                ("two", lambda n: ([n, n + 1] if n == 39 else [n], [n]), "unexpected"),
                ("falls", lambda n: ([n - 5] if n == 20 else [n], [n]), "mismatched")]:
            with self.subTest(name):
                result = self.against(bend, 1)
                self.assertEqual({**result, **result["replies"]}[count], 1)
                self.assertTrue(result["first_error"])

    def test_the_real_station_passes_and_keeps_what_it_acknowledged(self):
        with tempfile.TemporaryDirectory(prefix="loadgen-frames-") as folder:
            data = os.path.join(folder, "data")
            with Server(os.path.join(BIN, "station"), data) as server:
                server.open()
                lines = f"127.0.0.1:{server.line_port}"
                result = self.hammer(server.address, "--connections", "3", "--pipeline", "50", "--requests", "5000",
                                     "--size", "100", "--subscribers", "4", "--idle", "5", "--topic", "t")
                self.assertEqual(result["replies"]["accepted"], 5000)
                self.assertEqual(result["connected"], 8)
                self.assertEqual(result["deliveries"]["total"], 20000)
                self.assertEqual(result["deliveries"]["latency_ns"]["count"], 20000)
                self.assertEqual(sum(slice["delivered"] for slice in result["series"]), 20000)
                refused = self.hammer(lines, "--connections", "1", "--duration", "1s", "--patience", "1s", status=1)
                self.assertIn("the upgrade to a WebSocket was refused", refused["first_error"])
                command = [os.path.join(BIN, "loadgen"), "--target", lines, "--mix", "events", "--pipeline", "20",
                           "--connections", "4", "--requests", "1000", "--json", "-"]
                events = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        timeout=PATIENCE)
                self.assertEqual(json.loads(events.stdout)["result"]["replies"]["accepted"], 1000)
            stored = subprocess.run([os.path.join(BIN, "station"), "replay", "--dir", data, "--topic", "t"], check=True,
                                    stdout=subprocess.PIPE).stdout.splitlines()
            self.assertEqual([len(line) for line in stored], [100] * 5000)

    def test_options_that_make_no_sense_are_usage_errors(self):
        for arguments in [["--mix", "events", "--subscribers", "1"], ["--mix", "ws", "--topic", "a/b"],
                          ["--mix", "ws", "--topic", ".a"], ["--mix", "wss"]]:
            done = subprocess.run([os.path.join(BIN, "loadgen"), "--target", "127.0.0.1:9", *arguments],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    options, rest = parser.parse_known_args()
    BIN = options.bin
    unittest.main(argv=sys.argv[:1] + rest)
