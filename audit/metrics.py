"""A monitor's figures in the text format of Prometheus, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.monitor_history import History, Run
from ledger.envelope import parse_time

KIND = "text/plain; version=0.0.4; charset=utf-8"
SEVERITIES = ("failure", "warning")

_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Samples = Mapping[str, float]
"""Values by the labels in braces, which may be none."""


def metrics(history: History, log: str = "") -> str:
    """The figures of what a monitor has seen of a log."""
    return "".join(_all(history, log))


def _all(history: History, log: str) -> Iterator[str]:
    runs, alerts, judged = history.runs(1), history.open_alerts(), history.newest_judged()
    opened = {name: sum(each.severity == name for each in alerts) for name in SEVERITIES}
    yield _metric("holds", "gauge", "1 while no evidence fails.", {"": not opened["failure"]})
    yield _metric("log", "gauge", "The log that is watched.", {_label("origin", log): 1})
    seen = history.checkpoints()
    yield _metric("checkpoints_seen", "counter", "Checkpoints ever seen.", {"": seen})
    open_now = {_label("severity", name): count for name, count in opened.items()}
    yield _metric("alerts_open", "gauge", "Alerts that are open.", open_now)
    if runs:
        yield from _of_run(runs[0])
    if judged is not None:
        yield from _of_checks(judged)


def _of_run(run: Run) -> Iterator[str]:
    yield _metric("runs", "counter", "Passes made.", {"": run.id})
    seconds = parse_time(run.time).timestamp()
    yield _metric("run_time_seconds", "gauge", "When the last pass was.", {"": seconds})
    yield _metric("log_size", "gauge", "Entries judged in the last pass.", {"": run.size})
    yield _metric("step_seconds", "gauge", "How long the last pass took.", {"": run.seconds})


def _of_checks(run: Run) -> Iterator[str]:
    seconds = parse_time(run.time).timestamp()
    yield _metric("judged_time_seconds", "gauge", "When the log was last read.", {"": seconds})
    for name, what in (("checked", "Things checked"), ("failed", "Things that failed")):
        values = {_label("check", each["name"]): each[name] for each in run.report["checks"]}
        yield _metric(f"check_{name}", "gauge", f"{what} in the last pass that read.", values)


def _label(name: str, value: str) -> str:
    return f'{{{name}="{value.translate(_ESCAPED)}"}}'


def _metric(name: str, kind: str, what: str, samples: Samples) -> str:
    full = f"jejak_monitor_{name}"
    lines = [f"# HELP {full} {what}", f"# TYPE {full} {kind}"]
    lines += [f"{full}{labels} {_number(value)}" for labels, value in samples.items()]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"
