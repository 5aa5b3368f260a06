"""Counts that all processes share: buckets which hold so many requests, and fill up again steadily.

Each is one number in the cache, the moment at which it will be full again, as in the generic cell rate algorithm: a
request moves it by its share of the period, and is refused where that would be more than a period ahead. Left out on
purpose: who is counted. A cache that is away counts nothing and refuses nobody."""

import hashlib
import logging
import os
import time
from dataclasses import dataclass
from threading import Lock, local

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache
from redis import Redis
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import NoScriptError, RedisError

logger = logging.getLogger(__name__)

SLACK_MS = 0.5  # of rounding: the last request that a bucket holds is not refused for a part of it
LOG_EVERY_SECONDS = 60.0

# All of the buckets or none, by the server's clock, in one round trip. Answers which one has the longest wait, in ms.
SCRIPT = b"""
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local known = redis.call('MGET', unpack(KEYS))
local full_at, fullest, wait = {}, 0, 0
for i = 1, #KEYS do
  local most, period = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  full_at[i] = math.max(tonumber(known[i] or 0) or 0, now) + period / most
  local over = full_at[i] - now - period
  if over > tonumber(ARGV[1]) and over > wait then fullest, wait = i, over end
end
if fullest == 0 then
  for i = 1, #KEYS do
    redis.call('SET', KEYS[i], string.format('%.3f', full_at[i]), 'PX', math.max(1, math.ceil(full_at[i] - now)))
  end
end
return {fullest, math.ceil(wait)}
"""
SCRIPT_SHA = hashlib.sha1(SCRIPT, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Bucket:
    """It holds `most` requests, and is full again from empty after `period_seconds`."""

    key: str
    most: int
    period_seconds: float = 60.0


@dataclass(frozen=True)
class Refusal:
    bucket: Bucket
    wait_seconds: float


def take(buckets: list[Bucket]) -> Refusal | None:
    """Take one request from each bucket; or from none, and say which one is empty for longest."""
    if not buckets or not _breaker.lets_through():
        return None
    cache = caches["default"]
    try:
        number, wait_ms = (_on_server if isinstance(cache, RedisCache) else _in_process)(cache, buckets)
    except (RedisError, OSError) as error:
        _breaker.failed(error)
        return None
    _breaker.worked()
    return Refusal(buckets[number - 1], wait_ms / 1000) if number else None


class Breaker:
    """After a failure nobody asks for a while, and then one request first: it alone waits if the failure lasts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shut_until = self._logged_at = 0.0

    def lets_through(self) -> bool:
        if not self._shut_until:
            return True
        with self._lock:
            if time.monotonic() < self._shut_until:
                return False
            self._shut()
            return True

    def failed(self, error: Exception) -> None:
        with self._lock:
            self._shut()
            is_due = not self._logged_at or time.monotonic() >= self._logged_at + LOG_EVERY_SECONDS
            if is_due:
                self._logged_at = time.monotonic()
        if is_due:
            text = "The cache does not answer, so that requests are not counted and nobody is refused (%s: %s)."
            logger.error(text, type(error).__name__, error)

    def worked(self) -> None:
        self._shut_until = 0.0

    def _shut(self) -> None:
        self._shut_until = time.monotonic() + settings.CACHE_RETRY_SECONDS


_breaker = Breaker()
_counting = Lock()
_own = local()


def _on_server(cache: RedisCache, buckets: list[Bucket]) -> tuple[int, int]:
    client = _client(cache)
    keys = [cache.make_key(bucket.key) for bucket in buckets]
    values = [value for bucket in buckets for value in (bucket.most, 1000 * bucket.period_seconds)]
    try:
        number, wait_ms = _run(client, keys, values)
    except LostConnectionError:  # which the server had ended since; the client makes a new one
        number, wait_ms = _run(client, keys, values)
    return number, wait_ms


def _run(client: Redis, keys: list[str], values: list[float]) -> tuple[int, int]:
    try:
        return client.evalsha(SCRIPT_SHA, len(keys), *keys, SLACK_MS, *values)
    except NoScriptError:  # the server has started anew
        return client.eval(SCRIPT, len(keys), *keys, SLACK_MS, *values)


def _client(cache: RedisCache) -> Redis:
    """A connection that this thread keeps: taking one from a pool each time costs as much as the question.

    Django offers no scripts, so that its pool is asked for the way there."""
    pool, process = cache._cache._get_connection_pool(write=True), os.getpid()
    if getattr(_own, "of", None) != (pool, process):
        _own.of, _own.client = (pool, process), Redis(connection_pool=pool, single_connection_client=True)
    return _own.client


def _in_process(cache: BaseCache, buckets: list[Bucket]) -> tuple[int, float]:
    """The same for a cache that no other process sees."""
    with _counting:
        now = 1000 * time.time()
        full_at, fullest, wait_ms = [], 0, 0.0
        for number, bucket in enumerate(buckets, 1):
            period_ms = 1000 * bucket.period_seconds
            full_at.append(max(cache.get(bucket.key, 0.0), now) + period_ms / bucket.most)
            over = full_at[-1] - now - period_ms
            if over > SLACK_MS and over > wait_ms:
                fullest, wait_ms = number, over
        for bucket, moment in zip(buckets, full_at, strict=True) if not fullest else ():
            cache.set(bucket.key, moment, timeout=(moment - now) / 1000 + 1)
    return fullest, wait_ms
