"""nats-server processes with JetStream, as one or as a cluster: on free ports of 127.0.0.1, their stores in a temporary
folder, and never left behind."""
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from nats_client import Nats, NatsError

PATIENCE = 60.0


def program():
    """nats-server, or None where it is not installed."""
    return shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")


def lasting_ports(count):
    """For servers that come back: below those that a connection's own end may get while they are away."""
    found = []
    while len(found) < count:
        port = random.randrange(15000, 25000)
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(("127.0.0.1", port))
            found.append(port)
    return found


class Node:
    def __init__(self, folder, number, port, config):
        self.number, self.port = number, port
        self.name = f"n{number}"
        self._config = os.path.join(folder, f"{self.name}.conf")
        self._log = os.path.join(folder, f"{self.name}.log")
        with open(self._config, "w", encoding="ascii") as file:
            file.write(config)
        self.process = None

    def start(self):
        with open(self._log, "ab") as log:
            self.process = subprocess.Popen([program(), "-c", self._config], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)

    def kill(self, number=signal.SIGKILL):
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, number)
            if number == signal.SIGKILL:
                self.process.wait()

    def log(self):
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return file.read()


class Cluster:
    """As a context; inside of it JetStream answers. The nodes may be killed and started at will."""

    def __init__(self, nodes=3, max_payload="1MB"):
        self._folder = tempfile.TemporaryDirectory(prefix="station-nats-")
        ports = lasting_ports(2 * nodes)
        routes = ", ".join(f"nats-route://127.0.0.1:{port}" for port in ports[nodes:])
        self.nodes = []
        for i in range(nodes):
            folder = self._folder.name
            config = (f"server_name: n{i}\nlisten: 127.0.0.1:{ports[i]}\nmax_payload: {max_payload}\n"
                      f'jetstream {{ store_dir: "{folder}/store{i}", max_memory_store: 64MB, max_file_store: 16GB }}\n')
            if nodes > 1:
                config += f"cluster {{ name: test, listen: 127.0.0.1:{ports[nodes + i]}, routes: [{routes}] }}\n"
            self.nodes.append(Node(folder, i, ports[i], config))

    def __enter__(self):
        try:
            for node in self.nodes:
                node.start()
            self.wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            node.kill()
        self._folder.cleanup()

    @property
    def urls(self):
        return ",".join(f"nats://127.0.0.1:{node.port}" for node in self.nodes)

    def living(self):
        return [node for node in self.nodes if node.process is not None and node.process.poll() is None]

    def wait_until_ready(self):
        """Until JetStream takes a stream with as many replicas as there are nodes, and gives it back."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with self.client(1.0) as client:
                    client.api("STREAM.CREATE.ready", {"name": "ready", "subjects": ["ready"], "storage": "memory",
                                                       "num_replicas": len(self.nodes)}, patience=5.0)
                    client.api("STREAM.DELETE.ready", patience=5.0)
                    return
            except (NatsError, OSError) as error:
                if time.monotonic() > deadline:
                    raise NatsError(f"the cluster is not ready: {error}; " + self.nodes[0].log()[-2000:]) from None
                time.sleep(0.05)

    def client(self, patience=5.0):
        """A connection to a node that is there."""
        error = NatsError("no node is there")
        for node in self.living():
            try:
                return Nats(node.port, patience)
            except OSError as failed:
                error = failed
        raise error

    def leader_of(self, stream):
        """The node that leads a stream, or None while there is none."""
        with contextlib.suppress(NatsError, OSError), self.client() as client:
            name = client.api(f"STREAM.INFO.{stream}", patience=2.0).get("cluster", {}).get("leader", "n0")
            return next((node for node in self.nodes if node.name == name), None)
        return None
