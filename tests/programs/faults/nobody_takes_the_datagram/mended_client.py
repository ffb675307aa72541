import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.connect(("server", 12345))
s.send(b"hello")
print(s.recv(65535).decode())
