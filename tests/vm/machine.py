"""A virtual SIM-bank host: boots the image in QEMU, plugs USB devices, runs commands, and fails like the mains."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from monitor import Monitor, MonitorError

GUEST_MEMORY_MB: Final = 1024
BOOT_S: Final = 300
_READY: Final = b"simbank: commands are taken"
"""What the guest writes on its console when ssh listens. Trying ssh before that costs up to ten seconds of a boot."""
_KERNEL: Final = (
    "root=/dev/vda rw console=ttyS0 net.ifnames=0 systemd.show_status=0 quiet mitigations=off audit=0"
)
"""mitigations=off: emulated page-table isolation makes each system call seven times as slow."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class GuestError(Exception):
    """A command in the guest that ended with another code than 0."""


class Machine:
    """One guest, its files in `folder`. Nothing runs before `boot`."""

    def __init__(self, folder: Path, *, ssh_port: int, api_port: int, accelerator: str = "tcg") -> None:
        self.folder = folder
        self.accelerator = accelerator
        self._ssh_port = ssh_port
        self._api_port = api_port
        self._process: subprocess.Popen[bytes] | None = None
        self._cpu_before = 0.0
        self._monitor = Monitor(folder / "qmp")

    # The machine itself

    def boot(
        self, *, fresh: bool = False, plug: Callable[[], None] | None = None, timeout: float = BOOT_S
    ) -> float:
        """Start it and wait until it takes commands; return the seconds that took.

        `fresh`: with the disk as it was built, else as it was left. `plug` is called as soon as QEMU listens, so that
        what it plugs is there when the kernel first looks at USB.
        """
        disk = self.folder / "run.img"
        if fresh or not disk.exists():
            subprocess.run(["cp", "--sparse=always", self.folder / "disk.img", disk], check=True)
        for former in ("qmp", "console.log"):
            (self.folder / former).unlink(missing_ok=True)
        started = time.monotonic()
        with (self.folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(disk), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_until((self.folder / "qmp").exists, 20, "QEMU does not listen; see qemu.log")
        if plug:
            plug()
        wait_until(self._is_up, timeout, "the guest does not come up; see console.log")
        return time.monotonic() - started

    def _is_up(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise GuestError("QEMU has ended; see qemu.log")
        console = self.folder / "console.log"
        return console.exists() and _READY in console.read_bytes()

    @property
    def cpu_seconds(self) -> float:
        """The CPU time of QEMU since the first boot: what the emulation costs, whatever else this machine does."""
        if self._process is None:
            return self._cpu_before
        fields = (
            Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        )
        return self._cpu_before + (int(fields[11]) + int(fields[12])) / _TICKS

    def _command(self, disk: Path) -> list[str]:
        processor = (
            ["-accel", "tcg,thread=multi", "-cpu", "Nehalem"]
            if self.accelerator == "tcg"
            else ["-accel", "kvm", "-cpu", "host"]
        )
        network = (
            f"user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:{self._ssh_port}-:22,"
            f"guestfwd=tcp:10.0.2.100:8080-cmd:socat - TCP:127.0.0.1:{self._api_port}"
        )
        return [
            "qemu-system-x86_64", "-display", "none", "-nodefaults", *processor,
            "-m", str(GUEST_MEMORY_MB), "-smp", "2",
            "-kernel", str(self.folder / "vmlinuz"), "-initrd", str(self.folder / "initrd"),
            "-append", _KERNEL,
            "-drive", f"file={disk},format=raw,if=virtio,cache=writeback",
            "-serial", f"file:{self.folder}/console.log", "-device", "virtio-rng-pci",
            "-netdev", network, "-device", "virtio-net-pci,netdev=n0,romfile=",
            "-device", "qemu-xhci,id=xhci,p2=15,p3=4", "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
        ]  # fmt: skip

    def mains_fail(self) -> None:
        """End QEMU at once: what the guest has not flushed to its disk is lost."""
        if self._process is not None:
            self._cpu_before = self.cpu_seconds
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._forget()

    def _forget(self) -> None:
        self._monitor.close()
        self._process = None
        (self.folder / f"ssh-{self._ssh_port}").unlink(missing_ok=True)

    # Commands in the guest

    def run(self, command: str, *, timeout: float = 180, stdin: str | bytes | None = None) -> str:
        """Run a shell command as root; return its output, or raise GuestError."""
        done = self._ssh(command, timeout, stdin)
        if done.returncode:
            text = (done.stdout + done.stderr).decode(errors="replace")
            raise GuestError(f"{command!r} ended with {done.returncode}: {text[-2000:]}")
        return done.stdout.decode(errors="replace")

    def try_run(self, command: str, *, timeout: float = 180) -> tuple[int, str]:
        """Run a shell command as root; return its exit code (255: no connection) and all it printed."""
        try:
            done = self._ssh(command, timeout, None)
        except subprocess.TimeoutExpired:
            return 255, "no answer in time"
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def copy(self, source: Path, target: str) -> None:
        """Put a file into the guest."""
        self.run(f"cat > {target}", stdin=source.read_bytes())

    def write(self, target: str, text: str) -> None:
        """Put a text into a file of the guest."""
        self.run(f"cat > {target}", stdin=text)

    def _ssh(
        self, command: str, timeout: float, stdin: str | bytes | None
    ) -> subprocess.CompletedProcess[bytes]:
        options = {
            "StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null", "ConnectTimeout": "60",
            "ControlPath": f"{self.folder}/ssh-%p", "ControlMaster": "auto", "ControlPersist": "600",
        }  # fmt: skip
        words = ["ssh", "-q", "-p", str(self._ssh_port), "-i", str(self.folder / "key")]
        words += [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        given = stdin.encode() if isinstance(stdin, str) else stdin
        return subprocess.run(
            [*words, "root@127.0.0.1", command], input=given if given is not None else b"", capture_output=True,
            timeout=timeout, check=False,
        )  # fmt: skip

    # USB

    def plug_hub(self, name: str, port: str) -> None:
        """Plug a hub of eight into a port such as 1, or 1.2 behind the hub in 1."""
        self._monitor.command("device_add", driver="usb-hub", id=name, bus="xhci.0", port=port)

    def plug_adapter(self, name: str, port: str, tty: str) -> None:
        """Plug QEMU's own FT232 whose serial line is the pseudo-terminal `tty`."""
        self._monitor.command(
            "chardev-add",
            id=f"c-{name}",
            backend={"type": "serial", "data": {"device": os.path.realpath(tty)}},
        )
        self._monitor.command(
            "device_add", driver="usb-serial", id=name, chardev=f"c-{name}", bus="xhci.0", port=port
        )

    def plug_device(self, name: str, port: str, usb_socket: Path) -> None:
        """Plug the device that listens for usbredir on a socket."""
        address = {"type": "unix", "data": {"path": str(usb_socket)}}
        self._monitor.command(
            "chardev-add",
            id=f"c-{name}",
            backend={"type": "socket", "data": {"addr": address, "server": False}},
        )
        self._monitor.command(
            "device_add", driver="usb-redir", id=name, chardev=f"c-{name}", bus="xhci.0", port=port
        )

    def unplug(self, name: str, *behind: str) -> None:
        """Pull a device; of a hub, `behind` names the devices that go with it."""
        self._monitor.command("device_del", id=name)
        for gone in behind or (name,):
            self._release(f"c-{gone}")

    def _release(self, chardev: str) -> None:
        """Give back a device's line, which is free some milliseconds after the device has gone."""
        for attempt in range(200):
            try:
                self._monitor.command("chardev-remove", id=chardev)
            except MonitorError as problem:
                if "not found" in str(problem):  # QEMU gives some back by itself
                    return
                if attempt == 199:
                    raise
                time.sleep(0.02)
            else:
                return


def wait_until(condition: Callable[[], bool], seconds: float, complaint: str, *, pause: float = 0.05) -> None:
    """Look again and again until the condition holds; raise GuestError with the complaint where it never does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise GuestError(complaint)
        time.sleep(pause)


def missing_programs() -> Sequence[str]:
    """What a virtual machine needs and this one does not have."""
    return [
        name
        for name in ("qemu-system-x86_64", "ssh", "socat", "debootstrap", "mkfs.ext4")
        if not shutil.which(name)
    ]


def best_accelerator() -> str:
    """`kvm` where the processor has it and it may be used, else `tcg` (emulation in software)."""
    flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    able = " vmx" in flags or " svm" in flags
    return "kvm" if able and os.access("/dev/kvm", os.R_OK | os.W_OK) else "tcg"
