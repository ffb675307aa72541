import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
s.sendto(b"hello", ("server", 12354))
print(s.recvfrom(65535)[0].decode())
