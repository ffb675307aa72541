import socket

s = socket.socket()
s.connect(("192.168.1.6", 12345))
print(s.recv(1024).decode())
s.close()
