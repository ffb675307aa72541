import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in host else socket.AF_INET

s = socket.socket(family, socket.SOCK_DGRAM)
s.sendto(input().encode(), (host, port))
data, address = s.recvfrom(1024)
print(data.decode())
s.close()
