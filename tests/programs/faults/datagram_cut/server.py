import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 12345))
data, address = s.recvfrom(8)
print("message:", data.decode())
s.sendto(b"thanks", address)
