"""A worker for Cambium, in Python with its standard library only: it counts words in files.

Usage: python worker.py DATA_DIRECTORY QUEUE
On another machine CAMBIUM_URL and CAMBIUM_KEY say where the server is.
"""

import json, os, sys, threading, time, urllib.error, urllib.request
from http.client import HTTPException
from pathlib import Path

DATA, QUEUE = Path(sys.argv[1]), sys.argv[2]
LEASE_S = float(os.environ.get("LEASE_S", 30))


def post(path, body):
    """Asks until the server answers, through its restarts too; a refusal is an answer."""
    while True:
        try:
            url = os.environ.get("CAMBIUM_URL")
            url = url or json.loads((DATA / "gateway.json").read_text())["url"]
            key = os.environ.get("CAMBIUM_KEY") or (DATA / "admin.key").read_text().strip()
            headers = {"X-API-Key": key, "Content-Type": "application/json"}
            request = urllib.request.Request(url + path, json.dumps(body).encode(), headers)
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            if refused.code not in (429, 503, 504):
                return json.load(refused)
            time.sleep(float(refused.headers.get("Retry-After", 1)))
        except (OSError, ValueError, HTTPException):
            time.sleep(0.2)


def keep(item, done):
    """Extends the lease as long as the work goes on."""
    while not done.wait(LEASE_S / 3):
        post(f"/v1/work/{item['effect_id']}/extend", {"lease": item["lease"], "lease_s": LEASE_S})


def work(task):
    """What this worker is for. Whatever it raises is told to who asked."""
    return {"words": len(Path(task["path"]).read_text().split())}


while True:
    answer = post(f"/v1/work/{QUEUE}/lease", {"wait_s": 20, "lease_s": LEASE_S, "worker": "py"})
    if "items" not in answer:
        sys.exit(answer["detail"])
    for item in answer["items"]:
        print("leased", item["effect_id"], item["attempt"], flush=True)
        done = threading.Event()
        threading.Thread(target=keep, args=(item, done), daemon=True).start()
        try:
            said = {"ok": True, "output": work(item["input"])}
        except Exception as error:
            reason = {"code": "work_failed", "message": repr(error), "retryable": False}
            said = {"ok": False, "error": reason}
        done.set()
        told = post(f"/v1/work/{item['effect_id']}/outcome", {"lease": item["lease"], **said})
        print("told", item["effect_id"], told.get("status", told.get("code")), flush=True)
