"""What the tests of real clients share: the harness of tests/station, and the way to do without a client."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "station"))

from harness import PATIENCE, Failure, check, until  # noqa: E402 pylint: disable=wrong-import-position

SKIPPED = 77  # what CTest calls a skipped test
HOST = "station.example"

# All that nginx writes goes to the folder; one process, which ends as soon as it is told.
NGINX_ALONE = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
}}
"""


def skip(name, package):
    print(f"skipped: {name} is not installed (apt-get install {package})")
    sys.exit(SKIPPED)


def program(name, package):
    """Where it is; servers are often not on the PATH of who is not root."""
    found = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
    return found or skip(name, package)


def run(*command, status=0, data=b""):
    """What it says on standard output, and on standard error."""
    done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE, check=False)
    check(done.returncode == status,
          f"{command}: status {done.returncode}, not {status}: {done.stdout[-1000:]!r} {done.stderr[-1000:]!r}")
    return done.stdout, done.stderr


@contextlib.contextmanager
def listening(make_command, log):
    """Runs a server on a free port, and gives the port. make_command(port) is its command line; `log` is a file's path.

    Between looking for the port and listening on it somebody else may take it: then it ends, and another one is tried.
    """
    for _ in range(5):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(log, "wb") as output:
            process = subprocess.Popen(make_command(port), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            until(lambda: process.poll() is not None or answers(port), "the client's server listens")
            if process.poll() is None:
                yield port
                return
        finally:
            process.kill()
            process.wait()
    with open(log, encoding="utf-8", errors="replace") as output:
        raise Failure(f"{make_command(port)} does not start: {output.read()[-2000:]}")


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
