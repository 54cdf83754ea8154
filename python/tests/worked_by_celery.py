"""An application of Celery: the producer is made once, before the workers are forked."""

from __future__ import annotations

import os
import sys
from typing import Any

import life
from aiokpl import SyncProducer
from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown

_folder = os.environ["AIOKPL_TEST_FOLDER"]

app = Celery("worked_by_celery", broker="filesystem://")
app.conf.update(
    broker_transport_options={
        "data_folder_in": _folder,
        "data_folder_out": _folder,
        "control_folder": _folder,
        "polling_interval": 0.1,
    },
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)

producer = SyncProducer(life.config())


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _enter(**_: Any) -> None:
    producer.__enter__()


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _leave(**_: Any) -> None:
    # What is not waited for in a task is sent by this.
    producer.__exit__(None, None, None)


@app.task  # type: ignore[untyped-decorator]
def put(text: str) -> None:
    producer.put_record(stream="tasks", partition_key="key", data=text.encode())


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        put.delay(f"task {number}")
