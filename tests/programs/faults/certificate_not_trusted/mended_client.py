import pathlib
import socket
import ssl

s = socket.create_connection(("server", 8443))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
context = ssl.create_default_context(
    cafile=pathlib.Path(__file__).with_name("certificate.pem")
)
s = context.wrap_socket(s, server_hostname="server")
s.sendall(b"hello")
print(s.recv(1024).decode())
s = s.unwrap()
s.close()
