"""Looks at this process's children again and again, in a thread."""

import threading

import psutil


class Watcher:
    """Gives each child to `see` every `seconds`, from the beginning of a with statement to its end."""

    def __init__(self, seconds):
        self._seconds = seconds
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self._thread.join()

    def stop(self):
        """No child is looked at any more."""
        self._ends.set()

    def see(self, process):
        """A child, which may end meanwhile."""
        raise NotImplementedError

    def _watch(self):
        us = psutil.Process()
        while not self._ends.wait(self._seconds):
            for process in us.children(recursive=True):
                try:
                    self.see(process)
                except psutil.Error:
                    continue
                if self._ends.is_set():
                    break
