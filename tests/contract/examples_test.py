#!/usr/bin/env python3
"""The examples of docs/protocol.md, run: what the page says comes back is what comes back.

    examples_test.py PAGE BIN     where BIN holds the binaries

An example is a block of the page, and gets a server of its own:

    ```text step 4                 lines sent (>) to that step, and the replies (<)
    ```text station lines          the same on the last step's line port
    ```text station websocket      messages sent and received: hex where they are binary
    ```text station batch          the same, with the subprotocol station.batch.v1
    ```console station             shell commands ($), and all that they print
    ```python station              a program; the next block, ```text prints, is what it prints

In what comes back <id>, <time> and <n> stand for what differs from run to run. The page's 9000 and 7011 become the
ports of the example's server.
"""
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "websocket"))
import rfc6455  # noqa: E402

PATIENCE = 10
BLOCK = re.compile(r"^```(?:text (step (?P<step>\d+)|station (?P<door>lines|websocket|batch))|(?P<shell>console) station|"
                   r"(?P<python>python) station)\n(?P<body>.*?)^```$(\n+```text prints\n(?P<prints>.*?)^```$)?",
                   re.MULTILINE | re.DOTALL)
VARYING = {"<id>": r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "<time>": r"\d{19}", "<n>": r"[\d.e+-]+"}


def is_like(real, text):
    pattern = re.escape(text)
    for name, varying in VARYING.items():
        pattern = pattern.replace(re.escape(name), varying)
    return re.fullmatch(pattern, real) is not None


class Lines:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.stream = self.socket.makefile("rw")

    def send(self, text):
        self.stream.write(text + "\n")
        self.stream.flush()

    def receive(self):
        return self.stream.readline().rstrip("\n")

    def close(self):
        self.stream.close()
        self.socket.close()


class WebSocket:
    def __init__(self, port, batches):
        self.client = rfc6455.Client(("127.0.0.1", port), PATIENCE)
        headers = {"Sec-WebSocket-Protocol": b"station.batch.v1"} if batches else {}
        self.client.send(rfc6455.upgrade(b"/ws", b"127.0.0.1:%d" % port, headers=headers))
        status, _ = self.client.response()
        assert status == 101, status

    def send(self, text):
        if re.fullmatch("[0-9a-f ]+", text):
            self.client.send(rfc6455.binary(bytes.fromhex(text)))
        else:
            self.client.send(rfc6455.text(text.encode()))

    def receive(self):
        kind, payload = self.client.event()
        return payload.decode() if kind == "text" else payload.hex() if kind == "binary" else f"{kind} {payload}"

    def close(self):
        self.client.socket.close()


def talk(client, lines, first_line):
    try:
        for number, line in enumerate(lines, first_line):
            mark, text = line[:2], line[2:]
            if mark == "> ":
                client.send(text)
            elif mark == "< ":
                reply = client.receive()
                if not is_like(reply, text) and reply != text.replace(" ", ""):
                    yield f"line {number}: the page says {text!r}, the server {reply!r}"
            else:
                yield f"line {number}: neither sent nor received: {line!r}"
    finally:
        client.close()


def compare(command, expected, first_line):
    done = subprocess.run(command, capture_output=True, text=True, timeout=6 * PATIENCE)
    printed = (done.stdout + done.stderr).splitlines()
    if len(printed) != len(expected) or not all(map(is_like, printed, expected)):
        yield f"line {first_line}: the page says {expected!r}, it printed {printed!r}"


def run_shell(lines, first_line):
    commands = [i for i, line in enumerate(lines) if line.startswith("$ ")]
    for i, end in zip(commands, commands[1:] + [len(lines)]):
        yield from compare(["bash", "-c", lines[i][2:]], lines[i + 1:end], first_line + i)


def start(command):
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return server, int(server.stdout.readline().rsplit(":", 1)[1])


def stop(server):
    server.terminate()
    server.wait()
    server.stdout.close()


def run_on_step(binary, block, first_line):
    server, port = start([binary, "--port", "0"])
    try:
        yield from talk(Lines(port), block["body"].splitlines(), first_line)
    finally:
        stop(server)


def run_on_station(binary, block, first_line):
    with tempfile.TemporaryDirectory() as folder:
        server, port = start([binary, "serve", "--data", folder + "/data", "--port", "0", "--line-port", "0"])
        try:
            line_port = int(server.stdout.readline().rsplit(":", 1)[1])

            def ported(text):
                return re.sub(r"\b7011\b", str(line_port), re.sub(r"\b9000\b", str(port), text))

            lines = ported(block["body"]).splitlines()
            if block["shell"]:
                yield from run_shell(lines, first_line)
            elif block["python"]:
                yield from compare([sys.executable, "-c", "\n".join(lines)], (block["prints"] or "").splitlines(), first_line)
            elif block["door"] == "lines":
                yield from talk(Lines(line_port), lines, first_line)
            else:
                yield from talk(WebSocket(port, block["door"] == "batch"), lines, first_line)
        finally:
            stop(server)


def main():
    path, folder = sys.argv[1:]
    page = pathlib.Path(path).read_text(encoding="utf-8")
    complaints = []
    run = []
    for block in BLOCK.finditer(page):
        first_line = page.count("\n", 0, block.start("body")) + 1
        if block["step"]:
            binary = next(pathlib.Path(folder).glob(f"step{int(block['step']):02}_*"))
            complaints += run_on_step(binary, block, first_line)
        else:
            complaints += run_on_station(pathlib.Path(folder) / "station", block, first_line)
        run.append(block["step"] or block["door"] or block["shell"] or block["python"])
    for complaint in complaints:
        print(f"{path}: {complaint}")
    print(f"{len(run)} examples: {', '.join(run)}; {len(complaints)} complaints")
    return 1 if complaints or not run else 0


if __name__ == "__main__":
    sys.exit(main())
