"""Writes the browser app's typed client from our own OpenAPI document; with --check, says whether it is current."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from shells.platform_settings import manifests, platform_keys
from shells.settings import load_settings
from shells.web.app import create_app
from shells.wiring import compose

NPM = Path(__file__).with_name("npm")
SPA = Path(__file__).parent.parent / "src" / "shells" / "web" / "spa"
TYPES = SPA / "src" / "api" / "schema.d.ts"
_ANY_KEY = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="  # opens nothing: the application is made, and never served


def document() -> str:
    """The OpenAPI document as the web shell serves it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"SIMULCAST_KEY": _ANY_KEY, "SIMULCAST_DATA_DIR": folder}
        settings = load_settings(environment, platform_keys=platform_keys(manifests()))
        app = create_app(compose(settings), worker=None)
        return json.dumps(app.openapi_schema.to_schema(), indent=1, sort_keys=True, default=str)


def types() -> str:
    """The TypeScript types of the document."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        source.write_text(document(), "utf-8")
        command = [str(NPM), "exec", "--offline", "--", "openapi-typescript", str(source), "--output", str(target)]
        subprocess.run(command, cwd=SPA, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"CI": "1"})
        return target.read_text("utf-8")


def main() -> int:
    """Write the types; with --check, only say whether they are current."""
    made = types()
    if "--check" in sys.argv[1:]:
        well = TYPES.is_file() and TYPES.read_text("utf-8") == made
        print("current" if well else "The app's types are behind the API: run tools/openapi_client.py")
        return 0 if well else 1
    TYPES.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
