import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"hello", ("server", 12345))
print(s.recvfrom(65535)[0].decode())
