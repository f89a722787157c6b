"""A mail server for one test: takes mail, or does not, in one of several ways.

Arguments: the address to listen at, the file that gets one line for each mail, the way, and for the ways `starttls`
and `tls` a file with certificate and key.
"""
import asyncio
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

address, path, way, *rest = sys.argv[1:]


def note(*words):
    with open(path, "a") as out:
        out.write("|".join(words) + "\n")


class Handler:
    async def handle_RCPT(self, server, session, envelope, to, options):
        if way == "refuse" or way == "refuse-one" and to.startswith("gone"):
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode()
        head, _, body = text.partition("\r\n\r\n")
        head = head.replace("\r\n ", " ").split("\r\n")
        head = [line if not line.startswith("Date: ") else "Date" for line in head]
        encrypted = "encrypted" if server.transport.get_extra_info("cipher") else "clear"
        login = session.auth_data.login.decode() if session.authenticated else "nobody"
        note(encrypted, login, envelope.mail_from, ",".join(envelope.rcpt_tos), *head, body.strip())
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"lb", b"secret word")
    return AuthResult(success=good, handled=False, auth_data=data)


class Rude(asyncio.Protocol):
    """Says nothing at all, or hangs up in the middle of the first dialogue."""

    dialogues = 0

    def connection_made(self, transport):
        Rude.dialogues += 1
        self.transport = transport
        note("connected")
        if way == "hang-up":
            transport.write(b"220 mail.example.org ESMTP\r\n")

    def data_received(self, data):
        if data.startswith(b"MAIL"):
            self.transport.abort()
        elif way == "hang-up":
            self.transport.write(b"250 mail.example.org\r\n")


def encryption():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(rest[0])
    return context


def protocol():
    if way == "silent" or way == "hang-up" and Rude.dialogues == 0:
        return Rude()
    settings = {"hostname": "mail.example.org"}
    if way == "starttls":
        settings |= {"tls_context": encryption(), "require_starttls": True, "auth_required": True}
        settings |= {"authenticator": authenticate}
    return SMTP(Handler(), **settings)


async def serve():
    encrypted = encryption() if way == "tls" else None
    server = await asyncio.get_running_loop().create_server(protocol, address, 25, ssl=encrypted)
    note("listening")
    await server.serve_forever()


asyncio.run(serve())
