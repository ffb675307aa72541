import socket

s = socket.socket()
s.connect(("server", 12345))
s.sendall(b"hello")
s.close()
