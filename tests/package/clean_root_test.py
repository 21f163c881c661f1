#!/usr/bin/env python3
"""The package in a root with nothing else in it: installed, started as its unit says, upgraded twice with what it has
stored, removed and purged.

    clean_root_test.py --build BUILD | --packages FOLDER [--release trixie]

It takes root, mmdebstrap and a mirror of Debian. First no process of systemd's is in that root: what the unit says is done
here as systemd would do it, up to the words that the station sends it. Then the root boots, where there is systemd-nspawn.
"""
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import booted
from packages import PATIENCE, arguments, check, equal, field, main, run, skip

OLDEST, OLD = "0.0.1~older", "0.0.2~old"
USER = 61184   # the first of those that DynamicUser= takes
ADMINISTRATORS = "port = 0\nline-port = 0\nmax-payload = 100\n"
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18


def release():
    return arguments().release or re.search(r"(?m)^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text(encoding="utf-8"))[1]


def new_root(folder, package):
    """With what the package depends on, so that nothing inside needs a network."""
    root = folder / "root"
    depends = [word.split()[0] for word in field(package, "Depends").split(",")] + (["systemd-sysv"] if booted.possible() else [])
    try:
        done = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(depends)}", release(), str(root)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        skip("the mirror of Debian does not answer")
    if done.returncode != 0:
        skip(f"mmdebstrap can't make a root of {release()}: {done.stderr.strip().splitlines()[-1:]}")
    return root


def older(package, version, folder, change):
    """The package as an older version of it would be: `change` makes its configuration another one."""
    tree = folder / version
    run("dpkg-deb", "--raw-extract", package, tree)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", control.read_text(encoding="utf-8")), encoding="utf-8")
    conf = tree / "etc/station/station.conf"
    conf.write_text(change + conf.read_text(encoding="utf-8"), encoding="utf-8")
    built = folder / f"station_{version}.deb"
    run("dpkg-deb", "--root-owner-group", "--build", tree, built)
    return built


class Root:
    """The clean root, and what is done in it."""

    def __init__(self, path):
        self.path = path

    def file(self, path):
        return self.path / path.lstrip("/")

    def run(self, *command, status=0):
        return run("chroot", self.path, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", *command,
                   status=status)

    def install(self, package, *options):
        shutil.copy(package, self.file("/tmp/station.deb"))
        self.run("dpkg", *options, "--install", "/tmp/station.deb")
        return self.run("dpkg-query", "--show", "--showformat", "${Status} ${Version}", "station")

    def conf(self):
        return self.file("/etc/station/station.conf").read_text(encoding="utf-8")

    def state_directory(self):
        """As StateDirectory= with DynamicUser= makes it."""
        private = self.file("/var/lib/private")
        private.mkdir(mode=0o700, exist_ok=True)
        state = private / "station"
        if not state.exists():
            state.mkdir(mode=0o700)
            os.chown(state, USER, USER)
            self.file("/var/lib/station").symlink_to("private/station")
        # The root's user may not pass private/, which systemd makes way for in the service's own view.
        private.chmod(0o711)


@contextlib.contextmanager
def service(root):
    """The station, as the unit of the installed package starts it, once it has said that it is ready."""
    unit = root.file("/usr/lib/systemd/system/station.service").read_text(encoding="ascii")
    command = re.search(r"(?m)^ExecStart=(.*)$", unit)[1].split()
    root.state_directory()
    notify = root.file("/run/notify")
    notify.unlink(missing_ok=True)
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(notify))
    notify.chmod(0o777)
    manager.settimeout(PATIENCE)

    def enter():
        os.chroot(root.path)
        os.chdir("/var/lib/station")
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)
        os.umask(0o077)

    with manager, tempfile.TemporaryFile() as log, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, preexec_fn=enter,
            env={"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": "/run/notify"}) as process:
        try:
            line = process.stdout.readline().decode()
            log.seek(0)
            check(line, f"it does not start: {log.read().decode()}")
            equal(manager.recv(4096), b"READY=1", "what systemd is told")
            yield int(line.rpartition(":")[2])
            process.send_signal(signal.SIGTERM)
            equal(process.wait(PATIENCE), 0, "the status at SIGTERM")
            equal(manager.recv(4096), b"STOPPING=1", "what systemd is told at the end")
        finally:
            process.kill()


def ask(port, path, body=None):
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", body), timeout=60) as answer:
        return answer.read()


def events(port):
    lines = ask(port, "/api/topics/lobby/events?from=beginning").splitlines()
    return [(event["offset"], event["id"], event["payload"]) for event in map(json.loads, lines)]


def private_mounts():
    """Maintainer scripts and the station run in the root alone; what they might mount is gone with this process."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        skip("no namespace for mounts can be made here")


def from_the_first_day_to_the_last(station, _, folder):
    root = Root(new_root(folder, station))
    private_mounts()
    run("mount", "-t", "proc", "proc", root.file("/proc"))

    check("installed" in root.install(older(station, OLDEST, folder, "# as it was at first\n")), "the oldest one is installed")
    check(root.conf().startswith("# as it was at first\n"), "with its configuration")
    check("Usage: station" in root.run("station", "--help"), "the program runs")
    root.install(older(station, OLD, folder, "# as it was later\n"))
    check(root.conf().startswith("# as it was later\n"), "a configuration that nobody has changed is the new one's")
    link = root.file("/etc/systemd/system/multi-user.target.wants/station.service")
    check(link.is_symlink(), "the service is enabled")

    with open(root.file("/etc/station/station.conf"), "a", encoding="utf-8") as conf:
        conf.write(ADMINISTRATORS)
    with service(root) as port:
        for number in range(100):
            ask(port, "/api/topics/lobby/events", b"event %d" % number)
        before = events(port)
        equal(len(before), 100, "events of the old version")

    status = root.install(station, "--force-confold")
    equal(status, f"install ok installed {field(station, 'Version')}", "after the upgrade")
    check(root.conf().endswith(ADMINISTRATORS), "what the administrator has changed is kept")
    check(root.file("/etc/station/station.conf.dpkg-dist").exists(), "and the package's own lies beside it")
    with service(root) as port:
        equal(events(port), before, "what the old version had stored")
        ask(port, "/api/topics/lobby/events", b"of the new one")
        with contextlib.suppress(urllib.error.HTTPError):
            ask(port, "/api/topics/lobby/events", b"x" * 101)
            check(False, "the administrator's max-payload holds no longer")
        equal(len(events(port)), 101, "events after the upgrade")
    state = root.file("/var/lib/private/station")
    equal(state.stat().st_mode & 0o777, 0o700, "the mode of what is stored")

    root.run("dpkg", "--remove", "station")
    check(not root.file("/usr/bin/station").exists(), "removed: the program is gone")
    check(root.conf().endswith(ADMINISTRATORS) and (state / "bus.meta.json").exists(), "configuration and data are not")
    root.install(station, "--force-confold")
    with service(root) as port:
        equal(len(events(port)), 101, "installed again, it has what it had")

    root.run("dpkg", "--purge", "station")
    left = run("find", ".", "-xdev", "-name", "*station*", "-not", "-path", "./tmp/*", "-not", "-name", "*-wifi-station.*", cwd=root.path)
    equal(left, "", "what is left after a purge")
    equal(root.run("dpkg", "--audit"), "", "what dpkg finds wrong")
    run("umount", root.file("/proc"))


def under_a_systemd_that_has_booted(station, _, folder):
    root = folder.parent / from_the_first_day_to_the_last.__name__ / "root"
    told = booted.under_systemd(root, station) if booted.possible() and root.exists() else None
    if told is None:
        print("      no container of systemd-nspawn's boots here: this was not tried")
        return
    booted.look(told, root)


if __name__ == "__main__":
    given = arguments()
    if os.geteuid() != 0:
        skip("making a root, and entering it, takes root")
    for program in ("mmdebstrap", "dpkg-deb", "chroot"):
        if not shutil.which(program):
            skip(f"there is no {program}")
    with tempfile.TemporaryDirectory(prefix="station-package-") as made_here:
        # mmdebstrap's own user enters it.
        os.chmod(made_here, 0o755)
        try:
            status = main([from_the_first_day_to_the_last, under_a_systemd_that_has_booted], given, made_here)
        finally:
            # Nothing may be mounted there when it is removed.
            subprocess.run(["umount", "--quiet", os.path.join(made_here, "from_the_first_day_to_the_last/root/proc")], check=False,
                           stderr=subprocess.DEVNULL)
    sys.exit(status)
