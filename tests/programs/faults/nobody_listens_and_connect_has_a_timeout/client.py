import socket

s = socket.socket()
s.settimeout(5)
s.connect(("server", 12354))
print(s.recv(1024).decode())
s.close()
