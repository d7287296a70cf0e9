"""The Celery application. Messages carry ids only, JSON only; the row is the promise (promises.md, section 3)."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")


def _broker(url: str) -> str:
    return url.replace("unix://", "redis+socket://", 1)


app = Celery("consilium")


def configure() -> None:
    from django.conf import settings

    app.conf.update(
        broker_url=_broker(settings.REDIS_URL),
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_proc_alive_timeout=300,  # `_warm` runs before a pool process says that it is up; 4 s, the default, would kill it
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_retry=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "visibility_timeout": 60,
            **{"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1},  # a request must not wait 6 s for a dead broker
        },
        task_publish_retry=False,
        task_default_queue="arbitration",
        enable_utc=True,
    )


configure()
app.autodiscover_tasks(["clinic.consults", "clinic.knowledge"])


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _warm(**_: object) -> None:
    """Only where consults run: the worker that reads sources needs no embedder until it publishes."""
    if "arbitration" in app.amqp.queues.consume_from:
        from clinic import wiring

        wiring.warm()
