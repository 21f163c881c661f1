#!/usr/bin/env python3
"""A nats-server that lets in who shows credentials, over TLS and without: station gets in with the right ones, and says what
is wrong with others."""

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import nats_cluster  # noqa: E402
import nats_keys  # noqa: E402
import station_server  # noqa: E402
from failure import Failure, check, equal  # noqa: E402

PATIENCE = 60
NOT_LET_IN = "no NATS server can be used there"   # behind libnats's own words, which are other ones in each version


def certificate(folder):
    """For 127.0.0.1, signed by itself."""
    key, made = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", made, "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return key, made


@contextlib.contextmanager
def node(folder, operator, tls):
    port = nats_cluster.lasting_ports(1)[0]
    config = f'listen: 127.0.0.1:{port}\njetstream {{ store_dir: "{folder}/store" }}\n' + operator.config()
    if tls:
        config += 'tls {{ key_file: "{}", cert_file: "{}" }}\n'.format(*tls)
    one = nats_cluster.Node(folder, 0, port, config)
    one.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            check(one.process.poll() is None and time.monotonic() < deadline, f"nats-server: {one.log()[-1000:]}")
            time.sleep(0.02)
        yield f"{'tls' if tls else 'nats'}://127.0.0.1:{port}"
    finally:
        one.kill()


def who_shows_credentials_is_let_in(program, folder, tls):
    operator = nats_keys.Operator()
    right = operator.credentials(os.path.join(folder, "right"))
    wrong = operator.credentials(os.path.join(folder, "wrong"), right=False)
    trusting = {**os.environ, **({"SSL_CERT_FILE": tls[1]} if tls else {})}

    def station(*arguments, environment=trusting):
        return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=PATIENCE, env=environment,
                              check=False)

    data = os.path.join(folder, "data")
    equal(station("publish", "--dir", data, "--topic", "t", "one", "two").returncode, 0, "publishing")
    with node(folder, operator, tls) as url:
        mirror = ["mirror", "--dir", data, "--topic", "t", "--to", url]

        def refused(words, *arguments, **more):
            said = station(*mirror, "--once", *arguments, **more)
            check(said.returncode == 1 and words in said.stderr, f"{words!r} of {arguments}: {said}")

        def taken(*arguments):
            """JetStream may come a little later than the port."""
            deadline = time.monotonic() + PATIENCE
            while (said := station(*mirror, *arguments, "--nats-credentials", right)).returncode != 0:
                check(time.monotonic() < deadline, f"{arguments}: {said}")
            return said.stdout

        taken("--once")
        check(taken("--verify").endswith("equal\n"), "what was copied is equal")
        refused(NOT_LET_IN)
        refused(NOT_LET_IN, "--nats-credentials", wrong)
        refused(f"{folder}/none: No such file or directory", "--nats-credentials", f"{folder}/none")
        if tls:
            refused(NOT_LET_IN, "--nats-credentials", right, environment=None)
        with station_server.Server(program, ["--engine", url], "--nats-credentials", right, environment=trusting) as server:
            server.open()
            posted = urllib.request.Request(f"http://{server.address}/api/topics/t2/events", data=b"one", method="POST")
            with urllib.request.urlopen(posted, timeout=PATIENCE) as answer:
                equal(answer.status, 201, "publishing through a server that was let in")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--station", required=True)
    options = parser.parse_args()
    if nats_cluster.program() is None:
        print("there is no nats-server here")
        sys.exit(77)
    failed = False
    for name, with_tls in (("without TLS", False), ("over TLS", True)):
        if with_tls and shutil.which("openssl") is None:
            print("      there is no openssl: TLS was not tried")
            continue
        with tempfile.TemporaryDirectory(prefix="station-nats-") as folder:
            try:
                who_shows_credentials_is_let_in(options.station, folder, certificate(folder) if with_tls else None)
                print(f"ok    {name}", flush=True)
            except Failure as failure:
                failed = True
                print(f"FAIL  {name}: {failure}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
