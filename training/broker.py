"""Asks the broker how many messages wait, without waiting long for its answer.

Left out on purpose: ringing, which `tasks.py` does."""

import logging
from collections.abc import Sequence

from celery.app import app_or_default
from django.conf import settings
from kombu.exceptions import ChannelError

logger = logging.getLogger(__name__)


def depths(queues: Sequence[str]) -> tuple[dict[str, int] | None, str]:
    """How many messages wait in each queue; or None and what is wrong, in words."""
    seconds = settings.BROKER_TIMEOUT_SECONDS
    options = {"socket_connect_timeout": seconds, "socket_timeout": seconds, "max_retries": 0, "interval_start": 0}
    try:
        with app_or_default().connection_for_read(transport_options=options, connect_timeout=seconds) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=seconds)
            return {queue: _depth(connection.default_channel, queue) for queue in queues}, ""
    except Exception as error:  # whatever transport REDIS_URL names raises its own
        # Its words name hosts and users, which are for the log.
        logger.warning("The broker does not answer (%s: %s).", type(error).__name__, error)
        return None, f"The broker does not answer within {seconds:g} s ({type(error).__name__})."


def _depth(channel, queue: str) -> int:
    try:
        return channel.queue_declare(queue, passive=True).message_count
    except ChannelError:  # a queue without messages is not there
        return 0
