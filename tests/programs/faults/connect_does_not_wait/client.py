import socket

s = socket.socket()
s.setblocking(False)
s.connect(("server", 12345))
s.sendall(b"hello")
print(s.recv(1024).decode())
s.close()
