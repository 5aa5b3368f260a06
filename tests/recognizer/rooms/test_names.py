"""Members' names are chosen by us."""

from recognizer.rooms import names


def test_all_members_of_a_room_are_called_differently():
    assert len({names.name(5, number) for number in range(1, 501)}) == 500


def test_a_member_of_a_class_has_no_number_in_the_name():
    assert not any(letter.isdigit() for number in range(1, 231) for letter in names.name(5, number))


def test_the_same_member_is_always_called_the_same():
    assert names.name(5, 7) == names.name(5, 7)
