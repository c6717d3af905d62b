"""Signs a person out everywhere: browsers and tokens, but for the token that a running server works with."""

from __future__ import annotations

from typing import Any

from jupyterhub import orm


def sign_out_everywhere(db: Any, user: Any) -> None:
    """End all of the Hub user's sessions and delete the tokens; the server that is running keeps its own."""
    kept = {server_token_id(db, spawner) for spawner in user.spawners.values()}
    for token in db.query(orm.APIToken).filter_by(user_id=user.id):
        if token.id not in kept:
            db.delete(token)
    for code in db.query(orm.OAuthCode).filter_by(user_id=user.id):
        db.delete(code)
    user.orm_user.cookie_id = orm.new_token()
    db.commit()


def server_token_id(db: Any, spawner: Any) -> int | None:
    """Return the number of the token that the spawner's server was given.

    Only the spawner knows it: the note that JupyterHub writes into the token's row can be copied by anybody.
    A spawner whose servers outlive the Hub keeps the number as `token_id` in its state.
    """
    token = orm.APIToken.find(db, spawner.api_token, kind="user") if spawner.api_token else None
    if token is None:
        number: int | None = getattr(spawner, "token_id", None)
        return number
    return int(token.id)
