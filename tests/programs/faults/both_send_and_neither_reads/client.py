import socket

s = socket.socket()
s.connect(("server", 12345))
s.sendall(bytes(20_000_000))
s.shutdown(socket.SHUT_WR)
size = 0
while part := s.recv(65536):
    size += len(part)
print(size)
