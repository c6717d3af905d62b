"""Settings for tests that try very many hostile examples, and what each example must not do."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# All of them where it counts; a taste while developing.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10000" if os.environ.get("CI") == "true" else "1000"))
SECONDS = 3.0

fuzz = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
# A seed, not choices to shrink, and many examples of each: ten thousand in seconds matter more than a small one.
RANDOM = st.randoms(use_true_random=True)
BATCH = 20
batched = settings(fuzz, max_examples=EXAMPLES // BATCH)


@contextlib.contextmanager
def only(*errors: type[Exception]) -> Iterator[None]:
    """Let these errors pass, unless memory was why; everything else, or seconds without an answer, fails the test."""
    began = time.process_time()
    try:
        yield
    except errors as error:
        cause: BaseException | None = error
        while cause is not None:
            assert not isinstance(cause, MemoryError), "more memory than the cap"
            cause = cause.__cause__ or cause.__context__
    taken = time.process_time() - began
    assert taken < SECONDS, f"{taken:.1f} s of processor time"
