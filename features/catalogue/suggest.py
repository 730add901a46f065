"""Names that look like a name: suggestions, never matches."""

from __future__ import annotations

import difflib
import math
from collections import defaultdict
from collections.abc import Mapping

from features.catalogue.normalise import normalise_name

#: so many names with the rarest words in common are compared letter by letter
CANDIDATES = 40
#: what is less alike than this is not suggested
LEAST = 0.55


class Likeness:
    """Finds near misses among many names.

    Parameters
    ----------
    names : dict
        Folded name to what it stands for (several names may stand for one thing).

    Examples
    --------
    >>> names = Likeness({"arc challenge": "ARC-C", "arc easy": "ARC-E", "gsm 8 k": "GSM8K"})
    >>> names.near("ARC chalenge")
    ['ARC-C']
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)
        self.holding: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            for word in set(name.split()):
                self.holding[word].append(name)
        self.rarity = {w: math.log(1 + len(self.names) / len(n)) for w, n in self.holding.items()}

    def near(self, name: str, n: int = 3) -> list[str]:
        """Return up to `n` things whose names look like `name`, the nearest first."""
        normalised = normalise_name(name)
        shared: dict[str, float] = defaultdict(float)
        for word in set(normalised.split()):
            close = [word] if word in self.holding else self._misspelt(word)
            for other in close:
                for holder in self.holding[other]:
                    shared[holder] += self.rarity[other]
        scored = []
        for other in sorted(shared, key=lambda o: (-shared[o], o))[:CANDIDATES]:
            alike = difflib.SequenceMatcher(None, normalised, other, autojunk=False).ratio()
            if alike >= LEAST or other in normalised or normalised in other:
                begins = other.startswith(f"{normalised} ")  # what is asked, more exactly
                scored.append((not begins, -alike, other))
        things = dict.fromkeys(self.names[other] for *_, other in sorted(scored))
        return list(things)[:n]

    def _misspelt(self, word: str) -> list[str]:
        if len(word) < 4 or word.isdigit():
            return []
        return difflib.get_close_matches(word, self.holding, n=3, cutoff=0.75)
