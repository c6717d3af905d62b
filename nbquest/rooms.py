"""Puts the rooms together: who hears of what, in this order, and whose tasks a worker runs."""

from __future__ import annotations

from nbquest import housekeeping
from nbquest.courses import models as courses_models
from nbquest.courses import personal as courses_personal
from nbquest.courses import tasks as courses
from nbquest.events.bus import Subscription
from nbquest.events.submissions import (
    DraftHandedIn,
    DraftLeft,
    GradingFailed,
    GradingStarted,
    PenaltyLowered,
    PlaceChanged,
    SubmissionGraded,
    SubmissionsRegraded,
)
from nbquest.identity import models as identity_models
from nbquest.identity import personal as identity_personal
from nbquest.jobs import models as jobs_models
from nbquest.jobs import tasks as jobs
from nbquest.notifications import models as notifications_models
from nbquest.notifications import personal as notifications_personal
from nbquest.notifications import pruning as notifications_pruning
from nbquest.notifications import tasks as notifications
from nbquest.progress import models as progress_models
from nbquest.progress import personal as progress_personal
from nbquest.progress import tasks as progress
from nbquest.similarity import models as similarity_models
from nbquest.similarity import personal as similarity_personal
from nbquest.submissions import models as submissions_models
from nbquest.submissions import personal as submissions_personal
from nbquest.submissions import tasks as submissions

MODELS = (
    jobs_models,
    identity_models,
    courses_models,
    submissions_models,
    progress_models,
    notifications_models,
    similarity_models,
)
"""Every room's tables; the migrations are checked against all of them."""

PERSONAL = (
    *similarity_personal.PERSONAL,
    *notifications_personal.PERSONAL,
    *progress_personal.PERSONAL,
    *submissions_personal.PERSONAL,
    *courses_personal.PERSONAL,
    *identity_personal.PERSONAL,
)
"""Every table with rows about a person, in the order in which they can be deleted."""

TASKS = (courses, submissions, housekeeping, jobs, notifications_pruning)
"""Modules whose tasks a worker runs."""

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(SubmissionGraded, progress.award_for_submission),
    Subscription(PenaltyLowered, progress.award_for_lowered_penalty),
    Subscription(SubmissionsRegraded, progress.correct_for_regrade),
    # After progress: what is told includes what was earned.
    Subscription(SubmissionGraded, notifications.tell_graded),
    Subscription(GradingStarted, notifications.tell_grading_started),
    Subscription(PlaceChanged, notifications.tell_place_changed),
    Subscription(GradingFailed, notifications.tell_grading_failed),
    Subscription(DraftHandedIn, notifications.tell_draft_handed_in),
    Subscription(DraftLeft, notifications.tell_draft_left),
    Subscription(PenaltyLowered, notifications.tell_penalty_lowered),
    Subscription(SubmissionsRegraded, notifications.tell_regraded),
)
