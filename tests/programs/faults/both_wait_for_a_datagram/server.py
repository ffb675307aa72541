import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 12345))
data, address = s.recvfrom(65535)
while len(data) < 10:
    more, address = s.recvfrom(65535)
    data += more
s.sendto(data, address)
