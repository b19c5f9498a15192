from personalization.audit.recording import Change
from personalization.domain.identifiers import RuleId
from personalization.merchandising.rule import MerchandisingRule
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import WrittenRule, written_rule
from personalization.plans.editor import Edited

WRITTEN = "rules.write"
REMOVED = "rules.remove"
REPLACED = "rules.replace"
BOOK = "rules"
"""The subject of an edit of many rules; the versions that it names are kept whole."""
MOST_ENTRIES = 50


def rule_changes(edited: Edited[RuleBook], author: str) -> list[Change]:
    """Return a change for each rule that is another one; one alone where they are many."""
    before, after = _by_id(edited.before.document), _by_id(edited.after.document)
    changed = [
        rule_id for rule_id in {**before, **after} if before.get(rule_id) != after.get(rule_id)
    ]
    versions = f"Version {edited.before.version} became {edited.after.version}"
    if edited.before.version == edited.after.version:
        return []
    if not 0 < len(changed) <= MOST_ENTRIES:
        note = f"{versions}: {len(changed):,} of {len(after):,} rules are others."
        return [Change(author=author, action=REPLACED, subject=BOOK, note=note)]
    return [
        Change(
            author=author,
            action=WRITTEN if rule_id in after else REMOVED,
            subject=rule_id,
            before=_document_of(before.get(rule_id)),
            after=_document_of(after.get(rule_id)),
            note=f"{versions}.",
        )
        for rule_id in changed
    ]


def _by_id(book: RuleBook) -> dict[RuleId, MerchandisingRule]:
    return {rule.rule_id: rule for rule in book.rules}


def _document_of(rule: MerchandisingRule | None) -> WrittenRule | None:
    return None if rule is None else written_rule(rule)
