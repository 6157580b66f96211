"""The jobs of a script's statements have the text of the whole script, and all of them begin when it ends.

Fault: a child job is made of its parent's configuration after the script has run, so `configuration.query.query` is
the script and every statement takes no time.
Why it matters: BigQuery tells each statement by its own text and times, in jobs and in its audit log (docs.cloud.
google.com/bigquery/docs/scripting-concepts, "Monitor"); who measures run times or reads the log needs them.
Drop it when upstream's children have both.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Any

from local_bigquery.jobs import query, runner
from local_bigquery.sql.script import Interpreter

STAGE = "statement"

_text: ContextVar[str] = ContextVar("text", default="")
"""The statement that a script has come to, that of an EXECUTE IMMEDIATE as it was put together."""


def apply() -> None:
    """Note text and times as a stage of the statement's plan, and move them into its job when that is kept."""
    run, save, interpret = query._run, runner.store.save, Interpreter.sql

    def interpret_and_know(interpreter: Any, statement: Any) -> Any:
        _text.set(statement.text)
        return interpret(interpreter, statement)

    def run_and_note(*arguments: Any) -> Any:
        text, started = _text.get(), _milliseconds()
        statistics = run(*arguments)
        stage = {"name": STAGE, "startMs": started, "endMs": _milliseconds(), "steps": [{"kind": text}]}
        return statistics.replace(queryPlan=[stage])

    def save_with_text(job: Any) -> Any:
        plan = job.statistics.query.queryPlan if job.statistics.query else None
        if not plan or plan[0].name != STAGE:
            return save(job)
        statistics = job.statistics.replace(query=job.statistics.query.replace(queryPlan=None))
        if statistics.parentJobId:
            statistics = statistics.replace(startTime=plan[0].startMs, endTime=plan[0].endMs)
            statement = job.configuration.query.replace(query=plan[0].steps[0].kind)
            job = job.replace(configuration=job.configuration.replace(query=statement))
        return save(job.replace(statistics=statistics))

    Interpreter.sql = interpret_and_know
    query._run = run_and_note
    runner.store.save = save_with_text


def _milliseconds() -> str:
    return str(int(time.time() * 1000))
