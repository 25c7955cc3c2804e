"""The browser app's types are those of the API."""

import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools" / "openapi_client.py"


def test_the_apps_types_are_current() -> None:
    done = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "current", done.stdout + done.stderr
