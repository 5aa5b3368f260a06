"""The buttons that change which version is live: one click where the gate lets a version through, a page that asks
for the reason where it does not, and an undo beside the answer.

Left out on purpose: the rules, which are the gate's and `recognizer.releases`'."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer import advice, releases, versions
from recognizer.admin import scores
from recognizer.admin.base import LONGEST_KEY, require
from recognizer.advice import Advice
from recognizer.models import Deployment, Evaluation, ModelVersion
from recognizer.told import told
from recognizer.words import ago, commas

RELEASE_PERMISSION = "recognizer.release_modelversion"
LIST = "admin:recognizer_modelversion_changelist"
# Where a button may ask to be brought back to; by default to the page of the version that is live then.
BACK = {"list": LIST, "deployments": "admin:recognizer_deployment_changelist"}
BADGES = {
    True: ("success", gettext_lazy("passes")),
    False: ("danger", gettext_lazy("fails")),
    None: ("warning", gettext_lazy("unknown")),
}


class ReleasePages:
    """For the versions' admin: promoting and rolling back."""

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RELEASE_PERMISSION)

    def get_urls(self) -> list:
        return [
            self.own_path("rollback/", self.rollback_view, "rollback"),
            self.own_path("<int:version_id>/promote/", self.promote_view, "promote"),
            *super().get_urls(),
        ]

    def promote_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Make the version live if the gate lets it; else ask why it should all the same."""
        require(self.has_release_permission(request))
        version = get_object_or_404(self.get_queryset(request), pk=version_id)
        said = advice.of(version)
        if request.method == "POST":
            change = lambda reason: releases.release(version, by=request.user, override=reason)  # noqa: E731
            return self._release(request, change, needs_reason=not said.passed)
        return self._confirm(request, version, _("Promote %(version)s") % {"version": version}, said=said)

    def rollback_view(self, request: HttpRequest) -> HttpResponse:
        """Return to what was live before; show what that is by GET, and to whoever does not say what is to be left."""
        require(self.has_release_permission(request))
        if request.POST.get("leaving"):
            leaving = _key(request.POST["leaving"])
            change = lambda reason: versions.rollback(by=request.user, reason=reason, leaving=leaving)  # noqa: E731
            return self._release(request, change, needs_reason=False)
        live = Deployment.objects.filter(is_live=True).select_related("previous").first()
        if live is None or live.previous is None:
            self.message_user(
                request, _("There is nothing to roll back to: no other version was live."), messages.WARNING
            )
            return redirect(LIST)
        before = self.get_queryset(request).get(pk=live.previous.version_id)
        return self._confirm(request, before, _("Roll back to %(before)s") % {"before": before}, leaving=live.pk)

    def _release(
        self, request: HttpRequest, change: Callable[[str], Deployment], *, needs_reason: bool
    ) -> HttpResponse:
        try:
            deployment = change(_reason(request, needed=needs_reason))
        except releases.NeedsOverride as needed:
            self.message_user(request, str(needed), messages.WARNING)
            return redirect(request.path)
        except versions.VersionError as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(request.path if "reason" in request.POST else _back(request))
        version, words = deployment.version, deployment.reason or "in one click"
        self.log_change(request, version, f"{deployment.get_kind_display().capitalize()}: {words}")
        self.message_user(request, done(request, deployment), messages.SUCCESS)
        return redirect(_back(request, version))

    def _confirm(
        self,
        request: HttpRequest,
        candidate: ModelVersion,
        title: str,
        *,
        said: Advice | None = None,
        leaving: int | None = None,
    ) -> HttpResponse:
        live = self.get_queryset(request).filter(deployments__is_live=True).first()
        if live == candidate:
            self.message_user(
                request, _("Version %(candidate)s is live already.") % {"candidate": candidate.number}, messages.WARNING
            )
            return redirect("admin:recognizer_modelversion_change", candidate.pk)
        return self.page(
            request,
            "admin/recognizer/modelversion/release.html",
            title=title,
            original=candidate,
            candidate=candidate,
            live=live,
            rows=compared(candidate, live),
            gate=said,
            leaving=leaving,
            needs_reason=said is not None and not said.passed,
            longest_reason=releases.LONGEST_REASON,
        )


def live_key() -> int | None:
    """The key of the deployment that a roll-back leaves."""
    return Deployment.objects.filter(is_live=True).values_list("pk", flat=True).first()


def done(request: HttpRequest, deployment: Deployment) -> str | SafeString:
    """That a version is live now, with a button that undoes it while it is."""
    words = _("Version %(version)s is live now.") % {"version": deployment.version.number}
    if deployment.previous is None or deployment.kind == Deployment.Kind.ROLLBACK:
        return words
    return format_html(
        '{} <form method="post" action="{}" class="d-undo"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button class="d-button" name="leaving" value="{}">{}</button></form>',
        words, reverse("admin:recognizer_modelversion_rollback"), get_token(request), deployment.pk,
        _("Undo: back to %(version)s") % {"version": deployment.previous.version},
    )  # fmt: skip


def gate_badge(said: Advice) -> SafeString:
    """What the gate says in a word, with the sentence where the pointer rests and a link to the report."""
    style, word = BADGES[said.passed] if said.needed else ("warning", _("not needed"))
    badge = format_html('<span class="d-badge is-{}" title="{}">{}</span>', style, told(said.words), word)
    return format_html('<a class="d-link" href="{}">{}</a>', said.url, badge) if said.url else badge


def promote_button(version: ModelVersion, said: Advice) -> SafeString:
    """A button where one click is enough. It stands in the list's own form, so it names the one that it sends."""
    address = reverse("admin:recognizer_modelversion_promote", args=[version.pk])
    if said.passed:
        return format_html(
            '<button class="d-button" form="release" formaction="{}" name="back" value="list">{}</button>',
            address,
            _("Promote"),
        )
    return format_html('<a class="d-link" href="{}">{}</a>', address, _("Promote …"))


def compared(candidate: ModelVersion, live: ModelVersion | None) -> list[tuple[str, str, str]]:
    """Rows of what is asked about a release: what, candidate, live."""
    questions: list[tuple[str, Callable[[ModelVersion], Any]]] = [
        (_("Accuracy on MNIST test images"), lambda v: scores.figure(scores.latest(v, Evaluation.MNIST_TEST))),
        (_("Accuracy on reviewed drawings"), lambda v: scores.figure(scores.latest(v, Evaluation.DRAWINGS))),
        (_("Architecture"), lambda v: v.architecture),
        (_("Parameters"), lambda v: commas(v.parameter_count)),
        (_("Source"), lambda v: v.get_source_display()),
        (_("Created"), lambda v: ago(v.created_at)),
    ]
    return [(what, answer(candidate), answer(live) if live else "") for what, answer in questions]


def _reason(request: HttpRequest, *, needed: bool) -> str:
    """What was typed; nothing for a click without a form. Raises VersionError for one that nobody could read."""
    if "reason" not in request.POST:
        return ""
    reason = request.POST["reason"].strip()
    if len(reason) > releases.LONGEST_REASON or (needed and not reason):
        raise versions.VersionError(
            _("Give a reason of 1 to %(most)s characters: it stays in the history.") % {"most": releases.LONGEST_REASON}
        )
    return reason


def _back(request: HttpRequest, version: ModelVersion | None = None) -> str:
    asked = BACK.get(request.POST.get("back", ""))
    if asked or version is None:
        return reverse(asked or LIST)
    return reverse("admin:recognizer_modelversion_change", args=[version.pk])


def _key(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY):
        raise BadRequest(_("%(text)s is the number of no deployment") % {"text": f"{text!r:.40}"})
    return int(text)
