import socket

s = socket.create_connection(("server", 8443))
s.sendall(b"hello\n")
print(s.recv(1024).decode())
s.close()
