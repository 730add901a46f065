"""The catalogue: canonical names of tasks and models, and who calls them what."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.catalogue import aggregates, aliases, benchmarks, models
from features.catalogue.aliases import Alias, AliasFile, normalised_value
from features.catalogue.benchmarks import Benchmark, shared_factors
from features.catalogue.csv_rows import Line, read_lines
from features.catalogue.models import ModelMatch, ModelNames
from features.catalogue.normalise import normalise_name
from features.catalogue.suggest import Likeness
from features.errors import ConfigError, DataError, did_you_mean, near_misses
from features.table.score_scale import ScoreScale

#: the data files that come with benchcast
SHIPPED = Path(__file__).parent / "data"
#: aliases of this file hold for every source that does not name tasks in a way of its own
PLAIN = "any"
ALIASES = "aliases_"
#: file name to required and optional columns; alias files are ``aliases_HARNESS.csv``
FILES = {
    "benchmarks.csv": (benchmarks.REQUIRED, benchmarks.OPTIONAL),
    "models.csv": (models.REQUIRED, models.OPTIONAL),
    "parts.csv": (aggregates.PART_REQUIRED, aggregates.PART_OPTIONAL),
    "headlines.csv": (aggregates.HEADLINE_REQUIRED, aggregates.HEADLINE_OPTIONAL),
    "lists.csv": (aggregates.LIST_REQUIRED, ()),
}
#: harnesses that run tasks under names of their own: the plain names do not hold for them
RUNNERS = ("lm-eval", "helm", "inspect", "open-llm")
_SHOTS = re.compile(r"[-_ (,]+(\d{1,2})[-_ ]?shots?\)?$", re.I)


@dataclass(frozen=True)
class TaskMatch:
    """A task that the catalogue knows.

    Attributes
    ----------
    task : str
        Canonical id.
    scale : ScoreScale
        Scale of the canonical task; scores on another one have to be converted.
    factors : dict
        Standard task factors (``features.table.schema.TASK_FACTORS``) that are known.
    why : str
        Which line of which file.

    Examples
    --------
    >>> from features.catalogue import load_catalogue
    >>> match = load_catalogue().task("mmlu", metric="acc", shots=5, harness="lm-eval")
    >>> match.task, match.scale.chance, match.factors["ability"]
    ('MMLU (5-shot)', 25.0, 'knowledge')
    """

    task: str
    scale: ScoreScale
    factors: dict[str, Any]
    why: str


class Catalogue:
    """Canonical names and their aliases.

    A name is matched only for sure: as a whole, without regard to case, spaces and
    punctuation, and with every condition of its line (metric, shots, split, ...) met. Anything
    else is None; :meth:`suggest` and :meth:`why_not` say what is near.

    Parameters
    ----------
    folders : iterable of Path
        Directories with data files, the first one first.

    Raises
    ------
    DataError
        If a line cannot be read, or gives a name two meanings.

    Examples
    --------
    >>> from features.catalogue import load_catalogue
    >>> catalogue = load_catalogue()
    >>> catalogue.task("mmlu", metric="acc", shots=5, harness="lm-eval").task
    'MMLU (5-shot)'
    >>> catalogue.task("mmlu", metric="acc", shots=3, harness="lm-eval") is None
    True
    >>> catalogue.suggest("task", "humanevall")[0]
    'HumanEval (0-shot, pass@1)'
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        files = [_files(f) for f in folders]
        self.benchmarks: dict[str, Benchmark] = benchmarks.read_benchmarks(
            line for f in files for line in f.get("benchmarks.csv", [])
        )
        lists = aggregates.read_lists(line for f in files for line in f.get("lists.csv", []))
        self._parts = aggregates.read_parts(
            (line for f in files for line in f.get("parts.csv", [])), lists
        )
        self._headlines = aggregates.read_headlines(
            line for f in files for line in f.get("headlines.csv", [])
        )
        self.models = ModelNames()
        self._aliases: dict[str, AliasFile] = {}
        known = list(self.benchmarks)
        for each in files:
            self.models.add(each.get("models.csv", []))
            for name, lines in each.items():
                if name.startswith(ALIASES):
                    harness = name.removeprefix(ALIASES).removesuffix(".csv")
                    if harness in self._aliases:
                        self._aliases[harness].add(lines, known)
                    else:
                        self._aliases[harness] = AliasFile(lines, known)
        self._canonical: dict[str, str] = {}
        for task, benchmark in self.benchmarks.items():
            other = self._canonical.setdefault(normalise_name(task), task)
            if other != task:
                raise benchmark.line.error(
                    f"the ids {other!r} and {task!r} differ by case, spaces or punctuation only"
                )
        self._families: dict[str, list[str]] = defaultdict(list)
        for task, benchmark in self.benchmarks.items():
            self._families[normalise_name(benchmark.factors["family"])].append(task)
        self._near: dict[str, Likeness] = {}

    @property
    def n_aliases(self) -> int:
        """How many names of tasks are known, counted once per harness."""
        return sum(len(each.by_name) for each in self._aliases.values())

    # -- tasks ---------------------------------------------------------------------------

    def task(
        self,
        benchmark: str,
        *,
        metric: str = "",
        shots: int | None = None,
        split: str = "",
        filter: str = "",
        config: str = "",
        harness: str = "",
        dataset: str = "",
    ) -> TaskMatch | None:
        """Return the canonical task that a source means, if that is sure.

        Parameters
        ----------
        benchmark : str
            Name as the source has it.
        metric, split, filter, config, dataset : str
            What the source says of the setting; ``""`` where it says nothing.
        shots : int, optional
            Examples in the prompt; None where the source says nothing.
        harness : str
            Whose name it is (``lm-eval``, ``helm``, ``inspect``, ``open-llm``, ``eee``, ``hf``);
            ``""``: a name as people write it.

        Returns
        -------
        TaskMatch or None
            None too where only the setting is another one; :meth:`family` may still know it.
        """
        exact = self._canonical.get(normalise_name(benchmark))
        if harness in RUNNERS and benchmark.strip() != exact:
            exact = None  # a harness's own names only look like canonical ones
        agrees = exact is not None and self._agrees(exact, metric, shots)
        if exact is not None and agrees and harness not in (*RUNNERS, "hf"):
            return self._match(exact, "the canonical name")
        setting = {"metric": metric, "filter": filter, "split": split, "config": config}
        for alias, given in self._lines(benchmark, setting, shots, harness, dataset):
            if not alias.differs(given):
                return self._match(alias.task, f"{alias.line.place}: {alias.line['name']}")
        return self._match(exact, "the canonical name") if exact is not None and agrees else None

    def family(self, benchmark: str, *, harness: str = "", dataset: str = "") -> dict[str, Any]:
        """Return what holds for a benchmark in every setting: family, ability, release date.

        Empty where the name is not known, or means benchmarks that do not agree.
        """
        tasks: set[str] = set()
        for name, _ in _readings(benchmark, None, harness):
            tasks |= {a.task for a in self._known_as(name, dataset, harness)}
            tasks |= {t for t in [self._canonical.get(normalise_name(name))] if t}
            tasks = tasks or set(self._families.get(normalise_name(name), ()))
        if not tasks and (whole := self.is_part(harness, benchmark)):
            return self.family(whole, harness=harness)
        return shared_factors(self.benchmarks[t] for t in sorted(tasks))

    def why_not(
        self,
        benchmark: str,
        *,
        metric: str = "",
        shots: int | None = None,
        split: str = "",
        filter: str = "",
        config: str = "",
        harness: str = "",
        dataset: str = "",
    ) -> str:
        """Say why :meth:`task` gives None, in one sentence."""
        nearest: tuple[int, str] | None = None
        setting = {"metric": metric, "filter": filter, "split": split, "config": config}
        for alias, given in self._lines(benchmark, setting, shots, harness, dataset):
            columns = alias.differs(given)
            words = ", ".join(
                f"{c} {given[c] or 'not given'} instead of {alias.asks(c)}" for c in columns
            )
            if nearest is None or len(columns) < nearest[0]:
                nearest = len(columns), f"like {alias.task!r}, but {words}"
        if nearest is not None:
            return nearest[1]
        if whole := self.is_part(harness, benchmark):
            return f"a part of {whole}"
        if known := self.family(benchmark, harness=harness, dataset=dataset):
            return f"of the family {known.get('family', '?')!r}, in a setting of its own"
        near = self.suggest("task", benchmark)
        hint = f"; looks like {', '.join(map(repr, near))}" if near else ""
        return f"not in the catalogue{hint}"

    def headline(self, harness: str, group: str) -> tuple[str, str] | None:
        """Return headline metric and split of a group of runs (``""``: any split)."""
        return self._headlines.get((harness, group))

    def is_part(self, harness: str, name: str) -> str | None:
        """Return the aggregate that a task is a part of: ``mmlu`` of ``mmlu_anatomy``."""
        return self._parts.get((harness, normalise_name(name)))

    # -- models --------------------------------------------------------------------------

    def model(self, name: str) -> ModelMatch | None:
        """Return the model that goes by `name`, if that is sure.

        The owner before a slash has to be one that the catalogue knows for the family; a
        quantised model stays a model of its own, with the other as its base.
        """
        return self.models.find(name)

    # -- near misses ---------------------------------------------------------------------

    def suggest(self, kind: str, name: str, n: int = 3) -> list[str]:
        """Return up to `n` canonical ids of tasks or models whose names look like `name`.

        Raises
        ------
        ConfigError
            If `kind` is neither ``task`` nor ``model``.
        """
        if kind not in ("task", "model"):
            raise ConfigError(f"kind must be 'task' or 'model', got {kind!r}")
        if kind not in self._near:
            self._near[kind] = Likeness(
                self._task_names()
                if kind == "task"
                else {f: hit[0] for f, hit in self.models.by_name.items()}
            )
        asked = name.rsplit("/", 1)[-1] if kind == "model" else name
        return self._near[kind].near(asked, n)

    # -- inside --------------------------------------------------------------------------

    def _task_names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for each in self._aliases.values():
            for normalised, found in each.by_name.items():
                names.setdefault(normalised, found[0].task)
        return {**names, **self._canonical}

    def _known_as(self, benchmark: str, dataset: str, harness: str) -> list[Alias]:
        """Return the lines of a name: the harness's own, and the plain ones where they hold.

        The dataset stands for a name that adds nothing to it: a subset's name does.
        """
        found: list[Alias] = []
        same = {normalise_name(dataset), normalise_name(dataset.rsplit("/", 1)[-1]), ""}
        adds_nothing = bool(dataset) and normalise_name(benchmark) in same
        for which in (harness, PLAIN):
            file = self._aliases.get(which)
            if file is None or (which == PLAIN and harness in RUNNERS):
                continue
            found += file.by_name.get(normalise_name(benchmark), [])
            if adds_nothing and normalise_name(dataset) != normalise_name(benchmark):
                found += file.by_name.get(normalise_name(dataset), [])
        return found

    def _lines(
        self, benchmark: str, setting: dict[str, str], shots: int | None, harness: str, dataset: str
    ) -> Iterator[tuple[Alias, dict[str, str]]]:
        """Yield the lines of a name, each beside the setting as it is compared."""
        for name, n in _readings(benchmark, shots, harness):
            values = {**setting, "shots": n, "dataset": dataset}
            given = {column: normalised_value(column, value) for column, value in values.items()}
            for alias in self._known_as(name, dataset, harness):
                yield alias, given

    def _agrees(self, task: str, metric: str, shots: int | None) -> bool:
        """Whether a canonical name is used with the setting that it stands for."""
        factors = self.benchmarks[task].factors
        same_metric = not metric or normalise_name(metric) == normalise_name(str(factors["metric"]))
        return same_metric and (shots is None or shots == factors.get("shots"))

    def _match(self, task: str, why: str) -> TaskMatch:
        found = self.benchmarks[task]
        return TaskMatch(task, found.scale, dict(found.factors), why)


def load_catalogue(extra: Path | None = None) -> Catalogue:
    """Return the catalogue that comes with benchcast, with the lines of `extra` added.

    Parameters
    ----------
    extra : Path, optional
        Directory with files of the same names and columns; see ``features/catalogue/README.md``.

    Raises
    ------
    DataError
        If a line cannot be read or gives a name two meanings, or `extra` holds none of the files.
    """
    if extra is None:
        return _loaded(None, ())
    extra = Path(extra).resolve()
    state = sorted((p.name, p.stat().st_mtime_ns, p.stat().st_size) for p in extra.glob("*.csv"))
    return _loaded(extra, tuple(state))


@functools.lru_cache(maxsize=4)
def _loaded(extra: Path | None, state: tuple[tuple[str, int, int], ...]) -> Catalogue:
    """Return a catalogue, read anew only when a file of `extra` has changed."""
    return Catalogue([SHIPPED] if extra is None else [SHIPPED, extra])


def _files(folder: Path) -> dict[str, list[Line]]:
    """Return the lines of every data file of a directory."""
    if not folder.is_dir():
        raise DataError(f"no directory {str(folder)!r} with catalogue files")
    found: dict[str, list[Line]] = defaultdict(list)
    for path in sorted(folder.glob("*.csv")):
        if path.name in FILES:
            required, optional = FILES[path.name]
        elif path.name.startswith(ALIASES):
            required, optional = aliases.REQUIRED, aliases.OPTIONAL
        else:
            known = [*FILES, f"{ALIASES}HARNESS.csv"]
            close = did_you_mean(near_misses(path.name, known)[:1])
            hint = close or f"; known: {', '.join(known)}"
            raise DataError(f"{path}: not a file of the catalogue{hint}")
        found[path.name] = list(read_lines(path, required=required, optional=optional))
    if not found:
        raise DataError(f"{folder} holds no catalogue file; known: {', '.join(FILES)}")
    return found


def _readings(benchmark: str, shots: int | None, harness: str) -> list[tuple[str, int | None]]:
    """Return name and shots as they are given, and with the shots that the name ends in."""
    found = None if harness in RUNNERS else _SHOTS.search(benchmark)
    if found is None or (shots is not None and shots != int(found[1])):
        return [(benchmark, shots)]
    return [(benchmark, shots), (benchmark[: found.start()], int(found[1]))]
