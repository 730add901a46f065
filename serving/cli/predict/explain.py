"""``benchcast explain``: why the prediction of a cell is what it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.input import options
from serving.cli.output.console import Console, number, to_json
from serving.cli.output.output_files import beside, write_frame, write_text

if TYPE_CHECKING:
    from cpp.explain.explanation import Explanation

#: own scores that are shown to people; --json and --out have all
MAX_SCORES = 8


@click.command("explain", short_help="Explain a prediction: what adds up to it, and the evidence.")
@click.option("--model", "-m", metavar="M", required=True, help="Model, known or not.")
@click.option("--task", "-t", metavar="T", required=True, help="Task.")
@click.option(
    "--scores",
    default="",
    metavar="TEXT",
    help='Scores of the model beside those in the data: "TASK=70,TASK2=55".',
)
@click.option(
    "--factors",
    default="",
    metavar="TEXT",
    help='Design factors of a new model: "params=7e9,release_date=2025-06-01".',
)
@options.predicting(
    "Write everything (.json), the terms (.csv) or the waterfall (.svg, .png) here.",
    (".json", ".csv", ".svg", ".png"),
)
def command(
    console: Console,
    model: str,
    task: str,
    scores: str,
    factors: str,
    level: float,
    out: Path | None,
    choose: options.Choose,
) -> None:
    """Explain the prediction of model M on task T: an account in points that adds up to it.

    It says what the method used, not what causes a score. A measured cell is told as it would
    be predicted without its score.
    """
    for option, text in (("--model", model), ("--task", task)):
        if not text.strip():
            raise click.UsageError(f"{option} is empty; name one")
    from serving.answers import explanation
    from serving.cli.input import new_rows
    from serving.cli.predict import predict

    source = choose()
    model, predictor, given = model.strip(), source.predictor, None
    if scores.strip() or factors.strip():
        given = new_rows.from_text(model, scores, factors, source.known)
        given = new_rows.without_known(given, predictor, console)
    if given is None:
        predict.tell_unknown("model", (model,), predictor.models_, console)
    predict.tell_unknown("task", (task,), predictor.tasks_, console)
    found = explanation.explain(source, explanation.ExplainRequest(model, task, level, given))
    if out is None:
        show(found, console)
    else:
        write(found, out)
        console.say(f"{found.headline}; its explanation written to {out}")
    console.say(f"from {source.text}")
    place = {} if out is None else {"out": str(out)}
    about = {"command": "explain", "predictor": source.about}
    console.document({**about, "explanation": found.to_dict(), **place})


def write(found: Explanation, out: Path) -> None:
    """Write an explanation in the format that the suffix names."""
    if out.suffix == ".json":
        write_text(to_json(found.to_dict()), out)
    elif out.suffix == ".csv":
        write_frame(found.terms, out)
    else:
        from training.plots.explanation import explanation_chart
        from training.plots.style import figure_of, save_figure

        with beside(out) as temporary:
            drawn = temporary.with_suffix(out.suffix)
            save_figure(figure_of(explanation_chart(found)), drawn)
            drawn.replace(temporary)


def show(found: Explanation, console: Console) -> None:
    """Print an explanation for people."""
    console.say(found.headline)
    if found.kind != "observed":
        console.say(f"rests on: {found.reason}")
    console.say()
    _account(found, console)
    _evidence(found, console)
    console.say("the interval")
    for sentence in found.interval.in_words(found.unit):
        console.say(f"  {sentence}")
    console.say()
    if len(found.narrows):
        in_points = found.unit == "points"
        rows = [
            [t.task, f"{100 * t.share:.0f} %", *([f"{t.points:.1f}"] if in_points else [])]
            for t in found.narrows.itertuples()
        ]
        columns = ["task", "narrower by", *(["points"] if in_points else [])]
        console.table(columns, rows, "what would narrow it most, measured on its own")
        console.say()
    for note in found.notes:
        console.note(note)


def _account(found: Explanation, console: Console) -> None:
    if console.json:
        return
    in_points = found.unit == "points"
    drawn = found.waterfall(36)
    console.say(f"the account, in {found.unit}, with the prediction so far in the task's unit")
    for line in drawn:
        console.say(f"  {line}")
    console.say()
    rows = [
        [t.name, f"{t.points:.2f}" if i == 0 else f"{t.points:+.2f}", number(t.running), t.meaning]
        for i, t in enumerate(found.terms.itertuples())
    ]
    console.table(["term", "points" if in_points else "own unit", "so far", "what it is"], rows)
    console.say()
    if len(found.members):
        shown = found.members[found.members["weight"] >= 0.005]
        rows = [[m.member, f"{100 * m.weight:.0f} %", m.prediction] for m in shown.itertuples()]
        console.table(["member", "weight", "says"], rows, "the mix")
        console.say()


def _evidence(found: Explanation, console: Console) -> None:
    evidence = found.evidence
    if len(evidence.scores):
        exact = evidence.scores["adds"].notna().all()
        title = "own scores that carry it"
        if exact:
            title += (
                f": from the factors alone {number(evidence.from_factors)}, with them "
                f"{number(evidence.from_reference)} (reference factorisation)"
            )
        rows = [
            [s.task, float(s.score), *([f"{s.adds:+.2f}", f"{s.per_point:+.3f}"] if exact else [])]
            for s in evidence.scores.head(MAX_SCORES).itertuples()
        ]
        columns = ["task", "score", *(["adds", "per point"] if exact else [])]
        console.table(columns, rows, title)
        left = len(evidence.scores) - MAX_SCORES
        if left > 0:
            console.say(f"and {left} more; --json and --out FILE.json have every one")
        console.say()
    if len(evidence.models):
        rows = [
            [m.model, float(m.score), f"{m.apart:.2f}", float(m.suggests)]
            for m in evidence.models.itertuples()
        ]
        columns = ["model", "score", "sd apart", "suggests"]
        console.table(columns, rows, "nearest models with a score there")
        console.say()
    if len(evidence.tasks):
        rows = [
            [t.task, f"{t.alike:.2f}", None if t.score != t.score else float(t.score)]
            for t in evidence.tasks.itertuples()
        ]
        console.table(["task", "alike", "its score"], rows, "tasks most alike")
        console.say()
