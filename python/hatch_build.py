"""Puts libreszoo.so and the command reszoo into a wheel.

RESZOO_NATIVE names a folder that has them, as tools/wheel makes it. Without it both are built here, which needs a Swift 6.2 toolchain
or later, binutils, the packages zlib1g-dev, libjpeg-dev, libspng-dev and pkg-config (by Debian's names), and some minutes; Swift fetches the
packages that Package.swift names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NEEDS = (
    "building reszoo from source needs Swift 6.2 or later on PATH (swift.org/install), and the development packages of zlib, libjpeg and "
    "libspng with pkg-config and binutils: apt-get install zlib1g-dev libjpeg-dev libspng-dev pkg-config binutils"
)


class NativeHook(BuildHookInterface):  # type: ignore[misc]
    """Adds the native files and the platform's tag."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        given = os.environ.get("RESZOO_NATIVE")
        native = Path(given) if given else self._build()
        for name in ("libreszoo.so", "reszoo"):
            if not (native / name).is_file():
                raise RuntimeError(f"{native} has no {name}; {NEEDS}")
        build_data["force_include"][str(native)] = "reszoo/native"
        build_data["pure_python"] = False
        # One wheel serves every Python: nothing is compiled against its interface.
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"

    def _build(self) -> Path:
        here = Path(self.root)
        source = here / "source" if (here / "source" / "Package.swift").is_file() else here.parent
        if not (source / "Package.swift").is_file() or shutil.which("swift") is None:
            raise RuntimeError(NEEDS)
        native = source / ".build-python"
        native.mkdir(exist_ok=True)
        # Nothing is installed on the side.
        environment = {**os.environ, "RESZOO_NO_INSTALL": "1"}
        build = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", "reszoo", "--scratch-path", ".build-package"]
        build += os.environ.get("RESZOO_BUILD_OPTIONS", "").split()
        for line in (["bash", "tools/clibrary", str(native / "c")], build):
            if subprocess.run(line, cwd=source, env=environment, check=False).returncode != 0:
                raise RuntimeError(f"'{' '.join(line)}' fails (above); {NEEDS}")
        folder = subprocess.run([*build, "--show-bin-path"], cwd=source, check=True, capture_output=True, text=True).stdout.strip()
        made = native / "files"
        made.mkdir(exist_ok=True)
        shutil.copy(native / "c/lib/libreszoo.so", made / "libreszoo.so")
        subprocess.run(["strip", "-o", str(made / "reszoo"), str(Path(folder) / "reszoo")], check=True)
        return made
