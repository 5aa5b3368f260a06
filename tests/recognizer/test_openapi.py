"""The OpenAPI description is true: generated requests never fail the server, and answers are as described."""

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from digits_site.wsgi import application

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    unsupported_method,
]
description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
description.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture
def known_visitor(visitor) -> Iterator[tuple[dict, dict, int]]:
    """Cookies and headers of somebody with a drawing, and the drawing's id."""
    drawing_id = visitor.draw()["id"]
    cookies = {name: morsel.value for name, morsel in visitor.cookies.items()}
    # As Django's own test client does: the connection that a request would close holds the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield cookies, {"X-CSRFToken": cookies["csrftoken"]}, drawing_id
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@description.parametrize()
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_generated_requests_are_answered_as_described(case, known_visitor):
    cookies, headers, drawing_id = known_visitor
    if "drawing_id" in (case.path_parameters or {}) and case.meta.generation.mode.is_positive:
        case.path_parameters["drawing_id"] = drawing_id  # no generator would find the one that there is
    response = case.call(cookies=cookies, headers=headers)
    case.validate_response(response, checks=CHECKS)
