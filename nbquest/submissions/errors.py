"""Errors about submissions."""

from nbquest.errors import Conflict, InvalidInput, NotAllowed, NotFound


class SubmissionNotFound(NotFound):
    """There is no such submission, or none that you may see."""

    code = "submission-not-found"


class FileNotKept(NotFound):
    """There is no such file, or none that you may see."""

    code = "file-not-kept"


class InvalidSubmission(InvalidInput):
    """What was handed in can't be taken."""

    code = "invalid-submission"


class SubmissionTooLarge(InvalidInput):
    """What was handed in is too large."""

    code = "submission-too-large"
    http_status = 413


class TooManyWaiting(Conflict):
    """Many of your submissions are still being graded; please wait for some of them."""

    code = "too-many-waiting"
    http_status = 429


class PersonQuotaExceeded(Conflict):
    """Your submissions take all the space that you have on this site; ask an administrator for more."""

    code = "person-quota-exceeded"


class CourseQuotaExceeded(Conflict):
    """The submissions to this course take all the space that it has; its instructor can ask for more."""

    code = "course-quota-exceeded"


class KeyReused(Conflict):
    """This key was used for something else already; each submission needs a new one."""

    code = "key-reused"


class InvalidCursor(InvalidInput):
    """This cursor does not come from a list of submissions."""

    code = "invalid-cursor"


class NotEnrolled(NotAllowed):
    """You are not enrolled in this course."""

    code = "not-enrolled"


class AssignmentClosed(Conflict):
    """This assignment is closed, or your time for it has ended."""

    code = "assignment-closed"


class NoAttemptsLeft(Conflict):
    """All of your submissions to this assignment are used up."""

    code = "no-attempts-left"


class NotFetched(Conflict):
    """The time for this assignment begins when you fetch it; fetch it first."""

    code = "not-fetched"


class CoolingDown(Conflict):
    """This comes too soon after your last submission; `next_allowed_at` in details says when the next one is taken."""

    code = "cooling-down"
    http_status = 429


class LateNotAccepted(Conflict):
    """This is late and would cost `penalty_percent` of its points; send `accept_penalty_percent` to agree to it."""

    code = "late-not-accepted"


class InvalidExtension(InvalidInput):
    """This extension would give nothing, or nobody anything."""

    code = "invalid-extension"


class ExtensionNotFound(NotFound):
    """There is no such extension, or it was withdrawn."""

    code = "extension-not-found"


class DraftNotWanted(Conflict):
    """You have not asked for what you save here to be handed in when it is due, so the site keeps none of it."""

    code = "draft-not-wanted"


class DraftNotTaken(Conflict):
    """Nothing can be handed in for you here: nothing is due, or you can hand in no more."""

    code = "draft-not-taken"


class DraftTooLate(Conflict):
    """It was due; what you save now is no longer handed in by itself."""

    code = "draft-too-late"


class DraftTooSoon(Conflict):
    """This comes too soon after the last one; `seconds` in details says how long to wait."""

    code = "draft-too-soon"
    http_status = 429


class InvalidRegrade(InvalidInput):
    """A regrade needs a reason of at most 500 characters, which the learners are told."""

    code = "invalid-regrade"


class RegradeNotFound(NotFound):
    """There is no such regrade, or none in this course."""

    code = "regrade-not-found"


class RegradeNotNeeded(Conflict):
    """There is nothing to regrade: no submission was graded by an older version than the newest one."""

    code = "regrade-not-needed"


class RegradeOpen(Conflict):
    """A regrade of this assignment is open already; apply it or drop it first."""

    code = "regrade-open"


class RegradeRunning(Conflict):
    """This regrade still grades; it can be applied when all of its submissions are done."""

    code = "regrade-running"


class RegradeStale(Conflict):
    """A newer version was published since this regrade began; drop it and begin again."""

    code = "regrade-stale"


class RegradeEnded(Conflict):
    """This regrade has ended; begin another one."""

    code = "regrade-ended"
