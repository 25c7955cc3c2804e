"""`make screenshots`: pictures of every page of the app, in both colour schemes, on a desk and on a phone, as the browser tests
see them; in docs/screenshots, with few colours so that they stay small."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
SHOWN = ROOT / "docs" / "screenshots"
_COLOURS = 128


def main() -> int:
    """Take them all anew; those of pages that are no more go."""
    with tempfile.TemporaryDirectory() as folder:
        seen = [f"tests/browser/test_app_{name}.py" for name in ("states", "first_run")]
        command = [sys.executable, "-m", "pytest", "-q", "-n0", *seen]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | {"APP_PICTURES": folder})
        if done.returncode != 0:
            return done.returncode
        SHOWN.mkdir(parents=True, exist_ok=True)
        for old in SHOWN.glob("*.png"):
            old.unlink()
        for picture in sorted(Path(folder).glob("*.png")):
            with Image.open(picture) as image:
                image.convert("RGB").quantize(_COLOURS).save(SHOWN / picture.name, optimize=True)
            print(SHOWN.relative_to(ROOT) / picture.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
