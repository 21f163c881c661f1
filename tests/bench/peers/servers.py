"""The servers of the comparison: each starts on 127.0.0.1 with an empty folder, and is gone when its block ends."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

START_SECONDS = 20
START_TRIES = 3


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find(program):
    """Debian keeps servers where a user's PATH does not lead."""
    elsewhere = ":/usr/sbin:/usr/local/sbin:/usr/lib/postgresql/15/bin"
    return shutil.which(program, path=os.environ.get("PATH", "") + elsewhere)


class Server:
    """with Redis("always").running(options) as server: server.port, server.pid"""

    package = None  # the Debian package to install where the program is missing; None: it is the project's own
    client = "peers_client"

    def running(self, bin_dir, data_dir):
        self.bin_dir = bin_dir
        self.data_dir = data_dir
        return self

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="peers-", dir=self.data_dir)
        try:
            for last in range(START_TRIES):
                if self.start():
                    break
                if last == START_TRIES - 1:
                    raise RuntimeError(f"{self.program} does not start:\n{self.output()}")
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if getattr(self, "process", None) is not None:
            self.stop()
        shutil.rmtree(self.folder)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def start(self):
        """False where it ended at once: another program may have taken the port that was free."""
        self.port = free_port()
        with open(os.path.join(self.folder, "output"), "w") as output:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            **self.identity())
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.is_ready() and self.process.poll() is None:
                return True
            time.sleep(0.01)
        self.stop()
        return False

    def identity(self):
        """Who it runs as, for subprocess."""
        return {}

    def client_arguments(self):
        return ["--port", str(self.port), "--server", str(self.pid)]

    @property
    def pid(self):
        return self.process.pid

    def output(self):
        with open(os.path.join(self.folder, "output")) as output:
            return output.read()

    def is_ready(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def prepare(self):
        pass

    def version(self):
        command = [find(self.program), "--version"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class Redis(Server):
    """An append-only file; `appendfsync` is always, everysec or no."""

    program = "redis-server"
    package = "redis-server"

    def __init__(self, appendfsync):
        self.appendfsync = appendfsync

    def command(self):
        return [find(self.program), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", self.folder, "--save", "",
                "--appendonly", "yes", "--appendfsync", self.appendfsync]


class JetStream(Server):
    """A stream in files. It acknowledges before any sync: its rates are those of the page cache."""

    program = "nats-server"
    package = "nats-server"

    def command(self):
        return [find(self.program), "--addr", "127.0.0.1", "--port", str(self.port), "--jetstream", "--store_dir",
                self.folder]

    def prepare(self):
        stream = json.dumps({"name": "peers", "subjects": ["peers"], "storage": "file"})
        request = f"SUB made 1\r\nPUB $JS.API.STREAM.CREATE.peers made {len(stream)}\r\n{stream}\r\n"
        with socket.create_connection(("127.0.0.1", self.port), START_SECONDS) as client:
            client.sendall(b'CONNECT {"verbose":false}\r\n' + request.encode())
            answer = b""
            while b'"did_create":true' not in answer:
                received = client.recv(65536)
                if not received or b'"error"' in received:
                    raise RuntimeError(f"nats-server makes no stream: {answer + received!r}")
                answer += received


class Postgres(Server):
    """An events table. Its programs refuse to run as root, who lends it the user that the package makes."""

    program = "postgres"
    package = "postgresql-15"
    user = "peers"
    table = """CREATE TABLE events (global_sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        stream text NOT NULL, version bigint NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(),
        time timestamptz NOT NULL DEFAULT now(), kind int NOT NULL, payload bytea NOT NULL, UNIQUE (stream, version))"""

    def start(self):
        if os.geteuid() == 0:
            os.chmod(self.data_dir, 0o711)
            shutil.chown(self.folder, "postgres", "postgres")
        self.cluster = os.path.join(self.folder, "cluster")
        shutil.rmtree(self.cluster, ignore_errors=True)
        subprocess.run([find("initdb"), "-D", self.cluster, "-U", self.user, "--auth=trust", "--encoding=UTF8",
                        "--locale=C", "--no-sync"], check=True, capture_output=True, **self.identity())
        return super().start()

    def identity(self):
        lent = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        return {"cwd": self.folder, **lent}

    def command(self):
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
                    "synchronous_commit": "on", "max_connections": 100, "max_wal_size": "4GB"}
        return [find(self.program), "-D", self.cluster, *(f"--{name}={value}" for name, value in settings.items())]

    def is_ready(self):
        ask = [find("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ask, capture_output=True).returncode == 0

    def prepare(self):
        self.query(self.table)

    def query(self, text):
        ask = [find("psql"), "-X", "-q", "-t", "-A", "-h", "127.0.0.1", "-p", str(self.port), "-U", self.user, "-c", text,
               "postgres"]
        return subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()

    def stop(self):
        """It ends its own processes; its files are thrown away."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()


class Embedded(Server):
    """No server: a library in the process that drives it."""

    client = program = "peers_embedded"
    pid = 0

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="peers-", dir=self.data_dir)
        return self

    def client_arguments(self):
        return ["--folder", self.folder]

    def output(self):
        return ""


class OwnServer(Server):
    """A program of this repository picks its port and says which."""

    def __init__(self, durability):
        self.durability = durability

    def is_ready(self):
        lines = [line for line in self.output().splitlines(keepends=True) if " on 127.0.0.1:" in line]
        if len(lines) < self.ports or not lines[-1].endswith("\n"):
            return False
        self.listening = [int(line.rsplit(":", 1)[1]) for line in lines]
        self.port = self.listening[0]
        return True


class Floor(OwnServer):
    program = "peers_floor"
    ports = 1

    def command(self):
        return [os.path.join(self.bin_dir, self.program), self.folder, self.durability]


class Station(OwnServer):
    program = "station"
    ports = 2

    def command(self):
        return [os.path.join(self.bin_dir, self.program), "serve", "--data", os.path.join(self.folder, "data"),
                "--port", "0", "--line-port", "0", "--durability", self.durability, "--log-level", "error"]


class StationLines(Station):
    """The same server, through its second port."""

    def is_ready(self):
        ready = super().is_ready()
        if ready:
            self.port = self.listening[1]
        return ready


def missing(servers):
    """The packages of those servers that are not installed here."""
    return sorted({server.package for server in servers if server.package and not find(server.program)})
