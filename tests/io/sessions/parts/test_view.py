"""What a session says of the window."""

from __future__ import annotations

from convexplorer.io.filters.manifest_fields import Section
from convexplorer.io.sessions.parts.view import decode_view


def test_a_session_that_names_a_palette_of_old_gets_the_one_in_its_place():
    assert decode_view(Section({"diverging": "green–pink"}, "view")).diverging == "blue–gold"
    assert decode_view(Section({"diverging": "unheard of"}, "view")).diverging == "unheard of"
