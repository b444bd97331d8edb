"""What the drivers in Python share.

A driver uses one client that others wrote and says on standard output, one JSON
object a line, what came of it; the Go test beside it judges. A line with "open"
or "device" asks the test to send a person to a page.
"""
import base64
import json
import os

# What `hdstest sandbox --info` wrote.
with open(os.environ["HDSTEST_INFO"], encoding="utf-8") as file:
    sandbox = json.load(file)


class Refused(Exception):
    """An OAuth error, which MSAL Python returns and does not raise."""

    def __init__(self, answer):
        super().__init__(answer.get("error_description", ""))
        self.code = answer["error"]


def say(**line):
    print(json.dumps(line), flush=True)


def open_page(url):
    """Sends a person to a sign-in address."""
    say(open=url)


def device(url, code):
    """Sends a person to the page for user codes."""
    say(device={"url": url, "code": code})


def step(name):
    """Runs the function at once as one step and reports its value or its failure."""
    def run(function):
        try:
            say(step=name, value=function())
        except Exception as e:  # whatever the client raises is the outcome
            response = getattr(e, "response", None)
            say(step=name, error={
                "class": type(e).__name__,
                "code": getattr(e, "code", ""),
                "message": str(e),
                "status": getattr(response, "status_code", 0) or 0,
                "body": getattr(response, "text", None),
            })
        return function
    return run


def part(token, index):
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def told(answer):
    """What the test wants to know of MSAL's answer."""
    if "error" in answer:
        raise Refused(answer)
    token = answer["access_token"]
    claims = answer.get("id_token_claims") or {}
    return {
        "claims": part(token, 1), "header": part(token, 0), "type": answer["token_type"], "seconds": int(answer["expires_in"]),
        "cached": answer.get("token_source") == "cache", "account": claims.get("preferred_username"),
        "subject": claims.get("sub"), "scopes": (answer.get("scope") or "").split(),
    }
