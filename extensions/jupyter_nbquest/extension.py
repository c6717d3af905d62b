"""The server extension: reads what the Hub's spawner told this server, and puts the handlers in place."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_server.extension.application import ExtensionApp
from traitlets import Float, Unicode

from jupyter_nbquest.client import ServiceClient
from jupyter_nbquest.handlers import make_handlers
from jupyter_nbquest.manager import LearningManager

CONTENTS_EVENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"
"""What the server tells of the files that it saves."""


class NbquestExtension(ExtensionApp):
    """nbquest in a learner's server."""

    name = "jupyter_nbquest"
    load_other_extensions = True

    service_url = Unicode(
        os.environ.get("NBQUEST_SERVICE_URL", ""),
        help="Address of the nbquest service, as this server reaches it. The spawner sets NBQUEST_SERVICE_URL.",
    ).tag(config=True)
    validate_seconds = Float(120.0, help="How long the visible tests of one notebook may take, in seconds.").tag(
        config=True
    )

    def initialize_settings(self) -> None:
        """Make the manager."""
        client = ServiceClient(self.service_url, lambda: os.environ.get("JUPYTERHUB_API_TOKEN", ""))
        manager = LearningManager(
            Path(self.serverapp.root_dir), client, log=self.log, total_seconds=self.validate_seconds
        )
        self.settings["nbquest_manager"] = manager
        self.serverapp.event_logger.add_listener(schema_id=CONTENTS_EVENTS, listener=manager.on_contents_event)
        self.serverapp.io_loop.add_callback(manager.resume_drafts)

    def initialize_handlers(self) -> None:
        """Add the handlers."""
        self.handlers.extend(make_handlers())

    async def stop_extension(self) -> None:
        """Close the connections to the site."""
        manager: LearningManager | None = self.settings.get("nbquest_manager")
        if manager is not None:
            await manager.close()
