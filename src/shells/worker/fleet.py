"""`simulcast worker` on a broker: Celery's own worker, told what this installation needs."""

import os

from adapters_queue.celery import SWEEP
from distribution_core.ports.doorbell import SELECTOR
from shells.platform_settings import manifests
from shells.settings import Settings
from shells.worker.app import all_began, application

_LOOK_FOR_OTHERS = ("--without-gossip", "--without-mingle", "--without-heartbeat")


def run_fleet(settings: Settings) -> None:
    """Work on every queue until stopped. `celery -A shells.worker worker -Q facebook` works on some of them. Raises SystemExit
    where a process could not begin."""
    processes = settings.worker_processes or os.cpu_count() or 1
    queues = ",".join((*sorted(manifests()), SELECTOR, SWEEP))
    name = f"worker-{os.getpid()}@%h"
    application().worker_main(
        [
            "worker",
            "-n",
            name,
            "-Q",
            queues,
            "-c",
            str(processes),
            "--pool",
            "prefork",
            "--loglevel",
            "WARNING",
            *_LOOK_FOR_OTHERS,
        ]
    )
    if not all_began():  # Celery's own exit code is lost on the way
        raise SystemExit(1)
