import socket

s = socket.socket()
s.settimeout(0.5)
s.connect(("192.168.1.99", 12345))
s.sendall(b"hello")
print(s.recv(1024).decode())
s.close()
