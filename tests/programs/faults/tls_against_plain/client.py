import socket
import ssl

s = socket.create_connection(("server", 8443))
context = ssl.create_default_context()
s = context.wrap_socket(s, server_hostname="server")
s.sendall(b"hello\n")
print(s.recv(1024).decode())
s.close()
