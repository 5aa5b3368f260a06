"""Takes the pictures of docs/screenshots: every page of a site with demo content, desktop and phone, light and dark.

`python -m tests.screenshots` takes all of them, `python -m tests.screenshots draw review` those whose name has such a
word, `--missing` those that are not there. Left out on purpose: judging them. Somebody looks."""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.site.imports import PROJECT_DIR
from tests.site.running import RunningSite, environment, running

OUT = PROJECT_DIR / "docs" / "screenshots"
DEVICES = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
SCHEMES = ("light", "dark")
# A longer page is cut: what comes below is more of the same.
TALLEST_PX = 2400
SEVEN = [[(0.28, 0.22), (0.5, 0.21), (0.72, 0.2), (0.62, 0.42), (0.5, 0.62), (0.42, 0.82)], [(0.4, 0.5), (0.66, 0.5)]]
ADMIN = "/admin/"


@dataclass(frozen=True)
class Shot:
    """A page by its name; `find` is a link on it that leads to what is shown, `act` what a person does there first."""

    name: str
    path: str
    find: str = ""
    act: Callable[[Page], None] | None = None
    whole: bool = True


def draw(page: Page) -> None:
    box = page.locator("canvas").bounding_box()
    for points in SEVEN:
        for number, (x, y) in enumerate(points):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
            if not number:
                page.mouse.down()
        page.mouse.up()
    page.wait_for_function("document.querySelector('[data-digit]').textContent.trim() !== ''")


def submit(page: Page) -> None:
    draw(page)
    page.get_by_role("button", name="Submit", exact=True).click()
    page.locator("[data-stage=asking]").wait_for()


def look_inside(page: Page) -> None:
    draw(page)
    way = page.locator("[data-look-inside]:visible, [data-inside]:not([open]) summary:visible").first
    if way.count():
        way.click()
    page.wait_for_timeout(1000)


def in_german(page: Page) -> None:
    page.get_by_role("button", name="Deutsch").click()
    page.wait_for_load_state("networkidle")
    draw(page)
    page.context.clear_cookies(name="django_language")


def follow(link: str) -> Callable[[Page], None]:
    """Go where a link of the page leads."""

    def act(page: Page) -> None:
        page.goto(page.locator(link).first.get_attribute("href"))
        page.wait_for_load_state("networkidle")

    return act


ROOM = "main a[href^='/rooms/desk/']:not([href='/rooms/desk/']):not([href*='/new'])"


def row(model: str) -> str:
    """The link to the first row of a model's list."""
    return f'#result_list a[href*="/{model}/"][href*="/change/"]'


def desk(name: str, model: str, *, detail: bool = True) -> list[Shot]:
    """A model's list, and the page of its first row."""
    path = f"{ADMIN}{model}/"
    shots = [Shot(f"admin-{name}", path)]
    return [*shots, Shot(f"admin-{name}-page", path, row(model))] if detail else shots


PUBLIC = [
    Shot("draw", "/", act=draw, whole=False),
    Shot("draw-submitted", "/", act=submit, whole=False),
    Shot("draw-inside", "/", act=look_inside),
    Shot("gallery", "/drawings/"),
    Shot("life", "/drawings/", "a[href*='/drawings/']:not([href='/drawings/'])"),
    Shot("second-opinion", "/second-opinion/", whole=False),
    Shot("model", "/model/"),
    Shot("draw-german", "/", act=in_german, whole=False),
    Shot("privacy", "/privacy/"),
    Shot("privacy-delete", "/privacy/delete/", whole=False),
    Shot("rooms", "/rooms/", whole=False),
    Shot("room-desk", "/rooms/desk/"),
    Shot("room-desk-page", "/rooms/desk/", ROOM),
    Shot("room", "/rooms/desk/", ROOM, act=follow("a[href^='/rooms/']:not([href*='/desk/']):not([href='/rooms/'])")),
    Shot("room-review", "/rooms/desk/", ROOM, act=follow("a[href$='/review/']")),
    Shot("room-versions", "/rooms/desk/", ROOM, act=follow("a[href$='/versions/']")),
    Shot("not-found", "/nothing/", whole=False),
]
OF_THE_ADMIN = [
    Shot("admin-dashboard", ADMIN),
    Shot("admin-review", f"{ADMIN}recognizer/drawing/review/"),
    *desk("drawings", "recognizer/drawing"),
    *desk("visitors", "recognizer/visitor"),
    *desk("decisions", "recognizer/decision"),
    *desk("shapes", "recognizer/bannedshape"),
    *desk("versions", "recognizer/modelversion"),
    *desk("deployments", "recognizer/deployment"),
    *desk("evaluations", "recognizer/evaluation"),
    *desk("comparisons", "training/comparison"),
    *desk("jobs", "training/trainingjob"),
    Shot("admin-job-start", f"{ADMIN}training/trainingjob/add/"),
    *desk("snapshots", "training/snapshot"),
    *desk("measurements", "training/measurement"),
    *desk("yardsticks", "training/yardstick", detail=False),
    *desk("exports", "training/export", detail=False),
    Shot("admin-export-start", f"{ADMIN}training/export/add/"),
    *desk("deleted-drawings", "training/deleteddrawing", detail=False),
    *desk("clean-up", "training/cleanup", detail=False),
    Shot("admin-two-factor", f"{ADMIN}two-factor/"),
]


def main(*words: str) -> None:
    """Run a site of its own in a temporary folder, fill it, and take the pictures."""
    named = [word for word in words if word != "--missing"]
    wanted = [shot for shot in [*PUBLIC, *OF_THE_ADMIN] if not named or any(word in shot.name for word in named)]
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, filled(Path(folder)) as site, sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for device, options in DEVICES.items():
            for scheme in SCHEMES:
                with browser.new_context(**options, color_scheme=scheme, base_url=site.address) as context:
                    sign_in(context, site)
                    for shot in wanted:
                        file = OUT / f"{shot.name}-{device}-{scheme}.webp"
                        if "--missing" not in words or not file.exists():
                            take(context, shot, file)


@contextmanager
def filled(folder: Path) -> Iterator[RunningSite]:
    """A running site with demo content, with second opinions switched on."""
    told = {"LABEL_AGREEMENT": "2", "MEDIA_ROOT": str(folder / "media")}
    if mnist := os.environ.get("MNIST_DIR"):
        told["MNIST_DIR"] = mnist
    env = environment(folder / "data", folder / "static", **told)
    with running(env, folder / "output") as site:
        subprocess.run([sys.executable, "manage.py", "seed_demo"], cwd=PROJECT_DIR, env=env, check=True)
        yield site


def sign_in(context: BrowserContext, site: RunningSite) -> None:
    page = context.new_page()
    page.goto("/admin/login/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", site.password())
    page.press("#id_password", "Enter")
    page.wait_for_load_state()
    page.goto("/")
    submit(page)
    page.get_by_role("button", name="Right", exact=True).click()
    page.get_by_role("link", name="Follow it").wait_for()
    page.close()


def take(context: BrowserContext, shot: Shot, file: Path) -> None:
    page = context.new_page()
    page.goto(shot.path)
    if shot.find:
        found = page.locator(shot.find)
        if not found.count():
            print(f"{shot.name}: no row to show")
            page.close()
            return
        page.goto(found.first.get_attribute("href"))
    page.wait_for_load_state("networkidle")
    if shot.act:
        shot.act(page)
    page.wait_for_timeout(400)  # charts draw themselves
    picture = Image.open(io.BytesIO(page.screenshot(full_page=shot.whole, animations="disabled")))
    picture.crop((0, 0, picture.width, min(picture.height, TALLEST_PX))).convert("RGB").save(file, quality=82, method=6)
    page.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
