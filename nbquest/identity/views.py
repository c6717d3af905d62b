"""What other rooms and programs see of people."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

CourseRole = Literal["learner", "mentor", "instructor"]


class Person(BaseModel):
    """Someone who has signed in at the Hub, under the Hub's user name."""

    model_config = ConfigDict(frozen=True)

    name: str
    display_name: str
    time_zone: str
    is_admin: bool
