"""The demo storefront's pages in a real browser, over the shop of an afternoon."""

from pathlib import Path
from typing import Any

from tests.driven_page import PATIENCE_SECONDS, DrivenPage, driven_page
from tests.integration.afternoon.followed import Afternoon
from tests.waiting import eventually

_PARTS = """[...document.querySelectorAll("section.part:not([hidden])")].map((part) => ({
  title: part.querySelector("h2").textContent,
  note: part.querySelector(".note").textContent,
  cards: [...part.querySelectorAll("article.card")].map((card) => ({
    ...card.dataset, reason: card.querySelector(".reason").firstChild?.textContent ?? "" })),
}))"""
_ROW_CARD = "document.querySelector('[class*=row-] article')"


def _parts(page: DrivenPage, start: str) -> list[dict[str, Any]]:
    """Return the parts whose titles start so."""
    return [part for part in page.read(_PARTS) if part["title"].startswith(start)]


def _has_come(page: DrivenPage, url: str, start: str) -> bool:
    page.go(url)
    page.wait_for(_ROW_CARD)
    return bool(_parts(page, start))


def test_rows_are_shown_with_reasons_and_reported_with_their_decisions(
    afternoon: Afternoon, tmp_path: Path
) -> None:
    shop = f"http://127.0.0.1:{afternoon.ports['8000']}"
    with driven_page(tmp_path / "browser") as page:
        page.go(f"{shop}/product/W-101")
        page.wait_for(_ROW_CARD)
        [similar] = _parts(page, "Similar to White linen shirt")
        assert {card["reason"] for card in similar["cards"]} == {"Similar to White linen shirt"}
        ids = {card["product"] for card in similar["cards"]}
        for complements in _parts(page, "Goes well with"):
            assert not ids.intersection(card["product"] for card in complements["cards"])

        page.read("document.querySelector('.row-similar').scrollIntoView()")
        # The view that is counted meanwhile makes it another decision.
        eventually(
            lambda: _decision_of(page, "Similar to") in _decisions_on_screen(page), PATIENCE_SECONDS
        )
        tokens = [token for batch in page.sent_to("/v1/track") for token in batch["decision_token"]]
        assert any(token.startswith("row.") for token in tokens)
        verdicts = [given for sent in page.answers_from("/v1/track") for given in sent["verdicts"]]
        assert {given["verdict"] for given in verdicts} == {"accepted"}

        # One view later the home page speaks of it, in its titles as on its cards.
        eventually(lambda: _has_come(page, shop, "Because you viewed"), PATIENCE_SECONDS)
        [personal] = _parts(page, "Items you may love")
        assert personal["note"] == "because of what you have just looked at"
        assert any("You viewed" in card["reason"] for card in personal["cards"])
        [recent] = _parts(page, "Recently viewed")
        assert [card["product"] for card in recent["cards"]] == ["W-101"]
        assert page.faults == []


def _decision_of(page: DrivenPage, start: str) -> str:
    [part] = _parts(page, start)
    return str(part["cards"][0]["decision"])


def _decisions_on_screen(page: DrivenPage) -> set[str]:
    events = [event for batch in page.sent_to("/v1/track") for event in batch["events"]]
    return {event["decision_id"] for event in events if event["type"] == "impression"}
