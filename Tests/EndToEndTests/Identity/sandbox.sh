#!/bin/sh
# sandbox.sh ROOT PROGRAMS SOCKET COMMAND...: in user, pid, network and mount namespaces of its own, runs a command where
# nothing is but what its program loads and, unless SOCKET is -, the broker's socket as /broker.sock.
set -eu
if [ "${inside:-}" != yes ]; then
    inside=yes exec unshare --user --map-root-user --pid --fork --kill-child --net --mount /bin/sh "$0" "$@"
fi
root=$1 programs=$2 socket=$3
shift 3
mount -t tmpfs tmpfs "$root"
mkdir -p "$root/programs"
mount --bind "$programs" "$root/programs"
for folder in lib lib64 usr/lib usr/lib64; do
    if [ -L "/$folder" ]; then
        ln -s "$(readlink "/$folder")" "$root/$folder"
    elif [ -d "/$folder" ]; then
        mkdir -p "$root/$folder"
        mount --bind "/$folder" "$root/$folder"
    fi
done
if [ "$socket" != - ]; then
    : >"$root/broker.sock"
    mount --bind "$socket" "$root/broker.sock"
fi
unset inside
# Without /proc a program does not know where it lies, nor what lies beside it: ld.so(8).
LD_LIBRARY_PATH=/programs exec chroot "$root" "$@"
