"""A small ext4 on a loop device whose power can be cut, and file systems that fill up. All of it needs root."""
import errno
import fcntl
import os
import struct
import subprocess
import tempfile
import time

from harness import Skip, check, need_program, need_root, until

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2


def quietly(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)


def must(*command):
    done = quietly(*command)
    check(done.returncode == 0, " ".join(command), "says", done.stdout.decode(errors="replace").strip())


class LoopDisk:
    """An ext4 image, mounted; in memory where it may. Gone on every path: see harness.Cleanup."""

    def __init__(self, run, megabytes, in_memory=True):
        need_root()
        mkfs = need_program("mkfs.ext4")
        where = "/dev/shm" if in_memory and os.access("/dev/shm", os.W_OK) else None
        self.folder = run.cleanup.folder("station-lab-disk-", where)
        self.image = os.path.join(self.folder, "image")
        self.mount_point = os.path.join(self.folder, "mnt")
        os.mkdir(self.mount_point)
        with open(self.image, "wb") as image:
            image.truncate(megabytes << 20)
        must(mkfs, "-q", "-F", "-m", "0", self.image)
        run.cleanup.add(self.unmount)
        if quietly("mount", "-o", "loop", self.image, self.mount_point).returncode != 0:
            raise Skip("needs a loop device to mount")

    def mount(self):
        must("mount", "-o", "loop", self.image, self.mount_point)

    def cut_power(self):
        """From here on nothing reaches the disk any more, and what had not is gone at the next mount."""
        descriptor = os.open(self.mount_point, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        except OSError as error:
            raise Skip(f"needs EXT4_IOC_SHUTDOWN: {error}") from None
        finally:
            os.close(descriptor)

    def unmount(self):
        for _ in range(200):
            if not os.path.ismount(self.mount_point) or quietly("umount", self.mount_point).returncode == 0:
                return
            time.sleep(0.01)
        must("umount", "-l", self.mount_point)


class SlowReads:
    """A control group whose processes read from a disk no faster than so many bytes a second; what is in the page cache
    costs nothing. The block layer holds them up, so that it is the same wherever the image lies."""

    def __init__(self, run, mount_point, bytes_a_second):
        need_root()
        device = os.stat(mount_point).st_dev
        self.device = f"{os.major(device)}:{os.minor(device)}"
        parent, limit, line = self._hierarchy(bytes_a_second)
        self.group = tempfile.mkdtemp(prefix="station-lab-", dir=parent)
        run.cleanup.add(self._leave)
        try:
            with open(os.path.join(self.group, limit), "w", encoding="ascii") as file:
                file.write(line)
        except OSError as error:
            raise Skip(f"needs a control group that slows a disk down: {error}") from None

    def _hierarchy(self, bytes_a_second):
        first, second = "/sys/fs/cgroup/blkio", "/sys/fs/cgroup"  # versions 1 and 2
        if os.path.exists(os.path.join(first, "blkio.throttle.read_bps_device")):
            return first, "blkio.throttle.read_bps_device", f"{self.device} {bytes_a_second}"
        controllers = os.path.join(second, "cgroup.subtree_control")
        if os.path.exists(controllers):
            with open(controllers, encoding="ascii") as file:
                if "io" in file.read().split():
                    return second, "io.max", f"{self.device} rbps={bytes_a_second}"
        raise Skip("needs a control group that slows a disk down: blkio, or io switched on")

    def join(self):
        """For preexec_fn: from here on the process is one of the group."""
        with open(os.path.join(self.group, "cgroup.procs"), "w", encoding="ascii") as file:
            file.write(str(os.getpid()))

    def _leave(self):
        # A process that has just ended may be a member for a moment more.
        until(lambda: quietly("rmdir", self.group).returncode == 0, "the control group is empty", 10)


class SmallDisk:
    """A tmpfs of a few megabytes: it fills up, and gets room again."""

    def __init__(self, run, megabytes):
        need_root()
        self.mount_point = run.cleanup.folder("station-lab-small-")
        self.filler = os.path.join(self.mount_point, "filler")
        if quietly("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", self.mount_point).returncode != 0:
            raise Skip("needs the right to mount a tmpfs")
        run.cleanup.add(quietly, "umount", "-l", self.mount_point)

    def fill(self, bytes_):
        with open(self.filler, "wb") as filler:
            filler.write(bytes(bytes_))

    def top_up(self):
        """Takes what is left, to the last page."""
        with open(self.filler, "ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def leave(self, pages):
        """Full but for so many pages."""
        self.top_up()
        os.truncate(self.filler, max(0, os.path.getsize(self.filler) - 4096 * pages))

    def make_room(self):
        os.remove(self.filler)
