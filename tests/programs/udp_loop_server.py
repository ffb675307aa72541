import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in host else socket.AF_INET

s = socket.socket(family, socket.SOCK_DGRAM)
s.bind((host, port))
print("listening on port", s.getsockname()[1])
welcomed = set()
while True:
    data, address = s.recvfrom(1024)
    if address not in welcomed:
        welcomed.add(address)
        s.sendto("welcome".encode(), address)
    print(data.decode())
