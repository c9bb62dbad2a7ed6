"""The command's results, and the comparison with rows of an engine."""

import json
import os
import sys


class Expected:
    """Results by the name of their file."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            results = [json.loads(line) for line in file]
        self.results = {os.path.basename(result["input"]): result for result in results}

    def compare(self, engine, rows):
        """Exits with the differences between rows of (path, top, error) and the results: labels, places and bits of probabilities."""
        seen, faults = set(), []
        for path, top, error in rows:
            name = os.path.basename(path)
            wanted = self.results[name]
            if name in seen:
                faults.append(f"{name} is there twice")
            seen.add(name)
            found = [(each["label"], each["index"], each["probability"]) for each in top or []]
            right = [(each.get("label"), each["index"], each["probability"]) for each in wanted.get("top", [])]
            if error != wanted.get("error") or found != right:
                faults.append(f"{name}: {error or found}, and the command: {wanted.get('error') or right}")
        faults += [f"{name} is missing" for name in sorted(self.results.keys() - seen)]
        if faults:
            print("\n".join(faults[:20]))
            sys.exit(f"{engine}: {len(faults)} differences")
        print(f"{engine}: {len(seen)} rows are the command's")
