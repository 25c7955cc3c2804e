"""The browser app beside its pages: types that are those of the API, and the logic in its own tests."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPA = ROOT / "src" / "shells" / "web" / "spa"


def test_the_apps_types_are_current() -> None:
    tool = ROOT / "tools" / "openapi_client.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "current", done.stdout + done.stderr


def test_the_apps_logic() -> None:
    done = subprocess.run(
        [str(ROOT / "tools" / "npm"), "run", "--silent", "test"], cwd=SPA, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
