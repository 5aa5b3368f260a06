"""`manage.py roles`: where a site's groups have less than they come with, and giving it back."""

from django.contrib.auth.models import Group

from training.roles import ROLES

from .asking import ask


def test_untouched_groups_have_all_that_they_come_with():
    answer = ask("roles")
    assert answer.out.count("Has all that it comes with.") == len(ROLES)


def test_it_says_what_was_taken_from_a_group_and_which_one_is_gone():
    group = Group.objects.get(name="reviewer")
    group.permissions.remove(group.permissions.get(codename="review_label"))
    Group.objects.get(name="releaser").delete()
    missing = {row["name"]: row["missing"] for row in ask("roles", "--json").json["groups"]}
    assert missing["reviewer"] == ["recognizer.review_label"]
    assert missing["releaser"] is None
    assert "There is no such group; --restore makes it." in ask("roles").out


def test_restore_gives_everything_back():
    Group.objects.get(name="viewer").permissions.clear()
    Group.objects.get(name="releaser").delete()
    answer = ask("roles", "--restore", "--json")
    assert [row["missing"] for row in answer.json["groups"]] == [[]] * len(ROLES)


def test_the_table_has_a_column_for_each_group():
    assert ask("roles", "--table").out.splitlines()[0] == f"| | {' | '.join(role.name for role in ROLES)} |"
