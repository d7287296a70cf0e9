"""A hint that a consult has new events, over Redis. Losing it costs a second, never an event: the events are rows."""

from __future__ import annotations

import logging
from functools import cache
from uuid import UUID

import redis
import redis.asyncio
from django.conf import settings

log = logging.getLogger(__name__)


def channel(consult_id: UUID | str) -> str:
    return f"consult:{consult_id}"


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def hint(consult_id: UUID) -> None:
    """Wakes whoever follows the consult; quiet when Redis is away."""
    try:
        _client().publish(channel(consult_id), b"1")
    except (redis.RedisError, OSError):
        log.debug("no Redis: followers of %s will poll", consult_id)


class Listener:
    """Waits for hints; without Redis it only waits."""

    def __init__(self, consult_id: UUID) -> None:
        self._name = channel(consult_id)
        self._client: redis.asyncio.Redis | None = None
        self._pubsub: redis.asyncio.client.PubSub | None = None

    async def __aenter__(self) -> Listener:
        try:
            self._client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=1)
            self._pubsub = self._client.pubsub()
            await self._pubsub.subscribe(self._name)
        except (redis.RedisError, OSError):
            self._pubsub = None
        return self

    async def wait(self, seconds: float) -> None:
        """Returns at the next hint or after so many seconds."""
        import asyncio

        if self._pubsub is None:
            await asyncio.sleep(min(seconds, 0.5))
            return
        try:
            await self._pubsub.get_message(ignore_subscribe_messages=True, timeout=seconds)
        except (redis.RedisError, OSError):
            self._pubsub = None

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.aclose()
