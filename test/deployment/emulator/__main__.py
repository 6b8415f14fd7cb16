"""Starts MiniStack with what it lacks: `python test/deployment/emulator`. The environment says where things are."""

import asyncio
import json
import os
import signal
import threading
import time

import emr
import endpoints
import engine
import faults
import inventory
import live
import redshift
import resources
import state_machines
from ministack import app


def main():
    engine.install()
    emr.install()
    endpoints.install()
    redshift.install()
    state_machines.install()
    resources.limit_custom_resources()
    app._handle_post_body_shortcuts = _with_test_routes(app._handle_post_body_shortcuts)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app.main()


def _with_test_routes(others):
    async def handle(method, path, headers, body, query_params, request_id):
        if not path.startswith("/_millrace/"):
            return await others(method, path, headers, body, query_params, request_id)
        request = json.loads(body) if body else {}
        answer = await asyncio.to_thread(_answer, path.removeprefix("/_millrace/"), request)
        return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()

    return handle


def _answer(what, request):
    match what:
        case "inventory":
            return inventory.everything()
        case "fail":
            faults.ask(request["what"], request["times"])
        case "live":
            return [vars(each) for each in live.resources.values()]
    return {}


def _end_with_parent():
    """A test that is killed leaves no emulator behind."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
