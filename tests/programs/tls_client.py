"""Says one line inside TLS, and prints the answer."""

import socket
import ssl
import sys

context = ssl.create_default_context(cafile=sys.argv[1])
with socket.create_connection(("server", 4433)) as server:
    with context.wrap_socket(server, server_hostname="server") as server:
        server.sendall(b"GET /hello HTTP/1.0\r\n\r\n")
        print(server.recv(100))
