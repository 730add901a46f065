"""A run folder of HELM: one model on one scenario."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.documents.json_files import (
    as_count,
    as_list,
    as_number,
    as_object,
    as_text,
    key_path,
    read_json,
)
from features.errors import DataError
from features.importing.helm.metrics import is_lower_better, kind_of, scale_of
from features.importing.shared.asides import Asides
from features.importing.shared.collector import PARTIAL, Collector
from features.importing.shared.options import Options
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue

HARNESS = "helm"
#: HELM's leaderboards run at most so many instances; a run cut off below it is a part
FULL_RUN = 1000
#: arguments of a scenario that stand for all of it
_WHOLE = {"all", "v2", "default", "mc_single"}
_SPLITS = ("test", "valid", "train")
_SUITE = re.compile(r"v?\d+\.\d+(\.\d+)?")
#: tasks of the kept scores by metric and split
_Kept = dict[tuple[str, str], TaskKey]


@dataclass(frozen=True)
class _Stat:
    """One entry of ``stats.json``."""

    name: str
    split: str
    place: str
    entry: dict[str, Any]


def read_run(folder: Path, into: Collector, options: Options, catalogue: Catalogue | None) -> None:
    """Read a run folder.

    Raises
    ------
    DataError
        If a file of it cannot be read, or no model or scenario is named.
    """
    spec_file, stats_file = folder / "run_spec.json", folder / "stats.json"
    spec = as_object(read_json(spec_file))
    adapter = as_object(spec.get("adapter_spec"))
    name = as_text(spec.get("name")) or folder.name
    model = as_text(adapter.get("model")) or as_text(adapter.get("model_deployment"))
    if not model:
        found = re.search(r"model=([^,]+)", name)
        model = found[1].replace("_", "/", 1) if found else ""
    if not model:
        raise DataError(f"{spec_file}, adapter_spec.model: no model is named; add its name there")
    if not stats_file.is_file():
        raise DataError(f"{stats_file} is not there: the run did not finish; run it again")
    entries = read_json(stats_file)
    if not isinstance(entries, list):
        raise DataError(f"{stats_file}: no list of statistics; copy the file again")
    _Run(folder, spec, adapter, name, model, into, catalogue).read(entries, options)


class _Run:
    """One run on its way into the collector."""

    def __init__(
        self,
        folder: Path,
        spec: dict[str, Any],
        adapter: dict[str, Any],
        name: str,
        model: str,
        into: Collector,
        catalogue: Catalogue | None,
    ) -> None:
        self.folder, self.model, self.into, self.catalogue = folder, model, into, catalogue
        self.file = str(folder / "stats.json")
        self.adapter = adapter
        groups = [g for g in map(as_text, as_list(spec.get("groups"))) if g]
        known = [g for g in groups if catalogue and catalogue.headline(HARNESS, g)]
        scenario = name.partition(":")[0].partition(",")[0]
        self.group = max(known, key=len) if known else groups[0] if groups else scenario
        self.shots = _shots(adapter.get("max_train_instances"))
        args = as_object(as_object(spec.get("scenario_spec")).get("args"))
        self.config, self.extra = _config(args, self.group)
        self.aside = Asides(self.file)

    def read(self, entries: list[Any], options: Options) -> None:
        stats = self._plain(entries)
        n_items = {
            s.split: as_count(s.entry.get("mean")) for s in stats if s.name == "num_instances"
        }
        kept: _Kept = {}
        for stat in self._chosen(stats):
            self._report(stat, n_items.get(stat.split), kept)
        self.aside.tell(self.into)
        per_item = self.folder / "per_instance_stats.json"
        if kept and options.items and per_item.is_file():
            try:
                self._items(str(per_item), read_json(per_item), kept)
            except DataError as error:
                remedy = "copy the file again, or import without items"
                self.into.refuse_file(str(per_item), str(error), remedy)

    def _plain(self, entries: list[Any]) -> list[_Stat]:
        """Return the statistics of the answers as they are: not perturbed, not of a part."""
        found: list[_Stat] = []
        for i, entry in enumerate(entries):
            told = as_object(entry).get("name")
            name = as_text(as_object(told).get("name"))
            at = key_path(i)
            if not name:
                remedy = "copy the file again"
                self.into.refuse(Place(self.file, at), entry, "a statistic without name", remedy)
            elif as_object(told).get("perturbation"):
                self.aside.add(at, name, "of perturbed questions")
            elif as_text(as_object(told).get("sub_split")):
                self.aside.add(at, name, "of a part of the split")
            else:
                found.append(_Stat(name, as_text(as_object(told).get("split")), at, entry))
        return found

    def _chosen(self, stats: list[_Stat]) -> list[_Stat]:
        """Return the headline; of a scenario that nobody knows, everything score-like."""
        headline = self.catalogue.headline(HARNESS, self.group) if self.catalogue else None
        chosen: list[_Stat] = []
        if headline is not None:
            metric, split = headline
            chosen = [s for s in stats if s.name == metric and s.split == (split or s.split)]
            others = f"not the headline of {self.group}, which is {metric} ({split or 'any split'})"
        if not chosen:
            chosen = [s for s in stats if kind_of(s.name) == "score"]
            chosen = chosen or [s for s in stats if kind_of(s.name) == "diagnostic"]
            splits = {s.split for s in chosen}
            split = next((s for s in _SPLITS if s in splits), min(splits, default=""))
            chosen = [s for s in chosen if s.split == split]
            others = f"a diagnostic beside the scores, or of another split than {split!r}"
            if chosen:
                text = "its headline metric is not in the catalogue: each metric is a task"
                self.into.note(Place(self.file), self.group, text)
        taken = {s.place for s in chosen}
        for s in stats:
            if s.place not in taken:
                bookkeeping = kind_of(s.name) == "bookkeeping"
                self.aside.add(s.place, s.name, "bookkeeping of the run" if bookkeeping else others)
        return chosen

    def _report(self, stat: _Stat, n_items: int | None, kept: _Kept) -> None:
        into, place = self.into, Place(self.file, f"{stat.place}.mean")
        if (stat.name, stat.split) in kept:
            remedy = "keep one of the two"
            into.refuse(place, stat.entry.get("mean"), f"{stat.name} stands twice", remedy)
            return
        if stat.entry.get("count") == 0 and stat.entry.get("mean") is None:
            self.aside.add(stat.place, stat.name, "no instance has this metric")
            return
        score = as_number(stat.entry.get("mean"))
        if score is None or not math.isfinite(score):
            remedy = "run it again, or take the entry out"
            reason = f"the {stat.name} of {self.group!r} is no number"
            into.refuse(place, stat.entry.get("mean"), reason, remedy)
            return
        scale = scale_of(stat.name)
        if scale is not None and not scale.contains(score):
            reason = f"lies outside the scale {scale.describe()} of {stat.name}"
            into.refuse(place, score, reason, "correct it: HELM writes shares, not percent")
            return
        key = TaskKey(
            self.group,
            stat.name,
            shots=self.shots,
            split=stat.split,
            config=self._known_config(stat),
            harness=HARNESS,
            scale=scale,
        )
        kept[stat.name, stat.split] = key
        into.report(
            place,
            model=self.model,
            task=key,
            score=score,  # `count` and `stddev` are of the trials, not of the instances
            n_items=n_items,
            setting=self._setting(n_items),
        )
        if scale is None and is_lower_better(stat.name):
            into.task(place, key, higher_is_better=False)

    def _known_config(self, stat: _Stat) -> str:
        """Return the part of the scenario that was run, ``""`` for all of it."""
        if self.config.casefold() not in _WHOLE or self.catalogue is None:
            return self.config
        known = functools.partial(
            self.catalogue.task,
            self.group,
            metric=stat.name,
            shots=self.shots,
            split=stat.split,
            harness=HARNESS,
        )
        return "" if known(config=self.config) is None and known() else self.config

    def _setting(self, n_items: int | None) -> str:
        adapter = self.adapter
        said = ["HELM"]
        if _SUITE.fullmatch(self.folder.absolute().parent.name):
            said.append(f"suite {self.folder.absolute().parent.name}")
        if method := as_text(adapter.get("method")):
            said.append(method)
        deployment = as_text(adapter.get("model_deployment"))
        if deployment and deployment != self.model:
            said.append(f"deployment {deployment}")
        trials = as_count(adapter.get("num_train_trials"))
        if trials is not None and trials > 1:
            said.append(f"mean of {trials} trials")
        said += self.extra
        said = [re.sub(r"\bpartial\b", "part", s, flags=re.I) for s in said]  # a mark, not a name
        limit = as_count(adapter.get("max_eval_instances"))
        if limit is not None and limit < FULL_RUN and (n_items is None or n_items >= limit):
            said += [f"limit {limit}", PARTIAL]
        return "; ".join(" ".join(s.split())[:80] for s in said)

    def _items(self, file: str, entries: Any, kept: _Kept) -> None:
        """Hand over outcomes by instance; a trial is an epoch."""
        found: dict[TaskKey, tuple[list[str], list[float], list[int]]] = {}
        if not isinstance(entries, list):
            raise DataError(f"{file}: no list of instances; copy the file again")
        for i, entry in enumerate(entries):
            entry = as_object(entry)
            instance = entry.get("instance_id")
            trial = as_number(entry.get("train_trial_index")) or 0.0
            if not isinstance(instance, str) or not 0 <= trial < 1e6:
                raise DataError(f"{file}, {key_path(i)}: no instance_id; copy the file again")
            if entry.get("perturbation"):
                continue
            for stat in as_list(entry.get("stats")):
                told = as_object(as_object(stat).get("name"))
                key = kept.get((as_text(told.get("name")), as_text(told.get("split"))))
                mean = as_number(as_object(stat).get("mean"))
                if key is None or mean is None or told.get("perturbation"):
                    continue
                items, outcomes, epochs = found.setdefault(key, ([], [], []))
                items.append(instance)
                outcomes.append(mean)
                epochs.append(int(trial) + 1)
        for key, (items, outcomes, epochs) in found.items():
            self.into.items(
                Place(file), model=self.model, task=key, item=items, outcome=outcomes, epoch=epochs
            )


def _shots(value: Any) -> int | None:
    number = as_number(value)
    return int(number) if number is not None and 0 <= number < 1e6 and number % 1 == 0 else None


def _config(args: dict[str, Any], group: str) -> tuple[str, list[str]]:
    """Return what part of a scenario its arguments name, and what else they set.

    What the group's name says already is left out; numbers and flags set how it was run.
    """
    texts: dict[str, str] = {}
    extra: list[str] = []
    normalised = re.sub(r"\W|_", "", group.casefold())
    for name, value in sorted(args.items()):
        if isinstance(value, str) and value.strip():
            if re.sub(r"\W|_", "", value.casefold()) not in normalised:
                texts[name] = value.strip()
        elif isinstance(value, int | float) and value is not False:
            extra.append(f"{name}={value}")
    if len(texts) == 1:
        return next(iter(texts.values())), extra
    return ", ".join(f"{name}={value}" for name, value in texts.items()), extra
