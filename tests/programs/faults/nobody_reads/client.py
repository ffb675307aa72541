import socket

s = socket.socket()
s.connect(("server", 12345))
s.sendall(bytes(3_000_000))
s.close()
