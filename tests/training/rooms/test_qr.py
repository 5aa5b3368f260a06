"""The picture for cameras: read back by hand where its pattern is known."""

from training.rooms import qr


def test_the_picture_has_the_three_corners_that_cameras_look_for():
    code = qr.of("https://digits.example/rooms/BCD234/")
    for x, y in ((4, 4), (code.side - 11, 4), (4, code.side - 11)):
        assert f"M{x} {y}h7v1h-7z" in code.path


def test_around_it_is_a_quiet_zone():
    code = qr.of("x")
    assert all(f"M{n} " not in code.path for n in range(4))
