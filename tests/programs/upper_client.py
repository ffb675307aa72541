import socket

with socket.create_connection(("server", 12345)) as s:
    s.sendall(b"a long letter " * 170)
    s.shutdown(socket.SHUT_WR)
    answer = b""
    while part := s.recv(512):
        answer += part
print(len(answer))
