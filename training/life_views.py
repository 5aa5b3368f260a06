"""The page of a drawing's life: for whoever has its address, which nobody can guess, with or without a cookie.

Left out on purpose: anything else of its visitor, and changing anything. What somebody hid is shown to its own visitor
alone, who is told nothing of that."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from recognizer import cards, lives, tokens, visitors
from recognizer.models import Drawing
from recognizer.throttles import throttled
from training import life as lifes


@require_safe
@throttled("lives")
def life(request: HttpRequest, token: str) -> HttpResponse:
    drawing = _drawing(request, token)
    is_own = _is_own(request, drawing)
    context = {
        "card": cards.card(drawing),
        "steps": lifes.steps(drawing, is_own=is_own),
        "address": request.build_absolute_uri(request.path),
        "is_own": is_own,
    }
    response = render(request, "life.html", context)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


def _drawing(request: HttpRequest, token: str) -> Drawing:
    try:
        (drawing_id,) = tokens.unseal(lives.PURPOSE, token, count=1)
    except tokens.TokenError as error:
        raise Http404(f"no drawing has this address: {error}") from error
    drawing = Drawing.objects.staying().with_answers().select_related("visitor").filter(pk=drawing_id).first()
    if drawing is None or (drawing.hidden_as and not _is_own(request, drawing)):
        raise Http404("the drawing is deleted, or not for others")
    return drawing


def _is_own(request: HttpRequest, drawing: Drawing) -> bool:
    visitor = visitors.current(request)
    return visitor is not None and visitor.pk == drawing.visitor_id
