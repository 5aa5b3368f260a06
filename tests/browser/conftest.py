"""A real Chromium on a real server: the pages are used as people use them, and every complaint of the browser fails."""

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import CDPSession, ConsoleMessage, Locator, Page, Request, Route, expect

from recognizer import recognition
from tests.conftest import missing

# A flagged seven, in shares of the paper's side.
SEVEN = [[(0.28, 0.22), (0.5, 0.21), (0.72, 0.2), (0.62, 0.42), (0.5, 0.62), (0.42, 0.82)], [(0.4, 0.5), (0.66, 0.5)]]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 3}


# What a page may not load or run is a complaint like any other, on every page that a test opens.
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => console.error(
  `The policy's ${event.effectiveDirective} forbids ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`
));
"""
# Long, since several tests may share a busy machine; what is right is there at once all the same.
PATIENCE_MS = 20_000


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def chromium() -> str:
    names = ["chromium", "chromium-browser", "google-chrome"]
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    return found or missing("Chromium", "apt-get install chromium, or set CHROMIUM to its path")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict, chromium: str) -> dict:
    options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    return browser_type_launch_args | {"executable_path": chromium, "args": options}


@pytest.fixture(scope="session", autouse=True)
def orm_beside_playwright() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, in which Django would refuse to ask the database."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


PROBE = "/robots.txt?is-routed"
UNTIL_ROUTED = """async address => {
    for (;;) {
        const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
        if (!answer || answer.status === 204) return;
        await new Promise(go => setTimeout(go, 20));
    }
}"""


class Hold:
    """Requests on their way: kept until `release()`, then let through as ever."""

    def __init__(self) -> None:
        self.kept: list[Route] = []
        self.is_open = False

    def meet(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.kept.append(route)

    def drop(self) -> None:
        while self.kept:
            self.kept.pop().abort()

    def release(self) -> None:
        self.is_open = True
        while self.kept:
            self.kept.pop(0).continue_()


class Site:
    """The pages in a browser, with what a person does on them."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.requests: list[Request] = []
        self.holds: list[Hold] = []
        self.complaints: list[str] = []
        self.expects_failures = False  # of requests; the browser writes them to its console
        page.on("request", lambda request: self.requests.append(request))
        page.on("console", self._listen)
        page.add_init_script(TELL_VIOLATIONS)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def close(self) -> None:
        for hold in self.holds:
            hold.drop()
        self.page.close()

    def check(self) -> None:
        """No complaint of the browser, and no request to another host."""
        if self.expects_failures:
            self.complaints = [text for text in self.complaints if not text.startswith("Failed to load resource")]
        assert self.complaints == []
        own = urlsplit(self.address).netloc
        foreign = [r.url for r in self.requests if urlsplit(r.url).netloc not in (own, "")]
        assert foreign == []

    def asked(self, method: str, end: str) -> list[Request]:
        """The requests so far whose address ends so."""
        return [r for r in self.requests if r.method == method and urlsplit(r.url).path.endswith(end)]

    def route(self, addresses: str, handler: Callable[[Route], object], *, times: int | None = None) -> None:
        """Have `handler` answer these requests, from the next one on."""
        self.page.route(addresses, handler, times=times)
        if self.page.url.startswith("http"):
            # A page that is open already may send its next request before the browser has told it of the route.
            self.page.route(f"**{PROBE}", lambda route: route.fulfill(status=204))
            self.page.evaluate(UNTIL_ROUTED, PROBE)

    def hold(self, addresses: str) -> Hold:
        """Keep requests from the server until they are let go."""
        self.holds.append(Hold())
        self.route(addresses, self.holds[-1].meet)
        return self.holds[-1]

    # Pages

    def open(self, path: str = "/") -> None:
        self.page.goto(self.address + path)

    def follow(self, link: Locator, path: str) -> None:
        """Click what leads to another page, whose path may have `*` in it; ready when that page is loaded.

        A click alone is over while the page before is still there, or the next one is empty.
        """
        link.click()
        self.page.wait_for_url(self.address + path)

    @property
    def canvas(self) -> Locator:
        return self.page.locator("canvas")

    @property
    def words(self) -> Locator:
        return self.page.locator("[data-words]")

    @property
    def digit(self) -> Locator:
        return self.page.locator("[data-digit]")

    @property
    def seen(self) -> Locator:
        return self.page.locator("[data-seen]")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def shares(self) -> list[str]:
        """The lengths of the ten bars, 0 to 1 as text."""
        return self.page.locator("[data-bar]").evaluate_all("all => all.map(b => b.style.getPropertyValue('--share'))")

    def ink(self) -> int:
        """How many of the canvas's pixels have ink on them."""
        return self.canvas.evaluate(
            """canvas => {
                const copy = new OffscreenCanvas(canvas.width, canvas.height);
                const context = copy.getContext("2d", { willReadFrequently: true });
                context.drawImage(canvas, 0, 0);
                const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
                let count = 0;
                for (let i = 3; i < data.length; i += 4) count += data[i] > 0;
                return count;
            }"""
        )

    # Drawing

    def at(self, share_x: float, share_y: float) -> tuple[float, float]:
        box = self.canvas.bounding_box()
        return box["x"] + share_x * box["width"], box["y"] + share_y * box["height"]

    def stroke(self, points: list[tuple[float, float]], *, button: str = "left") -> None:
        """With the mouse, from the first point to the last."""
        mouse = self.page.mouse
        mouse.move(*self.at(*points[0]))
        mouse.down(button=button)
        for point in points[1:]:
            mouse.move(*self.at(*point), steps=4)
        mouse.up(button=button)

    def draw(self) -> None:
        """A seven with the mouse; ready when its answer stands there."""
        for points in SEVEN:
            self.stroke(points)
        expect(self.digit).not_to_be_empty()

    def submit(self) -> None:
        self.button("Submit").click()
        self.wait_until_stored()

    def wait_until_stored(self) -> None:
        expect(self.page.locator("[data-stage=asking]")).to_be_visible()
        expect(self.page.locator("[data-ask][inert]")).to_have_count(0)


class Fingers:
    """Touches as the glass reports them, several at once if need be."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.session: CDPSession = site.page.context.new_cdp_session(site.page)
        self.down: dict[int, tuple[float, float]] = {}

    def press(self, finger: int, point: tuple[float, float]) -> None:
        self.down[finger] = point
        self._send("touchStart")

    def move(self, finger: int, point: tuple[float, float]) -> None:
        self.down[finger] = point
        self._send("touchMove")

    def lift(self, finger: int) -> None:
        del self.down[finger]
        # The protocol's touchEnd lifts all of them; one of several is lifted by no longer being named.
        self._send("touchMove" if self.down else "touchEnd")

    def cancel(self) -> None:
        """The system takes the touch away, for a gesture of its own."""
        self.down.clear()
        self._send("touchCancel")

    def stroke(self, points: list[tuple[float, float]], finger: int = 0) -> None:
        self.press(finger, points[0])
        for point in points[1:]:
            self.move(finger, point)
        self.lift(finger)

    def _send(self, kind: str) -> None:
        points = [
            {"x": x, "y": y, "id": finger}
            for finger, (x, y) in ((finger, self.site.at(*share)) for finger, share in self.down.items())
        ]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@pytest.fixture
def site(live_server, page: Page) -> Iterator[Site]:
    """The site with the weights that it ships, and nothing in its database."""
    recognition.forget()
    site = Site(page, live_server.url)
    yield site
    site.close()
    recognition.forget()
    site.check()


@pytest.fixture
def fingers(site: Site) -> Fingers:
    return Fingers(site)


@pytest.fixture(autouse=True)
def whatever_it_is_counts_as_a_digit(settings) -> None:
    """Tests of the pages hold for any weights, good or bad."""
    settings.MIN_CONFIDENCE = 0.0
