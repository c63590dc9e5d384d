"""A stand-in OAuth2 server for Dovecot's oauth2 passdb and for a device-code client.

usage: tokens.py PORT FILE      FILE (JSON) maps token -> {"email": ..., "active": true}
  GET  /introspect          Authorization: Bearer TOKEN     -> the token's claims, or active: false
                            (a file tokens.mode beside FILE: 503, a provider that is down)
  POST /devicecode          -> device_code, user_code, verification_uri, interval 1
  POST /token               device_code grant (1st call: authorization_pending), or
                            refresh_token grant; new tokens last EXPIRES seconds (env, 3600)
"""
import http.server
import json
import os
import pathlib
import sys
import time
import urllib.parse
import uuid

port, store = int(sys.argv[1]), pathlib.Path(sys.argv[2])
EXPIRES = int(os.environ.get("EXPIRES", "3600"))
if not store.exists():
    store.write_text("{}")
polls = {}


def mint():
    t = "at-" + uuid.uuid4().hex
    d = json.loads(store.read_text())
    d[t] = {"email": os.environ.get("OAUTH_USER", "me@test.example"), "active": True, "exp": time.time() + EXPIRES}
    store.write_text(json.dumps(d))
    return {"access_token": t, "token_type": "Bearer", "expires_in": EXPIRES, "refresh_token": "rt-1"}


class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, code, obj):
        b = json.dumps(obj).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(b)))
        self.end_headers()
        self.wfile.write(b)

    def do_GET(self):
        tok = self.headers.get("Authorization", "").removeprefix("Bearer ")
        c = json.loads(store.read_text()).get(tok)
        if not c or not c.get("active") or c.get("exp", 9e18) < time.time():
            # RFC 7662 style. (Dovecot 2.3 turns an HTTP 401 into "[UNAVAILABLE] Temporary
            # authentication failure", which real providers do not do; mode "down" gives that.)
            if (store.parent / "tokens.mode").exists():
                return self.reply(503, {"error": "down"})
            return self.reply(200, {"active": "false", "email": (c or {}).get("email", "nobody@test.example")})
        self.reply(200, {"email": c["email"], "active": "true"})

    def do_POST(self):
        q = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        if self.path.startswith("/devicecode"):
            return self.reply(200, {"device_code": "dc-1", "user_code": "ABCD-EFGH", "expires_in": 900, "interval": 1,
                                    "verification_uri": f"http://127.0.0.1:{port}/go"})
        if q.get("grant_type", "").endswith("device_code"):
            polls[q.get("device_code")] = polls.get(q.get("device_code"), 0) + 1
            if polls[q.get("device_code")] < 2:
                return self.reply(400, {"error": "authorization_pending"})
            return self.reply(200, mint())
        if q.get("grant_type") == "refresh_token":
            if q.get("refresh_token") != "rt-1":
                return self.reply(400, {"error": "invalid_grant"})
            return self.reply(200, mint())
        self.reply(400, {"error": "unsupported_grant_type"})


http.server.ThreadingHTTPServer(("127.0.0.1", port), H).serve_forever()
