import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"a message of some length", ("server", 12345))
data, address = s.recvfrom(65535)
print(data.decode())
