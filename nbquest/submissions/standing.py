"""How a person stands to the policies of a course: reads what the rules decide by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from nbquest.courses import api as courses
from nbquest.courses.policy import Policy
from nbquest.courses.views import AssignmentPolicy
from nbquest.identity import api as identity
from nbquest.identity.views import CourseRole
from nbquest.submissions import extensions, policies
from nbquest.submissions.policies import Decision, HandedIn, PolicyException, Terms
from nbquest.submissions.views import Standing


@dataclass(frozen=True, kw_only=True)
class Applied:
    """A policy, and what one person has of it: their exceptions, and when they first fetched the assignment."""

    policy: Policy
    exceptions: Sequence[PolicyException]
    first_fetched_at: datetime | None
    zone: ZoneInfo

    def decide(self, history: Sequence[HandedIn], now: datetime) -> Decision:
        """Return whether the person may hand in now."""
        return policies.may_submit(
            self.policy, self.exceptions, history, now, first_fetched_at=self.first_fetched_at, zone=self.zone
        )

    @property
    def terms(self) -> Terms:
        """What holds for the person."""
        return policies.terms_for(self.policy, self.exceptions, self.first_fetched_at)


def apply_policies(
    session: Session, *, person: str, course: str, role: CourseRole, of: Iterable[AssignmentPolicy]
) -> Mapping[int, Applied]:
    """Return these policies of the course as they hold for the person, by the assignments' numbers.

    Who teaches it may try an assignment before it opens, and has no time of an exam.
    """
    found = {entry.assignment_id: entry.policy for entry in of}
    person_id, time_zone = identity.find_time_zone(session, person) or (None, "UTC")
    fetched = {} if person_id is None else courses.list_first_fetches(session, list(found), person_id)
    given = {} if person_id is None else extensions.list_exceptions(session, course, person_id, list(found))
    zone = ZoneInfo(time_zone)
    return {
        number: Applied(
            policy=policy if role == "learner" else replace(policy, opens_at=None, exam_time=None),
            exceptions=given.get(number, []),
            first_fetched_at=fetched.get(number),
            zone=zone,
        )
        for number, policy in found.items()
    }


def standing_view(applied: Applied, decision: Decision) -> Standing:
    """Return how the person may hand in, as it is shown."""
    terms = decision.terms
    return Standing(
        state=decision.state,
        reason=decision.reason,
        opens_at=terms.opens_at,
        due_at=terms.due_at,
        closes_at=terms.closes_at,
        exam_ends_at=terms.exam_ends_at,
        attempts=terms.attempts,
        attempts_left=decision.attempts_left,
        next_allowed_at=decision.next_allowed_at,
        penalty_percent=policies.percent(decision.penalty),
        needs_consent=decision.needs_consent,
        counts=applied.policy.counts,
        extended=bool(applied.exceptions),
        time_zone=str(applied.zone),
    )
