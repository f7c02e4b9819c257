#!/usr/bin/env python3
"""Tries to get at another process's memory, in every way that Linux has for one of the same user: attach.py PID

Prints one JSON object: for each way "done", or the name of the error. What it has attached to it lets go.
"""

import ctypes
import errno
import json
import os
import sys

PTRACE_ATTACH, PTRACE_DETACH, PTRACE_SEIZE = 16, 17, 0x4206
PIDFD_GETFD = 438

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


class Range(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


def attach(pid):
    checked(libc.ptrace(PTRACE_ATTACH, pid, None, None))
    os.waitpid(pid, 0x40000000)  # __WALL
    checked(libc.ptrace(PTRACE_DETACH, pid, None, None))


def seize(pid):
    # Letting go of one that is seized needs it stopped; this process's end does it too.
    checked(libc.ptrace(PTRACE_SEIZE, pid, None, None))


def vm_read(pid):
    here = ctypes.create_string_buffer(16)
    local = Range(ctypes.cast(here, ctypes.c_void_p), 16)
    # An address that nobody has: EFAULT is the answer to who may look.
    remote = Range(ctypes.c_void_p(4096), 16)
    checked(libc.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0))


def memory(pid):
    with open(f"/proc/{pid}/mem", "rb"):
        pass


def memory_for_writing(pid):
    with open(f"/proc/{pid}/mem", "r+b"):
        pass


def maps(pid):
    with open(f"/proc/{pid}/maps", "rb") as file:
        file.read()


def descriptor(pid):
    checked(libc.syscall(PIDFD_GETFD, os.pidfd_open(pid), 0, 0))


def tried(way, pid):
    try:
        way(pid)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    return "done"


def main():
    pid = int(sys.argv[1])
    ways = [memory, memory_for_writing, maps, vm_read, descriptor, attach, seize]
    print(json.dumps({way.__name__: tried(way, pid) for way in ways}))


if __name__ == "__main__":
    main()
