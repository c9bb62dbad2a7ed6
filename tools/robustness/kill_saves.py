#!/usr/bin/env python3
"""Kills saves, lets them fail, and checks that the target is always the old file or the new one, whole.

usage: tools/robustness/kill_saves.py [BINARY] [--moments 500] [--only COMMAND...]

`reszoo init`, `convert`, `diff` and `merge` write over an existing file, `edit` and `sign` change one in place. They are
killed at random moments and at each of their system calls (strace). System calls of the save are then made to fail, and a
disk is really full (a tmpfs of its own, as root).
After each of them the target has the old file's bytes or the new one's, and its mode; the next save removes what a
killed one left. Prints counts; the exit code is 1 when anything was otherwise."""

import argparse
import collections
import mmap
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

TEMPORARY = re.compile(r"\.reszoo-[0-9a-f]{16}\.tmp")
MODE = 0o640
# What a save asks of the system, and how that may fail.
FAILURES = [("pwrite64", "ENOSPC"), ("pwrite64", "EDQUOT"), ("pwrite64", "EIO"), ("fsync", "EIO"), ("fsync", "ENOSPC"), ("fchmod", "EPERM"),
            ("/^rename", "EIO"), ("/^rename", "EACCES")]


def run(arguments, **options):
    return subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, **options)


class Save:
    """A command that writes over its last argument, and the two files that may be there."""

    def __init__(self, name, folder, old, command):
        self.name, self.folder, self.command = name, folder, command
        self.target = command[-1]
        self.old, self.counts = old, collections.Counter()
        self.restore()
        start = time.perf_counter()
        if run(command).returncode != 0:
            sys.exit(f"this does not work even undisturbed: {' '.join(command)}")
        self.seconds = time.perf_counter() - start
        with open(self.target, "rb") as file:
            self.new = file.read()
        if self.new == self.old:
            sys.exit("the command writes the file that is there already")

    def restore(self):
        with open(self.target, "wb") as file:
            file.write(self.old)
        os.chmod(self.target, MODE)

    def state(self):
        """What is there: 'old', 'new', or what is wrong."""
        with open(self.target, "rb") as file:
            content = file.read()
        others = [name for name in os.listdir(self.folder) if name != os.path.basename(self.target)]
        if len(others) > 1 or not all(TEMPORARY.fullmatch(name) for name in others):
            return f"left {others}"
        if os.stat(self.target).st_mode & 0o7777 != MODE:
            return f"mode {os.stat(self.target).st_mode:o}"
        self.counts["temporary"] += len(others)
        return {self.old: "old", self.new: "new"}.get(content, "mixed")

    def kill_after(self, seconds):
        self.restore()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        process.wait()
        self.counts[self.state()] += 1

    def system_calls(self):
        """The number of system calls of the main thread."""
        self.restore()
        with tempfile.NamedTemporaryFile("r") as log:
            run(["strace", "-f", "-qq", "-e", "signal=none", "-o", log.name] + self.command)
            threads = [line.split()[0] for line in log if "resumed>" not in line]
        return threads.count(threads[0])

    def kill_at_call(self, number):
        self.restore()
        run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject=all:signal=KILL:when={number}"] + self.command)
        self.counts[self.state()] += 1

    def fail(self, call, error, number):
        """Lets a system call fail for the n-th time; False when there was none."""
        self.restore()
        with tempfile.NamedTemporaryFile("r") as log:
            code = run(["strace", "-f", "-qq", "-o", log.name, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={number}"]
                       + self.command).returncode
            if "INJECTED" not in log.read():
                return False
        state, left = self.state(), len(os.listdir(self.folder)) > 1
        if code != 0 and not left and state == "old":
            self.counts["failed, the old file is there"] += 1
        elif code != 0 and not left and state == "new" and call == "fsync":
            # The folder's, after the new file got its name.
            self.counts["failed, the new file is there"] += 1
        else:
            self.counts[f"{call} {error} {number}: exit code {code}, {state}{', a temporary file' if left else ''}"] += 1
        return True

    def report(self, about, good):
        left = self.counts.pop("temporary", 0)
        print(f"{self.name}, {about}: " + ", ".join(f"{count} {state}" for state, count in sorted(self.counts.items()))
              + (f"; {left} left a temporary file" if left else ""), flush=True)
        bad = sum(count for state, count in self.counts.items() if state not in good)
        self.counts.clear()
        return bad


def check(save, moments, generator):
    bad = 0
    save.restore()
    with open(save.target, "rb") as reader, mmap.mmap(reader.fileno(), 0, access=mmap.ACCESS_READ) as mapping:
        run(save.command)
        if mapping[:] != save.old:
            print(f"{save.name}: a reader of the old file saw something else")
            bad += 1
    for _ in range(moments):
        save.kill_after(generator.uniform(0, 1.2 * save.seconds))
    bad += save.report(f"killed at {moments} random moments", ("old", "new"))
    if shutil.which("strace"):
        count = save.system_calls()
        for number in range(1, count + 1):
            save.kill_at_call(number)
        bad += save.report(f"killed at each of {count} system calls", ("old", "new"))
        run(save.command)
        for call, error in FAILURES:
            number = 1
            while number <= 100 and save.fail(call, error, number):
                number += 1
        bad += save.report("system calls that fail", ("failed, the old file is there", "failed, the new file is there"))
    else:
        print("strace is not here: no system calls were hit")
    save.restore()
    run(save.command)
    if os.listdir(save.folder) != [os.path.basename(save.target)] or save.state() != "new":
        print(f"{save.name}: the next save left {os.listdir(save.folder)}")
        bad += 1
    return bad


def check_full_disk(save):
    """A disk with room for the old file and a part of the new one."""
    kilobytes = (len(save.old) + len(save.new) // 2) // 1024
    script = f"""mount -t tmpfs -o size={kilobytes}k none "$0" || exit 9
      cat > "$0/model.rzoo" && cp "$0/model.rzoo" "$1" || exit 9
      shift; "$@"; code=$?; cd "$0"; [ $code -ne 0 ] && cmp model.rzoo "$OLD" && [ "$(ls -A)" = model.rzoo ]"""
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as old:
        result = subprocess.run(["unshare", "-m", "sh", "-c", script, folder, old.name] + save.command[:-1] + [folder + "/model.rzoo"],
                                input=save.old, env={**os.environ, "OLD": old.name}, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, check=False)
    if result.returncode == 9 or b"unshare" in result.stderr:
        print("a full disk: not tried, this needs root")
        return 0
    print(f"{save.name}, a disk of {kilobytes} KiB: " + ("the old file is there" if result.returncode == 0 else "something else happened"))
    return result.returncode != 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", default=".build/release/reszoo")
    parser.add_argument("--moments", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", help="the commands to try; all by default")
    options = parser.parse_args()
    binary = shutil.which(options.binary) or sys.exit(f"there is no {options.binary}; build it: swift build -c release")
    binary = os.path.abspath(binary)
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        place = folder + "/place"
        os.mkdir(place)
        files = {name: f"{folder}/{name}" for name in ("base.rzoo", "old.rzoo", "other.rzoo", "delta.rzoo", "source.safetensors", "key.pem")}
        base, old, other, delta, source, key = files.values()
        for arguments in (["init", "cifar_resnet20", "--seed", "3", "--output", base],
                          ["export", base, "--output", source],
                          ["init", "cifar_resnet20", "--seed", "4", "--num-classes", "7", "--output", other],
                          ["diff", base, other, "--output", delta],
                          ["keygen", "--key", key, "--public-key", folder + "/key.pub.pem"],
                          ["init", "cifar_resnet32", "--seed", "1", "--output", old]):
            subprocess.run([binary] + arguments, check=True, stderr=subprocess.DEVNULL)
        target = ["--force", "--output", place + "/model.rzoo"]
        in_place = target[-1:]
        for name, before, arguments in (
                ("init", old, ["init", "cifar_resnet20", "--seed", "2", *target]),
                ("convert", old, ["convert", source, "--arch", "cifar_resnet20", *target]),
                ("edit", old, ["edit", "--note", "changed", *in_place]),
                ("sign", old, ["sign", "--key", key, *in_place]),
                ("diff", old, ["diff", base, other, *target]),
                ("merge", old, ["merge", delta, "--base", base, *target])):
            if options.only and name not in options.only:
                continue
            with open(before, "rb") as file:
                save = Save(name, place, file.read(), [binary] + arguments)
            bad += check(save, options.moments, random.Random(options.seed)) + check_full_disk(save)
    print(f"{bad} were wrong" if bad else "nothing was wrong")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
