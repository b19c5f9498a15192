"""The shop's rules, as `fitting-room rules` writes them."""

from dataclasses import replace
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.admin.json_bodies import JsonBody, RawBody
from api.admin.operations import (
    CHANGES,
    MOST_BYTES,
    PRECONDITION,
    PRECONDITION_NEEDED,
    UNKNOWN,
    Limit,
    Offset,
    answers,
    takes,
    with_body,
)
from api.errors import WRONG_SHAPE, ProblemError
from api.http.entity_tags import expected_version, tag_of
from api.http.json_answers import json_answer
from api.keys.callers import KEY_AUTHOR, caller_of
from api.openapi import merge_answers
from api.schemas.admin import (
    PastRules,
    RuleAnswer,
    RulePage,
    RulesAnswer,
    RuleVersion,
    RuleVersions,
    StockReport,
)
from api.state import state_of
from personalization.domain.errors import InvalidRuleError, UnknownRuleError
from personalization.domain.identifiers import RuleId
from personalization.merchandising.editor import (
    Edit,
    RuleEditor,
    Written,
    add_rule,
    merge_book,
    remove_rule,
    replace_book,
    update_stock,
)
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import (
    WrittenRule,
    WrittenRules,
    decode_rules,
    written_rule,
)
from personalization.ports.plan_store import Plan

router = APIRouter(prefix="/v1/admin", tags=["rules"])
RulePath = Annotated[str, Path(max_length=128, description="The rule's id.")]
VersionPath = Annotated[int, Path(ge=1, le=2**31 - 1, description="A version of the rules.")]
BookBody = Annotated[bytes, Depends(RawBody(MOST_BYTES))]
_EXAMPLE = {
    "id": "summer-sale",
    "kind": "boost",
    "categories": ["shirts"],
    "amount": 0.3,
    "until": "2027-09-01T00:00:00Z",
    "reason": "End of season.",
}
_WRITTEN = answers(
    RulesAnswer,
    "The rules as they stand now; warnings name what was probably not meant.",
    CHANGES,
    PRECONDITION,
    example={"version": 3, "rules": 12, "warnings": []},
)


@router.get("/rules", responses=answers(RulePage, "Rules; the ETag is their version."))
def list_rules(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Return rules of the newest version, in the order of the book."""
    newest = _editor(request).newest()
    rules = newest.document.rules
    chosen = [written_rule(rule) for rule in rules[offset : offset + limit]]
    return _with_tag(RulePage(newest.version, len(rules), chosen), newest.version)


@router.put(
    "/rules",
    responses=with_body(merge_answers(_WRITTEN, PRECONDITION_NEEDED)),
    openapi_extra=takes(WrittenRules, {"rules": [_EXAMPLE]}),
)
def replace_rules(request: Request, body: BookBody) -> Response:
    """Put these rules in the place of all that there are; `If-Match` says which were read."""
    expected = expected_version(request, needed=True)
    book = decode_rules(body, caller_of(request.scope).author)
    return _write(request, replace_book(book), expected)


@router.get("/rules/{rule_id}", responses=answers(RuleAnswer, "The rule.", UNKNOWN))
def read_rule(request: Request, rule_id: RulePath) -> Response:
    """Return one rule of the newest version."""
    newest = _editor(request).newest()
    for rule in newest.document.rules:
        if rule.rule_id == rule_id:
            return _with_tag(RuleAnswer(newest.version, written_rule(rule)), newest.version)
    raise UnknownRuleError(f"There is no rule {rule_id!r}.")


@router.put(
    "/rules/{rule_id}", responses=with_body(_WRITTEN), openapi_extra=takes(WrittenRule, _EXAMPLE)
)
def write_rule(
    request: Request,
    rule_id: RulePath,
    fields: Annotated[dict[str, Any], Depends(JsonBody(dict[str, Any], MOST_BYTES))],
) -> Response:
    """Add a rule, or put it in the place of the one of its id.

    Without `If-Match` it is written into whatever rules there are.
    """
    if fields.setdefault("id", rule_id) != rule_id:
        raise ProblemError(WRONG_SHAPE, f"The rule's id is that of the path, {rule_id!r}.")
    document = msgspec.json.encode({"rules": [fields]})
    [rule] = decode_rules(document, caller_of(request.scope).author).rules
    return _write(request, add_rule(rule, replace=True), expected_version(request))


@router.delete(
    "/rules/{rule_id}",
    responses=answers(RulesAnswer, "The rules without it.", CHANGES, PRECONDITION, UNKNOWN),
)
def delete_rule(request: Request, rule_id: RulePath) -> Response:
    """Remove a rule."""
    return _write(request, remove_rule(RuleId(rule_id)), expected_version(request))


@router.post(
    "/rule-checks",
    responses=with_body(answers(RulesAnswer, "What writing them would give; nothing is written.")),
    openapi_extra=takes(WrittenRules, {"rules": [_EXAMPLE]}),
)
def check_rules(
    request: Request,
    body: BookBody,
    *,
    add: Annotated[
        bool, Query(description="Add them to those there are, or replace by id.")
    ] = False,
) -> Response:
    """Judge rules as if they were written, in the place of all or `add`ed."""
    book = decode_rules(body, caller_of(request.scope).author)
    edit = merge_book(book) if add else replace_book(book)
    return _answer(_editor(request).propose(_in_own_name(edit, caller_of(request.scope).author)))


@router.get("/rule-versions", responses=answers(RuleVersions, "Versions, newest first."))
def list_versions(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100, description="Versions at most.")] = 20,
    offset: Offset = 0,
) -> Response:
    """Return who wrote which version, newest first."""
    editor = _editor(request)
    plans, total = editor.history(limit, offset), editor.version_count()
    versions = [
        RuleVersion(plan.version, plan.written_at, plan.author, _size(plan)) for plan in plans
    ]
    return json_answer(RuleVersions(total, versions))


@router.get("/rule-versions/{version}", responses=answers(PastRules, "The book of then.", UNKNOWN))
def read_version(request: Request, version: VersionPath) -> Response:
    """Return the whole book as it stood in a version."""
    book = _editor(request).version(version)
    return json_answer(PastRules(version, [written_rule(rule) for rule in book.rules]))


@router.post(
    "/stock",
    responses=with_body(_WRITTEN),
    openapi_extra=takes(StockReport, {"out": ["shirt-1"], "back": ["shirt-2"]}),
)
def report_stock(
    request: Request, stock: Annotated[StockReport, Depends(JsonBody(StockReport, MOST_BYTES))]
) -> Response:
    """Say what ran out and what is back: kept as the one rule `stock`."""
    edit = update_stock(stock.out, stock.back, caller_of(request.scope).author)
    return _write(request, edit, None)


def _editor(request: Request) -> RuleEditor:
    return state_of(request.scope).services.admin.rules


def _size(plan: Plan) -> int | None:
    try:
        return len(decode_rules(plan.body).rules)
    except InvalidRuleError:
        return None


def _write(request: Request, edit: Edit, expected: int | None) -> Response:
    author = caller_of(request.scope).author
    return _answer(_editor(request).edit(_in_own_name(edit, author), author, expected))


def _in_own_name(edit: Edit, author: str) -> Edit:
    """Return the edit without rules that it makes or changes in the name of another key.

    A rule may name a person, but a key only by showing it; one that stays as it was keeps its own.
    """

    def own_edit(before: RuleBook) -> RuleBook:
        known = {rule.rule_id: rule for rule in before.rules}
        return RuleBook(
            tuple(
                replace(rule, author=author)
                if rule.author.startswith(KEY_AUTHOR) and known.get(rule.rule_id) != rule
                else rule
                for rule in edit(before).rules
            )
        )

    return own_edit


def _answer(written: Written) -> Response:
    book: RuleBook = written.book
    answer = RulesAnswer(written.version, len(book.rules), list(written.warnings))
    return _with_tag(answer, written.version)


def _with_tag(shape: object, version: int) -> Response:
    response = json_answer(shape)
    response.headers["etag"] = tag_of(version)
    return response
