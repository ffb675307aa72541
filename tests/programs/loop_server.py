import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in host else socket.AF_INET

s = socket.socket(family, socket.SOCK_STREAM)
s.bind((host, port))
s.listen(5)
print("listening on port", s.getsockname()[1])
while True:
    conn, address = s.accept()
    print("address:", address)
    conn.send("welcome".encode())
    while True:
        data = conn.recv(1024)
        print(data.decode())
