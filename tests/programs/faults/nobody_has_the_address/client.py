import socket

s = socket.socket()
s.connect(("192.168.1.99", 12345))
print(s.recv(1024).decode())
s.close()
