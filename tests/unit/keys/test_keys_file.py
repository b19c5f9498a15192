from pathlib import Path

import pytest

from personalization.domain.access.api_key import AccessRole, KeyKind
from personalization.domain.access.shop import SHOP
from personalization.domain.errors import InvalidKeyError
from personalization.keys.editor import KeyEditor, Operator
from personalization.keys.key_text import make_key_text
from personalization.keys.keys_file import make_keys_file, read_keys_file, register_keys
from personalization.keys.private_file import new_private_file
from personalization.ports.audit_log import AuditLog

START = Operator("start")
SECRET = make_key_text(KeyKind.SECRET).text


def test_what_the_file_has_is_registered_once(
    tmp_path: Path, editor: KeyEditor, audit: AuditLog
) -> None:
    file = make_keys_file(tmp_path / "keys.json", ["https://shop.example"])
    assert read_keys_file(tmp_path / "keys.json") == file
    page, owner = register_keys(editor, file, START)
    assert (page.kind, owner.role) == (KeyKind.PUBLISHABLE, AccessRole.OWNER)
    assert [page.key_id, owner.key_id] == file.key_ids()
    assert file.page_key() == file.keys[0].text
    editor.revoke(owner.key_id, START, force=True)
    assert register_keys(editor, read_keys_file(tmp_path / "keys.json"), START) == []
    assert editor.book().get(owner.key_id).revoked_at is not None
    assert len(audit.newest(SHOP, 10)) == 3


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "no file of keys"),
        ("[]", "no file of keys"),
        ('{"keys":[{"text":"x"}]}', "no file of keys"),
        ('{"keys":[{"text":"' + SECRET + '","name":"a","scopes":["all"]}]}', "no file of keys"),
        ('{"keys":[{"text":"' + SECRET + '","name":"a","more":1}]}', "no file of keys"),
        ('{"keys":[{"text":"password","name":"a"}]}', "'a' is not written as keys are"),
        ("\xff", "no file of keys"),
        (" " * 1_048_577, "megabyte"),
    ],
)
def test_another_file_is_refused_and_no_text_is_said(
    tmp_path: Path, body: str, sentence: str
) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(body.encode("latin-1"))
    with pytest.raises(InvalidKeyError, match=sentence) as refused:
        read_keys_file(file)
    assert SECRET not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidKeyError, match=r"none\.json cannot be read"):
        read_keys_file(tmp_path / "none.json")


def test_a_file_of_which_nothing_came_is_not_left(tmp_path: Path) -> None:
    def fail() -> None:
        with new_private_file(tmp_path / "key"):
            raise InvalidKeyError

    with pytest.raises(InvalidKeyError):
        fail()
    assert list(tmp_path.iterdir()) == []
