import socket

s = socket.socket()
s.connect(("server", 12345))
s.sendall(b"hello\n")
s.sendall(b"world\n")
s.close()
