import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 12345))
data, address = s.recvfrom(65535)
s.sendto(data, address)
