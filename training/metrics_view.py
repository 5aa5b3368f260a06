"""/metrics: what Prometheus asks for, added up over all processes of this machine.

For whoever shows METRICS_TOKEN; where there is none, for programs on this machine that come straight and not through a
proxy. For everybody else there is nothing at this address. Left out on purpose: other machines' processes, each of
which is asked itself."""

import os
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry, Metric, exposition
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from training.site_state import SiteState

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # set where this process shares its figures with others
# Whatever a proxy adds: with one of these a request did not begin on this machine, or may not have.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")
BEARER = "Bearer "


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in the format that the asking program reads."""
    if not _may_read(request):
        raise Http404("no token, or not this machine")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Processes())
    registry.register(SiteState())
    encode, content_type = exposition.choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


class Processes(Collector):
    """The figures of all processes of this machine, of each kind in a folder; or of this one, where it is alone."""

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        if SHARED not in os.environ:
            yield from REGISTRY.collect()
            return
        files = map(str, sorted(Path(settings.METRICS_DIR).glob("*/*.db")))
        yield from MultiProcessCollector.merge(files)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        shown = request.headers.get("Authorization", "")
        return shown.startswith(BEARER) and constant_time_compare(shown.removeprefix(BEARER), settings.METRICS_TOKEN)
    return not any(name in request.META for name in FORWARDED) and _is_this_machine(request.META.get("REMOTE_ADDR", ""))


def _is_this_machine(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:  # a Unix socket has no address: whoever connects to it is a proxy
        return False
