#!/usr/bin/env python3
"""Attacks the program as strangers would: with forged files, hostile servers, planted links, signals and bombs. Each attack has the outcome
that is right, whatever the program does: exit codes, words, files that must be unchanged or absent, limits of time and memory.

usage: tools/robustness/attack.py [BINARY] [--only GROUP...] [--attack WORD] [--list] [--jobs 2]

Prints a line for each group, and for each attack that did not hold what happened. The exit code is 1 if any did not. Everything is made in a
temporary folder; no network is used but this machine's own. As root, with openssl, more is tried; what is skipped is said."""

import argparse
import collections
import concurrent.futures
import importlib
import os
import shutil
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
from attacks.harness import Broken, Place, Skipped, plain  # noqa: E402
from attacks.kit import Kit  # noqa: E402
from attacks.launcher import Launcher  # noqa: E402

GROUPS = ("signatures", "deltas", "pull", "outputs", "signals", "injection", "bombs", "lookalikes", "programs", "images", "folders", "descriptors", "changes", "questions")


def attempt(group, name, folder, kit, binary):
    """Tries an attack in a folder of its own; returns None, what happened, or the reason why it was skipped."""
    try:
        os.mkdir(folder)
        group.attacks[name](Place(folder, kit, binary, name))
        return None, None
    except Skipped as reason:
        return None, str(reason)
    except Broken as what:
        return str(what), None
    except Exception:  # noqa: BLE001  (an attack that cannot even be made has not held)
        return traceback.format_exc(limit=-2), None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def try_group(group, names, kit, binary, folder, jobs):
    """Tries the attacks of a group; returns the number that were tried, and that did not hold."""
    start, failures, skipped = time.monotonic(), [], []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {name: pool.submit(attempt, group, name, os.path.join(folder, f"{group.name}-{number}"), kit, binary)
                   for number, name in enumerate(names)}
        for name, future in futures.items():
            what, reason = future.result()
            if what:
                failures.append((name, what))
            if reason:
                skipped.append((name, reason))
    tried = len(names) - len(skipped)
    print(f"{group.name}: {tried} attacks, {tried - len(failures)} held, {time.monotonic() - start:.0f} s", flush=True)
    for reason, count in collections.Counter(reason for _, reason in skipped).items():
        print(f"  {count} skipped: {reason}", flush=True)
    for name, what in failures:
        print(f"  NOT HELD: {plain(name)}: {plain(what)}", flush=True)
    return tried, len(failures)


def choose(options):
    """The groups, with the names of their attacks that are to be tried."""
    groups = [importlib.import_module("attacks." + name).GROUP for name in options.only]
    return [(group, [name for name in group.attacks if options.attack in name]) for group in groups]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", default=".build/release/reszoo")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS, metavar="GROUP", help="groups to try: " + ", ".join(GROUPS))
    parser.add_argument("--attack", default="", metavar="WORD", help="try only attacks whose names have this word")
    parser.add_argument("--list", action="store_true", help="print the names of the attacks")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="attacks at a time (default: %(default)s)")
    options = parser.parse_args()
    if options.list:
        for group, names in choose(options):
            print("\n".join(f"{group.name}: {plain(name)}" for name in names))
        return 0
    binary = shutil.which(options.binary) or sys.exit(f"attack: there is no {options.binary}; build it: swift build -c release")
    start, tried, failed = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(prefix="reszoo-attack-") as folder:
        os.chmod(folder, 0o755)
        launcher = Launcher(folder + "/launcher")
        os.mkdir(folder + "/kit")
        program = shutil.copy(binary, folder + "/reszoo")  # where other users can run it
        os.chmod(program, 0o755)
        kit = Kit(folder + "/kit", program, launcher)
        for group, names in choose(options):
            more = try_group(group, names, kit, kit.binary, folder, options.jobs) if names else (0, 0)
            tried, failed = tried + more[0], failed + more[1]
            if kit.state() != kit.before:
                print(f"  NOT HELD: {group.name} changed files that it had only to read", flush=True)
                failed += 1
                kit.before = kit.state()
        launcher.end()
    print(f"{tried} attacks, {failed} did not hold, {time.monotonic() - start:.0f} s" if failed
          else f"{tried} attacks, all held, {time.monotonic() - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
