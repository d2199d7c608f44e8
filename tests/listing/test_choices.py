"""What a select offers."""

from listing.templatetags.choices import options


def test_options_mark_what_is_chosen() -> None:
    assert options([("1", "One"), ("2", "Two")], "2") == (
        '<option value="1">One</option><option value="2" selected>Two</option>'
    )


def test_options_mark_nothing_where_nothing_is_chosen() -> None:
    assert options([("1", "One")], "") == '<option value="1">One</option>'


def test_options_escape_what_they_offer() -> None:
    assert options([('"', "<b>")], "") == '<option value="&quot;">&lt;b&gt;</option>'
