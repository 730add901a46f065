"""What a model's NAME says: size, tuning, effort, quantisation, date.

Names are parsed as text, never looked up: only names of the dataset at hand are used, and
what is known here are habits of naming (``-Instruct``, ``A3B``, ``r1``), not models.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

#: Mixture names give experts x size of one dense model; attention is shared and two experts
#: are active, so the total is about 0.82 and the active part about 1.8/n of the product.
MIXTURE_TOTAL, MIXTURE_ACTIVE = 0.82, 1.8

_EDGE, _END = r"(?<![A-Za-z0-9.])", r"(?![A-Za-z0-9])(?!\.\d)"
_MIXTURE = re.compile(rf"{_EDGE}(\d{{1,3}})x(\d+(?:\.\d+)?)b{_END}", re.I)
_ACTIVE = re.compile(rf"{_EDGE}[ae](\d+(?:\.\d+)?)b{_END}", re.I)
_SIZE_1B5 = re.compile(rf"{_EDGE}(\d{{1,2}})b(\d){_END}", re.I)
_SIZE_1_6 = re.compile(rf"(?<=-)(\d{{1,2}})_(\d)b{_END}", re.I)
_ACTIVE_OF_EXPERTS = re.compile(rf"{_EDGE}(\d+(?:\.\d+)?)b-\d+e{_END}", re.I)
_SIZE = re.compile(rf"{_EDGE}(\d+(?:\.\d+)?)\s?b(?:illion|n)?{_END}", re.I)
_SIZE_M = re.compile(rf"{_EDGE}(\d+(?:\.\d+)?)\s?m(?:illion)?{_END}(?![-_ ]steps)", re.I)
_SIZE_GLUED = re.compile(rf"(?<=[A-Za-z]{{3}})(\d+(?:\.\d+)?)b{_END}", re.I)

_NOT_REASONING = re.compile(
    rf"{_EDGE}(?:no|non|without)[-_ ]?(?:think(?:ing)?|reasoning){_END}", re.I
)
_REASONING = re.compile(rf"{_EDGE}(?:think(?:ing)?|reason(?:ing|er)|r1|qwq|o[1-9]){_END}", re.I)
_EFFORTS = "none|minimal|low|medium|high|xhigh|max"
_EFFORT = re.compile(
    rf"(?:[_#]({_EFFORTS})|\s*\(({_EFFORTS})(?:[- ](?:effort|reasoning|thinking))?\)"
    rf"|(?<=mini)-(low|medium|high)|(?<=o\d)-(low|medium|high))$",
    re.I,
)
_BUDGET = re.compile(
    r"(?:_(\d+)(?-i:K)$|[\s_#-]*\(?\b(\d+)k[ -]thinking(?:[ -](?:tokens|budget))?\)?)", re.I
)
_QUANT = re.compile(
    rf"{_EDGE}(gptq|awq|gguf|ggml|exl2|bnb|hqq|aqlm|marlin|(?:int|fp|nf|mxfp|nvfp|bf|w)\d{{1,2}}"
    rf"(?:a\d{{1,2}})?|[2-8][-_ ]?bit|i?q[2-8](?:_[0-9kxslm]{{1,3}})*){_END}",
    re.I,
)
_PRECISION = {"bf16", "fp16", "fp32"}

_INSTRUCT = {"instruct", "instruction", "it", "ins", "inst", "sft", "dpo", "rlhf", "tuned"}
_CHAT = {"chat", "assistant", "chatbot"}
_BASE = {"base", "pretrained", "pt"}

_DAY = re.compile(r"(?<!\d)(20[12]\d)-(\d{2})-(\d{2})(?!\d)")
_DAY_LAST = re.compile(r"(?<!\d)(?P<m>\d{2})-(?:(?P<d>\d{2})-)?(?P<y>20[12]\d)(?!\d)")
_DAY_PACKED = re.compile(r"(?:(?<![A-Za-z0-9])v|(?<!\d))(20[12]\d)(\d{2})(\d{2})(?!\d)")
_MONTH = re.compile(r"(?<!\d)(20[12]\d)-(\d{2})(?![\d-])")
_FOUR = re.compile(r"(?<![A-Za-z0-9.])(\d{2})(\d{2})(?![A-Za-z0-9.])")
_MONTH_DAY = re.compile(r"(?<=[-_ ])(\d{2})-(\d{2})$")
_VERSION = re.compile(
    r"(?:(?<![A-Za-z0-9.])v|[A-Za-z][-_ ]?)(\d{1,2}(?:\.\d{1,2})*)(?![\d.A-NP-Z])", re.I
)


@dataclass(frozen=True)
class NameFacts:
    """What a name says; ``None`` where it says nothing.

    Attributes
    ----------
    organization : str or None
        The part before a slash (``Qwen/Qwen2-7B``).
    params, active_params : float or None
        Counts.
    tuning : {"base", "instruct", "chat"} or None
    reasoning : bool or None
        Whether the name says that the model thinks before it answers (or that it does not).
    effort : str or None
        none, minimal, low, medium, high, xhigh or max.
    thinking_tokens : float or None
        Budget, tokens.
    quantisation : str or None
        Lower case: ``gptq``, ``int4``, ``q4_k_m``.
    date : date or None
        The first of the month where the name gives only a month.
    version : str or None
        ``2.5`` of ``Qwen2.5-7B``.

    Examples
    --------
    >>> facts = parse_name("Qwen/Qwen3-30B-A3B-Thinking-GPTQ-Int4")
    >>> facts.organization, facts.params, facts.active_params, facts.reasoning, facts.quantisation
    ('Qwen', 30000000000.0, 3000000000.0, True, 'gptq')
    """

    organization: str | None = None
    params: float | None = None
    active_params: float | None = None
    tuning: str | None = None
    reasoning: bool | None = None
    effort: str | None = None
    thinking_tokens: float | None = None
    quantisation: str | None = None
    date: dt.date | None = None
    version: str | None = None


def parse_name(name: str) -> NameFacts:
    """Return what a model's name says.

    Examples
    --------
    >>> facts = parse_name("Qwen/Qwen3-30B-A3B-Instruct-2507")
    >>> facts.params, facts.active_params, facts.tuning, facts.date.isoformat()
    (30000000000.0, 3000000000.0, 'instruct', '2025-07-01')
    """
    organization, rest = split_organization(name)
    params, active = _sizes(rest)
    budget = _BUDGET.search(rest)
    effort = _EFFORT.search(rest)
    level = next((g.casefold() for g in effort.groups() if g), None) if effort else None
    tokens = float(budget[1] or budget[2]) * 1e3 if budget else None
    quant = next((q[1].casefold() for q in _QUANT.finditer(rest)), None)
    version = _VERSION.search(_cut_sizes(without_dates(without_settings(rest))))
    return NameFacts(
        organization=organization,
        params=params,
        active_params=active,
        tuning=_tuning(rest),
        reasoning=_reasoning(rest, level, tokens),
        effort=level,
        thinking_tokens=tokens,
        quantisation=None if quant in _PRECISION else quant,
        date=_date(rest),
        version=version[1] if version else None,
    )


def split_organization(name: str) -> tuple[str | None, str]:
    """Return the part before the first slash, if it is there, and the rest."""
    head, slash, rest = name.strip().partition("/")
    return (head.strip(), rest.strip()) if slash and head.strip() and rest else (None, name.strip())


def without_settings(name: str) -> str:
    """Return a model name without effort, thinking budget, shots and quantisation.

    Only what is marked as a setting goes (``_low``, ``(high)``, ``#no-thinking``,
    ``-GPTQ``); words inside a name stay, since ``X-Thinking`` may be a model of its own.
    """
    rest = name.strip()
    while True:
        before = rest
        for pattern in (_BUDGET, _EFFORT, _SETTING):
            rest = pattern.sub("", rest).rstrip(" -_#")
        if rest == before or not rest:
            break
    rest = re.sub(rf"[-_ .]*\(?{_QUANT.pattern}\)?", "", rest, flags=re.I)
    return rest.strip(" -_#") or name.strip()


_SETTING = re.compile(
    r"[#_](?:no|non)?[-_ ]?(?:think(?:ing)?|reasoning)$"
    r"|\s*\((?:(?:no|non|with|without|extended)?[- ]?(?:think(?:ing)?|reasoning))\)$"
    r"|[-_ ]*\(?(?<!\d)\d{1,3}[-_ ]?shots?\)?$",
    re.I,
)


def without_dates(name: str) -> str:
    """Return a model name without dates and the revision marks of a re-release."""
    for pattern in (_DAY, _DAY_PACKED):
        name = pattern.sub(lambda m: "" if _day(*m.groups()) else m[0], name)
    name = _DAY_LAST.sub(lambda m: "" if _day(m["y"], m["m"], m["d"] or "01") else m[0], name)
    name = _MONTH.sub(lambda m: "" if _day(m[1], m[2], "01") else m[0], name)
    name = _FOUR.sub(lambda m: "" if _is_short_date(m[1], m[2]) else m[0], name)
    name = _MONTH_DAY.sub(lambda m: "" if _day("2024", m[1], m[2]) else m[0], name)
    name = re.sub(r"(?<=\d)(?P<rest>[-_ A-Za-z]*[-_ ])00\d$", r"\g<rest>", name)
    name = re.sub(r"\(\s*\)", "", name)
    return re.sub(r"[-_ ]{2,}", "-", name).strip(" -_") or name


def family_name(name: str) -> str:
    """Return a model name without organization, size, tuning, date and settings, lower case.

    Examples
    --------
    >>> family_name("Qwen/Qwen2.5-Coder-32B-Instruct-GPTQ-Int4")
    'qwen2.5-coder'
    """
    rest = _cut_sizes(without_dates(without_settings(split_organization(name)[1])))
    words = re.split(r"[-_ ()\[\]/:@#]+", rest.casefold())
    drop = _INSTRUCT | _CHAT | _BASE | {"hf", "preview", "latest", "exp", ""}
    kept = [w for w in words if w not in drop]
    return "-".join(kept) or name.strip().casefold()


def _cut_sizes(name: str) -> str:
    for pattern in (_MIXTURE, _ACTIVE_OF_EXPERTS, _ACTIVE, _SIZE_1B5, _SIZE_1_6, _SIZE, _SIZE_M):
        name = pattern.sub("", name)
    return _SIZE_GLUED.sub("", name)


def _sizes(name: str) -> tuple[float | None, float | None]:
    if mixture := _MIXTURE.search(name):
        each = float(mixture[2]) * 1e9
        return MIXTURE_TOTAL * int(mixture[1]) * each, MIXTURE_ACTIVE * each
    active = _ACTIVE.search(name)
    active_params = float(active[1]) * 1e9 if active else None
    if experts := _ACTIVE_OF_EXPERTS.search(name):
        return None, float(experts[1]) * 1e9
    if split := _SIZE_1B5.search(name) or _SIZE_1_6.search(name):
        return float(f"{split[1]}.{split[2]}") * 1e9, active_params
    size = _SIZE.search(name) or _SIZE_GLUED.search(name)
    if size:
        return float(size[1]) * 1e9, active_params
    if size := _SIZE_M.search(name):
        return float(size[1]) * 1e6, active_params
    return None, active_params


def _tuning(name: str) -> str | None:
    words = set(re.split(r"[^a-z]+", name.casefold()))
    if words & _CHAT:
        return "chat"
    if words & _INSTRUCT:
        return "instruct"
    return "base" if words & _BASE else None


def _reasoning(name: str, effort: str | None, tokens: float | None) -> bool | None:
    if _NOT_REASONING.search(name) or effort == "none":
        return False
    if _REASONING.search(name) or effort or tokens:
        return True
    return None


def _date(name: str) -> dt.date | None:
    for pattern in (_DAY, _DAY_PACKED):
        for found in pattern.finditer(name):
            if day := _day(*found.groups()):
                return day
    if last := _DAY_LAST.search(name):
        if day := _day(last["y"], last["m"], last["d"] or "01"):
            return day
    if month := _MONTH.search(name):
        if day := _day(month[1], month[2], "01"):
            return day
    for found in _FOUR.finditer(name):
        if 22 <= int(found[1]) <= 29 and (day := _day("20" + found[1], found[2], "01")):
            return day  # yymm; mmdd (0613) has no year, so it is no date
    return None


def _day(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _is_short_date(first: str, second: str) -> bool:
    """Whether four digits are yymm (2407) or mmdd (0613)."""
    yymm = 22 <= int(first) <= 29 and 1 <= int(second) <= 12
    return yymm or _day("2024", first, second) is not None
