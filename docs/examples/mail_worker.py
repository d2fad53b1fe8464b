"""A worker for Cambium that sends mails by SMTP, in Python with its standard library only.

Usage: python mail_worker.py DATA_DIRECTORY QUEUE
SMTP_HOST, SMTP_PORT, SMTP_FROM say where mails go; SMTP_USER and SMTP_PASSWORD who sends them, then
over TLS. On another machine CAMBIUM_URL and CAMBIUM_KEY say where the server is.
"""

import json, os, smtplib, ssl, sys, time, urllib.error, urllib.request
from email.message import EmailMessage
from http.client import HTTPException
from pathlib import Path

DATA, QUEUE = Path(sys.argv[1]), sys.argv[2]
SENDER = os.environ.get("SMTP_FROM", "cambium@localhost")


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


def send(task):
    """Sends one mail. Sent twice it has the same Message-ID, so that readers tell it is one."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, ", ".join(task["to"]), task["subject"]
    mail["Message-ID"] = f"<{task['run']}@{SENDER.rpartition('@')[2]}>"
    mail.set_content(task["text"])
    host, port = os.environ.get("SMTP_HOST", "localhost"), int(os.environ.get("SMTP_PORT", 25))
    with smtplib.SMTP(host, port, timeout=30) as server:
        if user := os.environ.get("SMTP_USER"):
            server.starttls(context=ssl.create_default_context())
            server.login(user, os.environ["SMTP_PASSWORD"])
        refused = server.send_message(mail)
    return {"sent": len(task["to"]) - len(refused), "refused": sorted(refused)}


while True:
    answer = post(f"/v1/work/{QUEUE}/lease", {"wait_s": 20, "lease_s": 60, "worker": "mail"})
    if "items" not in answer:
        sys.exit(answer["detail"])
    for item in answer["items"]:
        try:
            said = {"ok": True, "output": send(item["input"])}
        except (smtplib.SMTPException, OSError) as error:
            # 5xx is for good; all else may go through later.
            for_good = isinstance(error, smtplib.SMTPRecipientsRefused) or (
                isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500)
            reason = {"code": "mail_failed", "message": repr(error), "retryable": not for_good}
            said = {"ok": False, "error": reason}
        told = post(f"/v1/work/{item['effect_id']}/outcome", {"lease": item["lease"], **said})
        print("told", item["effect_id"], told.get("status", told.get("code")), flush=True)
