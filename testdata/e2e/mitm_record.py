"""Notes what goes through mitmproxy: a line of JSON for each CONNECT and each
request inside of one, in the file of the option record. No headers, no bodies."""

import json

from mitmproxy import ctx


def load(loader):
    loader.add_option("record", str, "", "file for what was seen")


def note(kind, flow):
    with open(ctx.options.record, "a") as out:
        print(json.dumps({"kind": kind, "method": flow.request.method, "host": flow.request.host, "port": flow.request.port,
                          "authorized": "authorization" in flow.request.headers}), file=out)


def http_connect(flow):
    note("connect", flow)


def response(flow):
    note("request", flow)
