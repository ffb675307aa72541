import socket

s = socket.socket()
s.connect(("server", 12354))
print(s.recv(1024).decode())
s.close()
