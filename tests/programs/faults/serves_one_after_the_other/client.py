import socket

first = socket.create_connection(("server", 12345))
first.sendall(b"hello\n")
print(first.recv(1024).decode())
second = socket.create_connection(("server", 12345))
second.sendall(b"is anybody there?\n")
print(second.recv(1024).decode())
