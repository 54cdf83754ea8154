"""An application for gunicorn, and its configuration: the producer is made once, before the workers are forked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import life
from aiokpl import SyncProducer

preload_app = True
workers = 2
graceful_timeout = 20

producer = SyncProducer(life.config())


def post_fork(server: object, worker: object) -> None:
    producer.__enter__()


def worker_exit(server: object, worker: object) -> None:
    producer.__exit__(None, None, None)


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    outcome = producer.put_record(stream="web", partition_key="key", data=environ["PATH_INFO"].encode())
    result = outcome.wait(timeout=20)
    start_response("200 OK" if result.success else "500 Failed", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {result.sequence_number}".encode()]
