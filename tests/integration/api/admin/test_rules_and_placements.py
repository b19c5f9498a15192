"""Rules over HTTP: written by merchandisers, with a version for whoever came second."""

import json
from pathlib import Path

import httpx

from personalization.domain.access.api_key import AccessRole
from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import SHOP
from personalization.ports.stores import KeptStores
from personalization.wiring import CoreSettings
from tests.integration.api.admin.caller import author_of_role
from tests.integration.command_line import run_over

SALE = {"kind": "boost", "products": ["shirt-1"], "amount": 0.3, "reason": "a sale"}


def changes(kept_stores: KeptStores) -> list[AuditEntry]:
    """Return what was recorded of rules, oldest first."""
    entries = reversed(kept_stores.audit.newest(SHOP, 100))
    return [entry for entry in entries if entry.action.startswith("rules.")]


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"].removeprefix("/problems/"))


def test_a_rule_is_written_read_and_deleted(
    merchandiser: httpx.Client, viewer: httpx.Client, kept_stores: KeptStores
) -> None:
    written = merchandiser.put("/rules/sale", json=SALE)
    assert written.json() == {"version": 1, "rules": 1, "warnings": []}
    assert written.headers["etag"] == '"1"'
    read = viewer.get("/rules/sale").json()["rule"]
    author = author_of_role(AccessRole.MERCHANDISER)
    assert read == {**SALE, "id": "sale", "author": author}
    assert merchandiser.put("/rules/sale", json=read).json()["version"] == 1, "nothing has changed"
    assert viewer.get("/rules").json() == {"version": 1, "total": 1, "rules": [read]}

    assert merchandiser.delete("/rules/sale").json()["rules"] == 0
    assert merchandiser.delete("/rules/sale").status_code == 404
    assert viewer.get("/rules/sale").status_code == 404
    assert viewer.put("/rules/sale", json=SALE).status_code == 403
    assert [(entry.author, entry.action, entry.subject) for entry in changes(kept_stores)] == [
        (author, "rules.write", "sale"),
        (author, "rules.remove", "sale"),
    ]


def test_whoever_read_an_older_version_changes_nothing(merchandiser: httpx.Client) -> None:
    merchandiser.put("/rules/first", json=SALE)
    book = {"rules": [{**SALE, "id": "second"}]}

    blind = merchandiser.put("/rules", json=book)
    late = merchandiser.put("/rules", json=book, headers={"if-match": '"0"'})
    odd = merchandiser.put("/rules", json=book, headers={"if-match": "yesterday"})
    one = merchandiser.put("/rules/second", json=SALE, headers={"if-match": '"7"'})
    gone = merchandiser.delete("/rules/first", headers={"if-match": '"7"'})
    assert [answer.status_code for answer in (blind, late, odd, one, gone)] == [
        428, 412, 422, 412, 412,
    ]  # fmt: skip
    assert slug(late) == "changed-meanwhile"
    assert [rule["id"] for rule in merchandiser.get("/rules").json()["rules"]] == ["first"]

    done = merchandiser.put("/rules", json=book, headers={"if-match": '"1"'})
    assert done.json()["version"] == 2
    anyway = merchandiser.put("/rules", json={"rules": []}, headers={"if-match": "*"})
    assert anyway.json() == {"version": 3, "rules": 0, "warnings": []}
    versions = merchandiser.get("/rule-versions", params={"limit": 2}).json()
    assert versions["total"] == 3
    assert [(each["version"], each["rules"]) for each in versions["versions"]] == [(3, 0), (2, 1)]
    past = merchandiser.get("/rule-versions/2").json()["rules"]
    assert (
        merchandiser.put("/rules", json={"rules": past}, headers={"if-match": '"3"'}).json()[
            "rules"
        ]
        == 1
    )


def test_rules_are_checked_without_being_written(viewer: httpx.Client) -> None:
    hidden = {"kind": "exclude", "products": ["shirt-1"], "reason": "recalled", "id": "recall"}
    checked = viewer.post("/rule-checks", json={"rules": [{**SALE, "id": "sale"}, hidden]})
    assert "has no effect" in checked.json()["warnings"][0]
    unknown = {**SALE, "id": "sale", "products": ["none"]}
    refused = viewer.post("/rule-checks", params={"add": True}, json={"rules": [unknown]})
    assert slug(refused) == "invalid-rule"
    assert viewer.get("/rules").json()["version"] == 0


def test_stock_goes_out_and_comes_back(merchandiser: httpx.Client) -> None:
    merchandiser.post("/stock", json={"out": ["shirt-1", "shirt-2"]})
    assert merchandiser.get("/rules/stock").json()["rule"]["products"] == ["shirt-1", "shirt-2"]
    merchandiser.post("/stock", json={"back": ["shirt-1", "shirt-2"]})
    assert merchandiser.get("/rules").json()["total"] == 0


def test_a_rule_is_in_the_name_of_no_other_key(merchandiser: httpx.Client) -> None:
    mine, owners = map(author_of_role, (AccessRole.MERCHANDISER, AccessRole.OWNER))
    merchandiser.put("/rules/sale", json={**SALE, "author": owners})
    read = merchandiser.get("/rules/sale").json()["rule"]
    book = {"rules": [{**read, "author": owners, "amount": 0.4}]}
    merchandiser.put("/rules", json=book, headers={"if-match": '"1"'})

    assert read["author"] == mine
    assert merchandiser.get("/rules/sale").json()["rule"] == {**read, "amount": 0.4}


def test_a_command_does_what_the_route_does_and_leaves_the_same_entry(
    merchandiser: httpx.Client, settings: CoreSettings, kept_stores: KeptStores
) -> None:
    signed = {**SALE, "author": "ann"}
    merchandiser.put("/rules/sale", json=signed)
    by_route = merchandiser.get("/rules/sale").json()["rule"]
    merchandiser.delete("/rules/sale")
    options = ("--product", "shirt-1", "--amount", "0.3", "--reason", "a sale", "--author", "ann")
    run_over(settings, "rules", "add", "sale", "boost", *options)
    by_command = merchandiser.get("/rules/sale").json()["rule"]
    run_over(settings, "rules", "remove", "sale", "--author", "ann")

    assert by_command == by_route
    entries = changes(kept_stores)
    what = [(entry.action, entry.subject, entry.before, entry.after) for entry in entries]
    assert what[:2] == what[2:]
    assert what[0][3] is not None
    key = author_of_role(AccessRole.MERCHANDISER)
    assert [entry.author for entry in entries] == [key, key, "ann", "ann"]


def test_placements_are_written_by_route_and_command_alike(
    merchandiser: httpx.Client,
    viewer: httpx.Client,
    client: httpx.Client,
    settings: CoreSettings,
    kept_stores: KeptStores,
) -> None:
    beside = {"name": "beside", "size": 3, "policy": "epsilon-greedy:epsilon=0.3", "title": "More"}
    before = viewer.get("/placements")
    assert (before.json()["version"], before.headers["etag"]) == (0, '"0"')
    assert viewer.put("/placements/beside", json=beside).status_code == 403
    late = merchandiser.put("/placements/beside", json=beside, headers={"if-match": '"4"'})
    assert slug(late) == "changed-meanwhile"
    written = merchandiser.put("/placements/beside", json=beside).json()
    assert [row["name"] for row in written["placements"]] == ["home", "beside"]
    odd = merchandiser.put("/placements", json={"placements": [{**beside, "policy": "none"}]})
    assert slug(odd) == "invalid-policy"
    assert merchandiser.delete("/placements/none").status_code == 404
    assert merchandiser.delete("/placements").json()["placements"] == before.json()["placements"]

    ann = ("--author", "ann")
    run_over(
        settings, "placements", "set", "beside", "3", str(beside["policy"]), "--title", "More", *ann
    )
    assert viewer.get("/placements").json()["placements"] == written["placements"]
    assert "beside" in run_over(settings, "placements", "list")
    run_over(settings, "placements", "reset", *ann)

    rows = client.get("/v1/placements").json()["placements"]
    assert rows == [
        {"name": "home", "size": 6, "title": "", "strategy": "personal", "on_profile": True}
    ]
    entries = [
        entry
        for entry in reversed(kept_stores.audit.newest(SHOP, 100))
        if entry.subject == "placements"
    ]
    what = [(entry.action, entry.before, entry.after) for entry in entries]
    assert what[:2] == what[2:]
    assert [entry.action for entry in entries[:2]] == ["placements.write", "placements.reset"]


def test_a_row_is_checked_written_and_shown_by_route_and_command(
    merchandiser: httpx.Client,
    viewer: httpx.Client,
    settings: CoreSettings,
    tmp_path: Path,
) -> None:
    policy = "softmax:inverse_temperature=200,epsilon=0.02"
    row = {"name": "instead", "size": 8, "policy": policy, "strategy": "similar"}
    row |= {"filter": {"field": "brand", "is": ["ours"]}}
    row |= {"fallbacks": ["popular"], "caps": [{"field": "brand", "most": 2}], "on_profile": False}
    homes = viewer.get("/placements").json()["placements"]
    book = {"placements": [*homes, row]}
    checked = viewer.post("/placement-checks", json=book)
    assert (checked.json()["version"], checked.json()["placements"]) == (0, book["placements"])
    odd = viewer.post("/placement-checks", json={"placements": [*homes, {**row, "size": 90}]})
    assert (slug(odd), "1 to 50 slots" in odd.json()["detail"]) == ("invalid-policy", True)
    assert viewer.get("/placements/instead").status_code == 404

    merchandiser.put("/placements/instead", json=row)
    read = viewer.get("/placements/instead")
    assert (read.json(), read.headers["etag"]) == (row, '"1"')
    assert json.loads(run_over(settings, "placements", "show", "instead")) == row
    file = tmp_path / "rows.json"
    file.write_text(run_over(settings, "placements", "list", "--json"))
    run_over(settings, "placements", "reset")
    options: tuple[str, ...] = (
        "--strategy",
        "similar",
        "--fallback",
        "popular",
        "--cap",
        "brand=2",
    )
    options += ("--filter", json.dumps(row["filter"]))
    run_over(settings, "placements", "set", "instead", "8", "softmax", *options)
    assert json.loads(run_over(settings, "placements", "show", "instead")) == row
    run_over(settings, "placements", "reset")
    assert json.loads(run_over(settings, "placements", "check", str(file))) == book
    run_over(settings, "placements", "replace", str(file))
    assert viewer.get("/placements").json()["placements"] == book["placements"]
