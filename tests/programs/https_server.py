"""A server of HTTPS as Python's documentation has it: the listener is wrapped, not each connection."""

import http.server
import pathlib
import ssl

certificate = pathlib.Path(__file__).parent / "faults/certificate_not_trusted/certificate.pem"
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)
server = http.server.HTTPServer(("", 8443), http.server.SimpleHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
