import socket

s = socket.socket()
s.settimeout(5)
s.connect(("server", 12345))
print(s.recv(1024).decode())
s.close()
