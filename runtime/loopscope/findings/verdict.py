"""What a rule says of one case."""

from __future__ import annotations

from typing import NamedTuple, Protocol, Union

Value = Union[str, float, bool, None]
Evidence = dict[str, Value]


class Verdict(NamedTuple):
    """Nothing wrong, a warning with its evidence, or not enough seen to tell."""

    evidence: Evidence
    outcome: str

    @property
    def warns(self) -> bool:
        """Whether a finding is to be made of it."""
        return self.outcome == "warn"


OK = Verdict({}, "ok")
LOOK_AGAIN = Verdict({}, "look again later")


def warn(**evidence: Value) -> Verdict:
    """A warning; the evidence is figures and names that the sentence rests on."""
    return Verdict(evidence, "warn")


class Rule(Protocol):
    """What each rule's file has besides its own `check`."""

    RULE: str
    SEVERITY: str

    def format(self, evidence: Evidence) -> str:
        """The sentence for one case."""

    def summary(self, count: int) -> str:
        """What to say after "In all," of so many cases."""


def plural(count: float, one: str, many: str = "") -> str:
    """A count and its noun."""
    return f"{count:g} {one if count == 1 else many or one + 's'}"


def seconds(value: float) -> str:
    """Seconds for a person: two digits that count."""
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"
