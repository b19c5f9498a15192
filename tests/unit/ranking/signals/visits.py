from personalization.neighbours.past_session import PastSession
from personalization.neighbours.return_table import learn_returns
from personalization.neighbours.session_index import build_index
from personalization.ranking.signals.signal import FixedStrengths, SessionVisit


def a_visit(*newest_first: str, past: tuple[tuple[str, ...], ...]) -> SessionVisit:
    sessions = [PastSession(number, products) for number, products in enumerate(past)]
    returns = learn_returns(sessions)
    seen = {product: newest_first.count(product) for product in newest_first}
    return SessionVisit(seen, build_index(sessions, returns), FixedStrengths({}))
