import pathlib
import socket
import ssl

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.num_tickets = 0
context.load_cert_chain(pathlib.Path(__file__).with_name("certificate.pem"))
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 8443))
s.listen()
conn, address = s.accept()
try:
    conn = context.wrap_socket(conn, server_side=True)
    conn.sendall(conn.recv(1024))
    conn = conn.unwrap()
except ssl.SSLError as error:
    print(error)
conn.close()
