"""Answers one line inside TLS in capitals. Its certificate and key are for tests alone."""

import socket
import ssl
import sys

context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(sys.argv[1])
with socket.create_server(("", 4433)) as server:
    with context.wrap_socket(server.accept()[0], server_side=True) as client:
        client.sendall(client.recv(100).upper())
