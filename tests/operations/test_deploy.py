"""What can be known of the deployment files without a container engine: they build, and name settings that exist."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import attrs
import yaml

from shells.cli.main import cli
from shells.platform_settings import manifests, platform_keys
from shells.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yml").read_text("utf-8"))


def _settings() -> set[str]:
    own = {attribute.name for attribute in attrs.fields(Settings)} - {"platforms"}
    own |= {f"{platform}_{key}" for platform, keys in platform_keys(manifests()).items() for key in keys}
    return {f"{PREFIX}{name.upper()}" for name in own}


def test_they_name_settings_that_exist() -> None:
    text = "\n".join((ROOT / "deploy" / name).read_text("utf-8") for name in ("Containerfile", "compose.yml", "example.env"))
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+[A-Z]", text))
    assert len(named) > 8
    assert named <= _settings()


def test_they_run_commands_that_exist() -> None:
    commands = [service["command"][0] for name, service in COMPOSE["services"].items() if name in ("migrate", "web", "worker")]
    commands.append(re.findall(r'CMD \["([a-z]+)"', CONTAINERFILE)[0])
    assert sorted(set(commands)) == ["migrate", "serve", "worker"]
    assert set(commands) <= set(cli.list_commands(None))  # type: ignore[arg-type]


def test_a_worker_is_given_the_time_of_the_longest_call() -> None:
    minutes = re.fullmatch(r"(\d+)m", COMPOSE["services"]["worker"]["stop_grace_period"])
    assert minutes
    found = manifests()
    tiktok = {name: float(found["tiktok"].options[name].default) for name in ("whole_file_bytes_max", "upload_bytes_per_s")}
    calls = [float(each.options["commit_deadline_s"].default) for each in found.values()]
    assert int(minutes[1]) * 60 > max(*calls, tiktok["whole_file_bytes_max"] / tiktok["upload_bytes_per_s"])


def test_the_image_runs_as_nobody_in_particular_and_installs_by_hash() -> None:
    final = CONTAINERFILE.rpartition("\nFROM ")[2]
    assert "USER 10001" in final
    assert final.index("USER 10001") < final.index("ENTRYPOINT")
    installs = re.findall(r"pip install ([^\\&\n]*)", CONTAINERFILE)
    assert installs
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_what_the_image_copies_is_enough_to_build_from(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    allowed = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    }
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE):
        for name in sources.split():
            assert name.partition("/")[0] in allowed, f"{name} is kept out of the build by .dockerignore"
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            elif "/" not in name:
                shutil.copy(ROOT / name, source / name)
    built = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "--no-index",
            "--no-build-isolation",
            "--wheel-dir",
            tmp_path,
            source,
        ],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("simulcast-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "shells/web/app.py",
        "shells/web/spa/dist/index.html",
        "shells/web/templates/home.html",
        "adapters_platforms/facebook/manifest.toml",
        "adapters_persistence/ledger/migrations/versions/r0001_ledger.py",
    ):
        assert needed in names


def test_prometheus_reads_every_process_that_compose_starts() -> None:
    jobs = {
        job["job_name"]: job for job in yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    }
    environment = COMPOSE["x-simulcast"]["environment"]
    first, processes = environment["SIMULCAST_METRICS_PORT"], environment["SIMULCAST_WORKER_PROCESSES"]
    ports = [found["port"] for found in jobs["simulcast-worker"]["dns_sd_configs"]]
    assert ports == [first + number for number in range(processes)]
    assert {name for found in jobs["simulcast-worker"]["dns_sd_configs"] for name in found["names"]} <= COMPOSE["services"].keys()
    assert jobs["simulcast-web"]["static_configs"] == [{"targets": ["web:8000"]}]


def test_services_wait_for_what_they_need() -> None:
    services = COMPOSE["services"]
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    for name in ("postgres", "rabbitmq"):
        assert "healthcheck" in services[name]
    assert "synchronous_commit=on" in services["postgres"]["command"]
