"""What docs/your-shop-in-an-afternoon.md says is done, by a shell, against the real service."""

import re
from pathlib import Path

from tests.driven_page import PATIENCE_SECONDS, DrivenPage, driven_page
from tests.integration.afternoon.followed import Afternoon
from tests.integration.afternoon.page import mismatch, page_steps
from tests.waiting import eventually

_COUNT = 4
_TITLES = "[...document.querySelectorAll('h2')].map((title) => title.textContent)"
_CARDS = "[...document.querySelectorAll('li')].map((card) => card.textContent)"


def test_whoever_follows_the_page_gets_the_answers_that_it_promises(afternoon: Afternoon) -> None:
    for number, step in enumerate(page_steps(afternoon.ports)):
        printed = afternoon.answer_of(number)
        assert printed is not None, f"not reached: {step.commands}\n{afternoon.printed}"
        if step.answer:
            fault = mismatch(step, printed)
            assert fault is None, (
                f"{fault}\n{step.commands}\nprinted\n{printed}\n{afternoon.printed}"
            )
    assert "Traceback" not in (afternoon.folder / "serve.log").read_text("utf-8")


def test_the_page_of_the_shop_shows_a_row_and_reports_it_from_a_browser(
    afternoon: Afternoon, tmp_path: Path
) -> None:
    with driven_page(tmp_path / "browser") as page:
        page.go(f"http://127.0.0.1:{afternoon.ports['3000']}")
        page.wait_for("document.title === 'accepted'")
        assert page.read(_TITLES) == ["Popular in the shop"]
        cards = page.read(_CARDS)
        assert len(cards) == _COUNT
        assert all(re.fullmatch(r".+, €[0-9.]+: .+", card) for card in cards), cards
        page.read("document.querySelector('li').click()")
        eventually(lambda: len(page.answers_from("/v1/track")) == 2, PATIENCE_SECONDS)
        verdicts = [
            given for answer in page.answers_from("/v1/track") for given in answer["verdicts"]
        ]
        assert [given["verdict"] for given in verdicts] == ["accepted"] * 2

        [asked] = page.sent_to("/v1/recommendations")
        seen, clicked = page.sent_to("/v1/track")
        [impression], [view] = seen["events"], clicked["events"]
        [token] = seen["decision_token"]
        assert token.split(".")[:2] == ["row", impression["decision_id"]]
        assert (impression["type"], impression["slots"]) == ("impression", list(range(_COUNT)))
        assert (view["type"], view["slot"]) == ("product_view", 0)
        assert view["product_id"] == impression["product_ids"][0]
        assert asked["session_id"] == impression["session_id"] == view["session_id"]

        eventually(
            lambda: _titles_after_reload(page)[0].startswith("Because you viewed"), PATIENCE_SECONDS
        )
        page.wait_for("document.title.startsWith('accepted')")
        assert page.sent_to("/v1/track")[-1]["decision_token"] == []
        assert page.faults == []


def _titles_after_reload(page: DrivenPage) -> list[str]:
    page.go(page.read("location.href"))
    page.wait_for("document.querySelector('h2')")
    return list(page.read(_TITLES))
