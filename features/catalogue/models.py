"""Model families: the names under which one model goes, and what its family says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from features.catalogue.csv_rows import Line, date, flag
from features.catalogue.normalise import expand, normalise_name, split_list
from features.errors import DataError
from features.factors.model_names import split_organization

REQUIRED = ("family", "id", "names")
OPTIONAL = (
    "values",
    "organization",
    "owners",
    "finetuning",
    "reasoning",
    "base_model",
    "open_weights",
    "release_date",
    "remark",
)
#: where a model runs, before its name; the weights are the same
HOSTS = frozenset(
    normalise_name(h)
    for h in (
        "hf",
        "huggingface",
        "vllm",
        "sglang",
        "transformers",
        "openai-api",
        "together",
        "together_ai",
        "openrouter",
        "fireworks",
        "groq",
        "bedrock",
        "vertex",
        "azureai",
        "azure",
        "hf-inference-providers",
        "chutes",
        "deepinfra",
    )
)

#: the end of a normalised name that tells its quantisation
_QUANT = re.compile(
    r"((?: (?:gptq|awq|gguf|ggml|exl 2|bnb|hqq|aqlm|marlin|quantized|(?:int|fp|nf|mxfp|nvfp) [48]"
    r"|w \d+ a \d+|[2-8] bit|i? ?q [2-8](?: [0-9kxslm]{1,2}){0,2}))+)$"
)


@dataclass(frozen=True)
class ModelMatch:
    """A model that the catalogue knows.

    Attributes
    ----------
    model : str
        Canonical id.
    family, organization : str
        ``""`` where the catalogue does not say.
    factors : dict
        Standard model factors (``features.table.schema.MODEL_FACTORS``) that are known.
    why : str
        Which line, and what was set aside from the name.

    Examples
    --------
    >>> from features.catalogue import load_catalogue
    >>> match = load_catalogue().model("hf/meta-llama/Llama-2-13b-hf")
    >>> match.model, match.family, match.organization
    ('Llama 2 13B', 'Llama 2', 'Meta')
    """

    model: str
    family: str
    organization: str
    factors: dict[str, Any]
    why: str


@dataclass
class ModelNames:
    """All names of all models of the catalogue.

    Attributes
    ----------
    by_name : dict
        Folded name to canonical id and its line.
    ids : dict
        Canonical id to its line.

    Examples
    --------
    >>> cells = {"id": "Toy {}", "family": "Toy", "names": "toy-{}-hf", "values": "7B|13B"}
    >>> names = ModelNames()
    >>> names.add([Line(cells, "models.csv", 2)])
    >>> names.find("toy-13b-hf").model, names.find("toy-70b")
    ('Toy 13B', None)
    """

    by_name: dict[str, tuple[str, Line, str]] = field(default_factory=dict)
    ids: dict[str, Line] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)

    def add(self, lines: Iterable[Line]) -> None:
        """Write out the names of some more lines.

        Raises
        ------
        DataError
            If two lines give one name to two models, or a value cannot be read.
        """
        for line in lines:
            _match((line["id"], line, ""), "", "")  # every value can be read
            values = split_list(line["values"])
            if ("{}" in line["id"]) != bool(values):
                raise line.error("an id has {} if and only if there are values for it")
            try:
                names = expand(line["names"], values)
            except DataError as error:
                raise line.error(str(error)) from error
            own = [(line["id"].replace("{}", v), v) for v in values or [""]]
            for name, value in [*own, *names]:
                self._put(name, line["id"].replace("{}", value), line, value)

    def _put(self, name: str, model: str, line: Line, value: str) -> None:
        normalised = normalise_name(name)
        other = self.by_name.get(normalised)
        if other and other[0] != model:
            raise line.error(
                f"{' '.join(name.split())!r} is {other[0]!r} in {other[1].place} and {model!r} here"
            )
        if not other:
            self.by_name[normalised] = model, line, value
            self.written.setdefault(normalised, " ".join(name.split()))
        self.ids.setdefault(model, line)

    def find(self, name: str) -> ModelMatch | None:
        """Return the model that goes by the whole of `name`, if there is one."""
        owner, rest, host = _reading(name)
        normalised = normalise_name(rest)
        for plain, quant in ((normalised, ""), _unquantised(normalised)):
            for owned, proper in self._owned(normalise_name(owner), plain):
                hit = self.by_name.get(proper)
                if hit and (not owned or owned in _owners(hit[1])):
                    return _match(hit, quant, host)
        return None

    def _owned(self, owner: str, normalised: str) -> Iterator[tuple[str, str]]:
        """Yield owner and name: as they are, and with the owner as the name's first words."""
        yield owner, normalised
        if not owner:
            words = normalised.split()
            for n in range(1, min(4, len(words))):
                yield " ".join(words[:n]), " ".join(words[n:])


def _reading(name: str) -> tuple[str, str, str]:
    """Return owner, name proper and host of a name; ``""`` where it has none."""
    text, host = name.strip(), ""
    while True:
        head, rest = split_organization(text)
        if head is None or normalise_name(head) not in HOSTS:
            return head or "", rest, host
        text, host = rest, head


def _owners(line: Line) -> set[str]:
    return {normalise_name(o) for o in [line["organization"], *split_list(line["owners"])]} - {""}


def _unquantised(normalised: str) -> tuple[str, str]:
    """Return a normalised name without the mark of its quantisation, and the mark."""
    found = _QUANT.search(normalised)
    if found is None:
        return normalised, ""
    return normalised[: found.start()], re.sub(r"(?<=[a-z]) (?=\d)", "", found[1]).upper()


def _match(hit: tuple[str, Line, str], quant: str, host: str) -> ModelMatch:
    model, line, value = hit
    base = line["base_model"].replace("{}", value) or None
    factors = {
        "organization": line["organization"] or None,
        "family": line["family"],
        "base_model": base,
        "release_date": date(line, "release_date"),
        "open_weights": flag(line, "open_weights"),
        "finetuning": line["finetuning"] or None,
        "reasoning": flag(line, "reasoning"),
    }
    why = f"{line.place}: {line['family']}"
    if host:
        why += f"; run by {host}"
    if quant:
        factors["base_model"] = model
        model = f"{model} ({quant.strip()})"
        why += f"; quantised: {quant.strip()}"
    known = {k: v for k, v in factors.items() if v is not None}
    return ModelMatch(model, line["family"], line["organization"], known, why)
