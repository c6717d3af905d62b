"""What publishing found out about an assignment: its engine, why, and what the `separate` engine needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.report import Isolation

FORMAT = 1
"""Of certificates: raise it where those that were made before are no longer right."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why something can't be done, or should be looked at: a sentence for the instructor, and the cell it is about."""

    text: str
    grade_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What names mean in the test process. The instructor's notebook alone decides it; see `grader.policy`.

    `prelude`: Python source of the imports and definitions that locked cells hold; the test process runs them, too.
    `imports`: names that the instructor's cells import, with the module and, for `from` imports, the attribute.
    `forwarded`: names that a test cell stores or deletes and that a cell which is no test loads.
    `protected`: names of the prelude that no solution cell binds again.
    `modules`: top-level modules that cells other than tests import; files of the assignment among them stay with the
    learner's process.
    `contested`: names that both a test cell and another cell store; any other that a test stores stays the test's.
    `live`: names that functions of those other cells store, so that they may change while a test runs.
    `seeded`: whether a cell that is no test seeds a random generator.
    `bound`: names of builtins that those other cells give a meaning to, as an exercise may.
    `unsupported`: what the test process could not do, as far as reading the notebook tells.
    """

    prelude: tuple[str, ...] = ()
    imports: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    forwarded: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    seeded: bool = False
    bound: tuple[str, ...] = ()
    unsupported: tuple[Reason, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the policy as plain JSON data."""
        return {
            "prelude": list(self.prelude),
            "imports": {name: list(origin) for name, origin in self.imports.items()},
            "forwarded": list(self.forwarded),
            "protected": list(self.protected),
            "modules": list(self.modules),
            "contested": list(self.contested),
            "live": list(self.live),
            "seeded": self.seeded,
            "bound": list(self.bound),
            "unsupported": _reasons_to_json(self.unsupported),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Policy:
        """Return the policy that `to_json` made `data` of."""
        return cls(
            prelude=tuple(data["prelude"]),
            imports={name: (module, attribute) for name, (module, attribute) in data["imports"].items()},
            forwarded=tuple(data["forwarded"]),
            protected=tuple(data["protected"]),
            modules=tuple(data.get("modules", ())),
            contested=tuple(data.get("contested", ())),
            live=tuple(data.get("live", ())),
            seeded=bool(data.get("seeded", False)),
            bound=tuple(data.get("bound", ())),
            unsupported=_reasons_from_json(data["unsupported"]),
        )


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The engine of one notebook and what that engine is told.

    `reasons`: why it is not `separate`. `classes`: for each test cell the labels ("module.Name") of the classes whose
    objects the instructor's own answers brought to it; objects of any other class are inert there. `seconds`: how long
    each test cell took with the instructor's answers. `preload`: modules that it imports and that take their time.
    `warnings`: what the instructor should look at, whatever the engine. `tried`: how many wrong answers were graded.
    """

    engine: Isolation
    policy: Policy
    reasons: tuple[Reason, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    preload: tuple[str, ...] = ()
    warnings: tuple[Reason, ...] = ()
    tried: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the certificate as plain JSON data."""
        return {
            "engine": self.engine,
            "policy": self.policy.to_json(),
            "reasons": _reasons_to_json(self.reasons),
            "classes": {grade_id: list(labels) for grade_id, labels in self.classes.items()},
            "seconds": dict(self.seconds),
            "preload": list(self.preload),
            "warnings": _reasons_to_json(self.warnings),
            "tried": self.tried,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Certificate:
        """Return the certificate that `to_json` made `data` of."""
        return cls(
            engine=data["engine"],
            policy=Policy.from_json(data["policy"]),
            reasons=_reasons_from_json(data["reasons"]),
            classes={grade_id: tuple(labels) for grade_id, labels in data["classes"].items()},
            seconds=dict(data["seconds"]),
            preload=tuple(data["preload"]),
            warnings=_reasons_from_json(data["warnings"]),
            tried=data["tried"],
        )


def _reasons_to_json(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    return [{"text": reason.text, "grade_id": reason.grade_id} for reason in reasons]


def _reasons_from_json(data: list[dict[str, Any]]) -> tuple[Reason, ...]:
    return tuple(Reason(text=item["text"], grade_id=item["grade_id"]) for item in data)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What the `separate` engine met in one test cell while nothing was certified yet."""

    classes: tuple[str, ...] = ()
    seconds: float = 0.0
    unsupported: tuple[str, ...] = ()
