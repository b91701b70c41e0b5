"""Lines on standard error that never hold up the proxy.

A program that starts us may read our first line and then no more; when its pipe is full, writing
would stand still, and with it every client.
"""

import logging
import queue
import sys
import threading
import time

_MOST_WAITING = 10_000
_PATIENCE = 2.0
"""Seconds to wait at the end for somebody to read what is left."""


class Lines(logging.Handler):
    """Writes from a thread of its own; what nobody reads is dropped."""

    def __init__(self) -> None:
        """Hold all lines until `show`."""
        super().__init__()
        self._waiting: queue.Queue[str] = queue.Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record; above INFO its level stands in front."""
        text = self.format(record)
        self.say(text if record.levelno <= logging.INFO else f"{record.levelname.lower()}: {text}")

    def say(self, line: str) -> None:
        """Take a line."""
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            return  # nobody reads

    def show(self) -> None:
        """Begin to write."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="glancetape-log", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Write what is left, as long as somebody reads it."""
        self.show()
        deadline = time.monotonic() + _PATIENCE
        while self._waiting.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.005)

    def _write(self) -> None:
        while True:
            line = self._waiting.get()
            try:
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()
            except (OSError, ValueError):
                return  # closed
            finally:
                self._waiting.task_done()
