"""Scenarios of a client: each is tried, and told in one line of JSON."""

import json

SCENARIOS = []


def scenario(function):
    SCENARIOS.append((function.__doc__.strip(), function))
    return function


def tell_all():
    for name, function in SCENARIOS:
        try:
            function()
            print(json.dumps({"scenario": name, "ok": True}), flush=True)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"[:600]
            print(json.dumps({"scenario": name, "ok": False, "why": why}), flush=True)
