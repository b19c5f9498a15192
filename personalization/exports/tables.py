"""The tables of a warehouse; docs/warehouse.md has the same columns, held against these."""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from personalization.domain.decision import Decision, Slot
from personalization.domain.event import Event
from personalization.domain.profile import slot_policies
from personalization.exports.exported_table import ExportedColumn as Column
from personalization.exports.exported_table import ExportedKind as Kind
from personalization.exports.exported_table import ExportedTable
from personalization.ports.decision_history import DecisionRecord


class SlateRow(NamedTuple):
    record: DecisionRecord
    slot: Slot
    score: float | None
    policy: str
    model: str


def slate_rows(record: DecisionRecord) -> Iterator[SlateRow]:
    decision = record.decision
    scores = {action.product_id: action.score for action in decision.actions}
    models = {draw.placement: draw.policy_version for draw in decision.draws}
    for slot, policy in zip(decision.slate, slot_policies(decision), strict=True):
        score = scores.get(slot.product_id)
        model = models.get(slot.placement, decision.policy_version)
        yield SlateRow(record, slot, score, policy, model)


def _decision(path: str) -> Any:  # noqa: ANN401 (a function from a row to any value)
    return attrgetter(f"decision.{path}")


def _question(field: str) -> Any:  # noqa: ANN401 (as above)
    def value(record: DecisionRecord) -> Any:  # noqa: ANN401 (as above)
        asked = record.decision.asked
        return None if asked is None else getattr(asked, field)

    return value


def _kind(decision: Decision) -> str:
    return "profile" if decision.asked is None else decision.asked.kind.value


EVENTS: ExportedTable[Event] = ExportedTable(
    "events",
    (
        Column("event_id", Kind.TEXT, attrgetter("event_id"), "The sender's id, once a session."),
        Column("session_id", Kind.TEXT, attrgetter("session_id"), "The visit."),
        Column("type", Kind.TEXT, attrgetter("type.value"), "Named as in `POST /v1/track`."),
        Column("occurred_at", Kind.MOMENT, attrgetter("occurred_at"), "By the sender's clock."),
        Column("received_at", Kind.MOMENT, attrgetter("received_at"), "By our clock."),
        Column("product_ids", Kind.TEXTS, attrgetter("product_ids"), "Of an order, each line."),
        Column(
            "variant_ids", Kind.TEXTS, attrgetter("variant_ids"),
            "What each line named, where that is a variant; else empty.",
        ),
        Column("category_id", Kind.TEXT, attrgetter("category_id"), "Its category.", nullable=True),
        Column("region", Kind.TEXT, attrgetter("region"), "The market.", nullable=True),
        Column("device", Kind.TEXT, attrgetter("device.value"), "`unknown` where not said."),
        Column(
            "user_id", Kind.TEXT, attrgetter("user_id"), "The person's pseudonym.", nullable=True
        ),
        Column(
            "decision_id", Kind.TEXT, attrgetter("decision_id"),
            "The decision that showed it.", nullable=True,
        ),
        Column("slots", Kind.INTEGERS, attrgetter("slots"), "Positions in that decision's slate."),
        Column("bundle_id", Kind.TEXT, attrgetter("bundle_id"), "The bundle.", nullable=True),
        Column("thumb", Kind.INTEGER, attrgetter("thumb"), "1 or -1.", nullable=True),
        Column("rating", Kind.NUMBER, attrgetter("rating"), "1 to 5 stars.", nullable=True),
        Column("quantities", Kind.INTEGERS, attrgetter("quantities"), "Of each line."),
        Column(
            "unit_price_micros", Kind.INTEGERS, attrgetter("unit_price_micros"),
            "Of each line, in millionths of the currency.",
        ),
        Column("currency", Kind.TEXT, attrgetter("currency"), "ISO 4217.", nullable=True),
        Column("order_id", Kind.TEXT, attrgetter("order_id"), "The shop's number.", nullable=True),
        Column(
            "duration_ms", Kind.INTEGER, attrgetter("duration_ms"), "Of a dwell or hover.",
            nullable=True,
        ),
        Column(
            "attested", Kind.TRUTH, attrgetter("attested"),
            "Whether the shop's server said so; null where that is not asked for.", nullable=True,
        ),
        Column(
            "consent", Kind.TEXTS, attrgetter("consent"),
            "Purposes agreed to; empty refuses all, null says nothing.", nullable=True,
        ),
    ),
)  # fmt: skip

DECISIONS: ExportedTable[DecisionRecord] = ExportedTable(
    "decisions",
    (
        Column("decision_id", Kind.TEXT, _decision("decision_id"), "Echoed by events."),
        Column("session_id", Kind.TEXT, _decision("session_id"), "The visit, or one of a batch."),
        Column("user_id", Kind.TEXT, attrgetter("profile.user_id"), "Of the visit.", nullable=True),
        Column("decided_at", Kind.MOMENT, _decision("decided_at"), "When it was made."),
        Column(
            "kind", Kind.TEXT, lambda record: _kind(record.decision),
            "`profile`, `row` or `rank`: what it answered.",
        ),
        Column("strategy", Kind.TEXT, _question("strategy"), "Of a row or rank.", nullable=True),
        Column(
            "fell_back_from", Kind.TEXT, _question("fell_back_from"),
            "The strategy that was asked for and found too few.", nullable=True,
        ),
        Column("filter", Kind.TEXT, _question("filter"), "Canonical JSON.", nullable=True),
        Column("anchors", Kind.TEXTS, _question("anchors"), "What a row is about.", nullable=True),
        Column("asked_category", Kind.TEXT, _question("category_id"), "Asked for.", nullable=True),
        Column("market", Kind.TEXT, _question("market"), "Asked for.", nullable=True),
        Column("words", Kind.TEXT, _question("words"), "What was searched for.", nullable=True),
        Column("region", Kind.TEXT, _decision("context.region"), "Of the visit.", nullable=True),
        Column("device", Kind.TEXT, _decision("context.device.value"), "Of the visit."),
        Column("base_policy", Kind.TEXT, _decision("base_policy"), "Its draws are in the scores."),
        Column("model", Kind.TEXT, _decision("policy_version"), "Snapshot of the learned model."),
        Column(
            "generation", Kind.TEXT, _decision("generation_id"), "Of the priors.", nullable=True
        ),
        Column("rules_version", Kind.INTEGER, _decision("rules_version"), "0 is no rules."),
        Column("live_weight", Kind.NUMBER, _decision("live_weight"), "0..1, of the visit itself."),
        Column("evidence_amount", Kind.NUMBER, _decision("evidence_amount"), "What it rests on."),
        Column(
            "action_count", Kind.INTEGER, lambda record: len(record.decision.actions),
            "Products that could have been shown.",
        ),
        Column(
            "last_event_id", Kind.TEXT, _decision("last_event_id"), "The newest event counted.",
            nullable=True,
        ),
        Column(
            "experiments", Kind.TEXTS,
            lambda record: [exposure.experiment for exposure in record.decision.exposures],
            "Experiments that the visit is in.",
        ),
        Column(
            "arms", Kind.TEXTS,
            lambda record: [exposure.arm for exposure in record.decision.exposures],
            "Its arm in each.",
        ),
    ),
)  # fmt: skip


def _slot(field: str) -> Any:  # noqa: ANN401 (as above)
    return attrgetter(f"slot.{field}")


def _of_decision(name: str) -> Column[SlateRow]:
    """Return a column of the decision's own row, repeated at each of its slots."""
    [column] = [column for column in DECISIONS.columns if column.name == name]
    return Column(
        name, column.kind, lambda row: column.value(row.record), column.meaning, column.nullable
    )


SLATES: ExportedTable[SlateRow] = ExportedTable(
    "slates",
    (
        *map(_of_decision, ("decision_id", "session_id", "user_id", "decided_at", "kind")),
        Column("placement", Kind.TEXT, _slot("placement"), "The place of the page."),
        _of_decision("strategy"),
        Column("position", Kind.INTEGER, _slot("position"), "From 0 in each placement."),
        Column("product_id", Kind.TEXT, _slot("product_id"), "What was shown there."),
        Column(
            "score", Kind.NUMBER, attrgetter("score"), "Null of products that had none.",
            nullable=True,
        ),
        Column(
            "propensity", Kind.NUMBER, _slot("propensity"),
            "Of being drawn into this slot from all that could be, given the slots before it.",
        ),
        Column("explored", Kind.TRUTH, _slot("explored"), "Not the most probable one."),
        Column("pinned", Kind.TRUTH, _slot("pinned"), "Put there by a rule: propensity 1."),
        Column("policy", Kind.TEXT, attrgetter("policy"), "What filled the slot."),
        Column("model", Kind.TEXT, attrgetter("model"), "The snapshot that the policy asked."),
        *map(_of_decision, ("generation", "filter")),
    ),
)  # fmt: skip


def _profile(path: str) -> Any:  # noqa: ANN401 (as above)
    return attrgetter(f"profile.{path}")


def _many(path: str, field: str) -> Any:  # noqa: ANN401 (as above)
    values, value = attrgetter(f"profile.{path}"), attrgetter(field)
    return lambda record: [value(item) for item in values(record)]


PROFILES: ExportedTable[DecisionRecord] = ExportedTable(
    "profiles",
    (
        Column("session_id", Kind.TEXT, _profile("session_id"), "The visit."),
        Column("user_id", Kind.TEXT, _profile("user_id"), "Of the visit.", nullable=True),
        Column("version", Kind.INTEGER, _profile("version"), "Grows with each of the session."),
        Column("decision_id", Kind.TEXT, _profile("decision_id"), "What it was made of."),
        Column("created_at", Kind.MOMENT, _profile("created_at"), "When it was made."),
        Column("expires_at", Kind.MOMENT, _profile("expiry"), "How long it is served."),
        Column("active", Kind.TRUTH, _profile("active"), "Enough was known of the visit."),
        Column("live_weight", Kind.NUMBER, _profile("live_weight"), "0..1, of the visit itself."),
        Column(
            "product_ids", Kind.TEXTS, _many("score_data.products", "product_id"), "Best first."
        ),
        Column("product_scores", Kind.NUMBERS, _many("score_data.products", "score"), "Of each."),
        Column("product_reasons", Kind.TEXTS, _many("score_data.products", "reason"), "Of each."),
        Column(
            "category_ids", Kind.TEXTS, _many("score_data.categories", "category_id"),
            "Best first.",
        ),
        Column(
            "category_scores", Kind.NUMBERS, _many("score_data.categories", "score"), "Of each."
        ),
        Column(
            "recent_product_ids", Kind.TEXTS, _profile("recent_products"), "Newest first."
        ),
        Column(
            "bundle_ids", Kind.TEXTS, _many("bundled_discount_suggestions", "bundle_id"),
            "Suggested.",
        ),
        Column(
            "trending_product_ids", Kind.TEXTS, _many("trending_recommendations", "product_id"),
            "Fastest first.",
        ),
        Column("generation", Kind.TEXT, _profile("generation_id"), "Of the priors.", nullable=True),
        Column("rules_version", Kind.INTEGER, _profile("rules_version"), "0 is no rules."),
        Column("region", Kind.TEXT, _profile("region"), "Whose rules those were.", nullable=True),
    ),
)  # fmt: skip

TABLES: Mapping[str, ExportedTable[Any]] = {
    table.name: table for table in (EVENTS, DECISIONS, SLATES, PROFILES)
}
