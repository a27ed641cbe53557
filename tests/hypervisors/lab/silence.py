"""Listens on a Unix socket, accepts whoever comes, and never says a word: `python silence.py PATH`.

Gives control back when it listens; a child of its goes on until it is killed.
"""

from __future__ import annotations

import os
import socket
import sys


def main(path: str) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    if os.fork():
        os._exit(0)  # without clean-up: the child owns the socket now
    os.setsid()
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    callers = []
    while True:
        callers.append(listener.accept())  # kept, or the callers would see the connection close


if __name__ == "__main__":
    main(sys.argv[1])
