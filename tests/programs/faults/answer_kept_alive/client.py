import socket

s = socket.socket()
s.connect(("server", 12345))
s.sendall(b"GET / HTTP/1.1\r\nHost: server\r\n\r\n")
answer = b""
while part := s.recv(1024):
    answer += part
print(answer.decode())
s.close()
