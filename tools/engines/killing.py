"""Kills a worker in the middle of its work."""

import os
import signal
import threading
import time

import psutil


class Killer:
    """Kills one process of this session that `chooses` picks, once it has worked for a while; `killed` is its identifier then."""

    def __init__(self, chooses, seconds=0.3):
        self._chooses = chooses
        self._seconds = seconds
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.killed = None

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join()

    def _watch(self):
        us = psutil.Process()
        while not self._ends.is_set() and self.killed is None:
            for process in us.children(recursive=True):
                try:
                    busy = sum(process.cpu_times()[:2])
                    if self._chooses(process) and busy > self._seconds:
                        os.kill(process.pid, signal.SIGKILL)
                        self.killed = process.pid
                        break
                except psutil.Error:
                    continue
            time.sleep(0.02)
