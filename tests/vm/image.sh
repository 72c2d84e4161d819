#!/bin/sh
# Make the disk of a virtual SIM-bank host: image.sh FOLDER SUITE      (root; three minutes, 250 MB from the mirror)
#
# FOLDER/disk.img holds Debian with its own kernel, systemd, udev, sshd, gammu, and ModemManager and brltty (both disabled).
# FOLDER/vmlinuz, FOLDER/initrd and FOLDER/key are what QEMU and ssh need. Done once: what is there already is kept,
# unless it was made by another version of this file.
set -eu

folder=$1
suite=$2
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../.ci/clean-root
. "$here/../../.ci/clean-root"
made_by=$(echo "$suite" | cat - "$here/image.sh" | sha256sum)
[ "$(cat "$folder/made-by" 2>/dev/null)" != "$made_by" ] || exit 0
in_own_mounts "$0" "$@"

packages="systemd-sysv udev dbus libpam-systemd kmod openssh-server iproute2 python3 ca-certificates procps psmisc usbutils
    linux-image-amd64 zstd strace socat modemmanager brltty gammu"
root=$folder/root
mkdir -p "$folder"
rm -rf "$folder/made-by" "$root"
trap 'status=$?; remove_root "$root"; exit $status' EXIT

make_root "$suite" "$root"
# Only the disk, and USB as in the usual initrd, which takes seconds to unpack under emulation.
mkdir -p "$root/etc/initramfs-tools/conf.d"
echo MODULES=list >"$root/etc/initramfs-tools/conf.d/virtual-host"
printf '%s\n' virtio_pci virtio_blk ext4 xhci_pci >"$root/etc/initramfs-tools/modules"
inside "$root" apt-get update -qq
# Not by debootstrap --include, which cannot choose among alternatives (default-logind | logind).
# shellcheck disable=SC2086  # lists of words
inside "$root" apt-get install -y -qq --no-install-recommends $packages >"$folder/apt.log" 2>&1 ||
    { tail -20 "$folder/apt.log"; exit 1; }
inside "$root" systemctl enable -q systemd-networkd ssh
inside "$root" systemctl disable -q ModemManager brltty
# The disk is known by name: no udev is needed before the real one.
rm -f "$root"/usr/share/initramfs-tools/hooks/udev "$root"/usr/share/initramfs-tools/scripts/init-*/udev
inside "$root" update-initramfs -u >>"$folder/apt.log" 2>&1
# Housekeeping that has nothing to do with a SIM bank, and takes seconds of each boot or falls into a proof.
inside "$root" systemctl mask -q e2scrub_reap.service e2scrub_all.timer apt-daily.timer apt-daily-upgrade.timer \
    dpkg-db-backup.timer fstrim.timer systemd-tmpfiles-clean.timer
# One key exchange, and no session of root's own for each command.
printf '%s\n' "HostKey /etc/ssh/ssh_host_ed25519_key" "KexAlgorithms curve25519-sha256" "UsePAM no" "UseDNS no" \
    >"$root/etc/ssh/sshd_config.d/virtual-host.conf"
mkdir -p "$root/etc/systemd/system/ssh.service.d"
printf '[Service]\nExecStartPost=/bin/sh -c "echo simbank: commands are taken >/dev/ttyS0"\n' \
    >"$root/etc/systemd/system/ssh.service.d/tell.conf"
# Nothing is downloaded any more: without the lists apt starts in a tenth of the time. The mains do not fail during dpkg.
inside "$root" apt-get clean
rm -rf "$root"/var/lib/apt/lists/*
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/virtual-host"
rm -f "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf" "$root/etc/ssl/simbank-try.crt"

[ -e "$folder/key" ] || ssh-keygen -q -t ed25519 -N '' -C simbank-vm -f "$folder/key"
install -D -m 600 "$folder/key.pub" "$root/root/.ssh/authorized_keys"
echo simbank >"$root/etc/hostname"
printf '127.0.0.1 localhost simbank\n' >"$root/etc/hosts"
printf '/dev/vda / ext4 defaults 0 1\n' >"$root/etc/fstab"
mkdir -p "$root/var/log/journal"
printf '[Match]\nName=e*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n' >"$root/etc/systemd/network/10-qemu.network"
# Onlinesim's stand-in on the machine outside, as an address of this one: plain http is allowed to no other.
cat >"$root/etc/systemd/system/standin.service" <<'UNIT'
[Service]
ExecStart=/usr/bin/socat TCP-LISTEN:8080,bind=127.0.0.1,fork,reuseaddr TCP:10.0.2.100:8080
Restart=always
DynamicUser=yes
[Install]
WantedBy=multi-user.target
UNIT
inside "$root" systemctl enable -q standin

cp "$(ls "$root"/boot/vmlinuz-* | tail -1)" "$folder/vmlinuz"
cp "$(ls "$root"/boot/initrd.img-* | tail -1)" "$folder/initrd"
umount -l "$root/proc" "$root/dev"
rm -f "$folder/disk.img"
truncate -s 3G "$folder/disk.img"
mkfs.ext4 -q -F -d "$root" "$folder/disk.img"
echo "$made_by" >"$folder/made-by"
