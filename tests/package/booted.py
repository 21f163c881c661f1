"""The package under a systemd that has really booted, in a container of systemd-nspawn's: the unit with all its walls."""
import os
import shutil
import subprocess
from pathlib import Path

from packages import check

# What it finds is said in lines NAME=VALUE, and looked at outside.
SCRIPT = r"""
exec >/tried.log 2>&1
say() { echo "$1=$2" >>/tried; }
state() { systemctl is-active station; }
count() { station replay --server 127.0.0.1:9000 "$@" --topic lobby --from beginning | wc -l; }
pid() { systemctl show --property MainPID --value station; }
log() { journalctl --unit station --no-pager --output cat; }
say began yes
dpkg --install /station.deb
say installed "$(state) $(systemctl is-enabled station)"
say user "$(awk '/^Uid:/ { print ($2 > 0) }' /proc/$(pid)/status)"
station publish --server 127.0.0.1:9000 --topic lobby one
say capabilities "$(grep CapEff /proc/$(pid)/status | tr --delete '\t ')"
systemctl reload station
until log | grep --quiet SIGHUP; do sleep 0.1; done
say reloaded "$(log | grep --count 'SIGHUP: the token, the hosts and the origins were read again')"
kill -KILL "$(pid)"
until [ "$(systemctl show --property NRestarts --value station) $(state)" = "1 active" ]; do sleep 0.1; done
say killed "$(state) $(count)"
echo 'a-token-of-sixteen-bytes' >/etc/station/token
chmod 600 /etc/station/token
mkdir --parents /etc/systemd/system/station.service.d
printf '[Service]\nLoadCredential=token:/etc/station/token\n' >/etc/systemd/system/station.service.d/token.conf
printf 'token-file = /run/credentials/station.service/token\nchat = true\n' >>/etc/station/station.conf
systemctl daemon-reload
systemctl restart station
say token "$(state) $(count --token-file /etc/station/token) $(count)"
before=$(pid)
dpkg --install --force-confold /station.deb
say upgraded "$(state) $(count --token-file /etc/station/token) $([ "$(pid)" = "$before" ] && echo same || echo new)"
systemctl stop station
say stopped "$(state) $(systemctl show --property Result --value station)"
echo 'prot = 1' >>/etc/station/station.conf
systemctl start station
say refused "$(log | grep --count 'station.conf:[0-9]*: prot: there is no such option')"
sed --in-place '$d' /etc/station/station.conf
systemctl stop station
systemctl reset-failed station
systemctl start station
dpkg --remove station
say removed "$(state) $(ls /var/lib/private/station/bus.meta.json)"
dpkg --purge station
say purged "$(ls /var/lib/private /var/lib | grep station)"
say ended yes
journalctl --unit station --no-pager
"""
TIME_TO_BOOT = 150.0   # what is not told by then is not told
UNIT = """[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/usr/bin/timeout 90 /bin/bash /try.sh
ExecStopPost=/bin/systemctl poweroff --no-block
"""
EXPECTED = {
    "installed": "active enabled", "user": "1", "capabilities": "CapEff:0000000000000000", "reloaded": "1",
    "killed": "active 1", "token": "active 1 0", "upgraded": "active 1 new", "stopped": "inactive success", "refused": "1",
    "removed": "inactive /var/lib/private/station/bus.meta.json", "purged": "", "ended": "yes"}


def possible():
    return shutil.which("systemd-nspawn") is not None


def under_systemd(root: Path, package):
    """root: with systemd in it, and without the package. What happened, or None where no container boots here."""
    shutil.copy(package, root / "station.deb")
    (root / "try.sh").write_text(SCRIPT, encoding="ascii")
    (root / "etc/systemd/system/try.service").write_text(UNIT, encoding="ascii")
    wants = root / "etc/systemd/system/graphical.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "try.service").symlink_to("../try.service")
    (root / "etc/machine-id").write_text("", encoding="ascii")
    try:
        subprocess.run(["systemd-nspawn", "--directory", str(root), f"--machine=station-{os.getpid()}", "--boot", "--private-network",
                        "--register=no", "--keep-unit", "--kill-signal=SIGRTMIN+4"], stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=TIME_TO_BOOT, check=False)
    except subprocess.TimeoutExpired:
        pass   # what it has said until then tells where it stood
    if not (root / "tried").exists():
        return None
    lines = (root / "tried").read_text(encoding="utf-8").splitlines()
    return dict(line.partition("=")[::2] for line in lines)


def look(told, root):
    log = (root / "tried.log").read_text(encoding="utf-8", errors="replace")
    for name, value in EXPECTED.items():
        check(name in told, f"under systemd it did not come to '{name}': {told}\n{log[-3000:]}")
        check(told[name] == value, f"under systemd '{name}' should be {value!r}, and it is {told[name]!r}\n{log[-3000:]}")
