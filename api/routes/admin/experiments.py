"""Experiments, as `fitting-room experiment` starts, measures and stops them."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.admin.json_bodies import JsonBody
from api.admin.operations import (
    BUSY,
    CHANGES,
    SMALL_BYTES,
    UNKNOWN,
    WORKING,
    Limit,
    Offset,
    answers,
    takes,
    with_body,
)
from api.admin.services import AdminServices
from api.errors import KINDS, RETRY_AFTER_SECONDS
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.openapi import problems
from api.schemas.admin import (
    CheckedExperiment,
    ExperimentChecks,
    ExperimentFields,
    ExperimentPage,
    ExperimentReport,
    ExperimentStop,
    Working,
)
from api.state import state_of
from personalization.domain.errors import InvalidExperimentError
from personalization.experiments.experiment import Experiment
from personalization.experiments.stop_rule import Checked

router = APIRouter(prefix="/v1/admin", tags=["experiments"])
ExperimentPath = Annotated[str, Path(max_length=128, description="The experiment's id.")]
_INVALID = problems(KINDS[InvalidExperimentError])
_EXAMPLE = {
    "experiment_id": "more-exploration",
    "arms": [
        {"name": "control", "share": 0.5},
        {"name": "bold", "share": 0.5, "policies": {"home": "epsilon-greedy:epsilon=0.3"}},
    ],
    "guardrails": [{"metric": "conversion", "largest_loss": 0.1}],
}


@router.get("/experiments", responses=answers(ExperimentPage, "Experiments, ended ones too."))
def list_experiments(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Return experiments in the order of their start."""
    newest = _services(request).experiments.editor.newest()
    experiments = newest.document.experiments
    chosen = list(experiments[offset : offset + limit])
    return json_answer(ExperimentPage(newest.version, len(experiments), chosen))


@router.post(
    "/experiments",
    status_code=201,
    responses=with_body(answers(Experiment, "It runs within seconds.", _INVALID, CHANGES, ok=201)),
    openapi_extra=takes(ExperimentFields, _EXAMPLE),
)
def start_experiment(
    request: Request,
    fields: Annotated[dict[str, Any], Depends(JsonBody(dict[str, Any], SMALL_BYTES))],
) -> Response:
    """Start an experiment; everything that it asks for must exist."""
    author = caller_of(request.scope).author
    return json_answer(_services(request).experiments.start(fields, author), 201)


@router.get("/experiments/{experiment_id}", responses=answers(Experiment, "As it runs.", UNKNOWN))
def read_experiment(request: Request, experiment_id: ExperimentPath) -> Response:
    """Return one experiment."""
    return json_answer(_services(request).experiments.editor.find(experiment_id))


@router.get(
    "/experiments/{experiment_id}/report",
    responses=answers(
        ExperimentReport,
        "What it has shown by now.",
        UNKNOWN,
        WORKING,
        BUSY,
    ),
)
async def report_experiment(request: Request, experiment_id: ExperimentPath) -> Response:
    """Measure an experiment over the history, and say what may be concluded.

    A long history takes minutes: 202 asks to ask again.
    """
    services = _services(request)
    report = await services.long_answers.get(
        f"report {experiment_id}", lambda: services.experiments.report(experiment_id)
    )
    return _answer(report)


@router.post(
    "/experiments/{experiment_id}/stop",
    responses=with_body(answers(Experiment, "As it stands now.", UNKNOWN, _INVALID, CHANGES)),
    openapi_extra=takes(ExperimentStop, {"arm": "bold"}, needed=False),
)
def stop_experiment(
    request: Request,
    experiment_id: ExperimentPath,
    stop: Annotated[ExperimentStop, Depends(JsonBody(ExperimentStop, SMALL_BYTES, or_empty=True))],
) -> Response:
    """End an experiment, or stop one arm, whose units fall to the control."""
    author = caller_of(request.scope).author
    return json_answer(_services(request).experiments.stop(experiment_id, stop.arm, author))


@router.post(
    "/experiment-checks",
    responses=answers(
        ExperimentChecks, "All that run, as they were found.", WORKING, BUSY, CHANGES
    ),
)
async def check_experiments(request: Request) -> Response:
    """Stop every arm that loses or breaks a guardrail, as it happens each hour by itself."""
    services = _services(request)
    checked = await services.long_answers.get("check", services.experiments.check)
    return _answer(None if checked is None else ExperimentChecks(_rows(checked)))


def _services(request: Request) -> AdminServices:
    return state_of(request.scope).services.admin


def _rows(checked: Sequence[Checked]) -> list[CheckedExperiment]:
    return [
        CheckedExperiment(
            experiment_id=check.conclusion.experiment.experiment_id,
            standings={arm.arm: arm.standing for arm in check.conclusion.arms},
            reasons={arm.arm: arm.reason for arm in check.conclusion.arms},
            stopped=list(check.stopped),
        )
        for check in checked
    ]


def _answer(made: object | None) -> Response:
    if made is not None:
        return json_answer(made)
    response = json_answer(Working(), 202)
    response.headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    return response
