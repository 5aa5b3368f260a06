"""The OpenAPI description is true: generated requests never fail the server, and answers are as described."""

import re

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from digits_site.wsgi import application
from recognizer import schemas
from recognizer.api import api
from tests.recognizer.conftest import SEVEN

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
description.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture
def known_visitor(visitor) -> tuple[dict, dict, int]:
    """Cookies and headers of somebody with a drawing, and the drawing's id."""
    drawing_id = visitor.draw()["id"]
    cookies = {name: morsel.value for name, morsel in visitor.cookies.items()}
    return cookies, {"X-CSRFToken": cookies["csrftoken"]}, drawing_id


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
    if case.path_parameters and case.path_parameters.get("drawing_id", 0) in range(100):
        case.path_parameters["drawing_id"] = drawing_id
    response = case.call(cookies=cookies, headers=headers)
    case.validate_response(response, checks=CHECKS)
