"""SMTP sink: keeps every accepted message as a file, and misbehaves on request. Standard library only.

usage: sink.py DIR --port N [--tls-port N --cert FILE --key FILE] [--lmtp PORT] [--imap PORT --users FILE]

One word in DIR/mode chooses what happens to the NEXT messages (no file: ok):
  ok         accept; each message becomes DIR/NNNN.eml, its envelope DIR/NNNN.json
  deliver    accept, and hand it over by LMTP to those recipients whom the mail host knows
  rewrite    like deliver, under a new Message-ID (the old one in X-Microsoft-Original-Message-ID)
  tempfail   451 4.7.1 greylisted, at RCPT           permfail   550 5.1.1, at RCPT
  datafail   451 after the final dot                 ratelimit  421 4.7.0 at RCPT, and close
  drop       KEEP the message, then close with no reply: the unknown outcome
  hang       KEEP the message, never reply
  cut        close in the middle of the content, keep nothing
DIR/logins has a line for every AUTH: yes or no, and who.
Files in DIR that change single answers, looked at each time:
  password   AUTH succeeds with this password (or bearer token) only, else 535; without it any will do
  refuse     addresses, one a line, refused with 550 at RCPT whatever the mode
  file-sent  (empty) the message, as rewritten, is also filed in the sender's Sent, as some providers do
"""

import argparse
import base64
import imaplib
import json
import pathlib
import re
import smtplib
import socketserver
import ssl
import sys
import threading
import uuid

MESSAGE_BYTES_MAX = 64 * 1024 * 1024
LINE_BYTES_MAX = 64 * 1024


class Gone(Exception):
    """The client hung up, or must be hung up on."""


class Store:
    """The directory: numbered messages, and the files that say how to behave."""

    def __init__(self, root):
        self.root = root
        self.lock = threading.Lock()
        root.mkdir(parents=True, exist_ok=True)
        self.count = len(list(root.glob("*.eml")))

    def read(self, name, default=""):
        try:
            return (self.root / name).read_text().strip()
        except FileNotFoundError:
            return default

    def mode(self):
        return self.read("mode") or "ok"

    def has(self, name):
        return (self.root / name).exists()

    def refuses(self, address):
        return address.lower() in self.read("refuse").lower().split()

    def admits(self, secret):
        return not self.has("password") or secret == self.read("password")

    def note_login(self, user, admitted):
        with self.lock, (self.root / "logins").open("a") as logins:
            logins.write("%s %s\n" % ("yes" if admitted else "no", user))

    def keep(self, data, envelope):
        """Writes the envelope first: who sees NNNN.eml may count on NNNN.json."""
        with self.lock:
            self.count += 1
            name = "%04d" % self.count
        (self.root / (name + ".json")).write_text(json.dumps(envelope))
        unfinished = self.root / (name + ".tmp")
        unfinished.write_bytes(data)
        unfinished.rename(self.root / (name + ".eml"))
        return name


class Session(socketserver.StreamRequestHandler):
    """One client, one thread."""

    def handle(self):
        self.tls = self.server.implicit_tls
        self.who = None
        self.reset()
        try:
            if self.tls:
                self.wrap()
            self.say("220 sink.test ESMTP")
            while True:
                verb, _, rest = self.line().partition(" ")
                action = getattr(self, "on_" + verb.lower(), None)
                if action is None:
                    self.say("502 5.5.2 Command not known here")
                else:
                    action(rest.strip())
        except (Gone, OSError, ssl.SSLError):
            pass

    def wrap(self):
        """From here on under TLS; what was already buffered in the clear is dropped with the old file objects."""
        self.connection = self.server.tls_context.wrap_socket(self.connection, server_side=True)
        self.setup_files()
        self.tls = True

    def setup_files(self):
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)

    def reset(self):
        self.sender = None
        self.recipients = []

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def line(self):
        raw = self.rfile.readline(LINE_BYTES_MAX)
        if not raw.endswith(b"\n"):
            raise Gone
        return raw.decode("utf-8", "replace").rstrip("\r\n")

    def on_ehlo(self, _):
        self.reset()
        lines = ["sink.test", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE %d" % MESSAGE_BYTES_MAX]
        lines.append("AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER")
        if self.server.tls_context and not self.tls:
            lines.append("STARTTLS")
        for text in lines[:-1]:
            self.say("250-" + text)
        self.say("250 " + lines[-1])

    def on_helo(self, _):
        self.reset()
        self.say("250 sink.test")

    def on_starttls(self, _):
        if self.tls or not self.server.tls_context:
            return self.say("503 5.5.1 Not now")
        self.say("220 2.0.0 Go ahead")
        self.who = None
        self.reset()
        self.wrap()

    def on_noop(self, _):
        self.say("250 2.0.0 Ok")

    def on_rset(self, _):
        self.reset()
        self.say("250 2.0.0 Ok")

    def on_quit(self, _):
        self.say("221 2.0.0 Bye")
        raise Gone

    def on_auth(self, rest):
        mechanism, _, initial = rest.partition(" ")
        mechanism = mechanism.upper()
        if mechanism == "LOGIN":
            user = initial and self.decode(initial) or self.ask("VXNlcm5hbWU6")
            secret = self.ask("UGFzc3dvcmQ6")
        elif mechanism == "PLAIN":
            _, user, secret = (self.decode(initial) if initial else self.ask("")).split("\0", 2)
        elif mechanism in ("XOAUTH2", "OAUTHBEARER"):
            said = self.decode(initial) if initial else self.ask("")
            found = re.search(r"(?:user=|a=)([^\x01,]*)", said)
            user = found.group(1) if found else ""
            found = re.search(r"auth=Bearer ([^\x01]*)", said)
            secret = found.group(1) if found else ""
        else:
            return self.say("504 5.5.4 Mechanism not known here")
        admitted = self.server.store.admits(secret)
        self.server.store.note_login(user, admitted)
        if admitted:
            self.who = user
            return self.say("235 2.7.0 Authentication successful")
        if mechanism in ("XOAUTH2", "OAUTHBEARER"):
            self.ask(base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode())
        self.say("535 5.7.8 Username and password not accepted")

    def ask(self, challenge):
        self.say("334 " + challenge)
        return self.decode(self.line())

    def decode(self, text):
        try:
            return base64.b64decode(text).decode("utf-8", "replace") if text != "=" else ""
        except ValueError:
            self.say("501 5.5.2 That is not base64")
            raise Gone

    def on_mail(self, rest):
        found = re.match(r"(?i)from:\s*<([^>]*)>", rest)
        if not found:
            return self.say("501 5.5.4 Syntax: MAIL FROM:<address>")
        self.reset()
        self.sender = found.group(1)
        self.say("250 2.1.0 Ok")

    def on_rcpt(self, rest):
        found = re.match(r"(?i)to:\s*<([^>]+)>", rest)
        mode = self.server.store.mode()
        if self.sender is None:
            return self.say("503 5.5.1 MAIL first")
        if not found:
            return self.say("501 5.5.4 Syntax: RCPT TO:<address>")
        if mode == "tempfail":
            return self.say("451 4.7.1 Greylisted, try again later")
        if mode == "permfail" or self.server.store.refuses(found.group(1)):
            return self.say("550 5.1.1 No such user here")
        if mode == "ratelimit":
            self.say("421 4.7.0 Too many messages, closing")
            raise Gone
        self.recipients.append(found.group(1))
        self.say("250 2.1.5 Ok")

    def on_data(self, _):
        if not self.recipients:
            return self.say("503 5.5.1 RCPT first")
        self.say("354 End with a line that holds only a dot")
        mode, data = self.server.store.mode(), self.content()
        if mode == "datafail":
            self.reset()
            return self.say("451 4.3.0 Try again later")
        if mode == "rewrite":
            data = rewritten(data)
        envelope = {"from": self.sender, "to": self.recipients, "mode": mode, "auth": self.who, "tls": self.tls}
        name = self.server.store.keep(data, envelope)
        if mode in ("deliver", "rewrite"):
            self.server.hand_over(self.sender, self.recipients, data)
        if self.server.store.has("file-sent"):
            self.server.file_in_sent(self.who or self.sender, data)
        if mode == "drop":
            raise Gone
        if mode == "hang":
            threading.Event().wait()
        self.reset()
        self.say("250 2.0.0 Ok: queued as " + name)

    def content(self):
        """Up to the final dot, dots unstuffed (RFC 5321, 4.5.2)."""
        lines, size = [], 0
        while True:
            line = self.rfile.readline(MESSAGE_BYTES_MAX)
            if self.server.store.mode() == "cut" or not line.endswith(b"\n") or size > MESSAGE_BYTES_MAX:
                raise Gone
            if line in (b".\r\n", b".\n"):
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)
            size += len(line)


def rewritten(data):
    new = b"<%s@rewritten.invalid>" % uuid.uuid4().hex.encode()
    replacement = rb"Message-ID: " + new + rb"\r\nX-Microsoft-Original-Message-ID: \1"
    return re.sub(rb"(?im)^message-id:\s*(<[^>\r\n]*>)", replacement, data, count=1)


class Sink(socketserver.ThreadingTCPServer):
    """One listening port."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port, store, options, implicit_tls):
        super().__init__(("127.0.0.1", port), Session)
        self.store = store
        self.options = options
        self.implicit_tls = implicit_tls
        self.tls_context = None
        if options.cert:
            self.tls_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls_context.load_cert_chain(options.cert, options.key)

    def hand_over(self, sender, recipients, data):
        """By LMTP; who has no mailbox on this host is elsewhere in the world, and that is no error."""
        if not self.options.lmtp:
            return
        try:
            with smtplib.LMTP("127.0.0.1", self.options.lmtp) as lmtp:
                lmtp.sendmail(sender, recipients, data)
        except smtplib.SMTPRecipientsRefused:
            pass

    def file_in_sent(self, user, data):
        passwords = {}
        for line in pathlib.Path(self.options.users).read_text().splitlines():
            name, rest = line.split(":", 1)
            passwords[name] = rest.split(":")[0].removeprefix("{PLAIN}")
        imap = imaplib.IMAP4("127.0.0.1", self.options.imap)
        imap.login(user, passwords[user])
        imap.append("Sent", r"(\Seen)", None, data)
        imap.logout()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls-port", type=int)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--lmtp", type=int)
    parser.add_argument("--imap", type=int)
    parser.add_argument("--users")
    options = parser.parse_args()
    store = Store(options.dir)
    try:
        servers = [Sink(options.port, store, options, False)]
        if options.tls_port:
            servers.append(Sink(options.tls_port, store, options, True))
    except OSError as error:
        sys.exit("sink: %s" % error)
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()


main()
