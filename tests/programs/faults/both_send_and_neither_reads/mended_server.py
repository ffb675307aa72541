import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
size = 0
while part := conn.recv(65536):
    size += len(part)
conn.sendall(bytes(1_000_000))
conn.close()
print(size)
