from django.http import Http404, HttpRequest, HttpResponse


def life(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404
