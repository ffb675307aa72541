import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
conn.sendall(bytes(20_000_000))
size = 0
while part := conn.recv(65536):
    size += len(part)
print(size)
