"""No table, column or file that is added later is forgotten without a word."""

import re

import pytest
from django.db import models

from training.backups import archive, tables


def test_every_table_is_kept_or_left_out_for_a_reason():
    described = {table.name for table in tables.kept()}
    for model in tables.all_models():
        assert (model._meta.db_table in described) == tables.is_kept(model)


def test_every_name_of_a_file_is_followed_or_emptied():
    named = {
        (model._meta.db_table, field.column)
        for model in tables.all_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.FileField)
    }
    assert named <= set(tables.FILES) | tables.EMPTIED


def test_members_of_tables_have_names_that_are_read_again():
    assert all(re.fullmatch(archive.ROWS, table.member) for table in tables.kept())


def test_a_field_of_an_unknown_kind_is_no_silent_text():
    class Odd(models.Field):
        def get_internal_type(self):
            return "OddField"

    with pytest.raises(ValueError, match="backups do not know yet"):
        tables.kind_of(Odd())


def test_generated_columns_are_left_to_the_database():
    assert not any("is_wrong" in table.names for table in tables.kept())
