"""The step that makes the session index, beside Spark: of what Spark left, within bounds."""

import shutil
from pathlib import Path

from nightly.generations.session_index import build_session_index
from nightly.night import read_plan
from personalization.codec.json_codec import GENERATION
from personalization.domain.prior import SESSION_INDEX
from personalization.neighbours.index_bytes import decode_index, encode_index
from personalization.neighbours.session_index import SessionIndex
from personalization.priors import warehouse as names
from personalization.priors.warehouse import JOB_REPORT, JobReport, NightlyPlan

JOB = "index_sessions"
NO_SESSIONS = (
    "no several shoppers viewed two products in a session, or the setting wants no session index"
)


def index_sessions(plan_file: Path) -> int:
    """Write the session index, and what was fitted for it; return how many sessions it has."""
    plan, building = read_plan(plan_file), plan_file.parent
    sessions = building / names.PAST_SESSIONS_FOLDER
    made = None
    if sessions.exists():
        made = build_session_index(sessions, _former_index(plan), plan.index_sessions)
        shutil.rmtree(sessions)
    report = JobReport(absent={SESSION_INDEX: NO_SESSIONS}, parameters={})
    if made is not None:
        (building / names.SESSION_INDEX_FILE).write_bytes(encode_index(made.index))
        report = JobReport(absent={}, parameters=made.parameters)
    folder = building / names.REPORTS_FOLDER
    folder.mkdir(exist_ok=True)
    (folder / f"{JOB}.json").write_bytes(JOB_REPORT.encode(report))
    return 0 if made is None else made.index.session_count


def _former_index(plan: NightlyPlan) -> SessionIndex | None:
    """Return the index of the newest earlier generation that is kept and has one."""
    generations = Path(plan.warehouse) / names.GENERATIONS_FOLDER
    found = [
        (GENERATION.decode((file.parent / names.MANIFEST_FILE).read_bytes()), file)
        for file in generations.glob(f"*/{names.SESSION_INDEX_FILE}")
    ]
    earlier = [
        (made.run_date, made.created_at, file)
        for made, file in found
        if made.run_date < plan.run_date
    ]
    return decode_index(max(earlier)[2].read_bytes()) if earlier else None
