"""What attacks begin with: small networks, a delta, keys, images, weights of other forms, made once by the program itself."""

import json
import os
import shutil
import subprocess
import sys

from . import pictures

TINY = {"name": "tiny", "block": "basic", "classes": 3, "input": {"height": 8, "width": 8},
        "stem": {"kind": "conv3x3", "pool": False, "widths": [4]}, "stages": [{"blocks": 1, "stride": 1, "width": 4}]}
LABELS = ["ant", "bee", "cat"]
ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))


class Kit:
    """A folder of files that no attack may change:

    net.rzoo is the repository's trained network, base, third and other are small ones (other has 5 classes), head.rzoo is base with another
    head, delta.rzoo a delta of it signed by key.pem, signed.rzoo the same complete. set/ has images in folders of classes."""

    def __init__(self, folder, binary, launcher):
        self.folder, self.binary, self.launcher = folder, binary, launcher
        self.run("keygen", "--key", "key.pem", "--public-key", "key.pub")
        self.run("keygen", "--key", "other.pem", "--public-key", "other.pub")
        self.put("labels.txt", "\n".join(LABELS))
        self.put("tiny.json", json.dumps(TINY))
        self.put("five.json", json.dumps({**TINY, "classes": 5}))
        shutil.copy(os.path.join(ROOT, "models", "cifar_resnet20.rzoo"), self.path("net.rzoo"))
        for name, seed in (("base", "1"), ("third", "3")):
            self.run("init", "--descriptor", "tiny.json", "--labels", "labels.txt", "--seed", seed, "--output", name + ".rzoo")
        self.run("init", "--descriptor", "five.json", "--seed", "5", "--output", "other.rzoo")
        for number, name in enumerate(LABELS):
            for image in range(4):
                self.put(f"set/{name}/{image}.png", pictures.png(12, 12, 1 + 4 * number + image))
        self.put("photo.png", pictures.png(40, 30, 5))
        self.run("finetune", "base.rzoo", "set", "--train", "fc", "--epochs", "1", "--batch", "4", "--no-cache", "--output", "head.rzoo")
        self.run("sign", "head.rzoo", "--key", "key.pem", "--output", "signed.rzoo")
        self.run("diff", "base.rzoo", "signed.rzoo", "--output", "delta.rzoo")
        self.run("export", "base.rzoo", "--output", "weights.safetensors")
        self.run("export", "base.rzoo", "--output", "weights.onnx")
        self.run("export", "base.rzoo", "--output", "raw")
        self.run("preprocess", "base.rzoo", "photo.png", "--output", "x.npy")
        self.before = self.state()

    def path(self, name):
        return os.path.join(self.folder, name)

    def put(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def run(self, *arguments):
        result = subprocess.run([self.binary, *arguments], cwd=self.folder, env={**os.environ, "RESZOO_CACHE": self.path("cache")},
                                capture_output=True, text=True, check=False)
        if result.returncode != 0:
            sys.exit(f"attack: this does not work even undisturbed: reszoo {' '.join(arguments)}: {result.stderr.strip()}")

    def state(self):
        """Size, time and mode of every file."""
        found = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                status = os.lstat(os.path.join(folder, name))
                found[os.path.join(folder, name)] = (status.st_size, status.st_mtime_ns, status.st_mode, status.st_ino)
        return found
