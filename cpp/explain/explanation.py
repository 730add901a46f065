"""The explanation of a prediction: tables, sentences and a drawing in plain text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cpp.explain.interval import IntervalExplanation


@dataclass(frozen=True, eq=False)
class Evidence:
    """What carries a prediction.

    Attributes
    ----------
    scores : DataFrame
        The model's own known scores: ``task``; ``score``; what the factors alone say there,
        ``expected``, both in that task's unit; ``adds``, what the score adds to what the factors
        alone say of the cell; ``per_point``, by how many points the cell would move if the score
        were one point higher (both in points, on a task without both bounds in its unit);
        ``alike``, how alike that task is to the cell's, a correlation. The largest first. Exact
        in the reference factorisation, given the weight that each score has there; NaN for a
        method without one.
    models : DataFrame
        Nearest models with a score on the task (:func:`cpp.explain.neighbours.nearest_models`).
    tasks : DataFrame
        Tasks most alike (:func:`cpp.explain.neighbours.nearest_tasks`).
    from_factors, from_reference : float
        What the reference factorisation says from the factors alone, and with the own scores:
        the difference is the sum of ``adds``. Own unit; NaN without a reference.
    """

    scores: pd.DataFrame
    models: pd.DataFrame
    tasks: pd.DataFrame
    from_factors: float
    from_reference: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why the prediction of a cell is what it is.

    Attributes
    ----------
    model, task : str
    predictor : str
        Rung of the ladder.
    kind : str
        ``observed``, ``predicted`` or ``prior``.
    level, prediction, lower, upper, support, reason
        As :meth:`cpp.Predictor.predict` answers: an observed cell is its score three times.
    unit : str
        What ``points`` are in: ``points``, or ``the task's own unit`` without both bounds.
    higher_is_better : bool
    terms : DataFrame
        ``term`` (task, model, factors, latent, method, blend, boosting, clipping, measured: those
        that the method has) with its ``name``; ``points`` and ``value``, what it adds in points
        and in the task's own unit; ``running``, the prediction so far in that unit; ``meaning``.
        ``value`` adds up to the prediction.
    members : DataFrame
        Of a mix: ``member``, ``weight``, ``prediction``.
    evidence : Evidence
    interval : IntervalExplanation
        Of an observed cell: the interval that would be given without the score.
    narrows : DataFrame
        Measurements of the model that would narrow the interval most
        (:func:`cpp.acquisition.interval_reductions`): ``task``, ``cost``, by how many ``points``
        and by what ``share`` of its width.
    narrows_reason : str
        Why `narrows` is empty, else "".
    notes : list of str

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> from cpp.explain import explain
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> found = explain(predictor, "Llama 2 7B", "GPQA Diamond")
    >>> print(str(found).splitlines()[0])
    Llama 2 7B on GPQA Diamond: 15.8 predicted, 90 % interval 3.252 to 28.36
    >>> sorted(found.to_dict())[:3]
    ['evidence', 'higher_is_better', 'interval']
    """

    model: str
    task: str
    predictor: str
    kind: str
    level: float
    prediction: float
    lower: float
    upper: float
    support: int
    reason: str
    unit: str
    higher_is_better: bool
    terms: pd.DataFrame
    members: pd.DataFrame
    evidence: Evidence
    interval: IntervalExplanation
    narrows: pd.DataFrame
    narrows_reason: str
    notes: list[str]

    @property
    def headline(self) -> str:
        """The prediction in one line."""
        if self.kind == "observed":
            said = f"{self.prediction:.4g} measured"
        else:
            word = "by prior" if self.kind == "prior" else "predicted"
            ends = f"{self.lower:.4g} to {self.upper:.4g}"
            said = f"{self.prediction:.4g} {word}, {100 * self.level:g} % interval {ends}"
        return f"{self.model} on {self.task}: {said}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values; NaN is None."""
        evidence = self.evidence
        return _plain(
            {
                "model": self.model,
                "task": self.task,
                "predictor": self.predictor,
                "kind": self.kind,
                "level": self.level,
                "prediction": self.prediction,
                "lower": self.lower,
                "upper": self.upper,
                "support": self.support,
                "reason": self.reason,
                "unit": self.unit,
                "higher_is_better": self.higher_is_better,
                "terms": _records(self.terms),
                "members": _records(self.members),
                "evidence": {
                    "from_factors": evidence.from_factors,
                    "from_reference": evidence.from_reference,
                    "scores": _records(evidence.scores),
                    "models": _records(evidence.models),
                    "tasks": _records(evidence.tasks),
                },
                "interval": self.interval.to_dict(),
                "narrows": {"reason": self.narrows_reason, "tasks": _records(self.narrows)},
                "notes": list(self.notes),
            }
        )

    def waterfall(self, width: int = 40) -> list[str]:
        """Return the terms as lines of text, drawn over `width` characters.

        ``#`` is where the account starts, ``+`` a rise and ``-`` a fall from the prediction
        before, ``|`` the prediction so far.
        """
        running = self.terms["running"].tolist()
        ends = [min(running), max(running)]
        if self.unit == "points":
            ends = [ends[0] - ends[1] * 0.02, ends[1] * 1.02]
        room = (ends[1] - ends[0]) or 1.0
        names = self.terms["name"].tolist()
        longest = max(len(name) for name in names)
        lines, before = [], None
        for name, points, now in zip(names, self.terms["points"], running, strict=True):
            at = round((width - 1) * (now - ends[0]) / room)
            start = at if before is None else before
            bar = [" "] * width
            low, high = sorted((start, at))
            bar[low : high + 1] = ("+" if at > start else "-" if at < start else " ") * (
                high + 1 - low
            )
            bar[at] = "#" if before is None else "|"
            signed = f"{points:.2f}" if before is None else f"{points:+.2f}"
            lines.append(f"{name:<{longest}} {signed:>9} {''.join(bar)} {now:.4g}")
            before = at
        return lines

    def __str__(self) -> str:
        """Return the account, the evidence and the interval as text."""
        out = [self.headline, "", f"In {self.unit}, with the prediction so far:"]
        out += [f"  {line}" for line in self.waterfall()]
        out += ["", "What the terms mean:"]
        out += [f"  {t.name}: {t.meaning}" for t in self.terms.itertuples()]
        scores = self.evidence.scores.head(5)
        if len(scores):
            out += ["", "Own scores that carry it:"]
            out += [
                f"  {s.task}: {s.score:.4g}"
                + (f", adds {s.adds:+.2f}" if math.isfinite(s.adds) else "")
                for s in scores.itertuples()
            ]
        if len(self.evidence.models):
            out += ["", "Nearest models with a score there:"]
            out += [
                f"  {m.model}: {m.score:.4g}, {m.apart:.2f} sd apart, suggests {m.suggests:.4g}"
                for m in self.evidence.models.itertuples()
            ]
        out += ["", "The interval:", *(f"  {s}" for s in self.interval.in_words(self.unit))]
        if len(self.narrows):
            best = ", ".join(
                f"{t.task} (by {100 * t.share:.0f} %)" for t in self.narrows.itertuples()
            )
            out += [f"  Measuring one of these would narrow it most: {best}."]
        if len(self.notes):
            out += ["", *(f"Note: {note}." for note in self.notes)]
        return "\n".join(out)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in r.items()} for r in frame.to_dict(orient="records")]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
