import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in host else socket.AF_INET

s = socket.socket(family, socket.SOCK_STREAM)
s.connect((host, port))
print(s.recv(1024).decode())
while True:
    s.send(input("send--> ").encode())
