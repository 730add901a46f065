"""The application: every route, every error, one description."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from serving.api.http.error_handlers import install
from serving.api.http.openapi import describe
from serving.api.http.outermost import Edge

if TYPE_CHECKING:
    from serving.config.service_settings import ServeSettings
    from serving.engine.live import Live

#: modules with a ``router``; the busiest first, since routes are tried in this order.
ROUTES = (
    "serving.api.routes.predictions",
    "serving.api.routes.health",
    "serving.api.routes.complete",
    "serving.api.routes.explanations",
    "serving.api.routes.scores",
    "serving.api.routes.imports",
    "serving.api.routes.models",
    "serving.api.routes.tasks",
    "serving.api.routes.matrix",
    "serving.api.routes.compare",
    "serving.api.routes.aggregate",
    "serving.api.routes.next_evaluations",
    "serving.api.routes.importance",
    "serving.api.routes.info",
    "serving.api.protocols.open_inference",
    "serving.api.protocols.mlflow_scoring",
    "serving.page.report",
    "serving.page.routes",
)


def create_app(live: Live, settings: ServeSettings) -> FastAPI:
    """Return the application that answers for what `live` holds.

    Parameters
    ----------
    live : Live
        Started and stopped by the caller. Before it holds a model, what needs one answers 503.
    settings : ServeSettings
        The limits that are kept here: cells and names of one request.

    Returns
    -------
    FastAPI
        Without protection: :func:`serving.middleware.protection` puts that around it.
    """
    from training.persistence.environment import package_version

    app = FastAPI(
        title="benchcast",
        version=package_version(),
        # the interactive pages would load scripts from another host
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # an id may end with a slash: it is not another spelling of the one without
        redirect_slashes=False,
    )
    app.state.live, app.state.settings = live, settings
    install(app)
    app.add_middleware(Edge)
    for name in ROUTES:
        if importlib.util.find_spec(name) is not None:
            # flat, not `include_router`: that looks for a route twice on the way to each
            app.router.routes.extend(importlib.import_module(name).router.routes)
    described: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not described:
            described.update(describe(app, settings))
        return described

    app.openapi = openapi  # type: ignore[method-assign]
    return app
