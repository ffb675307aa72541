import socket

s = socket.create_connection(("server", 12345))
answer = b""
while part := s.recv(1024):
    answer += part
print(answer.decode())
