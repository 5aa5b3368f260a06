"""Drawing, submitting and correcting, with the mouse, with fingers and with the keyboard."""

import re

import pytest
from playwright.sync_api import expect

from recognizer.models import Drawing, Label
from tests.browser.conftest import PHONE, SEVEN, Fingers, Site

pytestmark = pytest.mark.browser


def test_a_drawing_goes_its_whole_way_with_the_mouse(site: Site):
    site.open()
    site.draw()
    site.submit()
    stored = Drawing.objects.get()
    expect(site.words).to_have_text(re.compile(r"^Is it an? \d\?$"))

    site.button("Right").click()
    expect(site.words).to_contain_text("Thanks.")
    assert Label.objects.get().digit == stored.prediction.digit

    site.follow(site.words.get_by_role("link"), "/drawings/*/")
    expect(site.page.get_by_role("heading", level=1)).to_have_text("The life of your drawing")
    site.follow(site.page.get_by_role("link", name="My drawings").first, "/drawings/")
    card = site.page.locator(f"#drawing-{stored.pk}")
    expect(card).to_contain_text(f"Read as {stored.prediction.digit}")
    expect(card).to_contain_text(f"you said {stored.prediction.digit}")

    card.get_by_role("button", name="Delete").click()
    site.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)
    expect(site.page.get_by_text("Every drawing that you submit")).to_be_visible()
    assert not Drawing.objects.exists()


@pytest.mark.browser_context_args(**PHONE)
def test_a_drawing_goes_its_whole_way_with_a_finger_on_a_phone(site: Site, fingers: Fingers):
    site.open()
    for points in SEVEN:
        fingers.stroke(points)
    expect(site.digit).not_to_be_empty()
    site.button("Submit").tap()
    site.wait_until_stored()
    stored = Drawing.objects.get()
    assert [len(stroke) > 1 for stroke in stored.strokes] == [True, True]
    correct = (stored.prediction.digit + 1) % 10

    site.button(f"It is {correct}").tap()
    expect(site.words).to_contain_text("Thanks.")
    assert Label.objects.get().digit == correct

    site.words.get_by_role("link").tap()
    site.page.wait_for_url(f"{site.address}/drawings/*/")
    site.page.get_by_role("link", name="My drawings").first.tap()
    expect(site.page.locator(f"#drawing-{stored.pk}")).to_contain_text(f"Wrong: you said {correct}")


def test_the_answer_moves_while_one_draws_and_nothing_is_stored(site: Site):
    site.open()
    mouse = site.page.mouse
    mouse.move(*site.at(0.3, 0.2))
    mouse.down()
    mouse.move(*site.at(0.7, 0.2), steps=5)
    expect(site.seen).to_have_attribute("src", re.compile("^data:image/png;base64,"))
    shares, first = site.shares(), site.seen.get_attribute("src")  # what comes after it has other shares, too

    mouse.move(*site.at(0.4, 0.8), steps=5)
    expect(site.seen).not_to_have_attribute("src", first)
    mouse.up()

    expect(site.page.locator("[data-bar][data-answer]")).to_have_count(1)
    assert site.shares() != shares
    assert sum(map(float, site.shares())) == pytest.approx(1, abs=0.001)
    assert not Drawing.objects.exists()


def test_one_recognition_is_asked_for_at_a_time_and_the_last_word_counts(site: Site):
    held = site.hold("**/recognitions")
    site.open()
    with site.page.expect_request("**/recognitions"):
        site.stroke(SEVEN[0])
    site.stroke(SEVEN[1])
    site.stroke([(0.1, 0.1), (0.2, 0.1)])
    assert len(site.asked("POST", "/recognitions")) == 1

    held.release()
    expect(site.page.locator("[data-bar][data-answer]")).to_have_count(1)
    site.submit()

    asked = site.asked("POST", "/recognitions")
    assert len(asked) == 2
    assert len(asked[1].post_data_json["strokes"]) == 3


def test_points_carry_their_place_on_the_paper_and_their_time(site: Site):
    site.open()
    site.draw()
    site.submit()
    stored = Drawing.objects.get()

    (x, y, start), *_ = stored.strokes[0]
    times = [point[2] for stroke in stored.strokes for point in stroke]
    assert (stored.width, stored.height) == (1000, 1000)
    assert (x, y) == pytest.approx((280, 220), abs=3)
    assert start == 0
    assert times == sorted(times)


def test_a_correction_can_be_changed_and_taken_back(site: Site):
    site.open()
    site.draw()
    site.submit()

    site.button("It is 4").click()
    expect(site.button("It is 4")).to_have_attribute("aria-pressed", "true")
    expect(site.words).to_contain_text("Thanks.")
    site.button("Not a digit").click()
    expect(site.button("Not a digit")).to_have_attribute("aria-pressed", "true")
    expect(site.button("It is 4")).to_have_attribute("aria-pressed", "false")
    site.button("Take back").click()
    expect(site.words).to_contain_text("Taken back.")

    assert not Label.objects.exists()
    expect(site.button("Right")).to_be_visible()


def test_the_last_of_several_quick_corrections_counts(site: Site):
    site.open()
    site.draw()
    site.submit()
    held = site.hold("**/label")
    with site.page.expect_request("**/label"):
        site.page.keyboard.press("1")
    site.page.keyboard.press("2")
    site.page.keyboard.press("3")

    held.release()

    expect(site.words).to_contain_text("Thanks.")
    assert [request.post_data_json for request in site.asked("PUT", "/label")] == [{"label": 1}, {"label": 3}]
    assert Label.objects.get().digit == 3


def test_touching_the_paper_after_submitting_begins_another_drawing(site: Site):
    site.open()
    site.draw()
    site.submit()

    site.draw()
    expect(site.button("Submit")).to_be_visible()
    site.submit()

    first, second = Drawing.objects.order_by("pk")
    assert len(first.strokes) == len(second.strokes) == 2


def test_the_button_for_another_drawing_empties_the_paper(site: Site):
    site.open()
    site.draw()
    site.submit()

    site.button("Draw another").click()

    expect(site.words).to_have_text("Draw a digit, 0 to 9.")
    expect(site.digit).to_be_empty()
    assert site.ink() == 0


def test_an_empty_paper_is_answered_in_words_and_not_sent(site: Site):
    site.open()

    site.button("Submit").click()

    expect(site.words).to_have_text("The paper is empty: draw a digit first.")
    assert not site.asked("POST", "/recognitions")
    assert not site.asked("POST", "/drawings")


@pytest.mark.parametrize(
    ("reason", "words"),
    [("not_a_digit", "That does not look like a single digit."), ("too_little_ink", "Too little ink to read")],
)
def test_an_answer_without_a_digit_says_why(site: Site, settings, reason, words):
    settings.MIN_CONFIDENCE = 1.1
    site.open()
    site.stroke([(0.5, 0.5), (0.51, 0.51)] if reason == "too_little_ink" else SEVEN[0])
    expect(site.page.locator("[data-confidence]")).to_contain_text(words)
    expect(site.digit).to_have_text("?")

    site.submit()

    expect(site.words).to_contain_text("Which one is it?")
    expect(site.button("Right")).to_be_hidden()
    assert Drawing.objects.get().prediction.reason == reason


def test_undo_takes_back_a_stroke_and_then_a_clearing(site: Site):
    site.open()
    expect(site.button("Undo")).to_be_disabled()
    site.stroke(SEVEN[0])
    one = site.ink()
    site.stroke(SEVEN[1])
    two = site.ink()
    assert two > one > 0

    site.button("Undo").click()
    assert site.ink() == one
    site.button("Clear").click()
    assert site.ink() == 0
    expect(site.digit).to_be_empty()
    site.button("Undo").click()
    assert site.ink() == one
    expect(site.digit).not_to_be_empty()


def test_the_right_button_leaves_no_ink(site: Site):
    site.open()

    site.stroke(SEVEN[0], button="right")

    assert site.ink() == 0


def test_a_tap_leaves_a_dot(site: Site):
    site.open()

    site.stroke([(0.5, 0.5)])

    assert site.ink() > 100


def test_a_stroke_goes_on_beside_the_paper_and_ends_where_it_ends(site: Site):
    site.open()
    site.stroke([(0.5, 0.5), (1.2, 0.5), (0.5, 0.7)])
    expect(site.digit).not_to_be_empty()

    site.page.mouse.move(*site.at(0.2, 0.2), steps=3)
    site.submit()

    (stroke,) = Drawing.objects.get().strokes
    assert max(x for x, _, _ in stroke) > 1100
    assert stroke[-1][:2] == pytest.approx([500, 700], abs=5)


# Fingers and pens


@pytest.mark.browser_context_args(**PHONE)
def test_a_second_finger_changes_nothing(site: Site, fingers: Fingers):
    site.open()
    fingers.press(0, (0.3, 0.2))
    fingers.move(0, (0.6, 0.2))
    fingers.press(1, (0.8, 0.9))
    fingers.move(1, (0.2, 0.9))
    fingers.move(0, (0.5, 0.8))
    fingers.lift(1)
    fingers.move(0, (0.5, 0.85))
    fingers.lift(0)
    expect(site.digit).not_to_be_empty()
    site.submit()

    (stroke,) = Drawing.objects.get().strokes
    assert stroke[0][:2] == pytest.approx([300, 200], abs=5)
    assert stroke[-1][:2] == pytest.approx([500, 850], abs=5)
    assert max(x for x, _, _ in stroke) < 620


@pytest.mark.browser_context_args(**PHONE)
def test_ink_stays_when_the_system_takes_the_finger_away(site: Site, fingers: Fingers):
    site.open()
    fingers.press(0, (0.3, 0.2))
    fingers.move(0, (0.6, 0.2))
    fingers.move(0, (0.5, 0.8))
    fingers.cancel()
    ink = site.ink()
    fingers.stroke(SEVEN[1])

    assert 0 < ink < site.ink()
    expect(site.digit).not_to_be_empty()


@pytest.mark.browser_context_args(**PHONE)
def test_drawing_does_not_scroll_the_page(site: Site, fingers: Fingers):
    site.open()

    fingers.stroke([(0.5, 0.9), (0.5, 0.5), (0.5, 0.1)])

    assert site.page.evaluate("scrollY") == 0
    assert site.canvas.evaluate("canvas => getComputedStyle(canvas).touchAction") == "none"
    assert site.page.evaluate("getComputedStyle(document.body).touchAction") != "none"


def pointer(site: Site, kind: str, pointer_id: int, pointer_type: str, place: tuple[float, float]) -> None:
    x, y = site.at(*place)
    options = {"pointerId": pointer_id, "pointerType": pointer_type, "clientX": x, "clientY": y, "pressure": 0.8}
    site.canvas.dispatch_event(kind, options | {"buttons": 1, "bubbles": True, "cancelable": True})


def test_a_pen_takes_over_from_the_palm_that_came_down_before_it(site: Site):
    site.open()
    pointer(site, "pointerdown", 5, "touch", (0.9, 0.9))
    pointer(site, "pointermove", 5, "touch", (0.8, 0.9))
    pointer(site, "pointerdown", 6, "pen", (0.3, 0.3))
    pointer(site, "pointermove", 5, "touch", (0.7, 0.9))
    pointer(site, "pointermove", 6, "pen", (0.6, 0.6))
    pointer(site, "pointerup", 6, "pen", (0.6, 0.6))
    pointer(site, "pointerup", 5, "touch", (0.7, 0.9))
    expect(site.digit).not_to_be_empty()
    site.submit()

    (stroke,) = Drawing.objects.get().strokes
    assert [point[:2] for point in stroke] == [pytest.approx([300, 300], abs=2), pytest.approx([600, 600], abs=2)]
    assert {len(point) for point in stroke} == {3}


# Keys


def test_every_action_has_its_key(site: Site):
    press = site.page.keyboard.press
    site.open()
    site.draw()
    whole = site.ink()
    press("Backspace")
    assert 0 < site.ink() < whole
    press("Escape")
    assert site.ink() == 0
    press("Backspace")
    assert site.ink() > 0
    expect(site.digit).not_to_be_empty()

    press("Enter")
    site.wait_until_stored()
    drawing = Drawing.objects.get()
    for key, label in [("5", "5"), ("n", "not a digit"), ("0", "0")]:
        with site.page.expect_response("**/label"):
            press(key)
        assert str(Label.objects.get()) == label
    with site.page.expect_response("**/label"):
        press("t")
    assert not Label.objects.exists()
    with site.page.expect_response("**/label"):
        press("y")
    assert Label.objects.get().digit == drawing.prediction.digit

    press("Escape")
    expect(site.button("Submit")).to_be_visible()
    assert site.ink() == 0


def test_digits_do_nothing_before_a_drawing_is_stored(site: Site):
    site.open()
    site.draw()

    for key in "0123456789nyt":
        site.page.keyboard.press(key)

    expect(site.words).to_have_text("Nothing is stored until you submit.")
    assert not site.asked("PUT", "/label")


@pytest.mark.parametrize("key", ["Control+Enter", "Alt+Backspace", "Shift+Escape", "Meta+Enter"])
def test_a_key_with_a_modifier_belongs_to_the_browser(site: Site, key):
    site.open()
    site.draw()
    ink = site.ink()

    site.page.keyboard.press(key)

    assert site.ink() == ink
    assert not Drawing.objects.exists()


def test_enter_on_a_button_presses_that_button_only(site: Site):
    site.open()
    site.draw()

    site.button("Clear").focus()
    site.page.keyboard.press("Enter")

    assert site.ink() == 0
    assert not Drawing.objects.exists()


def test_enter_on_submit_submits_once_and_leads_on_to_the_question(site: Site):
    site.open()
    site.draw()

    site.button("Submit").focus()
    site.page.keyboard.press("Enter")
    site.wait_until_stored()

    expect(site.button("Right")).to_be_focused()
    assert Drawing.objects.count() == 1


def test_a_key_that_is_held_down_counts_once(site: Site):
    site.open()
    site.stroke(SEVEN[0])
    site.stroke(SEVEN[1])
    whole = site.ink()

    site.page.keyboard.down("Backspace")
    site.page.keyboard.down("Backspace")
    site.page.keyboard.up("Backspace")

    assert 0 < site.ink() < whole


def test_a_double_click_on_submit_does_not_answer_the_question(site: Site):
    site.open()
    site.draw()

    site.button("Submit").dblclick()
    site.wait_until_stored()

    assert Drawing.objects.count() == 1
    assert not Label.objects.exists()


# For those who hear it


def test_the_answer_is_announced_once_it_has_come_to_rest(site: Site):
    site.open()
    site.draw()

    announced = site.page.locator("[data-announcer]")
    expect(announced).to_have_attribute("aria-live", "polite")
    expect(announced).to_have_text(re.compile(r"^\d, (more than )?\d+ percent$"))


def test_enter_in_the_middle_of_a_stroke_sends_what_is_on_the_paper(site: Site):
    held = site.hold("**/drawings")
    site.open()
    mouse = site.page.mouse
    mouse.move(*site.at(0.5, 0.2))
    mouse.down()
    mouse.move(*site.at(0.5, 0.6), steps=5)
    expect(site.digit).not_to_be_empty()
    with site.page.expect_request("**/drawings"):
        site.page.keyboard.press("Enter")
    sent = site.ink()
    mouse.move(*site.at(0.9, 0.9), steps=5)
    assert site.page.evaluate("document.querySelector('[data-draw-page]').dataset.stage") == "sending"
    draft = site.page.evaluate("JSON.parse(sessionStorage.getItem('digits.draft')).strokes")
    held.release()
    site.wait_until_stored()
    mouse.up()

    assert site.ink() == sent
    (stroke,) = Drawing.objects.get().strokes
    assert stroke[-1][:2] == pytest.approx([500, 600], abs=3)
    assert [[point[:3] for point in points] for points in draft] == [stroke]


def test_every_report_between_two_frames_is_a_point_and_an_empty_list_stands_for_the_event(site: Site):
    site.open()
    site.page.mouse.move(*site.at(0.2, 0.2))
    site.page.mouse.down()
    site.canvas.evaluate(
        """canvas => {
            const box = canvas.getBoundingClientRect();
            const at = (x, y, more) => new PointerEvent("pointermove", {
                pointerId: 1, pointerType: "mouse", buttons: 1, bubbles: true, ...more,
                clientX: box.left + x * box.width, clientY: box.top + y * box.height,
            });
            const reports = [at(0.3, 0.3), at(0.4, 0.3), at(0.5, 0.4)];
            canvas.dispatchEvent(at(0.5, 0.4, { coalescedEvents: reports }));
            canvas.dispatchEvent(at(0.6, 0.7, { coalescedEvents: [] }));
        }"""
    )
    site.page.mouse.up()
    site.submit()

    (stroke,) = Drawing.objects.get().strokes
    places = [(round(x, -1), round(y, -1)) for x, y, _ in stroke]
    assert places == [(200, 200), (300, 300), (400, 300), (500, 400), (600, 700)]
