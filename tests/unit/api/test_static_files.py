"""The page as it is served."""

from api.http.static_files import StorefrontFiles

FILES = StorefrontFiles()


def test_the_page_carries_the_publishable_key_by_which_it_calls_if_there_is_one() -> None:
    key = "pk_page00000000_secret"
    keyed = FILES.page("index.html", shows_operations=False, key=key).decode()
    assert f'<meta name="fitting-room-key" content="{key}">' in keyed
    bare = FILES.page("index.html", shows_operations=False).decode()
    assert "fitting-room-key" not in bare
    assert "{{" not in keyed + bare


def test_no_key_can_break_out_of_its_attribute() -> None:
    page = FILES.page("index.html", shows_operations=False, key='"><script>').decode()
    assert '"><script>' not in page
